using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>
/// The connections of a capture. One ends when it was quiet for long, when its ends begin anew, when there is no more room, or with the file;
/// then it is one record, after one for each name it asked for, each request, and each TLS handshake.
/// </summary>
/// <remarks>
/// Bounded: <see cref="MostFlows"/> connections (the one that was quiet longest goes first) and <see cref="MostHeldBytes"/> of streams.
/// Records come in an order that depends on the packets only.
/// </remarks>
sealed class FlowTable(IRecordHandler handler)
{
    public const int MostFlows = 50_000;
    public const long MostHeldBytes = 256L * 1024 * 1024;

    const int MostQuestions = 64;

    // As Zeek's: tcp_inactivity_timeout, udp_inactivity_timeout, icmp_inactivity_timeout.
    static readonly TimeSpan TcpQuiet = TimeSpan.FromMinutes(5);
    static readonly TimeSpan OtherQuiet = TimeSpan.FromMinutes(1);

    readonly Dictionary<FlowKey, LinkedListNode<Flow>> _byKey = [];

    // Quiet longest first.
    readonly LinkedList<Flow> _flows = [];
    readonly Record _record = new();
    long _held;

    /// <summary>Connections whose first bytes were not read for want of room.</summary>
    public long NotRead { get; private set; }

    public void Add(in IpPacket packet, long number, long offset, DateTime time)
    {
        EndQuiet(time);
        var key = Flow.KeyOf(packet, out var isFromLow);
        if (
            _byKey.TryGetValue(key, out var node)
            && (node.Value.IsReopenedBy(packet) || IsQuiet(node.Value, time))
        )
        {
            End(node);
            node = null;
        }

        if (node is null)
        {
            if (_flows.Count >= MostFlows)
            {
                End(_flows.First!);
            }

            node = _flows.AddLast(new Flow(key, isFromLow, number, offset, time));
            _byKey.Add(key, node);
        }
        else if (node != _flows.Last)
        {
            _flows.Remove(node);
            _flows.AddLast(node);
        }

        var flow = node.Value;
        flow.Count(packet, isFromLow, time);
        if (packet.Protocol == 17)
        {
            AddDatagram(flow, packet, time);
        }
        else if (packet.Protocol == 6 && !flow.IsDone)
        {
            AddSegment(flow, packet, flow.Side(isFromLow), time);
        }
    }

    public void EndAll()
    {
        // In the order of their first packets.
        foreach (var flow in _flows.OrderBy(flow => flow.FirstPacket))
        {
            Emit(flow);
        }

        _flows.Clear();
        _byKey.Clear();
    }

    void EndQuiet(DateTime now)
    {
        // TCP may be quiet for longer: what was heard of after it waits with it, which costs memory only.
        while (_flows.First is { } first && IsQuiet(first.Value, now))
        {
            End(first);
        }
    }

    static bool IsQuiet(Flow flow, DateTime now) =>
        now - flow.Last > (flow.Key.Protocol == 6 ? TcpQuiet : OtherQuiet);

    void End(LinkedListNode<Flow> node)
    {
        _flows.Remove(node);
        _byKey.Remove(node.Value.Key);
        Emit(node.Value);
    }

    void AddDatagram(Flow flow, in IpPacket packet, DateTime time)
    {
        if (
            !IsDnsPort(packet.SourcePort) && !IsDnsPort(packet.DestinationPort)
            || !DnsMessage.TryParse(packet.Payload, out var message)
        )
        {
            return;
        }

        flow.Service = "dns";
        AddDns(flow, message, time);
    }

    static bool IsDnsPort(int port) => port is 53 or 5353 or 5355;

    void AddDns(Flow flow, DnsMessage message, DateTime time)
    {
        if (!message.IsResponse)
        {
            if (flow.Questions.Count >= MostQuestions)
            {
                EmitDns(flow, flow.Questions[0].Message, null, flow.Questions[0].Time);
                flow.Questions.RemoveAt(0);
            }

            flow.Questions.Add((message, time));
            return;
        }

        var index = flow.Questions.FindIndex(one =>
            one.Message.Id == message.Id
            && one.Message.Query.Equals(message.Query, StringComparison.OrdinalIgnoreCase)
            && one.Message.QueryType == message.QueryType
        );
        if (index < 0)
        {
            EmitDns(flow, message, message, time);
            return;
        }

        EmitDns(flow, flow.Questions[index].Message, message, flow.Questions[index].Time);
        flow.Questions.RemoveAt(index);
    }

    void AddSegment(Flow flow, in IpPacket packet, int side, DateTime time)
    {
        const byte syn = 2;
        var stream = flow.Streams[side];
        if (stream is null)
        {
            if (_held >= MostHeldBytes)
            {
                NotRead++;
                flow.IsDone = true;
                return;
            }

            flow.Streams[side] = stream = new TcpStream();
        }

        if ((packet.Flags & syn) != 0)
        {
            stream.Begin(packet.Sequence);
            return;
        }

        var before = stream.Held;
        stream.Add(packet.Sequence, packet.Payload, time);
        _held += stream.Held - before;
        if (side == 0 && stream.Bytes.Length >= 4 && !IsRead(flow, stream.Bytes))
        {
            Release(flow);
            flow.IsDone = true;
        }
    }

    static bool IsRead(Flow flow, ReadOnlySpan<byte> bytes) =>
        TlsHello.IsLikely(bytes)
        || HttpMessage.IsRequest(bytes)
        || bytes.Length < 9 && bytes[0] is >= (byte)'A' and <= (byte)'Z'
        || IsDnsPort(flow.DestinationPort);

