using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Harrier.Schema;
using Harrier.Store.Lake.Parquet;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Harrier.Store.Lake;

/// <summary>Writes rows of a batch as one Parquet file of one row group. Equal rows give equal bytes.</summary>
/// <remarks>
/// Our own, because a batch already has its dictionaries: written as they are, at twice the speed of the best library,
/// with bloom filters on the columns needles are looked up in, and with a checksum in every compressed page: the engines
/// that read the file decompress nothing that was changed.
/// Layout: a dictionary page where it saves space, data pages (version 1, optional, zstd 1), bloom filters, footer.
/// </remarks>
sealed class ParquetEventWriter : IDisposable
{
    // A dictionary as large as the values saves nothing.
    const double DictionaryShare = 0.6;
    const int PlainPageBytes = 1 << 20;

    // Longer values are bounds that no query's comparison needs.
    const int LongestBound = 128;

    const int TypeInt64 = 2;
    const int TypeBytes = 6;
    const int EncodingPlain = 0;
    const int EncodingRle = 3;
    const int EncodingDictionary = 8;
    const int CodecZstd = 6;

    readonly Compressor _zstd = new(level: 1);
    readonly ByteSink _page = new();
    readonly ByteSink _compressed = new();
    readonly ByteSink _header = new();
    readonly FileStream _file;

    // Used again for each column: a class has dozens, each with a value a row.
    readonly int[] _indices;
    readonly int[] _present;
    int[] _renumbered = [];

    /// <summary>What the footer says of a column.</summary>
    sealed class Chunk(Column column, int type)
    {
        public Column Column { get; } = column;
        public int Type { get; } = type;
        public long? DictionaryOffset { get; set; }
        public long DataOffset { get; set; } = -1;
        public long Uncompressed { get; set; }
        public long Compressed { get; set; }
        public long Nulls { get; set; }
        public byte[]? Least { get; set; }
        public byte[]? Largest { get; set; }
        public long? Distinct { get; set; }
        public BloomFilter? Bloom { get; set; }
        public long BloomOffset { get; set; }
        public int BloomLength { get; set; }
    }

    ParquetEventWriter(string path, int rows)
    {
        _indices = new int[rows];
        _present = new int[rows];
        _zstd.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    }

    /// <summary>Writes <paramref name="rows"/> of a batch, in that order, which must be the order of time.</summary>
    /// <returns>Length of the file's frame: bloom filters and footer, which stand at its end and have no checksum of their own.</returns>
    public static long Write(EventBatch batch, ReadOnlySpan<int> rows, string path)
    {
        using var writer = new ParquetEventWriter(path, rows.Length);
        writer._file.Write("PAR1"u8);
        var chunks = new List<Chunk>();
        foreach (var column in batch.Class.Columns)
        {
            chunks.Add(
                batch[column.Ordinal] is TextColumn text
                    ? writer.Texts(column, text, rows)
                    : writer.Integers(column, batch.Int(column.Ordinal), rows)
            );
        }

        var pagesEnd = writer._file.Position;
        foreach (var chunk in chunks)
        {
            writer.WriteBloom(chunk);
        }

        writer.WriteFooter(chunks, rows.Length);
        return writer._file.Position - pagesEnd;
    }

    Chunk Integers(Column column, IntColumn values, ReadOnlySpan<int> rows)
    {
        var chunk = new Chunk(column, TypeInt64);
        var indices = _indices;
        var isPresent = values.Present;
        var nulls = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            indices[i] = isPresent[row] ? row : -1;
            nulls += isPresent[row] ? 0 : 1;
        }

        chunk.Nulls = nulls;
        BeginPage(indices, nulls);
        var all = values.Values;
        var target = MemoryMarshal.Cast<byte, long>(
            _page.Take((rows.Length - nulls) * sizeof(long))
        );
        long least = long.MaxValue,
            largest = long.MinValue;
        var count = 0;
        foreach (var index in indices)
        {
            if (index >= 0)
            {
                var value = all[index];
                target[count++] = value;
                least = Math.Min(least, value);
                largest = Math.Max(largest, value);
            }
        }

