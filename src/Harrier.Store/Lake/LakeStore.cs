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
/// above <see cref="StoreLimits.CheckBytes"/> a query leaves that to <see cref="Verify"/> and to the engine's own checks.
/// </remarks>
public sealed class LakeStore : IEventStore
{
    readonly Manifest _manifest;
    readonly FileStream? _writeLock;
    readonly StoreLimits _limits;
    readonly DuckDbEngine _engine;
    readonly Lock _gate = new();
    readonly HashSet<string> _checked = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _fileNumbers = new(StringComparer.Ordinal);
    IReadOnlyList<LakeFile> _files;

    LakeStore(Workspace workspace, FileStream? writeLock, StoreLimits limits)
    {
        Folder = workspace.LakeFolder;
        _writeLock = writeLock;
        _limits = limits;
        _manifest = new Manifest(Path.Combine(Folder, "manifest.db"));
        _files = _manifest.Files();
        _engine = new DuckDbEngine(Folder, limits);
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
        FileStream? writeLock = null;
        try
        {
            Directory.CreateDirectory(workspace.LakeFolder);
            writeLock = write ? TakeWriteLock(workspace.LakeFolder) : null;
            var store = new LakeStore(workspace, writeLock, limits ?? new StoreLimits());
            if (write)
            {
                store.Sweep();
            }

            return store;
        }
        catch (SqliteException error)
        {
            writeLock?.Dispose();
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't open the lake's manifest: {error.Message}",
                Path.Combine(workspace.LakeFolder, "manifest.db"),
                "Check that the file is readable, the disk not full, and the folder not read-only: it is written beside also to read.",
                error
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            writeLock?.Dispose();
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't open the lake: {error.Message}",
                workspace.LakeFolder,
                inner: error
            );
        }
        catch
        {
            writeLock?.Dispose();
            throw;
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
        catch (SqliteException fault) when (IsEnvironment(fault))
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

    public Rows Query(
        string sql,
        TimeWindow window,
        IReadOnlyList<object> parameters,
        CancellationToken cancel
    )
    {
        var files = _files.Where(file => file.Overlaps(window)).ToList();
        if (files.Sum(file => file.Bytes) <= _limits.CheckBytes)
        {
            Check(files, cancel);
        }

        return _engine.Query(files, sql, window, parameters, cancel);
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
            Check([file], cancel);
            var batch = ParquetEventReader.Read(
                Path.Combine(Folder, file.Path),
                eventClass,
                window,
                wanted
            );
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
    public IReadOnlyList<ClassReport> Describe(CancellationToken cancel) =>
        ClassReports.Describe(this, cancel);

    /// <summary>The window from the first to just after the last event there is; null when the lake is empty.</summary>
    public TimeWindow? Extent =>
        _files.Count == 0
            ? null
            : new TimeWindow(
                _files.Min(file => file.MinTime),
                _files.Max(file => file.MaxTime) is var last && last < long.MaxValue
                    ? last + 1
                    : long.MaxValue
            );

    /// <summary>Compares every file with the manifest: presence, hash, number of events; and lists files no manifest names.</summary>
    public LakeVerifyResult Verify(CancellationToken cancel) =>
        LakeVerify.Run(Folder, _files, cancel);

    /// <summary>Compares files with the manifest before they are first read in this process.</summary>
    internal void Check(IReadOnlyList<LakeFile> files, CancellationToken cancel)
    {
        List<LakeFile> unchecked_;
        lock (_gate)
        {
            unchecked_ = [.. files.Where(file => !_checked.Contains(file.Path))];
        }

        if (unchecked_.Count == 0)
        {
            return;
        }

        var damage = unchecked_
            .AsParallel()
            .AsOrdered()
            .WithCancellation(cancel)
            .Select(file => LakeVerify.DamageOf(Folder, file))
            .FirstOrDefault(sentence => sentence is not null);
        if (damage is not null)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                damage.Sentence,
                Path.Combine(Folder, damage.Path),
                "'harrier lake verify' lists all damage; drop the import and import its files again."
            );
        }

        lock (_gate)
        {
            _checked.UnionWith(unchecked_.Select(file => file.Path));
        }
    }

    internal void Commit(
        string import,
        IReadOnlyList<LakeFile> files,
        IReadOnlyList<SourceFile> sources
    )
    {
        try
        {
            _manifest.Commit(import, files, sources);
        }
        catch (SqliteException fault) when (IsEnvironment(fault))
        {
            throw NoRoom(fault);
        }

        var all = _manifest.Files();
        lock (_gate)
        {
            _files = all;
        }
    }

    /// <summary>The next file's number in an import, and its path in the lake.</summary>
    internal (int Number, string Path) NextFile(string import, string eventClass, string day)
    {
        lock (_gate)
        {
            var number = _fileNumbers.GetValueOrDefault(import) + 1;
            _fileNumbers[import] = number;
            return (
                number,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{eventClass}/{day}/{import}-{number}.parquet"
                )
            );
        }
    }

    internal static string ColumnsOf(EventClass eventClass) =>
        string.Join(',', eventClass.Columns.Select(column => column.Name));

    // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL: the machine's, not ours.
    static bool IsEnvironment(SqliteException fault) => fault.SqliteErrorCode is 8 or 10 or 13;

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

    void Writable()
    {
        if (_writeLock is null)
        {
            throw new InvalidOperationException("the store was opened to read");
        }
    }

    static FileStream TakeWriteLock(string folder)
    {
        var path = Path.Combine(folder, "write.lock");
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException error) when (IsLocked(error))
        {
            throw new HarrierFault(
                FaultKind.Environment,
                "another import is writing into this workspace",
                path,
                "Wait until it is done, or import into another workspace.",
                error
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't write into this workspace: {error.Message}",
                path,
                "Free some room, or choose a folder you may write to with --workspace DIR.",
                error
            );
        }
    }

    /// <summary>Whether another process holds the file: EAGAIN of Linux and of macOS, a sharing violation of Windows.</summary>
    static bool IsLocked(IOException error) =>
        error.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Removes what a killed import left: staged files, and files in the lake that no manifest names.</summary>
    void Sweep()
    {
        if (Directory.Exists(StagingFolder))
        {
            Directory.Delete(StagingFolder, recursive: true);
        }

        Directory.CreateDirectory(StagingFolder);
        foreach (var orphan in LakeVerify.Orphans(Folder, _files))
        {
            File.Delete(Path.Combine(Folder, orphan));
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        _manifest.Dispose();
        _writeLock?.Dispose();
    }
}

/// <summary>What queries may take of the machine.</summary>
/// <param name="MemoryBytes">Memory of one engine; operators spill to the workspace's disk beyond it.</param>
/// <param name="Threads">0: as many as there are cores.</param>
/// <param name="CheckBytes">Windows of up to this size have their files' hashes compared before the first query.</param>
public sealed record StoreLimits(
    long MemoryBytes = 2L << 30,
    int Threads = 0,
    long CheckBytes = 1L << 30
);
