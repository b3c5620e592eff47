using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace Harrier.Telemetry.Archives;

/// <summary>
/// The content of a compressed file: gzip, bzip2, xz or zstandard. Such a file may hold several streams, one after the other
/// (<c>cat a.gz b.gz</c>, rotated logs, parallel compressors): they are one content. What follows and is none is counted.
/// </summary>
sealed class Decompressed(ArchiveKind kind, Stream packed, ByteBudget budget) : ForwardStream
{
    /// <summary>Packed bytes that may pass without one unpacked byte: an index of an xz of many terabytes is smaller.</summary>
    const int MostBytesForNothing = 8 * 1024 * 1024;

    readonly PackedStream _packed = new(packed);
    Stream? _one;
    bool _isEnded;

    /// <summary>Bytes after the end that belong to no stream. Known when all was read. Zeros, which pad blocks of tapes and disks, are not counted.</summary>
    public long TrailingBytes { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        while (!_isEnded && !buffer.IsEmpty)
        {
            if (_one is null && !OpenNext())
            {
                _isEnded = true;
                return 0;
            }

            _packed.Allowance = MostBytesForNothing;
            var read = _one!.Read(buffer);
            if (read > 0)
            {
                return read;
            }

            _one.Dispose();
            _one = null;
        }

        return 0;
    }

    bool OpenNext()
    {
        // The first stream starts at once: a caller has seen its signature.
        if (_packed.Position > 0)
        {
            while (_packed.Peek(1) is [0])
            {
                _packed.Move(1);
            }
        }

        if (kind is ArchiveKind.Zstandard)
        {
            ZstandardFrame.SkipSkippable(_packed);
        }

        var head = _packed.Peek(ContentKind.SignatureBytes);
        if (head.IsEmpty)
        {
            return false;
        }

        if (ContentKind.CompressionOf(head) != kind)
        {
            CountRest();
            return false;
        }

        _one = DecoderStream.Open(OpenOne, budget);
        return true;
    }

    Stream OpenOne() =>
        kind switch
        {
            ArchiveKind.Gzip => new GzipMember(_packed),
            ArchiveKind.Bzip2 => BZip2Stream.Create(
                _packed,
                SharpCompress.Compressors.CompressionMode.Decompress,
                decompressConcatenated: false,
                leaveOpen: true
            ),
            ArchiveKind.Xz => new XZStream(_packed),
            ArchiveKind.Zstandard => new DecompressionStream(
                new ZstandardFrame(_packed),
                leaveOpen: false
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no compression"),
        };

    void CountRest()
    {
        _packed.Allowance = long.MaxValue;
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = _packed.Read(buffer)) > 0)
        {
            TrailingBytes += read;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _one?.Dispose();
        }

        base.Dispose(disposing);
    }
}
