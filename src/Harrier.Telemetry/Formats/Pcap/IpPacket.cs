using System.Buffers.Binary;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>What became of a frame's headers.</summary>
enum PacketKind
{
    /// <summary>IP, its fields are set.</summary>
    Ip,

    /// <summary>A later part of a fragmented packet: addresses and protocol, but no ports.</summary>
    Fragment,

    /// <summary>ARP, spanning tree and the like.</summary>
    NotIp,

    /// <summary>A kind of link that is not read.</summary>
    UnknownLink,

    /// <summary>The headers contradict the packet's length or themselves.</summary>
    Broken,
}

/// <summary>The headers of one packet: link, IPv4 or IPv6, TCP or UDP. Every length is checked against the bytes there are.</summary>
/// <remarks>VLAN tags, PPPoE and MPLS labels are passed over; tunnels (GRE, IP in IP, VXLAN) are not opened.</remarks>
ref struct IpPacket
{
    const int MostNested = 8;

    public ReadOnlySpan<byte> Source;
    public ReadOnlySpan<byte> Destination;
    public byte Protocol;
    public ushort SourcePort;
    public ushort DestinationPort;

    /// <summary>TCP's flags; 0 of others.</summary>
    public byte Flags;
    public uint Sequence;

    /// <summary>What the transport carries, as far as it was captured.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Bytes that the transport carried, captured or not.</summary>
    public int PayloadLength;

    public static PacketKind Parse(int linkType, ReadOnlySpan<byte> frame, out IpPacket packet)
    {
        packet = default;
        return linkType switch
        {
            0 or 108 => FromFamily(frame, ref packet),
            1 => FromEthernet(frame, ref packet),
            9 => FromPpp(frame.Length > 2 && frame[0] == 0xFF ? frame[2..] : frame, ref packet),
            12 or 14 or 101 or 228 or 229 => FromIp(frame, ref packet),
            113 => frame.Length < 16
                ? PacketKind.Broken
                : FromType(
                    BinaryPrimitives.ReadUInt16BigEndian(frame[14..]),
                    frame[16..],
                    ref packet
                ),
            276 => frame.Length < 20
                ? PacketKind.Broken
                : FromType(BinaryPrimitives.ReadUInt16BigEndian(frame), frame[20..], ref packet),
            _ => PacketKind.UnknownLink,
        };
    }

    /// <summary>BSD's loopback: four bytes that name a family in the order of the machine that captured.</summary>
    static PacketKind FromFamily(ReadOnlySpan<byte> frame, ref IpPacket packet) =>
        frame.Length < 4 ? PacketKind.Broken
        : frame[4..] is [>= 0x40 and < 0x70, ..] ? FromIp(frame[4..], ref packet)
        : PacketKind.NotIp;

    static PacketKind FromEthernet(ReadOnlySpan<byte> frame, ref IpPacket packet) =>
        frame.Length < 14
            ? PacketKind.Broken
            : FromType(BinaryPrimitives.ReadUInt16BigEndian(frame[12..]), frame[14..], ref packet);

    static PacketKind FromPpp(ReadOnlySpan<byte> frame, ref IpPacket packet) =>
        frame.Length < 2 ? PacketKind.Broken
        : BinaryPrimitives.ReadUInt16BigEndian(frame) is 0x21 or 0x57
            ? FromIp(frame[2..], ref packet)
        : PacketKind.NotIp;

    static PacketKind FromType(int type, ReadOnlySpan<byte> rest, ref IpPacket packet)
    {
        for (var nested = 0; nested < MostNested; nested++)
        {
            switch (type)
            {
                case 0x0800 or 0x86DD:
                    return FromIp(rest, ref packet);
                case 0x8100 or 0x88A8 or 0x9100 when rest.Length >= 4:
                    type = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
                    rest = rest[4..];
                    break;
                case 0x8864 when rest.Length >= 8:
                    return FromPpp(rest[6..], ref packet);
                case 0x8847 or 0x8848 when rest.Length >= 4:
                    var isLast = (rest[2] & 1) != 0;
                    rest = rest[4..];
                    if (isLast)
                    {
                        return rest is [>= 0x45 and < 0x70, ..]
                            ? FromIp(rest, ref packet)
                            : PacketKind.NotIp;
                    }

                    break;
                default:
                    return PacketKind.NotIp;
            }
        }

        return PacketKind.NotIp;
    }

    static PacketKind FromIp(ReadOnlySpan<byte> bytes, ref IpPacket packet) =>
        bytes.Length == 0 ? PacketKind.Broken
        : (bytes[0] >> 4) == 4 ? FromVersion4(bytes, ref packet)
        : (bytes[0] >> 4) == 6 ? FromVersion6(bytes, ref packet)
        : PacketKind.Broken;

    static PacketKind FromVersion4(ReadOnlySpan<byte> bytes, ref IpPacket packet)
    {
        var header = (bytes[0] & 0x0F) * 4;
        if (header < 20 || bytes.Length < header)
        {
            return PacketKind.Broken;
        }

        // Cards that cut packets by themselves leave the length 0.
        int total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        total = total == 0 ? bytes.Length : total;
        if (total < header)
        {
            return PacketKind.Broken;
        }

        packet.Source = bytes.Slice(12, 4);
        packet.Destination = bytes.Slice(16, 4);
        packet.Protocol = bytes[9];
        var fragment = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        return FromTransport(
            bytes[header..Math.Min(bytes.Length, total)],
            total - header,
            isLater: (fragment & 0x1FFF) != 0,
            ref packet
        );
    }

    static PacketKind FromVersion6(ReadOnlySpan<byte> bytes, ref IpPacket packet)
    {
        const int header = 40;
        if (bytes.Length < header)
        {
            return PacketKind.Broken;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        packet.Source = bytes.Slice(8, 16);
        packet.Destination = bytes.Slice(24, 16);
        var rest = bytes[header..];
        length = length == 0 ? rest.Length : length;
        rest = rest[..Math.Min(rest.Length, length)];
        var next = bytes[6];
        var isLater = false;
        for (var nested = 0; nested < MostNested; nested++)
        {
            var extension = next switch
            {
                0 or 43 or 60 or 135 when rest.Length >= 8 => 8 + rest[1] * 8,
                44 when rest.Length >= 8 => 8,
                51 when rest.Length >= 8 => 8 + rest[1] * 4,
                _ => 0,
            };
            if (extension == 0)
            {
                break;
            }

            if (extension > rest.Length)
            {
                return PacketKind.Broken;
            }

            isLater |=
                next == 44 && (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0xFFF8) != 0;
            next = rest[0];
            rest = rest[extension..];
            length -= extension;
            if (isLater)
            {
                break;
            }
        }

        packet.Protocol = next;
        return FromTransport(rest, length, isLater, ref packet);
    }

    static PacketKind FromTransport(
        ReadOnlySpan<byte> bytes,
        int length,
        bool isLater,
        ref IpPacket packet
    )
    {
        packet.Payload = bytes;
        packet.PayloadLength = length;
        if (isLater)
        {
            return PacketKind.Fragment;
        }

        var header = packet.Protocol switch
        {
            6 => 20,
            17 => 8,
            1 or 58 => 8,
            _ => 0,
        };
        if (bytes.Length < header)
        {
            return PacketKind.Broken;
        }

        if (packet.Protocol is 6 or 17)
        {
            packet.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            packet.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        }

        if (packet.Protocol == 6)
        {
            header = (bytes[12] >> 4) * 4;
            if (header < 20 || header > length)
            {
                return PacketKind.Broken;
            }

            packet.Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
            packet.Flags = bytes[13];
        }

        packet.Payload = header <= bytes.Length ? bytes[header..] : default;
        packet.PayloadLength = Math.Max(0, length - header);
        return PacketKind.Ip;
    }
}