        if (count > 0)
        {
            chunk.Least = Bytes(least);
            chunk.Largest = Bytes(largest);
        }

        EndPage(chunk, rows.Length, EncodingPlain);
        return chunk;
    }

    static byte[] Bytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    Chunk Texts(Column column, TextColumn values, ReadOnlySpan<int> rows)
    {
        var chunk = new Chunk(column, TypeBytes);
        var indices = _indices;
        if (values.DistinctCount == 0)
        {
            // Most columns of most logs.
            chunk.Nulls = rows.Length;
            Array.Fill(indices, -1);
            Plain(chunk, values, [], indices);
            return chunk;
        }

        // The distinct values that occur in the rows, in the order of first appearance.
        var renumbered = Renumbered(values.DistinctCount);
        var kept = new List<int>();
        var nulls = 0;
        var all = values.Indices;
        for (var i = 0; i < rows.Length; i++)
        {
            var index = all[rows[i]];
            if (index < 0)
            {
                indices[i] = -1;
                nulls++;
                continue;
            }

            if (renumbered[index] < 0)
            {
                renumbered[index] = kept.Count;
                kept.Add(index);
            }

            indices[i] = renumbered[index];
        }

        chunk.Nulls = nulls;
        var distinct = CollectionsMarshal.AsSpan(kept);
        Describe(chunk, column, values, distinct);
        if (kept.Count > 0 && kept.Count < (rows.Length - nulls) * DictionaryShare)
        {
            WithDictionary(chunk, values, distinct, indices);
        }
        else
        {
            Plain(chunk, values, distinct, indices);
        }

        return chunk;
    }

    /// <summary>Room for the new number of each distinct value, all -1.</summary>
    Span<int> Renumbered(int distinct)
    {
        if (_renumbered.Length < distinct)
        {
            _renumbered = new int[Math.Max(distinct, 2 * _renumbered.Length)];
        }

        var renumbered = _renumbered.AsSpan(0, distinct);
        renumbered.Fill(-1);
        return renumbered;
    }

    /// <summary>Bounds and bloom filter.</summary>
    static void Describe(Chunk chunk, Column column, TextColumn values, ReadOnlySpan<int> distinct)
    {
        if (distinct.IsEmpty)
        {
            return;
        }

        chunk.Distinct = distinct.Length;
        chunk.Bloom = column.Bloom ? new BloomFilter(distinct.Length) : null;
        int least = distinct[0],
            largest = distinct[0];
        foreach (var index in distinct)
        {
            var value = values.Distinct(index);
            chunk.Bloom?.Add(value);
            least = value.SequenceCompareTo(values.Distinct(least)) < 0 ? index : least;
            largest = value.SequenceCompareTo(values.Distinct(largest)) > 0 ? index : largest;
        }

        var low = values.Distinct(least);
        var high = values.Distinct(largest);
        if (low.Length <= LongestBound && high.Length <= LongestBound)
        {
            chunk.Least = low.ToArray();
            chunk.Largest = high.ToArray();
        }
    }

    void WithDictionary(
        Chunk chunk,
        TextColumn values,
        ReadOnlySpan<int> distinct,
        ReadOnlySpan<int> indices
    )
    {
        _page.Clear();
        foreach (var index in distinct)
        {
            AddText(values.Distinct(index));
        }

        chunk.DictionaryOffset = _file.Position;
        WritePage(chunk, distinct.Length, EncodingPlain, isDictionary: true);
        BeginPage(indices, (int)chunk.Nulls);
        var width = RleBitPacked.BitWidth(distinct.Length - 1);
        _page.Add((byte)width);
        RleBitPacked.Encode(chunk.Nulls == 0 ? indices : Present(indices), width, _page);
        EndPage(chunk, indices.Length, EncodingDictionary);
    }

    ReadOnlySpan<int> Present(ReadOnlySpan<int> indices)
    {
        var count = 0;
        foreach (var index in indices)
        {
            if (index >= 0)
            {
                _present[count++] = index;
            }
        }

        return _present.AsSpan(0, count);
    }

    void Plain(
        Chunk chunk,
        TextColumn values,
        ReadOnlySpan<int> distinct,
        ReadOnlySpan<int> indices
    )
    {
        for (var start = 0; start < indices.Length; )
        {
            var end = start;
            var nulls = 0;
            for (var bytes = 0L; end < indices.Length && bytes < PlainPageBytes; end++)
            {
                bytes += indices[end] < 0 ? 0 : values.Distinct(distinct[indices[end]]).Length + 4;
                nulls += indices[end] < 0 ? 1 : 0;
            }

            var page = indices[start..end];
            BeginPage(page, nulls);
            foreach (var index in page)
            {
                if (index >= 0)
                {
                    AddText(values.Distinct(distinct[index]));
                }
            }

            EndPage(chunk, page.Length, EncodingPlain);
            start = end;
        }
    }

    void AddText(ReadOnlySpan<byte> utf8)
    {
        _page.AddInt32(utf8.Length);
        _page.Add(utf8);
    }

    /// <summary>Begins a data page with its definition levels: 0 where an index is negative (null), else 1.</summary>
    /// <param name="nulls">How many are negative.</param>
    void BeginPage(ReadOnlySpan<int> indices, int nulls)
    {
        _header.Clear();
        if (nulls == 0 || nulls == indices.Length)
        {
            RleBitPacked.EncodeRun(nulls == 0 ? 1 : 0, indices.Length, 1, _header);
        }
        else
        {
            var levels = _present.AsSpan(0, indices.Length);
            for (var i = 0; i < levels.Length; i++)
            {
                levels[i] = indices[i] < 0 ? 0 : 1;
            }

            RleBitPacked.Encode(levels, 1, _header);
        }

        _page.Clear();
        _page.AddInt32(_header.Length);
        _page.Add(_header.Written);
    }

    void EndPage(Chunk chunk, int rows, int encoding)
    {
        chunk.DataOffset = chunk.DataOffset < 0 ? _file.Position : chunk.DataOffset;
        WritePage(chunk, rows, encoding, isDictionary: false);
    }

    void WritePage(Chunk chunk, int values, int encoding, bool isDictionary)
    {
        var page = _page.Written;
        _compressed.Clear();
        var target = _compressed.Take(Compressor.GetCompressBound(page.Length));
        _compressed.Shorten(_zstd.Wrap(page, target));

        _header.Clear();
        var thrift = new ThriftWriter(_header);
        thrift.Begin();
        thrift.Int32(1, isDictionary ? 2 : 0);
        thrift.Int32(2, page.Length);
        thrift.Int32(3, _compressed.Length);
        thrift.Struct(isDictionary ? 7 : 5);
        thrift.Int32(1, values);
        thrift.Int32(2, encoding);
        if (!isDictionary)
        {
            thrift.Int32(3, EncodingRle);
            thrift.Int32(4, EncodingRle);
        }

        thrift.End();
        thrift.End();
        _file.Write(_header.Written);
        _file.Write(_compressed.Written);
        chunk.Uncompressed += _header.Length + page.Length;
        chunk.Compressed += _header.Length + _compressed.Length;
    }

    void WriteBloom(Chunk chunk)
    {
        if (chunk.Bloom is null)
        {
            return;
        }

        _header.Clear();
        var thrift = new ThriftWriter(_header);
        thrift.Begin();
        thrift.Int32(1, chunk.Bloom.Bits.Length);
        for (var field = 2; field <= 4; field++)
        {
            // Split blocks, XXH64, uncompressed: each the first of its union.
            thrift.Struct(field);
            thrift.Empty(1);
            thrift.End();
        }

        thrift.End();
        chunk.BloomOffset = _file.Position;
        chunk.BloomLength = _header.Length + chunk.Bloom.Bits.Length;
        _file.Write(_header.Written);
        _file.Write(chunk.Bloom.Bits);
    }

    void WriteFooter(List<Chunk> chunks, int rows)
    {
        _header.Clear();
        var thrift = new ThriftWriter(_header);
        thrift.Begin();
        thrift.Int32(1, 1);
        thrift.List(2, ThriftType.Struct, chunks.Count + 1);
        thrift.Begin();
        thrift.Binary(4, "schema"u8);
        thrift.Int32(5, chunks.Count);
        thrift.End();
        foreach (var chunk in chunks)
        {
            SchemaElement(thrift, chunk.Column, chunk.Type);
        }

        thrift.Int64(3, rows);
        thrift.List(4, ThriftType.Struct, 1);
        RowGroup(thrift, chunks, rows);
        thrift.Binary(6, "harrier"u8);
        thrift.List(7, ThriftType.Struct, chunks.Count);
        foreach (var _ in chunks)
        {
            thrift.Begin();
            thrift.Empty(1);
            thrift.End();
        }

        thrift.End();
        var length = _header.Length;
        _header.AddInt32(length);
        _header.Add("PAR1"u8);
        _file.Write(_header.Written);
    }

    static void SchemaElement(ThriftWriter thrift, Column column, int type)
    {
        thrift.Begin();
        thrift.Int32(1, type);
        thrift.Int32(3, 1); // optional
        thrift.Binary(4, Encoding.UTF8.GetBytes(column.Name));
        if (type == TypeBytes)
        {
            thrift.Int32(6, 0); // UTF8
            thrift.Struct(10);
            thrift.Empty(1); // string
            thrift.End();
        }
        else if (column.Type == ColumnType.Time)
        {
            // Without a zone: a time with one would be shown in the machine's zone, and ours are always UTC.
            thrift.Struct(10);
            thrift.Struct(8); // timestamp
            thrift.Bool(1, false);
            thrift.Struct(2);
            thrift.Empty(2); // microseconds
            thrift.End();
            thrift.End();
            thrift.End();
        }

        thrift.End();
    }

    static void RowGroup(ThriftWriter thrift, List<Chunk> chunks, int rows)
    {
        thrift.Begin();
        thrift.List(1, ThriftType.Struct, chunks.Count);
        foreach (var chunk in chunks)
        {
            ColumnChunk(thrift, chunk, rows);
        }

        thrift.Int64(2, chunks.Sum(chunk => chunk.Uncompressed));
        thrift.Int64(3, rows);
        thrift.List(4, ThriftType.Struct, 1);
        thrift.Begin();
        thrift.Int32(1, CommonColumns.Time);
        thrift.Bool(2, false);
        thrift.Bool(3, false);
        thrift.End();
        thrift.End();
    }

    static void ColumnChunk(ThriftWriter thrift, Chunk chunk, int rows)
    {
        thrift.Begin();
        thrift.Int64(2, chunk.DictionaryOffset ?? chunk.DataOffset);
        thrift.Struct(3);
        thrift.Int32(1, chunk.Type);
        int[] encodings = chunk.DictionaryOffset is null
            ? [EncodingPlain, EncodingRle]
            : [EncodingPlain, EncodingRle, EncodingDictionary];
        thrift.List(2, ThriftType.I32, encodings.Length);
        foreach (var encoding in encodings)
        {
            thrift.Item(encoding);
        }

        thrift.List(3, ThriftType.Binary, 1);
        thrift.Item(Encoding.UTF8.GetBytes(chunk.Column.Name));
        thrift.Int32(4, CodecZstd);
        thrift.Int64(5, rows);
        thrift.Int64(6, chunk.Uncompressed);
        thrift.Int64(7, chunk.Compressed);
        thrift.Int64(9, chunk.DataOffset);
        if (chunk.DictionaryOffset is { } dictionary)
        {
            thrift.Int64(11, dictionary);
        }

        thrift.Struct(12);
        thrift.Int64(3, chunk.Nulls);
        if (chunk.Distinct is { } distinct)
        {
            thrift.Int64(4, distinct);
        }

        if (chunk.Largest is not null)
        {
            thrift.Binary(5, chunk.Largest);
            thrift.Binary(6, chunk.Least);
        }

        thrift.End();
        if (chunk.Bloom is not null)
        {
            thrift.Int64(14, chunk.BloomOffset);
            thrift.Int32(15, chunk.BloomLength);
        }

        thrift.End();
        thrift.End();
    }

    public void Dispose()
    {
        _file.Dispose();
        _zstd.Dispose();
    }
}
