using System.Buffers.Binary;
using Harrier.Store.Lake.Parquet;

namespace Harrier.Telemetry.Formats.Parquet;

/// <summary>Bytes of pages and dictionaries that are held at once.</summary>
sealed class PageBudget
{
    /// <summary>For all columns of a row group together: 256 MiB.</summary>
    public const long MaxBytes = 256L << 20;

    long _held;

    public void Take(long bytes)
    {
        _held += bytes;
        if (_held > MaxBytes)
        {
            throw new InvalidDataException($"pages of more than {MaxBytes >> 20} MiB at once");
        }
    }

    public void Give(long bytes) => _held -= bytes;
}

/// <summary>Entries of one column chunk: each is a value, or a null with the level at which something is missing.</summary>
/// <remarks>One page is in memory at a time, and the dictionary. Every length is checked before it is believed.</remarks>
sealed class ParquetColumnReader
{
    const int MaxPageBytes = 64 << 20;
    const int MaxHeaderBytes = 64 * 1024;

    readonly Stream _file;
    readonly ParquetNode _leaf;
    readonly PageBudget _budget;
    readonly long _codec;
    readonly long _end;
    long _position;
    long _heldBytes;
    PlainDictionary? _dictionary;
    RunReader? _repetitions;
    RunReader? _definitions;
    PageValues? _values;
    int _left;
    bool _isPeeked;

    public ParquetColumnReader(
        Stream file,
        ParquetNode leaf,
        ThriftReader.Struct chunk,
        PageBudget budget
    )
    {
        var meta = chunk.Inner(3);
        if (meta.Int(1) != (long)leaf.Type)
        {
            throw new InvalidDataException("a column of another type than the schema says");
        }

        _file = file;
        _leaf = leaf;
        _budget = budget;
        _codec = meta.Int(4);
        var data = meta.Int(9);
        _position =
            meta.IntOrNull(11) is { } dictionary && dictionary > 0 && dictionary < data
                ? dictionary
                : data;
        _end = unchecked(_position + meta.Int(7));
        if (_position < 4 || _end < _position || _end > file.Length)
        {
            throw new InvalidDataException("a column outside of the file");
        }
    }

    /// <summary>Levels of the entry that comes next; only after <see cref="Peek"/>.</summary>
    public int Repetition { get; private set; }
    public int Definition { get; private set; }

    /// <summary>Looks at the next entry; false where there is none.</summary>
    public bool Peek()
    {
        if (_isPeeked)
        {
            return true;
        }

        while (_left == 0)
        {
            if (_position >= _end)
            {
                return false;
            }

            ReadPage();
        }

        _left--;
        Repetition = _repetitions?.Next() ?? 0;
        Definition = _definitions?.Next() ?? 0;
        _isPeeked = true;
        return true;
    }

    /// <summary>Goes over an entry that has no value.</summary>
    public void Skip()
    {
        Require();
        _isPeeked = false;
        if (Definition == _leaf.MaxDefinition)
        {
            Values().Next();
        }
    }

    /// <summary>Takes the value of an entry that has one.</summary>
    public ReadOnlySpan<byte> Take()
    {
        Require();
        _isPeeked = false;
        return Values().Next();
    }

    PageValues Values() =>
        _values ?? throw new InvalidDataException("a page with values and no bytes");

    void Require()
    {
        if (!Peek())
        {
            throw new InvalidDataException("a column that ends before the others");
        }
    }

