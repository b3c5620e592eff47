using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>What a compaction did.</summary>
/// <param name="FilesBefore">Files that were merged.</param>
/// <param name="FilesAfter">Files that took their place.</param>
/// <param name="Rows">Events in them.</param>
/// <param name="Left">Files that would be merged but hold too many events of one moment.</param>
public sealed record CompactionResult(int FilesBefore, int FilesAfter, long Rows, int Left);

/// <summary>
/// Merges small files, and files whose times overlap, into few large ones sorted by time: a query opens fewer files, and a
/// narrow window reads little.
/// </summary>
/// <remarks>
/// By class, and by stretches of days: a day is a stretch, but days of few events share one, as at import. What shares a file
/// is merged together, staged, published and committed in one transaction: killed anywhere, the lake is as before or as after.
/// Deterministic: events of equal time are ordered by import, file and record, and files are named by their content.
/// Memory: a window of times is merged at a time, halved where its texts are too large.
/// </remarks>
sealed class LakeCompaction(LakeStore store, EventClass eventClass, CancellationToken cancel)
{
    const int WindowRows = 4 * EventBatch.FullRows;
    const long MostTextBytes = 512 << 20;

    // What may be done unasked after an import: many small files in one place, and no more than seconds of work.
    const int ManyFiles = 32;
    const long CheapBytes = 256 << 20;

    public static CompactionResult Run(LakeStore store, bool onlyCheap, CancellationToken cancel)
    {
        store.Writable();
        var result = new CompactionResult(0, 0, 0, 0);
        foreach (var eventClass in EventClasses.All)
        {
            var files = store.Files.Where(file => file.Class == eventClass.Name).ToList();
            if (files.Count > (onlyCheap ? ManyFiles : 1))
            {
                var one = new LakeCompaction(store, eventClass, cancel).Run(files, onlyCheap);
                result = new CompactionResult(
                    result.FilesBefore + one.FilesBefore,
                    result.FilesAfter + one.FilesAfter,
                    result.Rows + one.Rows,
                    result.Left + one.Left
                );
            }
        }

        return result;
    }

    /// <summary>Days whose events belong into the same files.</summary>
    sealed record Stretch(TimeWindow Window, long Rows);

    /// <summary>Stretches that share files, and the files.</summary>
    sealed record Group(IReadOnlyList<Stretch> Stretches, IReadOnlyList<LakeFile> Files);

    CompactionResult Run(IReadOnlyList<LakeFile> files, bool onlyCheap)
    {
        int before = 0,
            after = 0,
            left = 0;
        var rows = 0L;
        foreach (var group in Groups(files, Stretches(files)))
        {
            if (!IsDue(group) || (onlyCheap && !IsCheap(group)))
            {
                continue;
            }

            cancel.ThrowIfCancellationRequested();
            var windows = group.Stretches.Select(stretch => Windows(stretch, group.Files)).ToList();
            if (windows.Any(list => list is null))
            {
                left += group.Files.Count;
                continue;
            }

            using var staged = new StagedFiles(store, null);
            foreach (var window in windows.SelectMany(list => list!))
            {
                Merge(group.Files, window, staged);
            }

            var published = staged.Publish();
            store.Change(manifest => manifest.Replace(group.Files, published));
            before += group.Files.Count;
            after += published.Count;
            rows += group.Files.Sum(file => file.Rows);
        }

        return new CompactionResult(before, after, rows, left);
    }

    /// <summary>Days in order; neighbours with few events together as long as they fit one file.</summary>
    List<Stretch> Stretches(IReadOnlyList<LakeFile> files)
    {
        var days = new SortedDictionary<long, long>();
        foreach (var file in files)
        {
            if (LakeDays.Of(file.MinTime) == LakeDays.Of(file.MaxTime))
            {
                var day = LakeDays.Of(file.MinTime);
                days[day] = days.GetValueOrDefault(day) + file.Rows;
                continue;
            }

            foreach (var time in ParquetEventReader.Times(store.Checked(file, cancel)))
            {
                var day = LakeDays.Of(time);
                days[day] = days.GetValueOrDefault(day) + 1;
            }
        }

        var stretches = new List<Stretch>();
        var mayGrow = false;
        foreach (var (day, rows) in days)
        {
            var window = new TimeWindow(LakeDays.Start(day), LakeDays.Start(day + 1));
            var isSmall = rows < LakeSink.DayRows;
            if (mayGrow && isSmall && stretches[^1].Rows + rows <= EventBatch.FullRows)
            {
                var last = stretches[^1];
                stretches[^1] = new Stretch(
                    new TimeWindow(last.Window.From, window.To),
                    last.Rows + rows
                );
            }
            else
            {
                stretches.Add(new Stretch(window, rows));
            }

            mayGrow = isSmall;
        }

        return stretches;
    }

    static IEnumerable<Group> Groups(IReadOnlyList<LakeFile> files, List<Stretch> stretches)
    {
        // Files stand in the order of their first events, and stretches in the order of days.
        var next = 0;
        for (var first = 0; first < stretches.Count; )
        {
            var end = first + 1;
            var members = new List<LakeFile>();
            while (
                next < files.Count
                && (end == stretches.Count || files[next].MinTime < stretches[end].Window.From)
            )
            {
                members.Add(files[next]);
                while (end < stretches.Count && files[next].MaxTime >= stretches[end].Window.From)
                {
                    end++;
                }

                next++;
            }

            yield return new Group(stretches[first..end], members);
            first = end;
        }
    }

