using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Harrier.Store.Lake.Parquet;

namespace Harrier.Telemetry.Formats.Parquet;

/// <summary>Steps through Parquet's hybrid of runs and bit-packed groups of eight without writing it out.</summary>
sealed class RunReader(ReadOnlyMemory<byte> bytes, int bitWidth)
{
    int _position;
    long _left;
    bool _isPacked;
    int _value;
    long _bit;

    public int Next()
    {
        if (bitWidth == 0)
        {
            return 0;
        }

        if (_left == 0)
        {
            ReadHeader();
        }

        _left--;
        if (!_isPacked)
        {
            return _value;
        }

        var span = bytes.Span;
        var value = 0;
        for (var bit = 0; bit < bitWidth; bit++, _bit++)
        {
            value |= ((span[(int)(_bit >> 3)] >> (int)(_bit & 7)) & 1) << bit;
        }

        return value;
    }

    void ReadHeader()
    {
        var span = bytes.Span;
        var header = ThriftReader.Varint(span, ref _position);
        _isPacked = (header & 1) == 1;
        var length = _isPacked
            ? (long)Math.Min(header >> 1, 1UL << 28) * bitWidth
            : (bitWidth + 7) / 8;
        _left = (long)Math.Min(header >> 1, 1UL << 40) * (_isPacked ? 8 : 1);
        // The last packed group may be cut where its values are not needed.
        if (_left == 0 || (!_isPacked && length > span.Length - _position))
        {
            throw new InvalidDataException("runs that end early");
        }

        if (_isPacked)
        {
            _left = Math.Min(_left, (span.Length - _position) * 8L / bitWidth);
            _bit = _position * 8L;
            _position = (int)Math.Min(span.Length, _position + length);
            if (_left == 0)
            {
                throw new InvalidDataException("runs that end early");
            }

            return;
        }

        _value = 0;
        for (var at = 0; at < length; at++)
        {
            _value |= span[_position++] << (8 * at);
        }
    }
}

/// <summary>Compressed pages, undone to exactly the size that their header tells.</summary>
static class PageCodec
{
    public static byte[] Decompress(ReadOnlySpan<byte> bytes, long codec, int length)
    {
        if (codec == 0)
        {
            return bytes.ToArray();
        }

        var target = new byte[length];
        var written = codec switch
        {
            1 => Snappy(bytes, target),
            2 => Gzip(bytes, target),
            4 when BrotliDecoder.TryDecompress(bytes, target, out var count) => count,
            6 => Zstandard(bytes, target),
            _ => throw new InvalidDataException(
                $"compression {codec}, which this version does not undo (it does Snappy, gzip, Brotli, Zstandard)"
            ),
        };
        return written == length
            ? target
            : throw new InvalidDataException("a page that is shorter than its header says");
    }

    static int Gzip(ReadOnlySpan<byte> bytes, byte[] target)
    {
        using var gzip = new GZipStream(
            new MemoryStream(bytes.ToArray()),
            CompressionMode.Decompress
        );
        return gzip.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
    }

    static int Zstandard(ReadOnlySpan<byte> bytes, byte[] target)
    {
        using var zstandard = new ZstdSharp.Decompressor();
        return zstandard.Unwrap(bytes, target.AsSpan());
    }

    /// <summary>Snappy's raw format: a length, then literals and copies of what was written.</summary>
    static int Snappy(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        var at = 0;
        if (ThriftReader.Varint(bytes, ref at) != (ulong)target.Length)
        {
            throw new InvalidDataException("a page of another size than its header says");
        }

        var written = 0;
        while (at < bytes.Length)
        {
            int tag = bytes[at++];
            if ((tag & 3) == 0)
            {
                var length = tag >> 2;
                if (length >= 60)
                {
                    var extra = length - 59;
                    length = (int)LittleEndian(bytes.Slice(at, extra));
                    at += extra;
                }

                length++;
                bytes.Slice(at, length).CopyTo(target[written..]);
                at += length;
                written += length;
                continue;
            }

            var (count, offset) = (tag & 3) switch
            {
                1 => (4 + ((tag >> 2) & 7), ((tag >> 5) << 8) | bytes[at++]),
                2 => (1 + (tag >> 2), (int)LittleEndian(bytes.Slice(at, 2))),
                _ => (1 + (tag >> 2), (int)LittleEndian(bytes.Slice(at, 4))),
            };
            at += (tag & 3) switch
            {
                1 => 0,
                2 => 2,
                _ => 4,
            };
            if (offset <= 0 || offset > written || count > target.Length - written)
            {
                throw new InvalidDataException("Snappy that copies from nowhere");
            }

            for (var i = 0; i < count; i++, written++)
            {
                target[written] = target[written - offset];
            }
        }

        return written;
    }