    void ReadPage()
    {
        var header = ReadHeader();
        var uncompressed = header.Int(2);
        var compressed = header.Int(3);
        if (
            uncompressed is < 0 or > MaxPageBytes
            || compressed is < 0 or > MaxPageBytes
            || compressed > _end - _position
        )
        {
            throw new InvalidDataException("a page of a size that can't be");
        }

        Hold(compressed + uncompressed);
        var bytes = new byte[compressed];
        _file.Position = _position;
        _file.ReadExactly(bytes);
        _position += compressed;
        switch (header.Int(1))
        {
            case 0:
                ReadData(PageCodec.Decompress(bytes, _codec, (int)uncompressed), header.Inner(5));
                break;
            case 2 when _dictionary is null:
                Hold(uncompressed * 2);
                _dictionary = new PlainDictionary(
                    PageCodec.Decompress(bytes, _codec, (int)uncompressed),
                    _leaf,
                    (int)Math.Min(header.Inner(7).Int(1), int.MaxValue)
                );
                _heldBytes = 0;
                break;
            case 3:
                ReadData2(bytes, uncompressed, header.Inner(8));
                break;
            default:
                // Pages of indices hold no values.
                break;
        }
    }

    ThriftReader.Struct ReadHeader()
    {
        var bytes = new byte[Math.Min(MaxHeaderBytes, _end - _position)];
        _file.Position = _position;
        _file.ReadExactly(bytes);
        var length = 0;
        var header = ThriftReader.Read(bytes, ref length);
        _position += length;
        return header;
    }

    /// <summary>The page before is let go.</summary>
    void Hold(long bytes)
    {
        _budget.Give(_heldBytes);
        _budget.Take(bytes);
        _heldBytes = bytes;
    }

    void ReadData(ReadOnlyMemory<byte> page, ThriftReader.Struct header)
    {
        var values = Count(header.Int(1));
        _repetitions = Levels(ref page, _leaf.MaxRepetition);
        _definitions = Levels(ref page, _leaf.MaxDefinition);
        Begin(page, header.Int(2), values);
    }

    /// <summary>In the second kind of data page the levels stand before what is compressed.</summary>
    void ReadData2(ReadOnlyMemory<byte> bytes, long uncompressed, ThriftReader.Struct header)
    {
        var values = Count(header.Int(1));
        var definitionBytes = header.Int(5);
        var repetitionBytes = header.Int(6);
        if (
            definitionBytes < 0
            || repetitionBytes < 0
            || definitionBytes + repetitionBytes > Math.Min(bytes.Length, uncompressed)
        )
        {
            throw new InvalidDataException("levels that are longer than their page");
        }

        var levels = (int)(definitionBytes + repetitionBytes);
        var isCompressed = !header.TryGetValue(7, out var said) || said is not false;
        var rest = isCompressed
            ? PageCodec.Decompress(bytes.Span[levels..], _codec, (int)uncompressed - levels)
            : bytes[levels..];
        _repetitions = Runs(bytes[..(int)repetitionBytes], _leaf.MaxRepetition);
        _definitions = Runs(bytes[(int)repetitionBytes..levels], _leaf.MaxDefinition);
        Begin(rest, header.Int(4), values);
    }

    void Begin(ReadOnlyMemory<byte> page, long encoding, int values)
    {
        _left = values;
        // A page of nulls only may have no bytes at all.
        _values = page.IsEmpty ? null : PageValues.Of(encoding, page, _leaf, values, _dictionary);
    }

    static int Count(long values) =>
        values is >= 0 and <= int.MaxValue
            ? (int)values
            : throw new InvalidDataException("a page with less than no values");

    static RunReader? Levels(ref ReadOnlyMemory<byte> page, int largest)
    {
        if (largest == 0)
        {
            return null;
        }

        if (page.Length < 4)
        {
            throw new InvalidDataException("levels that end early");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(page.Span);
        if (length > page.Length - 4)
        {
            throw new InvalidDataException("levels that end early");
        }

        var levels = Runs(page.Slice(4, (int)length), largest);
        page = page[(4 + (int)length)..];
        return levels;
    }

    static RunReader? Runs(ReadOnlyMemory<byte> bytes, int largest) =>
        largest == 0
            ? null
            : new RunReader(
                bytes,
                32 - System.Numerics.BitOperations.LeadingZeroCount((uint)largest)
            );
}
