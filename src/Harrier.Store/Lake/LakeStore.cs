using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harrier.Schema;
using Harrier.Store.DuckDb;
using Microsoft.Data.Sqlite;

namespace Harrier.Store.Lake;

/// <summary>
/// The lake of a workspace: immutable Parquet files by class and day, a manifest that says which there are, DuckDB to ask them.
/// </summary>
/// <remarks>
/// What it answers from are the files the manifest named when it was opened, and what it committed itself since: another
/// process's import does not change a run in between.
/// Damage: a file's SHA-256 is compared before it is first read in a process, so a flipped bit is a fault and never an answer;
/// above <see cref="StoreLimits.CheckBytes"/> a query compares only the frames of its files (bloom filters, bounds, footer), and
/// the engine the checksums of the pages it reads.
/// Two locks: a writer holds write.lock; a reader shares read.lock, and files that were replaced go when no reader is left.
/// </remarks>
public sealed class LakeStore : IEventStore
{
    readonly Manifest _manifest;
    readonly LakeLocks _locks;
    readonly StoreLimits _limits;
    readonly DuckDbEngine _engine;
    readonly Lock _gate = new();
    readonly HashSet<string> _checked = new(StringComparer.Ordinal);
    readonly HashSet<string> _framesChecked = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _fileNumbers = new(StringComparer.Ordinal);
    IReadOnlyList<LakeFile> _files;

    LakeStore(string folder, LakeLocks locks, Manifest manifest, StoreLimits limits)
    {
        Folder = folder;
        _locks = locks;
        _limits = limits;
        _manifest = manifest;
        _files = _manifest.Files();
        _engine = new DuckDbEngine(
            locks.CanWrite
                ? Path.Combine(Folder, "temp")
                : Path.Combine(Path.GetTempPath(), "harrier-temp"),
            Folder,
            limits
        );
    }

    /// <summary>Opens a workspace's lake, to read or also to import.</summary>
    /// <param name="write">Take the writer's lock, and sweep what a killed import left.</param>
    /// <exception cref="HarrierFault">Another process imports; the manifest can't be opened.</exception>
    public static LakeStore Open(
        Workspace workspace,
        bool write = false,
        StoreLimits? limits = null
    )
    {
        var folder = workspace.LakeFolder;
        LakeLocks? locks = null;
        Manifest? manifest = null;
        try
        {
            Directory.CreateDirectory(folder);
            locks = LakeLocks.Take(folder, write);
            if (write)
            {
                // Before anything else is written: what a killed import left may be what fills the disk.
                SweepStaging(folder);
            }

            manifest = Manifest.Open(Path.Combine(folder, "manifest.db"), write);
            var store = new LakeStore(folder, locks, manifest, limits ?? new StoreLimits());
            if (write)
            {
                Durable.FlushFolder(folder);
                store.SweepOrphans();
            }

            return store;
        }
        catch (Exception error)
        {
            manifest?.Dispose();
            locks?.Dispose();
            throw error switch
            {
                SqliteException => new HarrierFault(
                    FaultKind.Environment,
                    $"can't open the lake's manifest: {error.Message}",
                    Path.Combine(folder, "manifest.db"),
                    "Check that the file is readable and the disk not full.",
                    error
                ),
                IOException or UnauthorizedAccessException => new HarrierFault(
                    FaultKind.Environment,
                    $"can't open the lake: {error.Message}",
                    folder,
                    inner: error
                ),
                _ => error,
            };
        }
    }

    /// <summary>The lake's folder; lake file paths are relative to it.</summary>
    internal string Folder { get; }

    internal string StagingFolder => Path.Combine(Folder, "staging");

    internal IReadOnlyList<LakeFile> Files => _files;

    /// <summary>Classes that have events, by name.</summary>
    internal IReadOnlyList<string> Classes =>
        [.. _files.Select(file => file.Class).Distinct().Order(StringComparer.Ordinal)];

    internal StoreLimits Limits => _limits;

    internal string NewTempFolder() => _engine.NewTempFolder();

    public Dialect Dialect { get; } = new DuckDbDialect();