    static uint LittleEndian(ReadOnlySpan<byte> bytes)
    {
        var value = 0u;
        for (var at = 0; at < bytes.Length; at++)
        {
            value |= (uint)bytes[at] << (8 * at);
        }

        return value <= int.MaxValue - 1 ? value : throw new InvalidDataException("a length");
    }
}

/// <summary>Gives the raw values of a page one after the other.</summary>
abstract class PageValues
{
    /// <summary>The next value as the format writes it plainly; a boolean is one byte. Valid until the next call.</summary>
    public abstract ReadOnlySpan<byte> Next();

    /// <summary>Values of a page in one of the encodings.</summary>
    /// <param name="values">How many there are at most.</param>
    /// <exception cref="InvalidDataException">The encoding is none that is read.</exception>
    public static PageValues Of(
        long encoding,
        ReadOnlyMemory<byte> bytes,
        ParquetNode leaf,
        int values,
        PlainDictionary? dictionary
    ) =>
        encoding switch
        {
            0 => new Plain(bytes, leaf),
            2 or 8 when dictionary is not null && bytes.Length > 0 => new Indexed(
                bytes,
                dictionary
            ),
            // A length of four bytes stands before the runs of booleans.
            3 when leaf.Type == ParquetType.Boolean && bytes.Length >= 4 => new Runs(bytes[4..]),
            5 => new DeltaNumbers(bytes, leaf.Type == ParquetType.Int32 ? 4 : 8),
            6 => new DeltaTexts(bytes, values, hasPrefixes: false),
            7 => new DeltaTexts(bytes, values, hasPrefixes: true),
            9 => new SplitBytes(bytes, leaf),
            _ => throw new InvalidDataException(
                $"encoding {encoding}, which this version does not read"
            ),
        };

    protected static ReadOnlySpan<byte> Take(
        ReadOnlySpan<byte> bytes,
        ref int position,
        long length
    )
    {
        if (length < 0 || length > bytes.Length - position)
        {
            throw new InvalidDataException("values that end early");
        }

        var taken = bytes.Slice(position, (int)length);
        position += (int)length;
        return taken;
    }

    internal sealed class Plain(ReadOnlyMemory<byte> bytes, ParquetNode leaf) : PageValues
    {
        readonly byte[] _boolean = new byte[1];
        int _position;
        long _bit;

        public override ReadOnlySpan<byte> Next()
        {
            var span = bytes.Span;
            switch (leaf.Type)
            {
                case ParquetType.Boolean:
                    var at = (int)(_bit >> 3);
                    _boolean[0] =
                        at < span.Length
                            ? (byte)((span[at] >> (int)(_bit & 7)) & 1)
                            : throw new InvalidDataException("values that end early");
                    _bit++;
                    return _boolean;
                case ParquetType.ByteArray:
                    var length = BinaryPrimitives.ReadUInt32LittleEndian(
                        Take(span, ref _position, 4)
                    );
                    return Take(span, ref _position, length);
                default:
                    return Take(span, ref _position, Width(leaf));
            }
        }

        public static int Width(ParquetNode leaf) =>
            leaf.Type switch
            {
                ParquetType.Int32 or ParquetType.Float => 4,
                ParquetType.Int64 or ParquetType.Double => 8,
                ParquetType.Int96 => 12,
                ParquetType.FixedByteArray => leaf.TypeLength,
                _ => throw new InvalidDataException($"type {(int)leaf.Type}"),
            };
    }

