using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Harrier.Telemetry.Formats.Pcap;

namespace Harrier.Tests.Telemetry;

/// <summary>Captures made here, byte by byte, and what the reader makes of them.</summary>
public sealed class PcapTests
{
    const byte Fin = 1;
    const byte Syn = 2;
    const byte Rst = 4;
    const byte Ack = 16;

    static readonly byte[] s_client = [10, 0, 0, 5];
    static readonly byte[] s_server = [192, 0, 2, 1];

    public static TheoryData<string> Containers() => new("little", "big", "nano", "pcapng");

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_request_whose_segments_came_in_the_wrong_order_is_read(string container)
    {
        var request = "GET /a?b=c HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: x\r\n\r\n"u8;
        var answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"u8;
        var half = 20;
        byte[][] frames =
        [
            Tcp(s_client, 49152, s_server, 80, Syn, 100, default),
            Tcp(s_server, 80, s_client, 49152, Syn | Ack, 500, default),
            Tcp(s_client, 49152, s_server, 80, Ack, (uint)(101 + half), request[half..]),
            Tcp(s_client, 49152, s_server, 80, Ack, 101, request[..half]),
            Tcp(s_client, 49152, s_server, 80, Ack, 101, request[..half]),
            Tcp(s_server, 80, s_client, 49152, Ack, 501, answer),
            Tcp(s_client, 49152, s_server, 80, Fin | Ack, (uint)(101 + request.Length), default),
            Tcp(s_server, 80, s_client, 49152, Fin | Ack, (uint)(501 + answer.Length), default),
        ];
        var found = CollectedRecords.Of(new PcapFormat(), Capture(container, 1, frames));
        Assert.Empty(found.Rejects);
        Assert.Equal(2, found.Records.Count);
        var http = found.Records[0];
        Assert.Equal("http", http["log"]);
        Assert.Equal("2026-03-09T12:00:03.000000Z", http["time"]);
        Assert.Equal("GET", http["method"]);
        Assert.Equal("/a?b=c", http["target"]);
        Assert.Equal("www.example.org", http["host"]);
        Assert.Equal("200", http["status"]);
        Assert.Equal("text/html", http["mime_type"]);
        var conn = found.Records[1];
        Assert.Equal("SF", conn["state"]);
        Assert.Equal("http", conn["service"]);
        Assert.Equal(("10.0.0.5", "49152"), (conn["src_ip"], conn["src_port"]));
        Assert.Equal(("192.0.2.1", "80"), (conn["dst_ip"], conn["dst_port"]));
        Assert.Equal(("5", "3"), (conn["packets_out"], conn["packets_in"]));
        Assert.Equal(
            (request.Length + half).ToString(CultureInfo.InvariantCulture),
            conn["bytes_out"]
        );
        Assert.Equal(answer.Length.ToString(CultureInfo.InvariantCulture), conn["bytes_in"]);
        Assert.Equal("7000000", conn["duration_us"]);
    }

    [Fact]
    public void A_name_looked_up_over_IPv6_in_a_VLAN_has_its_answers()
    {
        byte[] question =
        [
            .. Convert.FromHexString("0007010000010000000000000377777707657861"),
            .. Convert.FromHexString("6D706C65036F72670000010001"),
        ];
        byte[] answer =
        [
            .. Convert.FromHexString("000781800001000200000000"),
            .. question[12..],
            .. Convert.FromHexString("C00C000500010000003C00060363646EC010"),
            .. Convert.FromHexString("C02D000100010000003C0004C0000201"),
        ];
        var (a, b) = (Address6(5), Address6(1));
        byte[][] frames =
        [
            Ethernet(0x86DD, Ip6(a, b, 17, Udp(49152, 53, question)), vlan: true),
            Ethernet(0x86DD, Ip6(b, a, 17, Udp(53, 49152, answer)), vlan: true),
        ];
        var found = CollectedRecords.Of(new PcapFormat(), Capture("little", 1, frames));
        Assert.Equal(2, found.Records.Count);
        var dns = found.Records[0];
        Assert.Equal("www.example.org", dns["query"]);
        Assert.Equal("A", dns["query_type"]);
        Assert.Equal("NOERROR", dns["response_code"]);
        Assert.Equal("cdn.example.org;192.0.2.1", dns["answers"]);
        Assert.Equal("2001:db8::5", dns["src_ip"]);
        Assert.Equal("udp", found.Records[1]["protocol"]);
    }