    public string ManifestHash
    {
        get
        {
            // Contents only: in which order workers numbered their files says nothing about the data.
            var lines = _files
                .Select(file =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{file.Class} {file.Rows} {file.Sha256}\n"
                    )
                )
                .Order(StringComparer.Ordinal);
            return Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))
            );
        }
    }

    /// <summary>Starts an import and gives its id: I-0001.</summary>
    public string BeginImport(TimeProvider clock)
    {
        Writable();
        try
        {
            return _manifest.BeginImport(
                (clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks)
                    / TimeSpan.TicksPerMicrosecond
            );
        }
        catch (SqliteException fault) when (Manifest.CantWrite(fault))
        {
            throw NoRoom(fault);
        }
    }

    /// <summary>The import that brought a file with this content (SHA-256, lower-case hex), or null.</summary>
    public string? ImportedBefore(string sha256) => _manifest.ImportedBefore(sha256);

    /// <summary>A sink for one worker; several may be open at once.</summary>
    public IEventSink OpenSink(string importId)
    {
        Writable();
        return new LakeSink(this, importId);
    }

    /// <summary>What an import could not read, in the order it was committed.</summary>
    public IReadOnlyList<ImportTotals> Imports() => _manifest.Imports();

    /// <summary>What column <c>file</c> says of files that were read as a format.</summary>
    internal IReadOnlyList<string> FilesOf(string format) => _manifest.FilesOf(format);

    public IReadOnlyList<Reject> Rejects(string importId) => _manifest.Rejects(importId);

    /// <summary>What all imports found out about clocks, by import, file and host.</summary>
    public IReadOnlyList<ClockRow> Clock() => _manifest.Clock();

    /// <summary>Adds what an import found out about clocks of more than one file.</summary>
    public void AddClock(string importId, IReadOnlyList<ClockFinding> findings)
    {
        Writable();
        try
        {
            _manifest.AddClock(importId, findings);
        }
        catch (SqliteException fault) when (Manifest.CantWrite(fault))
        {
            throw NoRoom(fault);
        }
    }

    public Rows Query(
        string sql,
        TimeWindow window,
        IReadOnlyList<object> parameters,
        CancellationToken cancel
    )
    {
        var files = _files.Where(file => file.Overlaps(window)).ToList();
        CheckForQuery(files, cancel);
        return _engine.Query(
            files,
            sql,
            window,
            parameters,
            error => Explain(error, files),
            cancel
        );
    }

    public IEnumerable<EventBatch> Scan(
        EventClass eventClass,
        TimeWindow window,
        IReadOnlyList<Column> columns,
        CancellationToken cancel
    )
    {
        var wanted = columns
            .Concat([
                eventClass.Columns[CommonColumns.Time],
                eventClass.Columns[CommonColumns.Host],
                eventClass.Columns[CommonColumns.Import],
                eventClass.Columns[CommonColumns.File],
                eventClass.Columns[CommonColumns.Record],
            ])
            .DistinctBy(column => column.Ordinal)
            .ToList();
        foreach (
            var file in _files.Where(file => file.Class == eventClass.Name && file.Overlaps(window))
        )
        {
            cancel.ThrowIfCancellationRequested();
            var batch = ParquetEventReader.Open(Checked(file, cancel), eventClass, window, wanted);
            if (batch.Count > 0)
            {
                yield return batch;
            }
        }
    }

    public IReadOnlyList<Presence> Presence(TimeWindow window, CancellationToken cancel)
    {
        var presence = new List<Presence>();
        foreach (
            var name in _files
                .Where(file => file.Overlaps(window))
                .Select(file => file.Class)
                .Distinct()
        )
        {
            using var rows = Query(
                $"""
                SELECT source, host, {Dialect.TimeBucket(
                    "time",
                    86_400_000_000
                )} AS day, count(*) AS events
                FROM {Dialect.Name(name)} GROUP BY ALL ORDER BY source, day, host
                """,
                window,
                [],
                cancel
            );
            while (rows.Read())
            {
                presence.Add(
                    new Presence(name, rows.Text(0) ?? "", rows.Text(1), rows.Int(2), rows.Int(3))
                );
            }
        }

        return presence;
    }

    /// <summary>What there is of each class, and how well its columns are filled; classes without events are left out.</summary>
    /// <param name="only">Name of the one class to look at; null: all.</param>
    public IReadOnlyList<ClassReport> Describe(CancellationToken cancel, string? only = null) =>
        ClassReports.Describe(this, only, cancel);

    /// <summary>The window from the first to just after the last event there is; null when the lake is empty.</summary>
    public TimeWindow? Extent => Around(_files);

    /// <summary>How many events of each import there are in the files that this lake answers from; of files that were replaced meanwhile, none.</summary>
    public IReadOnlyDictionary<string, long> EventsByImport()
    {
        var own = _files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return _manifest
            .RowsByImport()
            .Where(row => own.Contains(row.Path))
            .GroupBy(row => row.Import, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Sum(row => row.Rows),
                StringComparer.Ordinal
            );
    }

    /// <summary>The window in which files with events of these imports lie; null where there are none.</summary>
    public TimeWindow? ExtentOf(IReadOnlySet<string> imports)
    {
        var paths = _manifest
            .RowsByImport()
            .Where(row => imports.Contains(row.Import))
            .Select(row => row.Path)
            .ToHashSet(StringComparer.Ordinal);
        return Around([.. _files.Where(file => paths.Contains(file.Path))]);
    }

    static TimeWindow? Around(IReadOnlyList<LakeFile> files) =>
        files.Count == 0
            ? null
            : new TimeWindow(
                files.Min(file => file.MinTime),
                files.Max(file => file.MaxTime) is var last && last < long.MaxValue
                    ? last + 1
                    : long.MaxValue
            );

    /// <summary>How much of an import was in the lake already under other bytes: a line a file, and last the whole import.</summary>
    public IReadOnlyList<SharedEvents> SharedEvents(string importId) =>
        Lake.SharedEvents.Of(_manifest.Samples(importId));

    /// <summary>
    /// Compares every file with the manifest: presence, hash, number of events; the receipts with the events there are; and
    /// lists files no manifest names.
    /// </summary>
    public LakeVerifyResult Verify(CancellationToken cancel) =>
        LakeVerify.Run(Folder, _files, _manifest.Differences(), cancel);

    /// <summary>Takes out all events of an import, with its receipts and rejects: its files may then be imported again.</summary>
    /// <exception cref="HarrierFault">There is no such import; a file that must be rewritten is damaged; the disk is full.</exception>
    public LakeRemoval Drop(
        string importId,
        TimeProvider clock,
        bool dryRun,
        CancellationToken cancel
    ) => LakeRemoval.Drop(this, importId, clock, dryRun, cancel);

    /// <summary>Takes out the events before a moment. Receipts stay, so that the same files are not imported again.</summary>
    /// <param name="eventClass">Only of this class; null: of all.</param>
    public LakeRemoval AgeOut(
        long beforeMicros,
        EventClass? eventClass,
        bool dryRun,
        CancellationToken cancel
    ) => LakeRemoval.AgeOut(this, beforeMicros, eventClass, dryRun, cancel);

    /// <summary>Merges small files, and files whose times overlap, into few large ones of one day each, sorted by time.</summary>
    /// <param name="onlyCheap">Only where there are many small files, and little is to be rewritten: what an import does at its end.</param>
    public CompactionResult Compact(bool onlyCheap, CancellationToken cancel) =>
        LakeCompaction.Run(this, onlyCheap, cancel);

    /// <summary>Writes the events as plain Parquet files, a folder a class, and <c>schema.json</c> beside them.</summary>
    public LakeExport Export(
        string folder,
        EventClass? eventClass,
        TimeWindow window,
        CancellationToken cancel
    ) => LakeExport.Write(this, folder, eventClass, window, cancel);

    /// <summary>Compares files with the manifest before a query reads them: whole, or where that would take long, their frames.</summary>
    internal void CheckForQuery(IReadOnlyList<LakeFile> files, CancellationToken cancel)
    {
        if (files.Sum(file => file.Bytes) <= _limits.CheckBytes)
        {
            Check(files, cancel);
        }
        else
        {
            Check(files, _framesChecked, LakeVerify.FrameDamageOf, cancel);
        }
    }

    /// <summary>Compares files with the manifest before they are first read in this process.</summary>
    internal void Check(IReadOnlyList<LakeFile> files, CancellationToken cancel) =>
        Check(files, _checked, LakeVerify.DamageOf, cancel);

    /// <summary>The path of a file that holds what was written.</summary>
    internal string Checked(LakeFile file, CancellationToken cancel)
    {
        Check([file], cancel);
        return Path.Combine(Folder, file.Path);
    }

    void Check(
        IReadOnlyList<LakeFile> files,
        HashSet<string> done,
        Func<string, LakeFile, LakeDamage?> damageOf,
        CancellationToken cancel
    )
    {
        List<LakeFile> unchecked_;
        lock (_gate)
        {
            unchecked_ = [.. files.Where(file => !done.Contains(file.Path))];
        }

        if (unchecked_.Count == 0)
        {
            return;
        }

        var damage = unchecked_
            .AsParallel()
            .AsOrdered()
            .WithCancellation(cancel)
            .Select(file => damageOf(Folder, file))
            .FirstOrDefault(found => found is not null);
        if (damage is not null)
        {
            throw Fault(damage);
        }

        lock (_gate)
        {
            done.UnionWith(unchecked_.Select(file => file.Path));
        }
    }

    HarrierFault Fault(LakeDamage damage, Exception? inner = null) =>
        new(
            FaultKind.Environment,
            damage.Sentence,
            Path.Combine(Folder, damage.Path),
            "'harrier lake verify' lists all damage; drop the import and import its files again.",
            inner
        );

    /// <summary>What a query's failure means: an engine that stumbles over a file does not always say over which.</summary>
    internal Exception? Explain(
        Exception error,
        IReadOnlyList<LakeFile> files,
        IReadOnlyList<string>? classes = null
    )
    {
        if (DuckDbFaults.MayBeDamage(error))
        {
            var damage = files
                .Select(file => LakeVerify.DamageOf(Folder, file))
                .FirstOrDefault(found => found is not null);
            if (damage is not null)
            {
                return Fault(damage, error);
            }
        }

        return DuckDbFaults.Translate(error, classes);
    }

    internal void Commit(
        string import,
        IReadOnlyList<NewLakeFile> files,
        IReadOnlyList<(SourceFile File, IReadOnlyList<long> Sample)> sources
    ) => Change(manifest => manifest.Commit(import, files, sources));

    /// <summary>Changes the manifest in one transaction, reads it again, and lets go of files it names no more.</summary>
    internal void Change(Action<Manifest> change)
    {
        var before = _files;
        try
        {
            change(_manifest);
        }
        catch (SqliteException fault) when (Manifest.CantWrite(fault))
        {
            throw NoRoom(fault);
        }

        var after = _manifest.Files();
        lock (_gate)
        {
            _files = after;
        }

        var gone = before
            .Select(file => file.Path)
            .Except(after.Select(file => file.Path))
            .ToList();
        if (gone.Count > 0)
        {
            DeleteUnread(gone);
        }
    }

    internal bool HasImport(string import) => _manifest.HasImport(import);

    internal Dictionary<string, long> RowsByImport(LakeFile file) =>
        _manifest.RowsByImport(file.Path);

    /// <summary>The next file's number in an import.</summary>
    internal int NextFileNumber(string import)
    {
        lock (_gate)
        {
            return _fileNumbers[import] = _fileNumbers.GetValueOrDefault(import) + 1;
        }
    }

    internal static string ColumnsOf(EventClass eventClass) =>
        string.Join(',', eventClass.Columns.Select(column => column.Name));

    HarrierFault NoRoom(SqliteException fault) =>
        new(
            FaultKind.Environment,
            fault.SqliteErrorCode == 13
                ? "The disk is full: the manifest could not take the last files."
                : $"The manifest can't be written: {fault.Message}",
            Folder,
            "Free some room and import again; what was committed before is kept, nothing is half-written.",
            fault
        );

    internal void Writable()
    {
        if (!_locks.IsWriter)
        {
            throw new InvalidOperationException("the store was opened to read");
        }
    }

    /// <summary>Removes what a killed import had staged.</summary>
    static void SweepStaging(string folder)
    {
        var staging = Path.Combine(folder, "staging");
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(staging);
    }

    /// <summary>Removes files in the lake that no manifest names: renamed before a kill, or replaced while someone read them.</summary>
    void SweepOrphans()
    {
        var orphans = LakeVerify.Orphans(Folder, _files).ToList();
        if (orphans.Count > 0)
        {
            DeleteUnread(orphans);
        }
    }

    /// <summary>Deletes files that the manifest does not name, if nobody reads the lake as it was; else the next writer does.</summary>
    void DeleteUnread(IReadOnlyList<string> paths)
    {
        using var alone = _locks.TryWithoutReaders();
        if (alone is null)
        {
            return;
        }

        foreach (var path in paths)
        {
            File.Delete(Path.Combine(Folder, path));
        }

        foreach (
            var folder in paths
                .Select(path => Path.GetDirectoryName(Path.Combine(Folder, path))!)
                .Distinct(StringComparer.Ordinal)
                .Where(folder => !Directory.EnumerateFileSystemEntries(folder).Any())
        )
        {
            Directory.Delete(folder);
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        _manifest.Dispose();
        _locks.Dispose();
    }
}

/// <summary>What queries may take of the machine.</summary>
/// <param name="MemoryBytes">Memory of one engine; operators spill to the workspace's disk beyond it.</param>
/// <param name="Threads">0: as many as there are cores.</param>
/// <param name="CheckBytes">Windows of up to this size have their whole files compared before the first query, larger ones the files' frames.</param>
public sealed record StoreLimits(
    long MemoryBytes = 2L << 30,
    int Threads = 0,
    long CheckBytes = 1L << 30
);