    /// <summary>All first bytes of the values, then all second ones ...</summary>
    sealed class SplitBytes(ReadOnlyMemory<byte> bytes, ParquetNode leaf) : PageValues
    {
        readonly byte[] _value = new byte[Math.Max(1, Plain.Width(leaf))];
        int _next;

        public override ReadOnlySpan<byte> Next()
        {
            var count = bytes.Length / _value.Length;
            if (_next == count)
            {
                throw new InvalidDataException("values that end early");
            }

            for (var at = 0; at < _value.Length; at++)
            {
                _value[at] = bytes.Span[at * count + _next];
            }

            _next++;
            return _value;
        }
    }

    sealed class Indexed(ReadOnlyMemory<byte> bytes, PlainDictionary dictionary) : PageValues
    {
        readonly RunReader _indices = new(
            bytes[1..],
            bytes.Span[0] <= 31 ? bytes.Span[0] : throw new InvalidDataException("wide indices")
        );

        public override ReadOnlySpan<byte> Next() => dictionary[_indices.Next()];
    }

    sealed class Runs(ReadOnlyMemory<byte> bytes) : PageValues
    {
        readonly RunReader _runs = new(bytes, 1);
        readonly byte[] _boolean = new byte[1];

        public override ReadOnlySpan<byte> Next()
        {
            _boolean[0] = (byte)_runs.Next();
            return _boolean;
        }
    }

    sealed class DeltaNumbers(ReadOnlyMemory<byte> bytes, int width) : PageValues
    {
        readonly DeltaReader _numbers = new(bytes);
        readonly byte[] _number = new byte[8];

        public override ReadOnlySpan<byte> Next()
        {
            BinaryPrimitives.WriteInt64LittleEndian(_number, _numbers.Next());
            return _number.AsSpan(0, width);
        }
    }

    /// <summary>Lengths first, then the texts; with prefixes, each begins with a part of the one before.</summary>
    sealed class DeltaTexts : PageValues
    {
        const int MaxValues = 1 << 20;

        readonly ReadOnlyMemory<byte> _texts;
        readonly long[] _prefixes;
        readonly long[] _lengths;
        byte[] _text = [];
        int _length;
        int _next;
        int _position;

        public DeltaTexts(ReadOnlyMemory<byte> bytes, int values, bool hasPrefixes)
        {
            if (values > MaxValues)
            {
                throw new InvalidDataException("a page of too many texts");
            }

            _prefixes = hasPrefixes ? Numbers(ref bytes, values) : [];
            _lengths = Numbers(ref bytes, values);
            _texts = bytes;
        }

        public override ReadOnlySpan<byte> Next()
        {
            if (_next == _lengths.Length)
            {
                throw new InvalidDataException("values that end early");
            }

            var suffix = Take(_texts.Span, ref _position, _lengths[_next]);
            var prefix = _prefixes.Length == 0 ? 0 : _prefixes[_next];
            _next++;
            if (prefix < 0 || prefix > _length)
            {
                throw new InvalidDataException("a prefix that is longer than its text");
            }

            if (_text.Length < prefix + suffix.Length)
            {
                Array.Resize(ref _text, (int)(prefix + suffix.Length) * 2);
            }

            suffix.CopyTo(_text.AsSpan((int)prefix));
            _length = (int)prefix + suffix.Length;
            return _text.AsSpan(0, _length);
        }

        static long[] Numbers(ref ReadOnlyMemory<byte> bytes, int most)
        {
            var reader = new DeltaReader(bytes);
            if (reader.Count > most)
            {
                throw new InvalidDataException("more lengths than values");
            }

            var numbers = new long[reader.Count];
            for (var at = 0; at < numbers.Length; at++)
            {
                numbers[at] = reader.Next();
            }

            bytes = bytes[reader.End()..];
            return numbers;
        }
    }
}