    void Release(Flow flow)
    {
        foreach (var stream in flow.Streams)
        {
            _held -= stream?.Held ?? 0;
        }

        flow.Streams[0] = null;
        flow.Streams[1] = null;
    }

    void Emit(Flow flow)
    {
        var client = flow.Streams[0] is { } own ? own.Bytes : default;
        if (flow.Key.Protocol == 6 && !client.IsEmpty)
        {
            if (IsDnsPort(flow.DestinationPort))
            {
                EmitDnsStream(flow, 0);
                EmitDnsStream(flow, 1);
            }
            else if (TlsHello.IsLikely(client))
            {
                EmitTls(flow);
            }
            else if (HttpMessage.IsRequest(client))
            {
                EmitHttp(flow);
            }
        }

        foreach (var (message, time) in flow.Questions)
        {
            EmitDns(flow, message, null, time);
        }

        Release(flow);
        Begin(flow, "conn", flow.Start);
        Add("service", flow.Service);
        Add("bytes_out", flow.Bytes[0]);
        Add("bytes_in", flow.Bytes[1]);
        Add("packets_out", flow.Packets[0]);
        Add("packets_in", flow.Packets[1]);
        Add("duration_us", (flow.Last - flow.Start).Ticks / TimeSpan.TicksPerMicrosecond);
        Add("state", flow.State);
        handler.Accept(_record);
    }

    /// <summary>DNS over TCP: messages with their length before them.</summary>
    void EmitDnsStream(Flow flow, int side)
    {
        if (flow.Streams[side] is not { } stream)
        {
            return;
        }

        var rest = stream.Bytes;
        var at = 0;
        while (rest.Length >= 2)
        {
            var length = (rest[0] << 8) | rest[1];
            if (
                length > rest.Length - 2
                || !DnsMessage.TryParse(rest.Slice(2, length), out var message)
            )
            {
                return;
            }

            flow.Service = "dns";
            AddDns(flow, message, stream.TimeAt(at));
            at += 2 + length;
            rest = rest[(2 + length)..];
        }
    }

    void EmitDns(Flow flow, DnsMessage question, DnsMessage? answer, DateTime time)
    {
        Begin(flow, "dns", time);
        Add("query", question.Query);
        Add("query_type", question.QueryType);
        Add("response_code", answer?.ResponseCode ?? "");
        Add("answers", answer?.Answers ?? "");
        Add("dns_id", question.Id);
        handler.Accept(_record);
    }

    void EmitTls(Flow flow)
    {
        if (!TlsHello.TryParse(flow.Streams[0]!.Bytes, out var client) || !client.IsClient)
        {
            return;
        }

        flow.Service = "tls";
        TlsHello? server = null;
        if (
            flow.Streams[1] is { } stream
            && TlsHello.TryParse(stream.Bytes, out var answer)
            && !answer.IsClient
        )
        {
            server = answer;
        }

        Begin(flow, "tls", flow.Streams[0]!.TimeAt(0));
        Add("server_name", client.ServerName);
        Add("version", (server ?? client).VersionName);
        Add("alpn", client.Protocols);
        Add("ja3", client.Ja3);
        if (server is not null)
        {
            Add("cipher", "0x" + server.Ciphers[0].ToString("x4", CultureInfo.InvariantCulture));
            Add("ja3s", server.Ja3);
        }

        handler.Accept(_record);
    }

    void EmitHttp(Flow flow)
    {
        var requests = HttpMessage.Parse(flow.Streams[0]!.Bytes, isRequest: true);
        var answers = flow.Streams[1] is { } stream
            ? HttpMessage
                .Parse(stream.Bytes, isRequest: false)
                .Where(one => one.Second != "100")
                .ToList()
            : [];
        for (var index = 0; index < requests.Count; index++)
        {
            flow.Service = "http";
            var request = requests[index];
            Begin(flow, "http", flow.Streams[0]!.TimeAt(request.Start));
            Add("method", request.First);
            Add("target", request.Second);
            Add("host", request.Header("host"));
            Add("user_agent", request.Header("user-agent"));
            Add("referrer", request.Header("referer"));
            Add("request_length", request.Header("content-length"));
            if (index < answers.Count)
            {
                Add("status", answers[index].Second);
                Add("mime_type", answers[index].Header("content-type"));
                Add("response_length", answers[index].Header("content-length"));
                Add("server", answers[index].Header("server"));
                Add("location", answers[index].Header("location"));
            }

            handler.Accept(_record);
        }
    }

    void Begin(Flow flow, string log, DateTime time)
    {
        _record.Clear();
        _record.Number = flow.FirstPacket;
        _record.Position = flow.FirstOffset;
        _record.Add("log", log);
        _record.Add("time"u8, Fields.Iso(time));
        Add("protocol", ProtocolName(flow.Key));
        Add("src_ip", flow.SourceIp);
        Add("dst_ip", flow.DestinationIp);
        if (flow.HasPorts)
        {
            Add("src_port", flow.SourcePort);
            Add("dst_port", flow.DestinationPort);
        }
    }

    void Add(string name, string value)
    {
        if (value.Length > 0)
        {
            _record.Add(name, value);
        }
    }

    void Add(string name, long value) =>
        _record.Add(
            Encoding.ASCII.GetBytes(name),
            Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)),
            FieldKind.Number
        );

    static string ProtocolName(FlowKey key) =>
        key.Protocol switch
        {
            1 => "icmp",
            2 => "igmp",
            4 => "ipip",
            6 => "tcp",
            17 => "udp",
            41 => "ip6",
            47 => "gre",
            50 => "esp",
            51 => "ah",
            58 => "icmp6",
            89 => "ospf",
            132 => "sctp",
            _ => key.Protocol.ToString(CultureInfo.InvariantCulture),
        };
}
