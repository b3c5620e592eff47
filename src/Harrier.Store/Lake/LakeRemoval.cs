using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Events that were taken out of the lake, or would be.</summary>
/// <param name="Events">How many, by class.</param>
/// <param name="FilesDropped">Files that held nothing else.</param>
/// <param name="FilesRewritten">Files that were written again without them.</param>
public sealed record LakeRemoval(
    IReadOnlyDictionary<string, long> Events,
    int FilesDropped,
    int FilesRewritten
)
{
    /// <summary>An import's events, its receipts, its rejects; only its name stays taken.</summary>
    internal static LakeRemoval Drop(
        LakeStore store,
        string import,
        TimeProvider clock,
        bool dryRun,
        CancellationToken cancel
    )
    {
        store.Writable();
        if (!store.HasImport(import))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"there is no import '{import}'",
                remedy: "'harrier lake imports' lists those there are."
            );
        }

        using var removal = new Removal(store, cancel);
        foreach (var file in store.Files)
        {
            var rows = store.RowsByImport(file).GetValueOrDefault(import);
            if (rows > 0)
            {
                removal.Take(
                    file,
                    rows,
                    batch =>
                    {
                        var imports = batch.Text(CommonColumns.Import);
                        return row => imports.Value(row).SequenceEqual(Utf8(import));
                    }
                );
            }
        }

        if (!dryRun)
        {
            var dropped =
                (clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks)
                / TimeSpan.TicksPerMicrosecond;
            removal.Finish((manifest, old, files) => manifest.Drop(import, dropped, old, files));
        }

        return removal.Result;
    }

    static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>Events before a moment, of one class or of all.</summary>
    internal static LakeRemoval AgeOut(
        LakeStore store,
        long before,
        EventClass? eventClass,
        bool dryRun,
        CancellationToken cancel
    )
    {
        store.Writable();
        using var removal = new Removal(store, cancel);
        foreach (
            var file in store.Files.Where(file =>
                file.MinTime < before && (eventClass is null || file.Class == eventClass.Name)
            )
        )
        {
            var rows =
                file.MaxTime < before
                    ? file.Rows
                    : ParquetEventReader
                        .Times(store.Checked(file, cancel))
                        .Count(time => time < before);
            removal.Take(
                file,
                rows,
                batch =>
                {
                    var times = batch.Int(CommonColumns.Time);
                    return row => times.Values[row] < before;
                }
            );
        }

        if (!dryRun)
        {
            removal.Finish(
                (manifest, old, files) => manifest.AgeOut(old, files, removal.GoneByImport(files))
            );
        }

        return removal.Result;
    }

    /// <summary>Collects what goes, and stages what of it must be written again; one transaction makes it true.</summary>
    sealed class Removal(LakeStore store, CancellationToken cancel) : IDisposable
    {
        readonly StagedFiles _staged = new(store, null);
        readonly List<LakeFile> _old = [];
        readonly List<(LakeFile File, Func<EventBatch, Predicate<int>> Goes)> _toRewrite = [];
        readonly SortedDictionary<string, long> _events = new(StringComparer.Ordinal);

        public LakeRemoval Result => new(_events, _old.Count - _toRewrite.Count, _toRewrite.Count);

        /// <param name="rows">How many of the file's rows go.</param>
        /// <param name="goes">For a batch of the file: whether a row goes.</param>
        public void Take(LakeFile file, long rows, Func<EventBatch, Predicate<int>> goes)
        {
            _old.Add(file);
            _events[file.Class] = _events.GetValueOrDefault(file.Class) + rows;
            if (rows < file.Rows)
            {
                _toRewrite.Add((file, goes));
            }
        }

        public void Finish(
            Action<Manifest, IReadOnlyList<LakeFile>, IReadOnlyList<NewLakeFile>> commit
        )
        {
            foreach (var (file, goes) in _toRewrite)
            {
                cancel.ThrowIfCancellationRequested();
                var eventClass = EventClasses.Find(file.Class)!;
                var batch = ParquetEventReader.Read(
                    store.Checked(file, cancel),
                    eventClass,
                    TimeWindow.All,
                    eventClass.Columns
                );
                var isGone = goes(batch);
                var kept = Enumerable.Range(0, batch.Count).Where(row => !isGone(row)).ToArray();
                _staged.Add(batch, kept, file.IsCompacted);
            }

            var files = _staged.Publish();
            store.Change(manifest => commit(manifest, _old, files));
        }

        /// <summary>What goes, counted by import and class: what the old files held, without what the new ones hold.</summary>
        public IReadOnlyList<(string Import, string Class, long Rows)> GoneByImport(
            IReadOnlyList<NewLakeFile> files
        )
        {
            var gone = new Dictionary<(string Import, string Class), long>();
            void Count(string eventClass, IReadOnlyDictionary<string, long> rows, int sign)
            {
                foreach (var (import, count) in rows)
                {
                    gone[(import, eventClass)] =
                        gone.GetValueOrDefault((import, eventClass)) + sign * count;
                }
            }

            foreach (var file in _old)
            {
                Count(file.Class, store.RowsByImport(file), 1);
            }

            foreach (var file in files)
            {
                Count(file.File.Class, file.RowsByImport, -1);
            }

            return
            [
                .. gone.Where(pair => pair.Value > 0)
                    .Select(pair => (pair.Key.Import, pair.Key.Class, pair.Value)),
            ];
        }

        public void Dispose() => _staged.Dispose();
    }
}