/// <summary>Numbers as differences in blocks of small widths (DELTA_BINARY_PACKED).</summary>
sealed class DeltaReader
{
    readonly ReadOnlyMemory<byte> _bytes;
    readonly int _miniblocks;
    readonly int _perMiniblock;
    readonly byte[] _widths;
    int _position;
    long _last;
    long _least;
    int _miniblock;
    int _inMiniblock;
    int _given;
    int _start;

    public DeltaReader(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        var span = bytes.Span;
        var block = ThriftReader.Varint(span, ref _position);
        var miniblocks = ThriftReader.Varint(span, ref _position);
        var count = ThriftReader.Varint(span, ref _position);
        _last = Zigzag(ThriftReader.Varint(span, ref _position));
        if (
            block is 0 or > 1 << 20
            || miniblocks is 0 or > 1024
            || block % miniblocks != 0
            || block / miniblocks % 8 != 0
            || count > int.MaxValue
        )
        {
            throw new InvalidDataException("blocks of differences of an odd size");
        }

        _miniblocks = (int)miniblocks;
        _perMiniblock = (int)(block / miniblocks);
        _widths = new byte[_miniblocks];
        _miniblock = _miniblocks;
        Count = (int)count;
    }

    public int Count { get; }

    public long Next()
    {
        if (_given == Count)
        {
            throw new InvalidDataException("values that end early");
        }

        if (_given++ == 0)
        {
            return _last;
        }

        if (_inMiniblock == _perMiniblock || _miniblock == _miniblocks)
        {
            Step();
        }

        var width = _widths[_miniblock];
        var bit = (long)_inMiniblock++ * width;
        var span = _bytes.Span;
        var difference = 0UL;
        for (var at = 0; at < width; at++, bit++)
        {
            difference |= (ulong)((span[_start + (int)(bit >> 3)] >> (int)(bit & 7)) & 1) << at;
        }

        _last = unchecked(_last + _least + (long)difference);
        return _last;
    }

    /// <summary>Where the bytes after the numbers begin; all must have been read.</summary>
    public int End() => _position;

    void Step()
    {
        _miniblock++;
        if (_miniblock >= _miniblocks)
        {
            var span = _bytes.Span;
            _least = Zigzag(ThriftReader.Varint(span, ref _position));
            if (span.Length - _position < _miniblocks)
            {
                throw new InvalidDataException("values that end early");
            }

            span.Slice(_position, _miniblocks).CopyTo(_widths);
            _position += _miniblocks;
            _miniblock = 0;
        }

        _start = _position;
        var length = _widths[_miniblock] * _perMiniblock / 8;
        if (_widths[_miniblock] > 64 || length > _bytes.Length - _position)
        {
            throw new InvalidDataException("values that end early");
        }

        _position += length;
        _inMiniblock = 0;
    }

    static long Zigzag(ulong value) => unchecked((long)(value >> 1) ^ -(long)(value & 1));
}

/// <summary>The distinct values of a column chunk.</summary>
sealed class PlainDictionary
{
    readonly byte[] _bytes;
    readonly int[] _ends;

    public PlainDictionary(byte[] page, ParquetNode leaf, int values)
    {
        // Booleans have no dictionary.
        var least =
            leaf.Type == ParquetType.ByteArray ? 4 : Math.Max(1, PageValues.Plain.Width(leaf));
        if (values < 0 || values > page.Length / least)
        {
            throw new InvalidDataException("a dictionary of more values than its bytes hold");
        }

        var plain = new PageValues.Plain(page, leaf);
        var bytes = new ArrayBufferWriter<byte>(Math.Max(page.Length, 1));
        _ends = new int[values];
        for (var value = 0; value < values; value++)
        {
            var next = plain.Next();
            bytes.Write(next);
            _ends[value] = bytes.WrittenCount;
        }

        _bytes = bytes.WrittenSpan.ToArray();
    }

    public ReadOnlySpan<byte> this[int value] =>
        (uint)value >= (uint)_ends.Length
            ? throw new InvalidDataException("an index beyond the dictionary")
            : _bytes.AsSpan(
                value == 0 ? 0 : _ends[value - 1],
                _ends[value] - (value == 0 ? 0 : _ends[value - 1])
            );
}