    [Fact]
    public void A_handshake_tells_name_versions_and_JA3()
    {
        byte[] extensions =
        [
            .. Extension(0x0A0A, []),
            .. Extension(0, [0, 14, 0, 0, 11, .. "example.org"u8]),
            .. Extension(10, [0, 4, 0x1A, 0x1A, 0, 29]),
            .. Extension(11, [1, 0]),
            .. Extension(16, [0, 3, 2, (byte)'h', (byte)'2']),
            .. Extension(43, [6, 0x2A, 0x2A, 3, 4, 3, 3]),
        ];
        byte[] client =
        [
            3,
            3,
            .. new byte[32],
            0,
            0,
            6,
            0x3A,
            0x3A,
            0x13,
            1,
            0x13,
            2,
            1,
            0,
            .. Counted(extensions),
        ];
        byte[] server = [3, 3, .. new byte[32], 0, 0x13, 1, 0, .. Counted(Extension(43, [3, 4]))];
        byte[][] frames =
        [
            Tcp(s_client, 49152, s_server, 443, Syn, 100, default),
            Tcp(s_server, 443, s_client, 49152, Syn | Ack, 500, default),
            Tcp(s_client, 49152, s_server, 443, Ack, 101, TlsRecord(1, client)),
            Tcp(s_server, 443, s_client, 49152, Ack, 501, TlsRecord(2, server)),
            Tcp(s_server, 443, s_client, 49152, Rst, 900, default),
        ];
        var found = CollectedRecords.Of(new PcapFormat(), Capture("little", 1, frames));
        var tls = found.Records[0];
        Assert.Equal("example.org", tls["server_name"]);
        Assert.Equal("TLSv13", tls["version"]);
        Assert.Equal("0x1301", tls["cipher"]);
        Assert.Equal("h2", tls["alpn"]);
        Assert.Equal(Md5("771,4865-4866,0-10-11-16-43,29,0"), tls["ja3"]);
        Assert.Equal(Md5("771,4865,43"), tls["ja3s"]);
        Assert.Equal("RSTR", found.Records[1]["state"]);
    }

    [Fact]
    public void What_is_no_connection_is_said_and_not_misread()
    {
        var later = Ip4(s_client, s_server, 17, new byte[100]);
        later[7] = 10;
        byte[][] frames =
        [
            Ethernet(0x0806, new byte[28]),
            Ethernet(0x0800, later),
            Ethernet(0x0800, [0x45, 0, 0, 40, 1, 2]),
            Ethernet(0x0800, Ip4(s_client, s_server, 1, [8, 0, 0, 0, 0, 1, 0, 1])),
        ];
        var capture = Capture("little", 1, frames);
        var found = CollectedRecords.Of(new PcapFormat(), capture[..^3]);
        Assert.Equal(2, found.Rejects.Count);
        Assert.Contains("contradict", found.Rejects[0].Reason, StringComparison.Ordinal);
        Assert.Contains("ends within", found.Rejects[1].Reason, StringComparison.Ordinal);
        Assert.Contains(
            found.Warnings,
            warning => warning.StartsWith("1 packets carry no IP", StringComparison.Ordinal)
        );
        Assert.Contains(
            found.Warnings,
            warning => warning.StartsWith("1 packets are later parts", StringComparison.Ordinal)
        );
        Assert.Empty(found.Records);
        found = CollectedRecords.Of(new PcapFormat(), capture);
        Assert.Equal("icmp", Assert.Single(found.Records)["protocol"]);
    }

    [Fact]
    public void A_capture_that_begins_in_the_middle_has_the_server_as_destination()
    {
        byte[][] frames = [Tcp(s_server, 443, s_client, 49152, Ack, 1, "x"u8)];
        var conn = Assert.Single(
            CollectedRecords.Of(new PcapFormat(), Capture("little", 1, frames)).Records
        );
        Assert.Equal(("10.0.0.5", "443", "OTH"), (conn["src_ip"], conn["dst_port"], conn["state"]));
    }

