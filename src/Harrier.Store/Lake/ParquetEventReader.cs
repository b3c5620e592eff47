using Apache.Arrow;
using Harrier.Schema;
using ParquetSharp;
using ParquetSharp.Arrow;
using Column = Harrier.Schema.Column;

namespace Harrier.Store.Lake;

/// <summary>Reads columns of a lake file as a batch: distinct values and indices, so that a matcher looks at each value once.</summary>
static class ParquetEventReader
{
    /// <summary>Reads the rows of a file inside the window; columns not asked for, or not in the file, are null.</summary>
    public static IEnumerable<EventBatch> Read(
        string path,
        EventClass eventClass,
        TimeWindow window,
        IReadOnlyList<Column> columns
    )
    {
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = EventBatch.FullRows;
        properties.UseThreads = false;
        var wanted = new List<(int Index, Column Column)>();
        using (var layout = new ParquetFileReader(path))
        {
            var schema = layout.FileMetaData.Schema;
            var names = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < schema.NumColumns; i++)
            {
                names[schema.Column(i).Name] = i;
            }

            foreach (var column in columns.OrderBy(column => column.Ordinal))
            {
                if (names.TryGetValue(column.Name, out var index))
                {
                    wanted.Add((index, column));
                    properties.SetReadDictionary(
                        index,
                        column.Type is ColumnType.Text or ColumnType.Json
                    );
                }
            }
        }

        using var file = new FileReader(path, null, properties);
        var groups = Enumerable.Range(0, file.NumRowGroups).ToArray();
        using var records = file.GetRecordBatchReader(
            groups,
            [.. wanted.Select(pair => pair.Index)]
        );
        while (Next(records) is { } record)
        {
            using (record)
            {
                var batch = ToBatch(record, eventClass, window);
                if (batch.Count > 0)
                {
                    yield return batch;
                }
            }
        }
    }

    // The reader works on a local file: its task is finished when it returns.
    static RecordBatch? Next(Apache.Arrow.Ipc.IArrowArrayStream records) =>
        records.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();

    static EventBatch ToBatch(RecordBatch record, EventClass eventClass, TimeWindow window)
    {
        var times = ((TimestampArray)record.Column("time")).Values;
        // Rows of a file are sorted by time.
        var start = LowerBound(times, window.From);
        var end = window.To == long.MaxValue ? times.Length : LowerBound(times, window.To);
        var batch = new EventBatch(eventClass);
        if (start >= end)
        {
            return batch;
        }

        for (var i = 0; i < record.ColumnCount; i++)
        {
            var column = eventClass.Find(record.Schema.GetFieldByIndex(i).Name)!;
            switch (record.Column(i))
            {
                case DictionaryArray dictionary:
                    Fill(batch.Text(column.Ordinal), dictionary, start, end);
                    break;
                case TimestampArray time:
                    Fill(batch.Int(column.Ordinal), time, time.Values, start, end);
                    break;
                case Int64Array number:
                    Fill(batch.Int(column.Ordinal), number, number.Values, start, end);
                    break;
                case var other:
                    throw new InvalidDataException(
                        $"column {column.Name} is {other.Data.DataType.Name} in a lake file"
                    );
            }
        }

        batch.EndRows(end - start);
        return batch;
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

    static void Fill(TextColumn target, DictionaryArray source, int start, int end)
    {
        var distinct = (StringArray)source.Dictionary;
        var renumbered = new int[distinct.Length];
        System.Array.Fill(renumbered, -1);
        var indices = ((Int32Array)source.Indices).Values;
        var hasNulls = source.NullCount > 0;
        for (var row = start; row < end; row++)
        {
            if (hasNulls && source.IsNull(row))
            {
                continue;
            }

            var index = indices[row];
            if (renumbered[index] < 0)
            {
                renumbered[index] = target.Intern(distinct.GetBytes(index));
            }

            target.SetIndex(row - start, renumbered[index]);
        }
    }

    static void Fill(
        IntColumn target,
        Apache.Arrow.Array source,
        ReadOnlySpan<long> values,
        int start,
        int end
    )
    {
        var hasNulls = source.NullCount > 0;
        for (var row = start; row < end; row++)
        {
            if (!hasNulls || !source.IsNull(row))
            {
                target.Set(row - start, values[row]);
            }
        }
    }
}