    static bool IsDue(Group group) =>
        group.Stretches.Count > 1
        || group
            .Files.Zip(group.Files.Skip(1))
            .Any(pair =>
                pair.Second.MinTime <= pair.First.MaxTime
                || (
                    pair.First.Rows + pair.Second.Rows <= EventBatch.FullRows
                    && !(pair.First.IsCompacted && pair.Second.IsCompacted)
                )
            );

    static bool IsCheap(Group group) =>
        group.Files.Count - group.Files.Sum(file => file.Rows) / EventBatch.FullRows >= ManyFiles
        && group.Files.Sum(file => file.Bytes) <= CheapBytes;

    /// <summary>Cuts a stretch where its events can be merged in memory; null where too many have one time.</summary>
    List<TimeWindow>? Windows(Stretch stretch, IReadOnlyList<LakeFile> files)
    {
        if (stretch.Rows <= WindowRows)
        {
            return [stretch.Window];
        }

        var times = new long[stretch.Rows];
        var count = 0;
        foreach (var file in files.Where(file => file.Overlaps(stretch.Window)))
        {
            foreach (var time in ParquetEventReader.Times(store.Checked(file, cancel)))
            {
                if (stretch.Window.Contains(time))
                {
                    times[count++] = time;
                }
            }
        }

        Array.Sort(times);
        var windows = new List<TimeWindow>();
        var from = stretch.Window.From;
        var start = 0;
        for (var cut = WindowRows; cut < times.Length; cut = start + WindowRows)
        {
            // Events of one time stay together.
            while (cut > start && times[cut - 1] == times[cut])
            {
                cut--;
            }

            if (cut == start)
            {
                return null;
            }

            windows.Add(new TimeWindow(from, times[cut]));
            (from, start) = (times[cut], cut);
        }

        windows.Add(new TimeWindow(from, stretch.Window.To));
        return windows;
    }

    void Merge(IReadOnlyList<LakeFile> files, TimeWindow window, StagedFiles staged)
    {
        var batch = new EventBatch(eventClass);
        foreach (var file in files.Where(file => file.Overlaps(window)))
        {
            cancel.ThrowIfCancellationRequested();
            batch.Append(
                ParquetEventReader.Read(
                    store.Checked(file, cancel),
                    eventClass,
                    window,
                    eventClass.Columns
                )
            );
            if (batch.DistinctBytes > MostTextBytes && Half(batch) is { } middle)
            {
                Merge(files, new TimeWindow(window.From, middle), staged);
                Merge(files, new TimeWindow(middle, window.To), staged);
                return;
            }
        }

        var rows = InOrder(batch);
        for (var start = 0; start < rows.Length; )
        {
            var end = EndOfFile(batch, rows, start);
            staged.Add(batch, rows.AsSpan(start, end - start), compacted: true);
            start = end;
        }
    }

    /// <summary>A time with events before it and at or after it; null where all have the same.</summary>
    static long? Half(EventBatch batch)
    {
        var times = batch.Int(CommonColumns.Time).Values.ToArray();
        Array.Sort(times);
        var middle = times[times.Length / 2];
        return middle > times[0] ? middle
            : times[^1] > middle ? times[Array.FindIndex(times, time => time > middle)]
            : null;
    }

    /// <summary>By time, then import, file and record.</summary>
    static int[] InOrder(EventBatch batch)
    {
        var times = batch.Int(CommonColumns.Time).Values.ToArray();
        var imports = Ranks(batch.Text(CommonColumns.Import));
        var files = Ranks(batch.Text(CommonColumns.File));
        var records = batch.Int(CommonColumns.Record).Values.ToArray();
        var rows = Enumerable.Range(0, batch.Count).ToArray();
        Array.Sort(
            rows,
            (a, b) =>
                times[a] != times[b] ? times[a].CompareTo(times[b])
                : imports[a] != imports[b] ? imports[a] - imports[b]
                : files[a] != files[b] ? files[a] - files[b]
                : records[a] != records[b] ? records[a].CompareTo(records[b])
                : a - b
        );
        return rows;
    }

    /// <summary>For each row the place of its value among the values in the order of their bytes; -1 for null.</summary>
    static int[] Ranks(TextColumn column)
    {
        var order = Enumerable.Range(0, column.DistinctCount).ToArray();
        Array.Sort(order, (a, b) => column.Distinct(a).SequenceCompareTo(column.Distinct(b)));
        var rank = new int[order.Length];
        for (var place = 0; place < order.Length; place++)
        {
            rank[order[place]] = place;
        }

        return [.. column.Indices.ToArray().Select(index => index < 0 ? -1 : rank[index])];
    }

    /// <summary>As many rows as a file takes, by rows or by text.</summary>
    static int EndOfFile(EventBatch batch, int[] rows, int start)
    {
        var most = Math.Min(rows.Length, start + EventBatch.FullRows);
        if (batch.DistinctBytes <= LakeSink.FullBytes)
        {
            return most;
        }

        var texts = batch
            .Class.Columns.Select(column => batch[column.Ordinal])
            .OfType<TextColumn>()
            .ToList();
        var seen = texts.ConvertAll(text => new bool[text.DistinctCount]);
        var bytes = 0L;
        for (var end = start; end < most; end++)
        {
            for (var column = 0; column < texts.Count; column++)
            {
                var index = texts[column].Indices[rows[end]];
                if (index >= 0 && !seen[column][index])
                {
                    seen[column][index] = true;
                    bytes += texts[column].Distinct(index).Length;
                }
            }

            if (bytes > LakeSink.FullBytes && end > start)
            {
                return end;
            }
        }

        return most;
    }
}
