using System.Globalization;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Collects batches of one worker into row groups, writes them as staged files, and commits them with their receipts.</summary>
/// <remarks>
/// Staging file, flush, rename, flush of the folder, one transaction: killed anywhere, what is left is files that no
/// manifest names, and the next writer sweeps them.
/// </remarks>
sealed class LakeSink(LakeStore store, string import) : IEventSink
{
    /// <summary>A day's part of a row group becomes a file of its own from here on; smaller ones share a file.</summary>
    public const int DayRows = 4096;

    // A class is written before its text grows beyond this, whatever its rows: memory is bounded by it, not by input.
    const long FullBytes = 96 << 20;

    readonly Dictionary<string, EventBatch> _pending = new(StringComparer.Ordinal);
    readonly List<Staged> _staged = [];

    sealed record Staged(string Path, LakeFile File);

    public void Write(EventBatch batch)
    {
        if (!_pending.TryGetValue(batch.Class.Name, out var pending))
        {
            _pending[batch.Class.Name] = pending = new EventBatch(batch.Class);
        }

        if (pending.Count == 0 && batch.Count >= EventBatch.FullRows / 2)
        {
            WriteFiles(batch);
            return;
        }

        if (pending.Count + batch.Count > EventBatch.FullRows)
        {
            Flush(pending);
        }

        if (batch.Count >= EventBatch.FullRows)
        {
            WriteFiles(batch);
            return;
        }

        Append(batch, pending);
        if (pending.Count == EventBatch.FullRows || TextBytes(pending) > FullBytes)
        {
            Flush(pending);
        }
    }

    public void Commit(IReadOnlyList<SourceFile> files)
    {
        foreach (var pending in _pending.Values)
        {
            Flush(pending);
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var staged in _staged)
        {
            var target = Path.Combine(store.Folder, staged.File.Path);
            var folder = Path.GetDirectoryName(target)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                folders.Add(Path.GetDirectoryName(folder)!);
                folders.Add(store.Folder);
            }

            File.Move(staged.Path, target);
            folders.Add(folder);
        }

        foreach (var folder in folders)
        {
            Durable.FlushFolder(folder);
        }

        store.Commit(import, [.. _staged.Select(staged => staged.File)], files);
        _staged.Clear();
    }

    /// <summary>Drops what was not committed.</summary>
    public void Dispose()
    {
        foreach (var staged in _staged)
        {
            File.Delete(staged.Path);
        }

        _staged.Clear();
        _pending.Clear();
    }

    static long TextBytes(EventBatch batch)
    {
        var bytes = 0L;
        foreach (var column in batch.Class.Columns)
        {
            if (batch[column.Ordinal] is TextColumn text)
            {
                bytes += text.DistinctBytes;
            }
        }

        return bytes;
    }

    static void Append(EventBatch from, EventBatch to)
    {
        var start = to.Count;
        foreach (var column in from.Class.Columns)
        {
            if (from[column.Ordinal] is TextColumn source)
            {
                var target = to.Text(column.Ordinal);
                var renumbered = new int[source.DistinctCount];
                for (var i = 0; i < renumbered.Length; i++)
                {
                    renumbered[i] = target.Intern(source.Distinct(i));
                }

                for (var row = 0; row < from.Count; row++)
                {
                    var index = source.Indices[row];
                    target.SetIndex(start + row, index < 0 ? -1 : renumbered[index]);
                }
            }
            else
            {
                var target = to.Int(column.Ordinal);
                var numbers = from.Int(column.Ordinal);
                for (var row = 0; row < from.Count; row++)
                {
                    if (!numbers.IsNull(row))
                    {
                        target.Set(start + row, numbers.Values[row]);
                    }
                }
            }
        }

        to.EndRows(from.Count);
    }

    void Flush(EventBatch pending)
    {
        WriteFiles(pending);
        pending.Clear();
    }

    void WriteFiles(EventBatch batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var times = batch.Int(CommonColumns.Time);
        var rows = new int[batch.Count];
        for (var row = 0; row < rows.Length; row++)
        {
            if (times.IsNull(row))
            {
                throw new ArgumentException(
                    $"row {row} of class {batch.Class.Name} has no time",
                    nameof(batch)
                );
            }

            rows[row] = row;
        }

        // Ties keep the order they were read in.
        var values = times.Values.ToArray();
        Array.Sort(rows, (a, b) => values[a] != values[b] ? values[a].CompareTo(values[b]) : a - b);
        var shared = new List<int>();
        for (var start = 0; start < rows.Length; )
        {
            var day = Day(values[rows[start]]);
            var end = start + 1;
            while (end < rows.Length && Day(values[rows[end]]) == day)
            {
                end++;
            }

            if (end - start >= DayRows)
            {
                WriteFile(batch, rows.AsSpan(start, end - start), values);
            }
            else
            {
                shared.AddRange(rows.AsSpan(start, end - start));
            }

            start = end;
        }

        if (shared.Count > 0)
        {
            WriteFile(
                batch,
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shared),
                values
            );
        }
    }

    static long Day(long micros) =>
        unchecked((micros - (micros < 0 ? 86_400_000_000 - 1 : 0)) / 86_400_000_000);

    void WriteFile(EventBatch batch, ReadOnlySpan<int> rows, long[] times)
    {
        var first = times[rows[0]];
        var day = DayName(first);
        var (number, path) = store.NextFile(import, batch.Class.Name, day);
        var staged = Path.Combine(
            store.StagingFolder,
            string.Create(CultureInfo.InvariantCulture, $"{import}-{number}.parquet")
        );
        ParquetEventWriter.Write(batch, rows, staged);
        var sha256 = Durable.FlushAndHash(staged);
        _staged.Add(
            new Staged(
                staged,
                new LakeFile(
                    batch.Class.Name,
                    path,
                    day,
                    rows.Length,
                    new FileInfo(staged).Length,
                    sha256,
                    first,
                    times[rows[^1]],
                    LakeStore.ColumnsOf(batch.Class)
                )
            )
        );
    }

    /// <summary>Times out of the calendar's range (a hostile log's) still need a folder: the nearest day there is.</summary>
    static string DayName(long micros)
    {
        var day = Math.Clamp(
            Day(micros),
            Day(DateTime.MinValue.Ticks / 10 - DateTime.UnixEpoch.Ticks / 10),
            Day((DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / 10)
        );
        return DateOnly
            .FromDateTime(DateTime.UnixEpoch.AddDays(day))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
