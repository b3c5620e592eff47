using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Harrier.Telemetry.Archives;

/// <summary>One member of a gzip file (RFC 1952), which ends where it ends: what comes after it is left in the packed stream.</summary>
/// <remarks>
/// The runtime's GZipStream reads on over the end, and is silent about what stands there. Its DeflateStream reads over the end too, by
/// at most the two blocks it took last. The member's last eight bytes are the CRC and the length of the content, both known by then: they are
/// searched in those blocks, and the rest is given back. Not to find them is the same as a wrong checksum.
/// </remarks>
sealed class GzipMember : ForwardStream
{
    const int BlockBytes = 8 * 1024;
    const int MaxTextBytes = 64 * 1024;

    readonly PackedStream _packed;
    readonly DeflateStream _deflate;
    readonly Crc32 _crc = new();
    readonly long _dataStart;
    uint _length;
    bool _isEnded;

    public GzipMember(PackedStream packed)
    {
        _packed = packed;
        ReadHeader();
        _dataStart = packed.Position;
        _deflate = new DeflateStream(new Blocks(packed), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_isEnded)
        {
            return 0;
        }

        var read = _deflate.Read(buffer);
        if (read > 0)
        {
            _crc.Append(buffer[..read]);
            _length = unchecked(_length + (uint)read);
            return read;
        }

        _isEnded = true;
        GoToEnd();
        return 0;
    }

    void ReadHeader()
    {
        Span<byte> fixedPart = stackalloc byte[10];
        _packed.ReadExactly(fixedPart);
        var flags = fixedPart[3];
        if ((flags & 4) != 0)
        {
            Span<byte> length = stackalloc byte[2];
            _packed.ReadExactly(length);
            _packed.ReadExactly(new byte[BinaryPrimitives.ReadUInt16LittleEndian(length)]);
        }

        for (var texts = (flags >> 3 & 1) + (flags >> 4 & 1); texts > 0; texts--)
        {
            SkipText();
        }

        if ((flags & 2) != 0)
        {
            _packed.ReadExactly(fixedPart[..2]);
        }
    }

    /// <summary>The file's name or a comment, up to its zero byte. The name is not used: it is whatever someone wrote there.</summary>
    void SkipText()
    {
        for (var length = 0; length < MaxTextBytes; length++)
        {
            switch (_packed.ReadByte())
            {
                case 0:
                    return;
                case < 0:
                    throw new EndOfStreamException("the gzip header is cut off");
            }
        }

        throw new InvalidDataException("the name in the gzip header has no end");
    }

    void GoToEnd()
    {
        Span<byte> expected = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(expected, _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(expected[4..], _length);
        var back = (int)Math.Min(2 * BlockBytes, _packed.Position - _dataStart);
        var around = _packed.Around(back, expected.Length, out var taken);
        var at = around.IndexOf(expected);
        if (at < 0)
        {
            throw new InvalidDataException(
                "the checksum of the gzip is wrong, or cut off: not all bytes are those that were compressed"
            );
        }

        _packed.Move(at + expected.Length - taken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _deflate.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Packed bytes in blocks of a known size.</summary>
    sealed class Blocks(PackedStream packed) : ForwardStream
    {
        public override int Read(Span<byte> buffer) =>
            packed.Read(buffer[..Math.Min(buffer.Length, BlockBytes)]);
    }
}