    [Fact]
    public void A_stream_is_its_bytes_whatever_way_they_came() =>
        Gen.Select(
                Gen.Byte.Array[1, 200],
                Gen.Select(Gen.Int[0, 199], Gen.Int[1, 60]).Array[0, 8],
                Gen.UInt
            )
            .Sample(
                (bytes, pieces, first) =>
                {
                    var stream = new TcpStream();
                    stream.Begin(first);
                    foreach (var (at, length) in pieces.Where(piece => piece.Item1 < bytes.Length))
                    {
                        var end = Math.Min(bytes.Length, at + length);
                        stream.Add(unchecked(first + 1 + (uint)at), bytes[at..end], default);
                    }

                    // What is covered from the beginning without a hole.
                    var reach = 0;
                    for (var again = 0; again <= pieces.Length; again++)
                    {
                        foreach (var (at, length) in pieces)
                        {
                            if (at <= reach && at < bytes.Length)
                            {
                                reach = Math.Max(reach, Math.Min(bytes.Length, at + length));
                            }
                        }
                    }

                    return stream.Bytes.SequenceEqual(bytes.AsSpan(0, reach));
                },
                iter: 3000
            );

    [Fact]
    public void Damaged_captures_are_read_without_a_fault()
    {
        byte[] question = Convert.FromHexString("00070100000100000000000003777777C00C00010001");
        byte[][] frames =
        [
            Tcp(s_client, 49152, s_server, 80, Syn, 100, default),
            Tcp(s_client, 49152, s_server, 80, Ack, 101, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8),
            Ethernet(
                0x86DD,
                Ip6(Address6(5), Address6(1), 17, Udp(49152, 53, question)),
                vlan: true
            ),
            Tcp(s_client, 49153, s_server, 443, Ack, 101, TlsRecord(1, new byte[80])),
        ];
        Gen.Select(
                Gen.Int[0, 3],
                Gen.Select(Gen.Int[0, 2000], Gen.Byte).Array[0, 12],
                Gen.Int[0, 2000]
            )
            .Sample(
                (which, changes, cut) =>
                {
                    string[] containers = ["little", "big", "nano", "pcapng"];
                    var bytes = Capture(containers[which], 1, frames);
                    foreach (var (at, value) in changes)
                    {
                        bytes[at % bytes.Length] = value;
                    }

                    bytes = cut % 3 == 0 ? bytes[..(cut % bytes.Length)] : bytes;
                    CollectedRecords.Of(new PcapFormat(), bytes);
                    return true;
                },
                iter: 3000
            );
    }

    [Fact]
    public void The_corpus_has_as_many_packets_as_capinfos_counts()
    {
        // capinfos -c over all files.
        var packets = 0;
        foreach (var file in CorpusFiles())
        {
            using var content = File.OpenRead(file);
            var capture = new CaptureReader(content);
            while (capture.Read())
            {
                packets++;
            }
        }

        Assert.Equal(2541, packets);
    }

    [Fact]
    public void The_corpus_is_read_without_a_fault()
    {
        var logs = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in CorpusFiles())
        {
            var found = CollectedRecords.Of(new PcapFormat(), File.ReadAllBytes(file));
            foreach (var record in found.Records)
            {
                logs[record["log"]] = logs.GetValueOrDefault(record["log"]) + 1;
            }
        }

