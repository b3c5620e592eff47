using System.Globalization;
using System.Text.Json;
using Harrier.Schema;
using Microsoft.Data.Sqlite;

namespace Harrier.Store.Lake;

/// <summary>The lake's list of files, and the receipts of what was imported: manifest.db, SQLite.</summary>
/// <remarks>
/// A rollback journal, not a write-ahead log: a commit is rare and may take a millisecond, and a manifest on a disk that
/// can't be written, or is full, is read as it is. synchronous EXTRA: what a commit acknowledged survives a kill and the loss
/// of power; readers see whole commits. Calls are serialised.
/// </remarks>
sealed class Manifest : IDisposable
{
    static readonly string[] Migrations = ["lake-0001.sql", "lake-0002.sql", "lake-0003.sql"];

    readonly Lock _gate = new();
    readonly SqliteConnection _connection;
    readonly string? _copy;

    Manifest(string path, bool write, string? copy)
    {
        _copy = copy;
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWriteCreate,
                ForeignKeys = true,
                DefaultTimeout = 30,
                Pooling = false,
            }.ToString()
        );
        try
        {
            _connection.Open();
            // Reads, so that a manifest that needs more than reading shows it here.
            _ = Version();
            if (write)
            {
                Run("PRAGMA journal_mode=DELETE;");
            }

            Run("PRAGMA synchronous=EXTRA;");
            Migrate();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a manifest, and makes it where there is none.</summary>
    /// <remarks>
    /// To read one may need to write: to roll back what a killed import left, to bring old tables up to date. Where that
    /// can't be, a copy is opened instead, which is small.
    /// </remarks>
    public static Manifest Open(string path, bool write)
    {
        try
        {
            return new Manifest(path, write, null);
        }
        catch (SqliteException fault) when (!write && File.Exists(path) && CantWrite(fault))
        {
            var copy = Directory.CreateTempSubdirectory("harrier-manifest-").FullName;
            foreach (var end in (string[])["", "-journal", "-wal"])
            {
                if (File.Exists(path + end))
                {
                    File.Copy(path + end, Path.Combine(copy, "manifest.db" + end));
                }
            }

            return new Manifest(Path.Combine(copy, "manifest.db"), write, copy);
        }
    }

    /// <summary>SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN: the machine's fault, not ours.</summary>
    public static bool CantWrite(SqliteException fault) =>
        fault.SqliteErrorCode is 8 or 10 or 13 or 14;

    public string BeginImport(long startedMicros)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            using var last = Command(
                "SELECT coalesce(max(CAST(substr(id, 3) AS INTEGER)), 0) FROM import"
            );
            var number = Convert.ToInt64(last.ExecuteScalar(), CultureInfo.InvariantCulture) + 1;
            var id = string.Create(CultureInfo.InvariantCulture, $"I-{number:0000}");
            using var insert = Command(
                "INSERT INTO import (id, started) VALUES ($id, $started)",
                ("$id", id),
                ("$started", startedMicros)
            );
            insert.ExecuteNonQuery();
            transaction.Commit();
            return id;
        }
    }

    public string? ImportedBefore(string sha256) =>
        Read(
                "SELECT import FROM source_file WHERE sha256 = $sha256 ORDER BY id LIMIT 1",
                row => row.GetString(0),
                ("$sha256", sha256)
            )
            .FirstOrDefault();

    public List<ImportTotals> Imports() =>
        Read(
            """
            SELECT i.id, count(s.id), coalesce(sum(s.records), 0), coalesce(sum(s.imported), 0), coalesce(sum(s.rejected), 0)
            FROM import i JOIN source_file s ON s.import = i.id GROUP BY i.id ORDER BY i.id
            """,
            row => new ImportTotals(
                row.GetString(0),
                row.GetInt64(1),
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4)
            )
        );

    /// <summary>Names of the files, members after '!', that were read as a format.</summary>
    public List<string> FilesOf(string format) =>
        Read(
            "SELECT DISTINCT CASE WHEN coalesce(member, '') = '' THEN path ELSE path || '!' || member END FROM source_file WHERE format = $format ORDER BY 1",
            row => row.GetString(0),
            ("$format", format)
        );

    public List<Reject> Rejects(string import) =>
        Read(
            """
            SELECT r.file, r.position, r.reason, r.head
            FROM reject r JOIN source_file s ON s.id = r.source_file
            WHERE s.import = $import ORDER BY r.id
            """,
            row => new Reject(
                row.GetString(0),
                row.GetInt64(1),
                row.GetString(2),
                (byte[])row.GetValue(3)
            ),
            ("$import", import)
        );

    /// <summary>Adds what concerns the clocks of an import as a whole.</summary>
    public void AddClock(string import, IReadOnlyList<ClockFinding> findings) =>
        InTransaction(() =>
        {
            foreach (var finding in findings)
            {
                Add(import, null, finding);
            }
        });

    public List<ClockRow> Clock() =>
        Read(
            """
            SELECT import, file, kind, host, stamp, offset_seconds, agreeing, seen, repaired, sentence
            FROM clock ORDER BY import, file, host, kind, id
            """,
            row => new ClockRow(
                row.GetString(0),
                row.IsDBNull(1) ? null : row.GetString(1),
                new ClockFinding(
                    row.GetString(2),
                    row.GetString(3),
                    row.GetString(4),
                    row.IsDBNull(5) ? null : row.GetDouble(5),
                    row.GetInt64(6),
                    row.GetInt64(7),
                    row.GetInt64(8),
                    row.GetString(9)
                )
            )
        );

    /// <summary>All files, by class, then time, then path.</summary>
    public List<LakeFile> Files() =>
        Read(
            """
            SELECT f.class, f.path, f.day, f.rows, f.bytes, f.sha256, f.frame_bytes, f.frame_sha256,
                f.min_time, f.max_time, l.columns, f.compacted
            FROM stored_file f JOIN layout l ON l.id = f.layout
            ORDER BY f.class, f.min_time, f.path
            """,
            row => new LakeFile(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetString(5),
                row.GetInt64(6),
                row.GetString(7),
                row.GetInt64(8),
                row.GetInt64(9),
                row.GetString(10),
                row.GetBoolean(11)
            )
        );

    /// <summary>How many events of each import a file holds.</summary>
    public Dictionary<string, long> RowsByImport(string path) =>
        Read(
                "SELECT import, rows FROM file_import WHERE path = $path",
                row => (row.GetString(0), row.GetInt64(1)),
                ("$path", path)
            )
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>How many events of each import each file holds.</summary>
    public List<(string Path, string Import, long Rows)> RowsByImport() =>
        Read(
            "SELECT path, import, rows FROM file_import ORDER BY path, import",
            row => (row.GetString(0), row.GetString(1), row.GetInt64(2))
        );

    /// <summary>Whether there is such an import, and it was not dropped.</summary>
    public bool HasImport(string import) =>
        Read(
            "SELECT 1 FROM import WHERE id = $import AND dropped IS NULL",
            row => row.GetInt64(0),
            ("$import", import)
        ).Count > 0;

    /// <summary>Imports whose receipts count other events than files hold and age took out: import, class, receipts, held.</summary>
    public List<(string Import, string Class, long Receipts, long Held)> Differences() =>
        Read(
            """
            WITH receipt AS (
                SELECT s.import, c.key AS class, sum(c.value) AS rows
                FROM source_file s, json_each(s.classes) c GROUP BY s.import, c.key
            ), held AS (
                SELECT import, class, sum(rows) AS rows FROM (
                    SELECT i.import, f.class, i.rows FROM file_import i JOIN stored_file f ON f.path = i.path
                    UNION ALL SELECT import, class, rows FROM aged_out
                ) GROUP BY import, class
            )
            SELECT coalesce(r.import, h.import), coalesce(r.class, h.class), coalesce(r.rows, 0), coalesce(h.rows, 0)
            FROM receipt r FULL JOIN held h ON h.import = r.import AND h.class = r.class
            WHERE coalesce(r.rows, 0) <> coalesce(h.rows, 0) ORDER BY 1, 2
            """,
            row => (row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3))
        );

    /// <summary>Adds files and the receipts of what they came from, with samples of their events, in one transaction.</summary>
    public void Commit(
        string import,
        IReadOnlyList<NewLakeFile> files,
        IReadOnlyList<(SourceFile File, IReadOnlyList<long> Sample)> sources
    ) =>
        InTransaction(() =>
        {
            foreach (var file in files)
            {
                Add(file);
            }

            using var insert = Command(
                "INSERT INTO event_sample VALUES ($file, $hash)",
                ("$file", 0L),
                ("$hash", 0L)
            );
            foreach (var (source, sample) in sources)
            {
                insert.Parameters[0].Value = Add(import, source);
                foreach (var hash in sample)
                {
                    insert.Parameters[1].Value = hash;
                    insert.ExecuteNonQuery();
                }
            }
        });

    /// <summary>Puts files in the place of others, in one transaction.</summary>
    public void Replace(IReadOnlyList<LakeFile> old, IReadOnlyList<NewLakeFile> files) =>
        InTransaction(() => Exchange(old, files));

    /// <summary>As <see cref="Replace"/>; and forgets an import, but for its name, together with its receipts.</summary>
    public void Drop(
        string import,
        long droppedMicros,
        IReadOnlyList<LakeFile> old,
        IReadOnlyList<NewLakeFile> files
    ) =>
        InTransaction(() =>
        {
            Exchange(old, files);
            var of = ("$import", (object)import);
            Run(
                "DELETE FROM reject WHERE source_file IN (SELECT id FROM source_file WHERE import = $import)",
                of
            );
            Run("DELETE FROM source_file WHERE import = $import", of);
            Run("DELETE FROM aged_out WHERE import = $import", of);
            Run("DELETE FROM clock WHERE import = $import", of);
            Run(
                "UPDATE import SET dropped = $dropped WHERE id = $import",
                of,
                ("$dropped", droppedMicros)
            );
        });

    /// <summary>As <see cref="Replace"/>; and notes the events that go, so that receipts still add up.</summary>
    public void AgeOut(
        IReadOnlyList<LakeFile> old,
        IReadOnlyList<NewLakeFile> files,
        IEnumerable<(string Import, string Class, long Rows)> gone
    ) =>
        InTransaction(() =>
        {
            Exchange(old, files);
            foreach (var (import, eventClass, rows) in gone)
            {
                Run(
                    """
                    INSERT INTO aged_out VALUES ($import, $class, $rows)
                    ON CONFLICT (import, class) DO UPDATE SET rows = rows + excluded.rows
                    """,
                    ("$import", import),
                    ("$class", eventClass),
                    ("$rows", rows)
                );
            }
        });

    /// <summary>The samples of an import's files, with the earliest other file each hash is known from.</summary>
    public List<SharedEvents.Sampled> Samples(string import)
    {
        var known = new Dictionary<long, SharedEvents.Known>();
        return
        [
            .. Read(
                    """
                    SELECT n.id, n.path, n.member, s.hash,
                        (SELECT o.source_file FROM event_sample o
                         WHERE o.hash = s.hash AND o.source_file < n.id ORDER BY o.source_file LIMIT 1)
                    FROM source_file n JOIN event_sample s ON s.source_file = n.id
                    WHERE n.import = $import ORDER BY n.id, s.hash
                    """,
                    row =>
                        (
                            Id: row.GetInt64(0),
                            Name: Name(row, 1),
                            Hash: row.GetInt64(3),
                            Known: row.IsDBNull(4) ? (long?)null : row.GetInt64(4)
                        ),
                    ("$import", import)
                )
                .GroupBy(row => (row.Id, row.Name))
                .Select(file => new SharedEvents.Sampled(
                    file.Key.Name,
                    [.. file.Select(row => (row.Hash, row.Known is { } id ? Known(id) : null))]
                )),
        ];

        SharedEvents.Known Known(long id) =>
            known.TryGetValue(id, out var found)
                ? found
                : known[id] = Read(
                    """
                    SELECT f.path, f.member, f.import, count(*), max(s.hash)
                    FROM source_file f JOIN event_sample s ON s.source_file = f.id WHERE f.id = $id
                    """,
                    row => new SharedEvents.Known(
                        Name(row, 0),
                        row.GetString(2),
                        SharedEvents.Reach(row.GetInt32(3), row.GetInt64(4))
                    ),
                    ("$id", id)
                )[0];
    }

    static string Name(SqliteDataReader row, int path) =>
        row.IsDBNull(path + 1)
            ? row.GetString(path)
            : $"{row.GetString(path)}!{row.GetString(path + 1)}";

    void Exchange(IReadOnlyList<LakeFile> old, IReadOnlyList<NewLakeFile> files)
    {
        foreach (var file in old)
        {
            Run("DELETE FROM stored_file WHERE path = $path", ("$path", file.Path));
        }

        foreach (var file in files)
        {
            Add(file);
        }
    }

    void InTransaction(Action work)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            work();
            transaction.Commit();
        }
    }

    void Add(NewLakeFile added)
    {
        var file = added.File;
        Run(
            "INSERT OR IGNORE INTO layout (class, columns) VALUES ($class, $columns)",
            ("$class", file.Class),
            ("$columns", file.Columns)
        );
        Run(
            """
            INSERT INTO stored_file VALUES ($path, $class,
                (SELECT id FROM layout WHERE class = $class AND columns = $columns),
                $day, $rows, $bytes, $sha256, $frame_bytes, $frame_sha256, $min_time, $max_time, $compacted)
            """,
            ("$path", file.Path),
            ("$class", file.Class),
            ("$columns", file.Columns),
            ("$day", file.Day),
            ("$rows", file.Rows),
            ("$bytes", file.Bytes),
            ("$sha256", file.Sha256),
            ("$frame_bytes", file.FrameBytes),
            ("$frame_sha256", file.FrameSha256),
            ("$min_time", file.MinTime),
            ("$max_time", file.MaxTime),
            ("$compacted", file.IsCompacted ? 1 : 0)
        );
        foreach (var (import, rows) in added.RowsByImport)
        {
            Run(
                "INSERT INTO file_import VALUES ($path, $import, $rows)",
                ("$path", file.Path),
                ("$import", import),
                ("$rows", rows)
            );
        }
    }

    long Add(string import, SourceFile source)
    {
        using var insert = Command(
            """
            INSERT INTO source_file
                (import, path, member, format, sha256, bytes, records, imported, rejected, classes, warnings)
            VALUES ($import, $path, $member, $format, $sha256, $bytes, $records, $imported, $rejected, $classes, $warnings)
            RETURNING id
            """,
            ("$import", import),
            ("$path", source.Path),
            ("$member", (object?)source.Member ?? DBNull.Value),
            ("$format", source.Format),
            ("$sha256", source.Sha256),
            ("$bytes", source.Bytes),
            ("$records", source.Records),
            ("$imported", source.Imported),
            ("$rejected", source.Rejected),
            ("$classes", Json(source.Classes)),
            ("$warnings", Json(source.Warnings))
        );
        var id = Convert.ToInt64(insert.ExecuteScalar(), CultureInfo.InvariantCulture);
        foreach (var reject in source.Rejects)
        {
            Run(
                "INSERT INTO reject (source_file, file, position, reason, head) VALUES ($id, $file, $position, $reason, $head)",
                ("$id", id),
                ("$file", reject.File),
                ("$position", reject.Position),
                ("$reason", reject.Reason),
                ("$head", reject.Head)
            );
        }

        foreach (var finding in source.Clock)
        {
            Add(import, source.Name, finding);
        }

        return id;
    }

    void Add(string import, string? file, ClockFinding finding)
    {
        Run(
            """
            INSERT INTO clock (import, file, kind, host, stamp, offset_seconds, agreeing, seen, repaired, sentence)
            VALUES ($import, $file, $kind, $host, $stamp, $offset, $agreeing, $seen, $repaired, $sentence)
            """,
            ("$import", import),
            ("$file", (object?)file ?? DBNull.Value),
            ("$kind", finding.Kind),
            ("$host", finding.Host),
            ("$stamp", finding.Stamp),
            ("$offset", (object?)finding.Offset ?? DBNull.Value),
            ("$agreeing", finding.Agreeing),
            ("$seen", finding.Seen),
            ("$repaired", finding.Repaired),
            ("$sentence", finding.Sentence)
        );
    }

    static string Json(IReadOnlyDictionary<string, long> counts)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (name, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WriteNumber(name, count);
            }

            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    static string Json(IReadOnlyList<string> sentences)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var sentence in sentences)
            {
                writer.WriteStringValue(sentence);
            }

            writer.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    void Migrate()
    {
        var from = Version();
        if (from > Migrations.Length)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                "this workspace was written by a newer Harrier",
                _connection.DataSource,
                "Use that version or a newer one."
            );
        }

        for (var next = from; next < Migrations.Length; next++)
        {
            using var transaction = _connection.BeginTransaction();
            // Another process may have been faster: looked at again inside the transaction.
            if (Version() <= next)
            {
                Run(Resource(Migrations[next]));
                Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={next + 1}"));
            }

            transaction.Commit();
        }
    }

    int Version()
    {
        using var version = Command("PRAGMA user_version");
        return Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    static string Resource(string name)
    {
        using var stream = typeof(Manifest).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    void Run(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    List<T> Read<T>(
        string sql,
        Func<SqliteDataReader, T> rowOf,
        params ReadOnlySpan<(string Name, object Value)> parameters
    )
    {
        lock (_gate)
        {
            using var command = Command(sql, parameters);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(rowOf(reader));
            }

            return rows;
        }
    }

    SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    public void Dispose()
    {
        _connection.Dispose();
        if (_copy is not null)
        {
            Directory.Delete(_copy, recursive: true);
        }
    }
}
