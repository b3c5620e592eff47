using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Harrier.Knowledge;

/// <summary>
/// The workspace's knowledge: one SQLite file with a writer-ahead log, whose tables belong to the rooms that use them.
/// </summary>
/// <remarks>
/// <para>Committed means on disk: <c>synchronous = full</c>. Foreign keys are enforced. Another process that writes is waited for.</para>
/// <para>Values are bound by position: <c>?1</c>, <c>?2</c> ... in the SQL. Calls may come from several threads and are run one after another.</para>
/// <para>
/// A file that can't be written (a disk mounted read-only, another person's workspace, a full disk) is read as it is, and what would
/// write fails with <see cref="KnowledgeFault.ReadOnly"/>.
/// </para>
/// <para>What a person can mend comes as <see cref="KnowledgeException"/>; any other exception is a mistake in the program.</para>
/// </remarks>
public sealed class KnowledgeDb : IDisposable
{
    const int BusySeconds = 15;
    const int MaximumPreparedCommands = 256;

    readonly Lock _gate = new();
    readonly SqliteConnection _connection;
    readonly TimeProvider _time;
    readonly string? _copy;
    readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    int _depth;

    /// <summary>A copy, or an empty database in memory, that stands for a file which can't be written.</summary>
    bool _isOwn;

    KnowledgeDb(string path, SqliteConnection connection, TimeProvider time, string? copy = null)
    {
        Path = path;
        _connection = connection;
        _time = time;
        _copy = copy;
    }

    public string Path { get; }

    /// <summary>Opens the file, and makes it with its folder if it is not there; what can't be written is opened for reading.</summary>
    /// <exception cref="KnowledgeException">It can't be opened or made, is no database, or is newer than this program.</exception>
    public static KnowledgeDb Open(string path, TimeProvider time)
    {
        try
        {
            return OpenToWrite(path, time);
        }
        catch (KnowledgeException fault)
            when (fault.Fault
                    is KnowledgeFault.ReadOnly
                        or KnowledgeFault.Unreachable
                        or KnowledgeFault.DiskFull
                && Directory.Exists(System.IO.Path.GetDirectoryName(fault.File))
                && !Directory.Exists(fault.File)
            )
        {
            return OpenToRead(fault.File, time);
        }
    }

