using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Collects batches of one worker into row groups, writes them as staged files, and commits them with their receipts.</summary>
/// <remarks>Staging file, flush, rename, flush of the folder, one transaction: see <see cref="StagedFiles"/>.</remarks>
sealed class LakeSink(LakeStore store, string import) : IEventSink
{
    /// <summary>A day's part of a row group becomes a file of its own from here on; smaller ones share a file.</summary>
    public const int DayRows = 4096;

    /// <summary>Bytes that all classes of a worker may hold together: memory is bounded by it, not by input.</summary>
    public const long FullBytes = 96 << 20;

    /// <summary>A batch that holds so much is worth files of its own.</summary>
    const long LargeBytes = 16 << 20;

    /// <summary>A batch that held more gives its memory back when it is written; a smaller one is filled again.</summary>
    const long KeptBytes = 4 << 20;

    readonly Dictionary<string, EventBatch> _pending = new(StringComparer.Ordinal);
    readonly StagedFiles _staged = new(store, import);
    readonly EventSamples _samples = new();

    public void Write(EventBatch batch)
    {
        _samples.Add(batch);
        Collect(batch);
    }

    public void Join(IEventSink other)
    {
        var sink = (LakeSink)other;
        _staged.TakeFrom(sink._staged);
        _samples.TakeFrom(sink._samples);
        foreach (var pending in sink._pending.Values)
        {
            Collect(pending);
        }

        sink._pending.Clear();
    }

    void Collect(EventBatch batch)
    {
        var pending = PendingOf(batch.Class);
        if (
            pending.Count == 0
            && (batch.Count >= EventBatch.FullRows / 2 || batch.HeldBytes >= LargeBytes)
        )
        {
            WriteFiles(batch);
            return;
        }

        if (pending.Count + batch.Count > EventBatch.FullRows)
        {
            Flush(pending);
            pending = PendingOf(batch.Class);
        }

        if (batch.Count >= EventBatch.FullRows)
        {
            WriteFiles(batch);
            return;
        }

        pending.Append(batch);
        if (pending.Count == EventBatch.FullRows)
        {
            Flush(pending);
        }
        else if (_pending.Values.Sum(open => open.HeldBytes) > FullBytes)
        {
            Flush(_pending.Values.MaxBy(open => open.HeldBytes)!);
        }
    }

    EventBatch PendingOf(EventClass eventClass)
    {
        if (!_pending.TryGetValue(eventClass.Name, out var pending))
        {
            _pending[eventClass.Name] = pending = new EventBatch(eventClass);
        }

        return pending;
    }

    public void Commit(IReadOnlyList<SourceFile> files)
    {
        foreach (var pending in _pending.Values.ToList())
        {
            Flush(pending);
        }

        store.Commit(
            import,
            _staged.Publish(),
            [.. files.Select(file => (file, _samples.Take(file.Name)))]
        );
    }

    /// <summary>Drops what was not committed.</summary>
    public void Dispose()
    {
        _staged.Dispose();
        _pending.Clear();
    }

    void Flush(EventBatch pending)
    {
        WriteFiles(pending);
        if (pending.HeldBytes > KeptBytes)
        {
            _pending.Remove(pending.Class.Name);
        }
        else
        {
            pending.Clear();
        }
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

        var sorted = times.Values.ToArray();
        if (!IsInOrder(sorted))
        {
            SortByTime(sorted, rows);
        }

        var shared = new List<int>();
        for (var start = 0; start < rows.Length; )
        {
            var day = LakeDays.Of(sorted[start]);
            var end = start + 1;
            while (end < rows.Length && LakeDays.Of(sorted[end]) == day)
            {
                end++;
            }

            if (end - start >= DayRows)
            {
                _staged.Add(batch, rows.AsSpan(start, end - start));
            }
            else
            {
                shared.AddRange(rows.AsSpan(start, end - start));
            }

            start = end;
        }

        if (shared.Count > 0)
        {
            _staged.Add(batch, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shared));
        }
    }

    /// <summary>As one log is mostly.</summary>
    static bool IsInOrder(ReadOnlySpan<long> times)
    {
        for (var row = 1; row < times.Length; row++)
        {
            if (times[row] < times[row - 1])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Sorts times and their rows; rows of one time keep the order they were read in.</summary>
    static void SortByTime(long[] times, int[] rows)
    {
        Array.Sort(times, rows);
        for (var start = 0; start < rows.Length; )
        {
            var end = start + 1;
            while (end < rows.Length && times[end] == times[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                Array.Sort(rows, start, end - start);
            }

            start = end;
        }
    }
}
