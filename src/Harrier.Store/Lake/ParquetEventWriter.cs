using System.Runtime.InteropServices;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Types;
using Harrier.Schema;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Harrier.Store.Lake;

/// <summary>Writes rows of a batch as one Parquet file. Equal rows give equal bytes.</summary>
/// <remarks>
/// Text columns are handed over as they are, distinct values and indices, so that the dictionary is not built twice;
/// a column with many distinct values is written plain, because its dictionary would be as large as the values.
/// </remarks>
static class ParquetEventWriter
{
    const long DictionaryBytesLimit = 64 << 20;

    /// <summary>Writes <paramref name="rows"/> of a batch, in that order.</summary>
    public static void Write(EventBatch batch, ReadOnlySpan<int> rows, string path)
    {
        var fields = new List<Apache.Arrow.Field>();
        var arrays = new List<IArrowArray>();
        using var builder = new WriterPropertiesBuilder();
        foreach (var column in batch.Class.Columns)
        {
            var array = column.Type switch
            {
                ColumnType.Time => Times(batch.Int(column.Ordinal), rows),
                ColumnType.Int => Numbers(batch.Int(column.Ordinal), rows),
                _ => Texts(batch.Text(column.Ordinal), rows),
            };
            if (array is not DictionaryArray)
            {
                builder.DisableDictionary(column.Name);
            }

            fields.Add(new Apache.Arrow.Field(column.Name, array.Data.DataType, nullable: true));
            arrays.Add(array);
        }

        var schema = new Apache.Arrow.Schema(fields, metadata: null);
        using var properties = builder
            .Compression(Compression.Zstd)
            .CompressionLevel(1)
            .CreatedBy("harrier")
            .MaxRowGroupLength(EventBatch.FullRows)
            .DictionaryPagesizeLimit(DictionaryBytesLimit)
            .SortingColumns([new WriterProperties.SortingColumn(0)])
            .Build();
        using var record = new RecordBatch(schema, arrays, rows.Length);
        using var writer = new FileWriter(path, schema, properties);
        writer.WriteRecordBatch(record, EventBatch.FullRows);
        writer.Close();
    }

    static Int64Array Numbers(IntColumn column, ReadOnlySpan<int> rows)
    {
        var (values, nulls, nullCount) = Integers(column, rows);
        return new Int64Array(values, nulls, rows.Length, nullCount, 0);
    }

    /// <summary>Without a zone: a time with one would be shown in the machine's zone, and ours are always UTC.</summary>
    static TimestampArray Times(IntColumn column, ReadOnlySpan<int> rows)
    {
        var (values, nulls, nullCount) = Integers(column, rows);
        return new TimestampArray(
            new TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null),
            values,
            nulls,
            rows.Length,
            nullCount,
            0
        );
    }

    static (ArrowBuffer Values, ArrowBuffer Nulls, int NullCount) Integers(
        IntColumn column,
        ReadOnlySpan<int> rows
    )
    {
        var values = new long[rows.Length];
        var nulls = new byte[(rows.Length + 7) / 8];
        var nullCount = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (column.IsNull(rows[i]))
            {
                nullCount++;
                continue;
            }

            values[i] = column.Values[rows[i]];
            nulls[i >> 3] |= unchecked((byte)(1 << (i & 7)));
        }

        return (Buffer<long>(values), new ArrowBuffer(nulls), nullCount);
    }

    /// <summary>The distinct values that occur in the rows, in the order of first appearance, and indices into them.</summary>
    static Apache.Arrow.Array Texts(TextColumn column, ReadOnlySpan<int> rows)
    {
        var renumbered = new int[column.DistinctCount];
        System.Array.Fill(renumbered, -1);
        var kept = new List<int>();
        var indices = new int[rows.Length];
        var nullCount = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var index = column.Indices[rows[i]];
            if (index < 0)
            {
                indices[i] = -1;
                nullCount++;
                continue;
            }

            if (renumbered[index] < 0)
            {
                renumbered[index] = kept.Count;
                kept.Add(index);
            }

            indices[i] = renumbered[index];
        }

        var distinct = new TextBuffer(column, kept);
        return kept.Count * 10L < rows.Length * 6L
            ? Dictionary(indices, nullCount, distinct.ToArray())
            : Plain(indices, kept, column);
    }

    static DictionaryArray Dictionary(int[] indices, int nullCount, StringArray distinct)
    {
        var values = new int[indices.Length];
        var nulls = new byte[(indices.Length + 7) / 8];
        for (var i = 0; i < indices.Length; i++)
        {
            if (indices[i] >= 0)
            {
                values[i] = indices[i];
                nulls[i >> 3] |= unchecked((byte)(1 << (i & 7)));
            }
        }

        return new DictionaryArray(
            new DictionaryType(Int32Type.Default, StringType.Default, ordered: false),
            new Int32Array(
                Buffer<int>(values),
                new ArrowBuffer(nulls),
                indices.Length,
                nullCount,
                0
            ),
            distinct
        );
    }

    static StringArray Plain(int[] indices, List<int> kept, TextColumn column)
    {
        var rows = new TextBuffer(indices.Length);
        foreach (var index in indices)
        {
            if (index < 0)
            {
                rows.AddNull();
            }
            else
            {
                rows.Add(column.Distinct(kept[index]));
            }
        }

        return rows.ToArray();
    }

    static ArrowBuffer Buffer<T>(ReadOnlySpan<T> values)
        where T : struct => new(MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Offsets, bytes and nulls of an Arrow text array.</summary>
    sealed class TextBuffer(int capacity)
    {
        readonly byte[] _nulls = new byte[(capacity + 7) / 8];
        readonly int[] _offsets = new int[capacity + 1];
        byte[] _bytes = new byte[Math.Max(64, capacity * 8)];
        int _count;
        int _nullCount;

        public TextBuffer(TextColumn column, List<int> distinct)
            : this(distinct.Count)
        {
            foreach (var index in distinct)
            {
                Add(column.Distinct(index));
            }
        }

        public void Add(ReadOnlySpan<byte> utf8)
        {
            // Engines refuse a whole file for one value that is not UTF-8; hostile logs have such values.
            if (!Utf8.IsValid(utf8))
            {
                utf8 = System.Text.Encoding.UTF8.GetBytes(
                    System.Text.Encoding.UTF8.GetString(utf8)
                );
            }

            var start = _offsets[_count];
            if (_bytes.Length - start < utf8.Length)
            {
                System.Array.Resize(
                    ref _bytes,
                    (int)
                        Math.Min(
                            System.Array.MaxLength,
                            Math.Max(_bytes.Length * 2L, (long)start + utf8.Length)
                        )
                );
            }

            utf8.CopyTo(_bytes.AsSpan(start));
            _nulls[_count >> 3] |= unchecked((byte)(1 << (_count & 7)));
            _count++;
            _offsets[_count] = start + utf8.Length;
        }

        public void AddNull()
        {
            _nullCount++;
            _count++;
            _offsets[_count] = _offsets[_count - 1];
        }

        public StringArray ToArray()
        {
            return new StringArray(
                _count,
                Buffer<int>(_offsets),
                new ArrowBuffer(_bytes.AsMemory(0, _offsets[_count])),
                new ArrowBuffer(_nulls),
                _nullCount,
                0
            );
        }
    }
}
