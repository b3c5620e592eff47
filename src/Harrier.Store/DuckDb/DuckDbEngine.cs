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

    readonly string _lakeFolder;
    readonly StoreLimits _limits;
    readonly Lock _gate = new();
    readonly List<Kept> _kept = [];
    int _tempNumber;

    public DuckDbEngine(string lakeFolder, StoreLimits limits)
    {
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
        CancellationToken cancel
    )
    {
        cancel.ThrowIfCancellationRequested();
        var running = new Running(this, Take(files, window));
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

            running.Registration = cancel.Register(command.Cancel);
            return new Rows(
                command.ExecuteReader(),
                running,
                error => DuckDbFaults.Translate(error)
            );
        }
        catch (Exception error)
        {
            running.Dispose();
            if (DuckDbFaults.Translate(error) is { } fault)
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
    public string NewTempFolder() =>
        Path.Combine(
            _lakeFolder,
            "temp",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Environment.ProcessId}-{Interlocked.Increment(ref _tempNumber)}-{GetHashCode()}"
            )
        );

    Kept Take(IReadOnlyList<LakeFile> files, TimeWindow window)
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
                        NewTempFolder()
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
        var temp = Path.Combine(_lakeFolder, "temp");
        if (!Directory.Exists(temp))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(temp))
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
        public CancellationTokenRegistration Registration { get; set; }

        public void Dispose()
        {
            Registration.Dispose();
            Command?.Dispose();
            Connection?.Dispose();
            engine.Release(Kept);
        }
    }
}
