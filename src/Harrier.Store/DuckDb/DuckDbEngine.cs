using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.DuckDb;

/// <summary>Runs techniques' queries, and keeps the databases of the windows that were asked last.</summary>
sealed class DuckDbEngine : IDisposable
{
    // A run asks one window, its baseline perhaps another one.
    const int KeptDatabases = 3;

    readonly string _tempFolder;
    readonly string _lakeFolder;
    readonly StoreLimits _limits;
    readonly Lock _gate = new();
    readonly List<Kept> _kept = [];
    int _tempNumber;

    /// <param name="tempFolder">Where databases spill, each into a folder of its own.</param>
    public DuckDbEngine(string tempFolder, string lakeFolder, StoreLimits limits)
    {
        _tempFolder = tempFolder;
        _lakeFolder = lakeFolder;
        _limits = limits;
        SweepTemp();
    }

    sealed class Kept(TimeWindow window, IReadOnlyList<LakeFile> files, DuckDbDatabase database)
    {
        public TimeWindow Window { get; } = window;
        public IReadOnlyList<LakeFile> Files { get; } = files;
        public DuckDbDatabase Database { get; } = database;
        public int Users { get; set; }
        public bool Dropped { get; set; }
    }

    public Rows Query(
        IReadOnlyList<LakeFile> files,
        string sql,
        TimeWindow window,
        IReadOnlyList<object> parameters,
        Func<Exception, Exception?> explain,
        CancellationToken cancel
    )
    {
        cancel.ThrowIfCancellationRequested();
        var running = new Running(this, Take(files, window, explain));
        try
        {
            running.Connection = running.Kept.Database.Connection.Duplicate();
            running.Connection.Open();
            var command = running.Connection.CreateCommand();
            running.Command = command;
            command.CommandText = sql;
            command.UseStreamingMode = true;
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new DuckDBParameter(Parameter(parameter)));
            }

            running.Stop = new QueryStop(command, cancel);
            return new Rows(command.ExecuteReader(), running, explain);
        }
        catch (Exception error)
        {
            running.Dispose();
            if (explain(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    static object Parameter(object value) =>
        value switch
        {
            string or long or double or bool => value,
            int number => (long)number,
            string[] texts => texts.ToList(),
            long[] numbers => numbers.ToList(),
            _ => throw new ArgumentException(
                $"a parameter of type {value.GetType().Name}",
                nameof(value)
            ),
        };

    /// <summary>A folder for one database's spilled data; it comes to be when something spills.</summary>
    public string NewTempFolder()
    {
        try
        {
            // The engine makes a folder, and no parents.
            Directory.CreateDirectory(_tempFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A disk that takes no folder: a query that must spill says so, others need none.
        }

        return Path.Combine(
            _tempFolder,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Environment.ProcessId}-{Interlocked.Increment(ref _tempNumber)}-{GetHashCode()}"
            )
        );
    }

    Kept Take(IReadOnlyList<LakeFile> files, TimeWindow window, Func<Exception, Exception?> explain)
    {
        lock (_gate)
        {
            var found = _kept.Find(kept =>
                kept.Window == window && kept.Files.SequenceEqual(files)
            );
            if (found is null)
            {
                found = new Kept(
                    window,
                    files,
                    DuckDbDatabase.Open(
                        _lakeFolder,
                        files,
                        window,
                        _limits.MemoryBytes,
                        _limits.Threads,
                        NewTempFolder(),
                        explain
                    )
                );
                _kept.Add(found);
                if (_kept.Count > KeptDatabases)
                {
                    Drop(_kept[0]);
                }
            }
            else
            {
                _kept.Remove(found);
                _kept.Add(found);
            }

            found.Users++;
            return found;
        }
    }

    void Drop(Kept kept)
    {
        _kept.Remove(kept);
        kept.Dropped = true;
        if (kept.Users == 0)
        {
            kept.Database.Dispose();
        }
    }

    void Release(Kept kept)
    {
        lock (_gate)
        {
            kept.Users--;
            if (kept.Dropped && kept.Users == 0)
            {
                kept.Database.Dispose();
            }
        }
    }

    /// <summary>What processes that were killed had spilled.</summary>
    void SweepTemp()
    {
        if (!Directory.Exists(_tempFolder))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(_tempFolder))
        {
            var name = Path.GetFileName(folder).Split('-')[0];
            if (
                !int.TryParse(name, CultureInfo.InvariantCulture, out var process)
                || !IsRunning(process)
            )
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var kept in _kept.ToList())
            {
                Drop(kept);
            }
        }
    }

    /// <summary>What a query holds while its rows are read.</summary>
    sealed class Running(DuckDbEngine engine, Kept kept) : IDisposable
    {
        public Kept Kept { get; } = kept;
        public DuckDBConnection? Connection { get; set; }
        public DuckDBCommand? Command { get; set; }
        public QueryStop? Stop { get; set; }

        public void Dispose()
        {
            Stop?.Dispose();
            Command?.Dispose();
            Connection?.Dispose();
            engine.Release(Kept);
        }
    }
}
