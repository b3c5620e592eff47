using System.Globalization;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store.DuckDb;
using Harrier.Store.Lake;

namespace Harrier.Store;

/// <summary>What a caged query may take.</summary>
/// <param name="RowLimit">Rows after which reading stops and the answer is truncated; 0 for none.</param>
/// <param name="MemoryBytes">Memory of its engine.</param>
public sealed record CageOptions(
    long RowLimit = 10_000,
    TimeSpan? Timeout = null,
    long MemoryBytes = 1L << 30
)
{
    /// <summary>How long a query may run when nobody says: five minutes.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMinutes(5);
}

/// <summary>A column of an answer.</summary>
/// <param name="Type">As the engine names it: VARCHAR, BIGINT, TIMESTAMP ...</param>
public sealed record CagedColumn(string Name, string Type);

/// <summary>
/// Runs SQL that a person wrote, over the classes as views: read-only, without files, network, extensions or settings,
/// with bounds on memory, time and rows.
/// </summary>
/// <remarks>
/// Three fences, none enough alone. (1) Settings: an engine of its own, which may open exactly the lake's files and
/// nothing else, locked. (2) The engine says there is one statement and it is a SELECT. (3) The parsed tree holds only
/// classes, the query's own WITH names and allowed functions, and is small enough to be bound; this comes first.
/// What a cage inside the process can't hold is one huge value: the watch stops a query between its steps, not inside one.
/// </remarks>
public sealed class QueryCage(LakeStore store, TimeWindow window)
{
    // Values are not counted by the engine's memory limit: a query that grows the process by more than this is stopped.
    const long GrowthOverLimit = 2L << 30;

    static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts a query; rows are read from the result while the engine makes them.</summary>
    /// <exception cref="HarrierFault">The query is wrong or not allowed; time or memory ran out.</exception>
    public CagedQuery Run(string sql, CageOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        CageTree tree;
        using (var admin = new DuckDBConnection("DataSource=:memory:"))
        {
            admin.Open();
            tree = CageTree.Check(sql, admin);
        }

        var files = store
            .Files.Where(file => tree.Classes.Contains(file.Class) && file.Overlaps(window))
            .ToList();
        store.CheckForQuery(files, cancel);

        var running = new Running(store, files, tree.Classes, cancel);
        try
        {
            running.Database = DuckDbDatabase.Open(
                store.Folder,
                files,
                window,
                options.MemoryBytes,
                store.Limits.Threads,
                store.NewTempFolder(),
                running.Explain
            );
            StatementType.RequireSelect(running.Database.Connection, sql, tree.Classes);
            var command = running.Database.Connection.CreateCommand();
            running.Command = command;
            command.CommandText = sql;
            command.UseStreamingMode = true;
            running.Watch(
                options.Timeout ?? CageOptions.DefaultTimeout,
                options.MemoryBytes + GrowthOverLimit
            );
            var rows = new Rows(command.ExecuteReader(), running, running.Explain);
            return new CagedQuery(rows, options.RowLimit);
        }
        catch (Exception error)
        {
            var fault = running.Explain(error);
            running.Dispose();
            if (fault is not null)
            {
                throw fault;
            }

            throw;
        }
    }

    /// <summary>What a running query holds, and why it was stopped.</summary>
    sealed class Running(
        LakeStore store,
        IReadOnlyList<LakeFile> files,
        IReadOnlyList<string> classes,
        CancellationToken cancel
    ) : IDisposable
    {
        readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(
            cancel
        );
        QueryStop? _queryStop;
        Timer? _watch;
        string? _reason;

        public DuckDbDatabase? Database { get; set; }
        public DuckDBCommand? Command { get; set; }

        public void Watch(TimeSpan timeout, long growth)
        {
            _queryStop = new QueryStop(Command!, _stop.Token);
            var from = Environment.WorkingSet;
            var left = timeout;
            _watch = new Timer(
                _ =>
                {
                    left -= WatchInterval;
                    if (left <= TimeSpan.Zero)
                    {
                        Stop(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"the query was stopped after {timeout.TotalSeconds:0.#} seconds"
                            )
                        );
                    }
                    else if (Environment.WorkingSet - from > growth)
                    {
                        Stop("the query was stopped because it took too much memory");
                    }
                },
                null,
                WatchInterval,
                WatchInterval
            );
        }

        void Stop(string reason)
        {
            _reason = reason;
            try
            {
                _stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The query ended in the same moment.
            }
        }

        public Exception? Explain(Exception error)
        {
            var said = store.Explain(error, files, classes);
            return (said ?? error) is OperationCanceledException && _reason is not null
                ? new HarrierFault(
                    FaultKind.Environment,
                    _reason,
                    remedy: "Ask for a shorter time (--from, --to), fewer columns, or group first.",
                    inner: error
                )
                : said;
        }

        public void Dispose()
        {
            _watch?.Dispose();
            _queryStop?.Dispose();
            Command?.Dispose();
            Database?.Dispose();
            _stop.Dispose();
        }
    }
}

/// <summary>The answer of a caged query: its columns, and rows that are read one after the other.</summary>
public sealed class CagedQuery : IDisposable
{
    readonly Rows _rows;
    readonly long _limit;
    long _read;

    internal CagedQuery(Rows rows, long limit)
    {
        _rows = rows;
        _limit = limit;
        Columns =
        [
            .. Enumerable
                .Range(0, rows.Columns)
                .Select(column => new CagedColumn(rows.Name(column), rows.TypeName(column))),
        ];
    }

    public IReadOnlyList<CagedColumn> Columns { get; }

    /// <summary>Whether the row limit cut the answer; known when <see cref="Read"/> has given false.</summary>
    public bool Truncated { get; private set; }

    /// <summary>The current row.</summary>
    public Rows Row => _rows;

    /// <summary>Goes to the next row; false at the end, or at the row limit.</summary>
    public bool Read()
    {
        if (!_rows.Read())
        {
            return false;
        }

        if (_limit > 0 && _read == _limit)
        {
            Truncated = true;
            return false;
        }

        _read++;
        return true;
    }

    public void Dispose() => _rows.Dispose();
}
