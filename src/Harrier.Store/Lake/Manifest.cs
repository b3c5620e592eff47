using System.Globalization;
using System.Text.Json;
using Harrier.Schema;
using Microsoft.Data.Sqlite;

namespace Harrier.Store.Lake;

/// <summary>The lake's list of files, and the receipts of what was imported: manifest.db, SQLite.</summary>
/// <remarks>WAL with synchronous FULL: what a commit acknowledged survives a kill; readers see whole commits. Calls are serialised.</remarks>
sealed class Manifest : IDisposable
{
    static readonly string[] Migrations = ["lake-0001.sql"];

    readonly Lock _gate = new();
    readonly SqliteConnection _connection;

    public Manifest(string path)
    {
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
        _connection.Open();
        Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        Migrate();
    }

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
                "INSERT INTO import VALUES ($id, $started)",
                ("$id", id),
                ("$started", startedMicros)
            );
            insert.ExecuteNonQuery();
            transaction.Commit();
            return id;
        }
    }

    public string? ImportedBefore(string sha256)
    {
        lock (_gate)
        {
            using var command = Command(
                "SELECT import FROM source_file WHERE sha256 = $sha256 ORDER BY id LIMIT 1",
                ("$sha256", sha256)
            );
            return command.ExecuteScalar() as string;
        }
    }

    public List<ImportTotals> Imports()
    {
        lock (_gate)
        {
            using var command = Command(
                """
                SELECT i.id, count(s.id), coalesce(sum(s.records), 0), coalesce(sum(s.imported), 0), coalesce(sum(s.rejected), 0)
                FROM import i JOIN source_file s ON s.import = i.id GROUP BY i.id ORDER BY i.id
                """
            );
            using var reader = command.ExecuteReader();
            var imports = new List<ImportTotals>();
            while (reader.Read())
            {
                imports.Add(
                    new ImportTotals(
                        reader.GetString(0),
                        reader.GetInt64(1),
                        reader.GetInt64(2),
                        reader.GetInt64(3),
                        reader.GetInt64(4)
                    )
                );
            }

            return imports;
        }
    }

    /// <summary>Names of the files, members after '!', that were read as a format.</summary>
    public List<string> FilesOf(string format)
    {
        lock (_gate)
        {
            using var command = Command(
                "SELECT DISTINCT CASE WHEN coalesce(member, '') = '' THEN path ELSE path || '!' || member END FROM source_file WHERE format = $format ORDER BY 1",
                ("$format", format)
            );
            using var reader = command.ExecuteReader();
            var files = new List<string>();
            while (reader.Read())
            {
                files.Add(reader.GetString(0));
            }

            return files;
        }
    }

    public List<Reject> Rejects(string import)
    {
        lock (_gate)
        {
            using var command = Command(
                """
                SELECT r.file, r.position, r.reason, r.head
                FROM reject r JOIN source_file s ON s.id = r.source_file
                WHERE s.import = $import ORDER BY r.id
                """,
                ("$import", import)
            );
            using var reader = command.ExecuteReader();
            var rejects = new List<Reject>();
            while (reader.Read())
            {
                rejects.Add(
                    new Reject(
                        reader.GetString(0),
                        reader.GetInt64(1),
                        reader.GetString(2),
                        (byte[])reader.GetValue(3)
                    )
                );
            }

            return rejects;
        }
    }

    /// <summary>All files, by class, then time, then path.</summary>
    public List<LakeFile> Files()
    {
        lock (_gate)
        {
            using var command = Command(
                """
                SELECT f.class, f.path, f.day, f.rows, f.bytes, f.sha256, f.min_time, f.max_time, l.columns
                FROM lake_file f JOIN layout l ON l.id = f.layout
                ORDER BY f.class, f.min_time, f.path
                """
            );
            using var reader = command.ExecuteReader();
            var files = new List<LakeFile>();
            while (reader.Read())
            {
                files.Add(
                    new LakeFile(
                        reader.GetString(0),
                        reader.GetString(1),
                        reader.GetString(2),
                        reader.GetInt64(3),
                        reader.GetInt64(4),
                        reader.GetString(5),
                        reader.GetInt64(6),
                        reader.GetInt64(7),
                        reader.GetString(8)
                    )
                );
            }

            return files;
        }
    }

    /// <summary>Adds files and the receipts of what they came from, in one transaction.</summary>
    public void Commit(
        string import,
        IReadOnlyList<LakeFile> files,
        IReadOnlyList<SourceFile> sources
    )
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var file in files)
            {
                Add(import, file);
            }

            foreach (var source in sources)
            {
                Add(import, source);
            }

            transaction.Commit();
        }
    }

    void Add(string import, LakeFile file)
    {
        using var layout = Command(
            "INSERT OR IGNORE INTO layout (class, columns) VALUES ($class, $columns)",
            ("$class", file.Class),
            ("$columns", file.Columns)
        );
        layout.ExecuteNonQuery();
        using var insert = Command(
            """
            INSERT INTO lake_file VALUES ($path, $import, $class,
                (SELECT id FROM layout WHERE class = $class AND columns = $columns),
                $day, $rows, $bytes, $sha256, $min_time, $max_time)
            """,
            ("$path", file.Path),
            ("$import", import),
            ("$class", file.Class),
            ("$columns", file.Columns),
            ("$day", file.Day),
            ("$rows", file.Rows),
            ("$bytes", file.Bytes),
            ("$sha256", file.Sha256),
            ("$min_time", file.MinTime),
            ("$max_time", file.MaxTime)
        );
        insert.ExecuteNonQuery();
    }

    void Add(string import, SourceFile source)
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
            using var command = Command(
                "INSERT INTO reject (source_file, file, position, reason, head) VALUES ($id, $file, $position, $reason, $head)",
                ("$id", id),
                ("$file", reject.File),
                ("$position", reject.Position),
                ("$reason", reject.Reason),
                ("$head", reject.Head)
            );
            command.ExecuteNonQuery();
        }
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
                Execute(Resource(Migrations[next]));
                Execute(
                    string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={next + 1}")
                );
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

    void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
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

    public void Dispose() => _connection.Dispose();
}
