using System.Net;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>Who talks with whom: the smaller end first, so that both directions are one.</summary>
readonly record struct FlowKey(
    UInt128 Low,
    UInt128 High,
    ushort LowPort,
    ushort HighPort,
    byte Protocol,
    bool Is6
);

/// <summary>One connection: what passed in each direction, and its first bytes where a protocol is known that Harrier reads.</summary>
sealed class Flow(FlowKey key, bool isFromLow, long packet, long offset, DateTime time)
{
    const byte Fin = 1;
    const byte Syn = 2;
    const byte Rst = 4;
    const byte Ack = 16;

    readonly byte[] _flagsSeen = new byte[2];
    bool _isSynAckSeen;

    public FlowKey Key => key;

    /// <summary>Number and offset of its first packet.</summary>
    public long FirstPacket => packet;
    public long FirstOffset => offset;
    public DateTime Start { get; } = time;
    public DateTime Last { get; private set; } = time;

    /// <summary>The one who opened it is the smaller end.</summary>
    public bool IsFromLow { get; private set; } = isFromLow;

    public long[] Packets { get; } = new long[2];
    public long[] Bytes { get; } = new long[2];
    public TcpStream?[] Streams { get; } = new TcpStream?[2];

    /// <summary>Questions of DNS that wait for their answer.</summary>
    public List<(DnsMessage Message, DateTime Time)> Questions { get; } = [];

    /// <summary>Its first bytes were of no protocol that is read, or all there is to read was read.</summary>
    public bool IsDone { get; set; }

    public bool IsClosed { get; private set; }

    public static FlowKey KeyOf(in IpPacket packet, out bool isFromLow)
    {
        var source = Number(packet.Source);
        var destination = Number(packet.Destination);
        isFromLow =
            source < destination
            || (source == destination && packet.SourcePort <= packet.DestinationPort);
        return isFromLow
            ? new FlowKey(
                source,
                destination,
                packet.SourcePort,
                packet.DestinationPort,
                packet.Protocol,
                packet.Source.Length == 16
            )
            : new FlowKey(
                destination,
                source,
                packet.DestinationPort,
                packet.SourcePort,
                packet.Protocol,
                packet.Source.Length == 16
            );
    }

    /// <summary>0 is from who opened it, 1 to him.</summary>
    public int Side(bool isFromLow) => isFromLow == IsFromLow ? 0 : 1;

    /// <summary>Counts a packet, and learns from TCP's flags who opened the connection.</summary>
    public void Count(in IpPacket packet, bool isFromLow, DateTime at)
    {
        var isFirst = Packets[0] + Packets[1] == 0;
        if (isFirst && IsAnswer(packet))
        {
            IsFromLow = !isFromLow;
        }

        var side = Side(isFromLow);
        Packets[side]++;
        Bytes[side] += packet.PayloadLength;
        Last = at > Last ? at : Last;
        if (key.Protocol == 6)
        {
            _flagsSeen[side] |= packet.Flags;
            _isSynAckSeen |= side == 1 && (packet.Flags & (Syn | Ack)) == (Syn | Ack);
            IsClosed |= (packet.Flags & Rst) != 0 || (_flagsSeen[0] & _flagsSeen[1] & Fin) != 0;
        }
    }

    /// <summary>A new SYN of the same ends after their connection was closed is another connection.</summary>
    public bool IsReopenedBy(in IpPacket packet) =>
        key.Protocol == 6 && IsClosed && (packet.Flags & (Syn | Ack)) == Syn;

    /// <summary>The beginning was not captured: a SYN-ACK, or a packet from a low port to a high one, comes from the server.</summary>
    static bool IsAnswer(in IpPacket packet) =>
        packet.Protocol switch
        {
            6 => (packet.Flags & Syn) != 0
                ? (packet.Flags & Ack) != 0
                : packet.SourcePort < 1024 && packet.DestinationPort >= 1024,
            17 => packet.SourcePort < 1024 && packet.DestinationPort >= 1024,
            _ => false,
        };

    /// <summary>Zeek's letters for TCP: S0 no answer, S1 open, SF closed, REJ refused, RSTO/RSTR broken off by who opened it or by the other, OTH not seen from its beginning.</summary>
    public string State
    {
        get
        {
            if (key.Protocol != 6)
            {
                return "";
            }

            var (own, other) = (_flagsSeen[0], _flagsSeen[1]);
            if ((own & Syn) == 0)
            {
                return "OTH";
            }

            if (!_isSynAckSeen)
            {
                return (other & Rst) != 0 ? "REJ" : "S0";
            }

            return (own & Rst) != 0 ? "RSTO"
                : (other & Rst) != 0 ? "RSTR"
                : (own & other & Fin) != 0 ? "SF"
                : "S1";
        }
    }

    public string SourceIp => Text(IsFromLow ? key.Low : key.High);
    public string DestinationIp => Text(IsFromLow ? key.High : key.Low);
    public int SourcePort => IsFromLow ? key.LowPort : key.HighPort;
    public int DestinationPort => IsFromLow ? key.HighPort : key.LowPort;
    public bool HasPorts => key.Protocol is 6 or 17;

    /// <summary>Its application protocol, where one was recognised.</summary>
    public string Service { get; set; } = "";

    static UInt128 Number(ReadOnlySpan<byte> address)
    {
        UInt128 number = 0;
        foreach (var part in address)
        {
            number = (number << 8) | part;
        }

        return number;
    }

    string Text(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(key.Is6 ? bytes : bytes[12..]).ToString();
    }
}