        Assert.Equal("conn dns http tls", string.Join(" ", logs.Keys));
    }

    // tshark -Y tls.handshake.type==1 -T fields -e tls.handshake.extensions_server_name -e tls.handshake.ja3
    const string Handshakes = """
        zeek/tls/cert-no-cn.pcap - 6eca5d94b8020b2a51d96384782083b9
        zeek/tls/client-certificate.pcap certauth.idrix.fr 579ccef312d18482fc42e2b822ca2430
        zeek/tls/ecdhe.pcap - 29d8afc9e0a4d38d138ec2643966815f
        zeek/tls/google-duplicate.pcap - bd9c99b3a0f752c3ab8b052a79e9de3e
        zeek/tls/tls-expired-cert.pcap - bd9c99b3a0f752c3ab8b052a79e9de3e
        zeek/tls/tls13-ech.pcap cloudflare-ech.com 2fcbf8655473005933c5869b2b5d8044
        zeek/tls/tls13-ech.pcap cloudflare-ech.com fa58f5ffd45a2d590a1677134966dc64
        zeek/tls/tls13_psk_succesfull.pcap - b564664050e32957639f6833f37e86df
        zeek/tls/tls13_wolfssl.pcap - 39cef737bf0cabc32c28f95d09b97702
        zeek/tls/tls13draft16-chrome55.0.2879.0-canary-aborted.pcap tls13.crypto.mozilla.org 3454bbc3704cd1c8271f43d8c762d08b
        zeek/tls/tls13draft16-chrome55.0.2879.0-canary-aborted.pcap tls13.crypto.mozilla.org 415a79ed86295a71501896656c5542f9
        zeek/tls/tls13draft16-chrome55.0.2879.0-canary.pcap - 1bbe072c914653f5696401459ca0f9b8
        zeek/tls/tls13draft16-ff52.a01-aborted.pcap tls13.crypto.mozilla.org 558ec750499e3584c0d0fcd4b053ec9a
        zeek/tls/tls13draft16-ff52.a01-aborted.pcap tls13.crypto.mozilla.org 9272a8e6d5f6c71129665bc776e80a51
        zeek/tls/tls13draft16-ff52.a01.pcap - 7475b427c2658e9ae2388737ecc29164
        zeek/tls/tls13draft23-chrome67.0.3368.0-canary.pcap tls13.crypto.mozilla.org 6cb345f0f89fe97b1dfad775b52d5cf2
        """;

    [Fact]
    public void Handshakes_of_the_corpus_are_those_of_tshark()
    {
        var theirs = Handshakes
            .Split('\n')
            .Select(line => line.Trim().Split(' '))
            .ToLookup(row => row[0]);
        foreach (var file in theirs)
        {
            var path = Corpus.Need(["network", "pcap", .. file.Key.Split('/')]);
            var ours = CollectedRecords
                .Of(new PcapFormat(), File.ReadAllBytes(path))
                .Records.Where(record => record["log"] == "tls")
                .ToList();
            // A second hello in the same connection (after a retry) is not read.
            Assert.NotEmpty(ours);
            Assert.All(
                ours,
                record =>
                    Assert.Contains(
                        file,
                        row =>
                            row[1] == record.GetValueOrDefault("server_name", "-")
                            && row[2] == record["ja3"]
                    )
            );
        }
    }

    [Theory]
    // tshark -Y http.request, -Y dns.flags.response==0; the last has fragments, which are not put together.
    [InlineData("zeek/http-qinq-0.pcap", "http", 1)]
    [InlineData("zeek/http-vlan-0.pcap", "http", 1)]
    [InlineData("zeek/http/get.pcap", "http", 1)]
    [InlineData("zeek/http/get-without-fins.pcap", "http", 1)]
    [InlineData("zeek/http/get_nosyn.pcap", "http", 1)]
    [InlineData("zeek/http/multipart.pcap", "http", 1)]
    [InlineData("suricata-verify/dns-eve-type-filtering.pcap", "dns", 7)]
    [InlineData("zeek/dns-caa.pcap", "dns", 1)]
    [InlineData("zeek/dns-https.pcap", "dns", 1)]
    [InlineData("zeek/dns-edns-cookie.pcap", "dns", 2)]
    [InlineData("zeek/dnssec/dnskey.pcap", "dns", 1)]
    [InlineData("zeek/ipv6-fragmented-dns.pcap", "dns", 3)]
    public void Requests_of_the_corpus_are_as_many_as_tsharks(string file, string log, int events)
    {
        var path = Corpus.Need(["network", "pcap", .. file.Split('/')]);
        var found = CollectedRecords.Of(new PcapFormat(), File.ReadAllBytes(path));
        Assert.Equal(events, found.Records.Count(record => record["log"] == log));
    }

    static IEnumerable<string> CorpusFiles() =>
        Directory
            .EnumerateFiles(Corpus.Need("network", "pcap"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal);

    static byte[] Capture(string container, int linkType, byte[][] frames)
    {
        var big = container == "big";
        var file = new List<byte>();
        var start = new DateTimeOffset(2026, 3, 9, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        if (container == "pcapng")
        {
            file.AddRange(
                Block(
                    0x0A0D0D0A,
                    [.. N32(0x1A2B3C4D, false), 1, 0, 0, 0, .. Enumerable.Repeat((byte)0xFF, 8)]
                )
            );
            file.AddRange(Block(1, [(byte)linkType, 0, 0, 0, .. N32(0, false)]));
        }
        else
        {
            file.AddRange(N32(container == "nano" ? 0xA1B23C4D : 0xA1B2C3D4, big));
            file.AddRange(big ? [0, 2, 0, 4] : (byte[])[2, 0, 4, 0]);
            file.AddRange(new byte[8]);
            file.AddRange(N32(65535, big));
            file.AddRange(N32((uint)linkType, big));
        }

        for (var index = 0; index < frames.Length; index++)
        {
            var frame = frames[index];
            if (container == "pcapng")
            {
                var micros = (ulong)(start + index) * 1_000_000;
                byte[] body =
                [
                    .. N32(0, false),
                    .. N32((uint)(micros >> 32), false),
                    .. N32((uint)(micros & uint.MaxValue), false),
                    .. N32((uint)frame.Length, false),
                    .. N32((uint)frame.Length, false),
                    .. frame,
                ];
                file.AddRange(Block(6, [.. body, .. new byte[(4 - body.Length % 4) % 4]]));
                continue;
            }

            file.AddRange(N32((uint)(start + index), big));
            file.AddRange(N32(0, big));
            file.AddRange(N32((uint)frame.Length, big));
            file.AddRange(N32((uint)frame.Length, big));
            file.AddRange(frame);
        }

        return [.. file];
    }

    static byte[] Block(uint type, byte[] body) =>
        [
            .. N32(type, false),
            .. N32((uint)body.Length + 12, false),
            .. body,
            .. N32((uint)body.Length + 12, false),
        ];

    static byte[] N32(uint value, bool big)
    {
        var bytes = new byte[4];
        if (big)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        return bytes;
    }

    static byte[] N16(int value) => [(byte)(value >> 8), (byte)(value & 0xFF)];

    static byte[] Counted(byte[] bytes) => [.. N16(bytes.Length), .. bytes];

    static byte[] Extension(int type, byte[] data) => [.. N16(type), .. Counted(data)];

    static byte[] TlsRecord(byte type, byte[] message)
    {
        byte[] handshake = [type, 0, .. N16(message.Length), .. message];
        return [22, 3, 1, .. Counted(handshake)];
    }

    static byte[] Address6(byte last) =>
        [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];

    static byte[] Ethernet(int type, byte[] packet, bool vlan = false) =>
        [.. new byte[12], .. vlan ? (byte[])[0x81, 0, 0, 7] : [], .. N16(type), .. packet];

    static byte[] Ip4(byte[] source, byte[] destination, byte protocol, byte[] payload) =>
        [
            0x45,
            0,
            .. N16(20 + payload.Length),
            0,
            1,
            0,
            0,
            64,
            protocol,
            0,
            0,
            .. source,
            .. destination,
            .. payload,
        ];

    static byte[] Ip6(byte[] source, byte[] destination, byte protocol, byte[] payload) =>
        [
            0x60,
            0,
            0,
            0,
            .. N16(payload.Length),
            protocol,
            64,
            .. source,
            .. destination,
            .. payload,
        ];

    static byte[] Udp(int source, int destination, byte[] payload) =>
        [.. N16(source), .. N16(destination), .. N16(8 + payload.Length), 0, 0, .. payload];

    static byte[] Tcp(
        byte[] source,
        int sourcePort,
        byte[] destination,
        int destinationPort,
        byte flags,
        uint sequence,
        ReadOnlySpan<byte> payload
    ) =>
        Ethernet(
            0x0800,
            Ip4(
                source,
                destination,
                6,
                [
                    .. N16(sourcePort),
                    .. N16(destinationPort),
                    .. N32(sequence, true),
                    .. N32(0, true),
                    0x50,
                    flags,
                    0xFF,
                    0xFF,
                    0,
                    0,
                    0,
                    0,
                    .. payload,
                ]
            )
        );

    static string Md5(string text) =>
#pragma warning disable CA5351 // JA3 is defined with MD5.
        Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(text)));
#pragma warning restore CA5351
}