    /// <summary>
    /// A write-ahead log needs a file beside it, even to be read. Where none can be made the database is opened as one that nobody
    /// changes; if a log is left that a killed program did not bring in, in a copy; if there is no file, as an empty one in memory.
    /// </summary>
    static KnowledgeDb OpenToRead(string full, TimeProvider time)
    {
        var isThere = File.Exists(full);
        var copy =
            isThere && new FileInfo(full + "-wal") is { Exists: true, Length: > 0 }
                ? Directory.CreateTempSubdirectory("harrier-knowledge-").FullName
                : null;
        var own = copy is null ? ":memory:" : System.IO.Path.Combine(copy, "knowledge.db");
        foreach (var end in copy is null ? (string[])[] : ["", "-wal"])
        {
            File.Copy(full + end, own + end);
        }

        var isImmutable = isThere && copy is null;
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = isImmutable ? new Uri(full).AbsoluteUri + "?immutable=1" : own,
            Mode = isImmutable ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        };
        var db = new KnowledgeDb(full, new SqliteConnection(settings.ToString()), time, copy)
        {
            _isOwn = !isImmutable,
        };
        return db.Ready("pragma trusted_schema = off;", makesTables: db._isOwn);
    }

    static KnowledgeDb OpenToWrite(string path, TimeProvider time)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnowledgeException(
                KnowledgeFault.ReadOnly,
                $"The folder for the knowledge database can't be made: {e.Message}",
                full,
                "Choose a workspace in a folder that you may write.",
                e
            );
        }

        // No pool: a closed database has let go of its file, so that a workspace can be moved or deleted.
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = full,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        };
        return new KnowledgeDb(full, new SqliteConnection(settings.ToString()), time).Ready(
            $"pragma busy_timeout = {BusySeconds * 1000}; pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off;",
            makesTables: true
        );
    }

    /// <summary>Opens the connection and brings this room's tables up to date; where that fails, nothing is left open.</summary>
    KnowledgeDb Ready(string pragmas, bool makesTables)
    {
        try
        {
            Guard(() =>
            {
                _connection.Open();
                Script(pragmas);
                return 0;
            });
            if (makesTables)
            {
                Script(MigrationTable);
            }

            Migrate(
                "knowledge",
                Migration.FromResources(
                    typeof(KnowledgeDb).Assembly,
                    "Harrier.Knowledge.Migrations."
                )
            );
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    const string MigrationTable = """
        create table if not exists migration (
          room text not null,
          number integer not null,
          name text not null,
          applied integer not null,
          primary key (room, number)
        ) strict, without rowid;
        """;

    /// <summary>Brings a room's tables up to date: those of its migrations that the file has not seen, each in one transaction.</summary>
    /// <exception cref="KnowledgeException">The file has migrations that this program does not know.</exception>
    public void Migrate(string room, IReadOnlyList<Migration> migrations)
    {
        var applied = AppliedMigrations(room);
        if (applied > migrations.Count)
        {
            throw new KnowledgeException(
                KnowledgeFault.Newer,
                $"The knowledge database is newer than this program: its {room} tables are at step {applied}, and this program knows {migrations.Count}.",
                Path,
                "Use the newer program, or another workspace."
            );
        }

        // Nobody else sees what is opened for reading only; to look at it, its tables must be those of this program.
        if (_isOwn)
        {
            Script("pragma query_only = off");
        }

        foreach (var migration in migrations.Skip(applied))
        {
            Transaction(() =>
            {
                // Another process may have been faster between the question and the lock.
                if (AppliedMigrations(room) >= migration.Number)
                {
                    return;
                }

                Script(migration.Sql);
                Execute(
                    "insert into migration (room, number, name, applied) values (?1, ?2, ?3, ?4)",
                    room,
                    migration.Number,
                    migration.Name,
                    Now()
                );
            });
        }

        if (_isOwn)
        {
            Script("pragma query_only = on");
        }
    }

    /// <summary>As above, with the embedded resources <c>prefix + "0001_name.sql"</c> of an assembly.</summary>
    public void Migrate(string room, Assembly assembly, string prefix) =>
        Migrate(room, Migration.FromResources(assembly, prefix));

    int AppliedMigrations(string room) =>
        Query(
            "select coalesce(max(number), 0) from migration where room = ?1",
            row => row.Int(0),
            room
        )[0];

    /// <summary>Appends to the audit log, in the transaction that is open, if one is.</summary>
    public void Audit(
        string who,
        string what,
        string subject,
        string? before = null,
        string? after = null
    ) =>
        Execute(
            "insert into audit (time, who, what, subject, before, after) values (?1, ?2, ?3, ?4, ?5, ?6)",
            Now(),
            who,
            what,
            subject,
            before,
            after
        );

    /// <summary>The latest entries, newest first; of one subject, if it is named.</summary>
    public IReadOnlyList<AuditEntry> AuditLog(string? subject = null, int limit = 100) =>
        Query(
            """
            select time, who, what, subject, before, after from audit
            where ?1 is null or subject = ?1 order by id desc limit ?2
            """,
            row => new AuditEntry(
                row.Long(0),
                row.Text(1),
                row.Text(2),
                row.Text(3),
                row.TextOrNull(4),
                row.TextOrNull(5)
            ),
            subject,
            limit
        );

    /// <summary>Now, in microseconds since 1970 UTC, by the clock that was handed in.</summary>
    public long Now() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    /// <summary>Runs <paramref name="work"/> in one transaction; inside another one it becomes part of that.</summary>
    /// <remarks>An exception rolls everything back, also what an enclosing call did, if it lets the exception through.</remarks>
    public T Transaction<T>(Func<T> work)
    {
        lock (_gate)
        {
            if (_depth > 0)
            {
                return work();
            }

            // Immediate: two writers that both read first would otherwise fail instead of wait.
            Script("begin immediate");
            _depth++;
            try
            {
                var result = work();
                Script("commit");
                return result;
            }
            catch
            {
                Rollback();
                throw;
            }
            finally
            {
                _depth--;
            }
        }
    }

    public void Transaction(Action work) =>
        Transaction(() =>
        {
            work();
            return 0;
        });

    void Rollback()
    {
        try
        {
            Script("rollback");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
        catch (KnowledgeException)
        {
            // The reason for rolling back is the one to be told.
        }
    }

    /// <summary>Runs one statement and gives the number of rows it changed. Values: null, text, numbers, bool, bytes.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        lock (_gate)
        {
            var command = Bind(sql, values);
            return Guard(command.ExecuteNonQuery);
        }
    }

    /// <summary>Runs one statement and reads its whole answer.</summary>
    public IReadOnlyList<T> Query<T>(
        string sql,
        Func<KnowledgeRow, T> read,
        params ReadOnlySpan<object?> values
    )
    {
        lock (_gate)
        {
            var command = Bind(sql, values);
            return Guard(() =>
            {
                using var reader = command.ExecuteReader();
                var rows = new List<T>();
                var row = new KnowledgeRow(reader);
                while (reader.Read())
                {
                    rows.Add(read(row));
                }

                return rows;
            });
        }
    }

    /// <summary>As <see cref="Query{T}"/>, row by row, for answers that need not stand in memory.</summary>
    /// <remarks><paramref name="visit"/> must not ask this database anything with the same SQL.</remarks>
    public void ForEach(string sql, Action<KnowledgeRow> visit, params ReadOnlySpan<object?> values)
    {
        lock (_gate)
        {
            var command = Bind(sql, values);
            Guard(() =>
            {
                using var reader = command.ExecuteReader();
                var row = new KnowledgeRow(reader);
                while (reader.Read())
                {
                    visit(row);
                }

                return 0;
            });
        }
    }

    /// <summary>Runs statements that bind nothing, one after another.</summary>
    public void Script(string sql)
    {
        lock (_gate)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            Guard(command.ExecuteNonQuery);
        }
    }

    SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        var command = Guard(sql, Prepare);
        for (var i = 0; i < values.Length; i++)
        {
            if (command.Parameters.Count <= i)
            {
                command.Parameters.Add(
                    new SqliteParameter
                    {
                        ParameterName = string.Create(CultureInfo.InvariantCulture, $"?{i + 1}"),
                    }
                );
            }

            var parameter = command.Parameters[i];
            parameter.ResetSqliteType();
            parameter.Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    SqliteCommand Prepare(string sql)
    {
        if (_prepared.TryGetValue(sql, out var command))
        {
            return command;
        }

        if (_prepared.Count >= MaximumPreparedCommands)
        {
            ForgetPrepared();
        }

        command = _connection.CreateCommand();
        command.CommandText = sql;
        _prepared.Add(sql, command);
        return command;
    }

    void ForgetPrepared()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _prepared.Clear();
    }

    T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e) when (Explain(e) is not null)
        {
            throw Explain(e)!;
        }
    }

    T Guard<TIn, T>(TIn input, Func<TIn, T> work) => Guard(() => work(input));

    /// <summary>A sentence for what a person can mend; null for mistakes of the program (SQL, constraints).</summary>
    KnowledgeException? Explain(SqliteException e)
    {
        // Result codes: sqlite.org/rescode.html.
        return (e.SqliteErrorCode & 0xFF) switch
        {
            5 or 6 => Say(
                KnowledgeFault.Busy,
                "Another program is writing to the knowledge database and did not finish in time.",
                "Wait until the other command has ended, then try again."
            ),
            8 or 3 or 23 => Say(
                KnowledgeFault.ReadOnly,
                "The knowledge database can't be written.",
                "Give yourself write permission on the file and its folder, or choose another workspace."
            ),
            10 => Say(
                KnowledgeFault.Unreachable,
                "Reading or writing the knowledge database failed on the disk.",
                "Check the disk and its free space, then try again; nothing half-written was kept."
            ),
            11 or 26 => Say(
                KnowledgeFault.Damaged,
                "The file is no knowledge database, or it is damaged.",
                "Move the file away; a new one is made, and intelligence can be imported again."
            ),
            13 => Say(
                KnowledgeFault.DiskFull,
                "The disk is full: the knowledge database can't grow.",
                "Free some space, then try again; nothing half-written was kept."
            ),
            14 => Say(
                KnowledgeFault.Unreachable,
                "The knowledge database can't be opened.",
                "Check that its folder is there and that you may read and write it."
            ),
            _ => null,
        };

        KnowledgeException Say(KnowledgeFault fault, string message, string remedy) =>
            new(fault, message, Path, remedy, e);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            ForgetPrepared();
            _connection.Dispose();
            if (_copy is not null)
            {
                Directory.Delete(_copy, recursive: true);
            }
        }
    }
}
