using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Harrier.Schema;
using Harrier.Store.Lake.Parquet;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Harrier.Store.Lake;

/// <summary>Reads columns of a lake file as a batch: distinct values and indices, so that a matcher looks at each value once.</summary>
/// <remarks>
/// Reads what <see cref="ParquetEventWriter"/> writes: one row group, optional columns, data pages of version 1, plain or
/// dictionary, zstd with checksums. A page that was changed is an error and never an answer.
/// </remarks>
sealed class ParquetEventReader : IDisposable
{
    const int LargestPage = 1 << 30;

    readonly SafeFileHandle _file;
    readonly Decompressor _zstd = new();
    readonly Dictionary<string, ThriftReader.Struct> _columns = new(StringComparer.Ordinal);
    byte[] _page = [];

    /// <exception cref="InvalidDataException">Not such a file.</exception>
    public ParquetEventReader(string path)
    {
        // A batch may keep the file open for a while, which keeps nobody from deleting it.
        _file = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
        try
        {
            ReadFooter();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Rows { get; private set; }

    /// <summary>The rows of a file inside the window; columns not asked for, or not in the file, are null.</summary>
    public static EventBatch Read(
        string path,
        EventClass eventClass,
        TimeWindow window,
        IReadOnlyList<Column> columns
    )
    {
        using var reader = new ParquetEventReader(path);
        var batch = reader.ReadBatch(eventClass, window, columns);
        foreach (var column in columns)
        {
            _ = batch[column.Ordinal];
        }

        return batch;
    }

    /// <summary>The same, but each column is read when it is first looked at; the file stays open as long as the batch is kept.</summary>
    public static EventBatch Open(
        string path,
        EventClass eventClass,
        TimeWindow window,
        IReadOnlyList<Column> columns
    ) => new ParquetEventReader(path).ReadBatch(eventClass, window, columns);

    /// <summary>The times of a file's rows, in order, microseconds since 1970 UTC.</summary>
    public static long[] Times(string path)
    {
        using var reader = new ParquetEventReader(path);
        return (reader.Numbers("time") ?? throw ThriftReader.Broken()).Values;
    }

    EventBatch ReadBatch(EventClass eventClass, TimeWindow window, IReadOnlyList<Column> columns)
    {
        var batch = new EventBatch(eventClass);
        var (start, end) = RowsIn(window);
        if (start >= end)
        {
            return batch;
        }

        foreach (var column in columns)
        {
            batch.ReadLater(column.Ordinal, target => Read(column.Name, target, start, end));
        }

        batch.EndRows(end - start);
        return batch;
    }

    (int Start, int End) RowsIn(TimeWindow window)
    {
        if (window == TimeWindow.All)
        {
            return (0, Rows);
        }

        // Rows of a file are sorted by time.
        var (times, _) = Numbers("time") ?? throw ThriftReader.Broken();
        return (
            LowerBound(times, window.From),
            window.To == long.MaxValue ? Rows : LowerBound(times, window.To)
        );
    }

    void Read(string name, ColumnBuilder target, int start, int end)
    {
        if (target is TextColumn text)
        {
            ReadText(name, text, start, end);
        }
        else if (Numbers(name) is var (values, present))
        {
            ((IntColumn)target).Append(values.AsSpan(start..end), present.AsSpan(start..end));
        }
    }

    static int LowerBound(ReadOnlySpan<long> sorted, long value)
    {
        int low = 0,
            high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    void ReadFooter()
    {
        var length = RandomAccess.GetLength(_file);
        Span<byte> tail = stackalloc byte[8];
        if (
            length < 12
            || RandomAccess.Read(_file, tail, length - 8) != 8
            || !tail[4..].SequenceEqual("PAR1"u8)
        )
        {
            throw ThriftReader.Broken();
        }

        var footerLength = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (footerLength < 0 || footerLength > length - 12)
        {
            throw ThriftReader.Broken();
        }

        var footer = Bytes(length - 8 - footerLength, footerLength);
        var position = 0;
        var metadata = ThriftReader.Read(footer, ref position);
        var groups = metadata.Items(4);
        if (groups.Count != 1 || metadata.Int(3) is < 0 or > EventBatch.FullRows)
        {
            throw ThriftReader.Broken();
        }

        Rows = (int)metadata.Int(3);
        foreach (var chunk in ((ThriftReader.Struct)groups[0]).Items(1))
        {
            var column = ((ThriftReader.Struct)chunk).Inner(3);
            if (column.Int(5) != Rows)
            {
                throw ThriftReader.Broken();
            }

            _columns[Encoding.UTF8.GetString((byte[])column.Items(3)[0])] = column;
        }
    }

    byte[] Bytes(long offset, long count)
    {
        if (
            offset < 0
            || count is < 0 or > int.MaxValue
            || offset > RandomAccess.GetLength(_file) - count
        )
        {
            throw ThriftReader.Broken();
        }

        var bytes = new byte[count];
        for (var read = 0; read < bytes.Length; )
        {
            var more = RandomAccess.Read(_file, bytes.AsSpan(read), offset + read);
            read += more > 0 ? more : throw ThriftReader.Broken();
        }

        return bytes;
    }

    (long[] Values, bool[] Present)? Numbers(string name)
    {
        if (!_columns.TryGetValue(name, out var column))
        {
            return null;
        }

        var values = new long[Rows];
        var present = new bool[Rows];
        var row = 0;
        foreach (var page in Pages(column))
        {
            if (page.IsDictionary || page.Encoding != 0)
            {
                throw ThriftReader.Broken();
            }

            var levels = new int[page.Count];
            var data = Levels(levels);
            var source = MemoryMarshal.Cast<byte, long>(_page.AsSpan(data, page.Length - data));
            var at = 0;
            foreach (var level in levels)
            {
                if (level == 1)
                {
                    values[row] = at < source.Length ? source[at++] : throw ThriftReader.Broken();
                    present[row] = true;
                }

                row++;
            }
        }

        return (values, present);
    }

    void ReadText(string name, TextColumn target, int start, int end)
    {
        if (!_columns.TryGetValue(name, out var column))
        {
            return;
        }

        // The dictionary's bytes stay; the page buffer is used again.
        byte[] dictionary = [];
        var entries = new List<(int Start, int Length)>();
        int[] interned = [];
        var indices = new int[Rows];
        Array.Fill(indices, -1);
        var row = 0;
        foreach (var page in Pages(column))
        {
            if (page.IsDictionary)
            {
                dictionary = _page.AsSpan(0, page.Length).ToArray();
                for (int i = 0, at = 0; i < page.Count; i++)
                {
                    entries.Add(Text(dictionary, dictionary.Length, ref at));
                }

                interned = new int[entries.Count];
                Array.Fill(interned, -1);
                continue;
            }

            var levels = new int[page.Count];
            var data = Levels(levels);
            if (page.Encoding == 8)
            {
                var present = new int[levels.AsSpan().Count(1)];
                if (data >= page.Length && present.Length > 0)
                {
                    throw ThriftReader.Broken();
                }

                if (present.Length > 0)
                {
                    RleBitPacked.Decode(
                        _page.AsSpan(data + 1, page.Length - data - 1),
                        _page[data],
                        present
                    );
                }

                var at = 0;
                foreach (var level in levels)
                {
                    if (level == 1)
                    {
                        var entry = present[at++];
                        if (row >= start && row < end)
                        {
                            if (interned[entry] < 0)
                            {
                                var (from, length) = entries[entry];
                                interned[entry] = target.Intern(dictionary.AsSpan(from, length));
                            }

                            indices[row] = interned[entry];
                        }
                    }

                    row++;
                }
            }
            else if (page.Encoding == 0)
            {
                var at = data;
                foreach (var level in levels)
                {
                    if (level == 1)
                    {
                        var (from, length) = Text(_page, page.Length, ref at);
                        if (row >= start && row < end)
                        {
                            indices[row] = target.Intern(_page.AsSpan(from, length));
                        }
                    }

                    row++;
                }
            }
            else
            {
                throw ThriftReader.Broken();
            }
        }

        target.AppendIndices(indices.AsSpan(start, end - start));
    }

    static (int Start, int Length) Text(byte[] bytes, int end, ref int at)
    {
        if (end - at < sizeof(int))
        {
            throw ThriftReader.Broken();
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        at += sizeof(int);
        if (length < 0 || length > end - at)
        {
            throw ThriftReader.Broken();
        }

        at += length;
        return (at - length, length);
    }

    /// <summary>Reads definition levels from the page buffer, and says where the values begin.</summary>
    int Levels(int[] levels)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_page);
        if (length < 0 || length > _page.Length - sizeof(int))
        {
            throw ThriftReader.Broken();
        }

        RleBitPacked.Decode(_page.AsSpan(sizeof(int), length), 1, levels);
        return sizeof(int) + length;
    }

    readonly record struct Page(bool IsDictionary, int Count, int Encoding, int Length);

    /// <summary>The pages of a column, one after the other decompressed into the page buffer.</summary>
    IEnumerable<Page> Pages(ThriftReader.Struct column)
    {
        if (column.Int(4) != 6)
        {
            throw ThriftReader.Broken();
        }

        var chunk = Bytes(column.IntOrNull(11) ?? column.Int(9), column.Int(7));
        var rows = 0;
        for (var position = 0; position < chunk.Length; )
        {
            var header = ThriftReader.Read(chunk, ref position);
            var isDictionary = header.Int(1) == 2;
            var inner = header.Inner(isDictionary ? 7 : 5);
            var (length, compressed, count) = (header.Int(2), header.Int(3), inner.Int(1));
            rows += isDictionary ? 0 : (int)Math.Clamp(count, 0, Rows + 1);
            if (
                length is < 0 or > LargestPage
                || compressed < 0
                || compressed > chunk.Length - position
                || count < 0
                || count > Rows
                || rows > Rows
            )
            {
                throw ThriftReader.Broken();
            }

            if (_page.Length < Math.Max(length, sizeof(int)))
            {
                _page = new byte[Math.Max(length, 1 << 16)];
            }

            Decompress(chunk.AsSpan(position, (int)compressed), (int)length);
            position += (int)compressed;
            yield return new Page(isDictionary, (int)count, (int)inner.Int(2), (int)length);
        }

        if (rows != Rows)
        {
            throw ThriftReader.Broken();
        }
    }

    void Decompress(ReadOnlySpan<byte> compressed, int length)
    {
        try
        {
            if (_zstd.Unwrap(compressed, _page.AsSpan(0, length)) != length)
            {
                throw ThriftReader.Broken();
            }
        }
        catch (ZstdException error)
        {
            throw new InvalidDataException("a page of a lake file is damaged", error);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _zstd.Dispose();
    }
}
