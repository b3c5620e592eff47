using System.Buffers.Binary;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>
/// The packets of a capture file, one at a time: libpcap's format (both byte orders, micro- and nanoseconds) and pcapng
/// (draft-ietf-opsawg-pcapng: section headers, interfaces, enhanced and simple packets; other blocks are passed over).
/// </summary>
/// <remarks>Memory is bounded by <see cref="MostBlockBytes"/>; a longer packet or block ends the file, as does one that is cut.</remarks>
sealed class CaptureReader(Stream content)
{
    /// <summary>Longest block: libpcap refuses packets above 256 KiB, pcapng's other blocks (names, secrets) may be longer.</summary>
    public const int MostBlockBytes = 16 * 1024 * 1024;

    const uint SectionHeader = 0x0A0D0D0A;
    const int MostInterfaces = 65_536;

    readonly List<CaptureInterface> _interfaces = [];
    byte[] _buffer = new byte[64 * 1024];
    int _packetStart;
    int _packetLength;
    long _offset;
    bool _isBig;
    bool _isNext;
    bool _hasBegun;

    /// <summary>Offset of the packet's own header in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Time in UTC.</summary>
    public DateTime Time { get; private set; } = DateTime.UnixEpoch;

    /// <summary>Kind of link (LINKTYPE_ of tcpdump.org).</summary>
    public int LinkType { get; private set; }

    /// <summary>The packet as far as it was kept.</summary>
    public ReadOnlySpan<byte> Packet => _buffer.AsSpan(_packetStart, _packetLength);

    /// <summary>Why reading ended before the file did; null where it did not.</summary>
    public string? Fault { get; private set; }

    public static bool IsCapture(ReadOnlySpan<byte> head) =>
        head.Length >= 24
        && BinaryPrimitives.ReadUInt32BigEndian(head)
            is 0xA1B2C3D4
                or 0xD4C3B2A1
                or 0xA1B23C4D
                or 0x4D3CB2A1
                or SectionHeader;

    /// <summary>Goes to the next packet; false at the end or at a <see cref="Fault"/>.</summary>
    public bool Read()
    {
        if (Fault is not null)
        {
            return false;
        }

        if (!_hasBegun)
        {
            _hasBegun = true;
            if (!TryTake(0, 4, "the file's"))
            {
                return false;
            }

            _isNext = BinaryPrimitives.ReadUInt32BigEndian(_buffer) == SectionHeader;
            if (!_isNext && !TryReadHeader())
            {
                return false;
            }
        }

        return _isNext ? ReadBlocks() : ReadPacket();
    }

    /// <summary>The rest of libpcap's header of 24 bytes.</summary>
    bool TryReadHeader()
    {
        var magic = BinaryPrimitives.ReadUInt32BigEndian(_buffer);
        _isBig = magic is 0xA1B2C3D4 or 0xA1B23C4D;
        var isNano = magic is 0xA1B23C4D or 0x4D3CB2A1;
        if (!_isBig && magic is not (0xD4C3B2A1 or 0x4D3CB2A1))
        {
            return Stop("the file is no capture of packets");
        }

        if (!TryTake(4, 20, "the file's"))
        {
            return false;
        }

        // The upper bits say whether a checksum follows each frame.
        _interfaces.Add(
            new CaptureInterface((int)(UInt32(20) & 0xFFFF), isNano ? 1_000_000_000 : 1_000_000, 0)
        );
        return true;
    }

    bool ReadPacket()
    {
        Offset = _offset;
        if (!TryTake(0, 16, "a packet's", mayEnd: true))
        {
            return false;
        }

        var fraction = UInt32(4);
        var seconds = UInt32(0);
        var length = UInt32(8);
        if (length > MostBlockBytes)
        {
            return Stop($"a packet of {length} bytes is longer than any capture keeps");
        }

        if (!TryTake(16, (int)length, "a packet's"))
        {
            return false;
        }

        var only = _interfaces[0];
        LinkType = only.LinkType;
        Time = DateTime
            .UnixEpoch.AddSeconds(seconds)
            .AddTicks((long)fraction * TimeSpan.TicksPerSecond / only.UnitsPerSecond);
        (_packetStart, _packetLength) = (16, (int)length);
        return true;
    }

    bool ReadBlocks()
    {
        while (true)
        {
            Offset = _offset;
            // The first four bytes of the file were taken before.
            var isFirst = _offset == 4;
            Offset -= isFirst ? 4 : 0;
            if (!TryTake(isFirst ? 4 : 0, isFirst ? 4 : 8, "a block's", mayEnd: !isFirst))
            {
                return false;
            }

            var type = UInt32(0);
            if (type == SectionHeader)
            {
                if (!TryTake(8, 4, "a section's"))
                {
                    return false;
                }

                var order = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(8));
                if (order is not (0x1A2B3C4D or 0x4D3C2B1A))
                {
                    return Stop("a section says no byte order");
                }

                _isBig = order == 0x1A2B3C4D;
                _interfaces.Clear();
            }

            var length = UInt32(4);
            var taken = type == SectionHeader ? 12 : 8;
            if (length < taken + 4 || length > MostBlockBytes || length % 4 != 0)
            {
                return Stop($"a block says that it has {length} bytes");
            }

            if (!TryTake(taken, (int)length - taken, "a block's"))
            {
                return false;
            }

            // The last four bytes are the length again.
            if (IsPacket(type, (int)length - 4))
            {
                return true;
            }

            if (Fault is not null)
            {
                return false;
            }
        }
    }

    bool IsPacket(uint type, int end)
    {
        switch (type)
        {
            case 1 when end >= 16:
                if (_interfaces.Count >= MostInterfaces)
                {
                    return Stop($"a section has more than {MostInterfaces} interfaces");
                }

                _interfaces.Add(ReadInterface(end));
                return false;
            case 6 when end >= 28:
                var interfaceNumber = UInt32(8);
                if (interfaceNumber >= _interfaces.Count)
                {
                    return Stop(
                        $"a packet is of interface {interfaceNumber}, which was not described"
                    );
                }

                var captured = UInt32(20);
                if (captured > end - 28)
                {
                    return Stop("a packet is longer than its block");
                }

                var from = _interfaces[(int)interfaceNumber];
                Time = from.ToTime(((ulong)UInt32(12) << 32) | UInt32(16));
                LinkType = from.LinkType;
                (_packetStart, _packetLength) = (28, (int)captured);
                return true;
            case 3 when end >= 12 && _interfaces.Count > 0:
                // Simple packets have no time; they keep the one of the packet before.
                LinkType = _interfaces[0].LinkType;
                (_packetStart, _packetLength) = (12, (int)Math.Min(UInt32(8), (uint)(end - 12)));
                return true;
            default:
                return false;
        }
    }

    CaptureInterface ReadInterface(int end)
    {
        var linkType = UInt16(8);
        long unitsPerSecond = 1_000_000;
        long offsetSeconds = 0;
        var at = 16;
        while (at + 4 <= end)
        {
            var code = UInt16(at);
            var length = UInt16(at + 2);
            if (code == 0 || at + 4 + length > end)
            {
                break;
            }

            if (code == 9 && length == 1)
            {
                // if_tsresol: a power of ten, or of two where the first bit is set.
                var power = _buffer[at + 4] & 0x7F;
                unitsPerSecond =
                    (_buffer[at + 4] & 0x80) != 0
                        ? 1L << Math.Min(power, 40)
                        : (long)Math.Pow(10, Math.Min(power, 12));
            }
            else if (code == 14 && length == 8)
            {
                offsetSeconds = unchecked(
                    (long)(
                        _isBig
                            ? ((ulong)UInt32(at + 4) << 32) | UInt32(at + 8)
                            : ((ulong)UInt32(at + 8) << 32) | UInt32(at + 4)
                    )
                );
            }

            at += 4 + (length + 3) / 4 * 4;
        }

        return new CaptureInterface(linkType, unitsPerSecond, offsetSeconds);
    }

    bool Stop(string fault)
    {
        Fault = fault;
        return false;
    }

    bool TryTake(int start, int bytes, string whose, bool mayEnd = false)
    {
        if (_buffer.Length < start + bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, start + bytes));
        }

        var read = content.ReadAtLeast(
            _buffer.AsSpan(start, bytes),
            bytes,
            throwOnEndOfStream: false
        );
        _offset += read;
        if (read == bytes || (read == 0 && mayEnd))
        {
            return read == bytes;
        }

        return Stop($"the file ends within {whose} bytes");
    }

    ushort UInt16(int at) =>
        _isBig
            ? BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(at))
            : BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(at));

    uint UInt32(int at) =>
        _isBig
            ? BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(at))
            : BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(at));

    readonly record struct CaptureInterface(int LinkType, long UnitsPerSecond, long OffsetSeconds)
    {
        public DateTime ToTime(ulong units)
        {
            var seconds = units / (ulong)UnitsPerSecond;
            var rest = (UInt128)(units % (ulong)UnitsPerSecond);
            // Whatever a hostile file says: a time that DateTime has.
            const long mostSeconds = 200_000_000_000;
            var total = Math.Clamp(
                (long)Math.Min(seconds, mostSeconds)
                    + Math.Clamp(OffsetSeconds, -mostSeconds, mostSeconds),
                0,
                mostSeconds
            );
            return DateTime
                .UnixEpoch.AddSeconds(total)
                .AddTicks((long)(rest * TimeSpan.TicksPerSecond / (ulong)UnitsPerSecond));
        }
    }
}
