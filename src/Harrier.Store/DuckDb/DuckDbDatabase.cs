using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store.Identity;
using Harrier.Store.Lake;

namespace Harrier.Store.DuckDb;

/// <summary>An in-memory database with a view for each class over exactly the lake files of a window, and nothing else in reach.</summary>
/// <remarks>
/// The order of the settings matters: allowed_paths is refused once external access is off, and that can't be switched
/// on again while the database runs. Paths, not directories: with a directory COPY could write new files into the lake.
/// </remarks>
sealed class DuckDbDatabase : IDisposable
{
    readonly string _temp;

    DuckDbDatabase(DuckDBConnection connection, string temp)
    {
        Connection = connection;
        _temp = temp;
    }

    public DuckDBConnection Connection { get; }

    public static DuckDbDatabase Open(
        string lakeFolder,
        IReadOnlyList<LakeFile> files,
        TimeWindow window,
        long memoryBytes,
        int threads,
        string temp,
        Func<Exception, Exception?> explain
    )
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        try
        {
            ExtraFunctions.Register(connection);
            using var command = connection.CreateCommand();
            command.CommandText = Setup(lakeFolder, files, window, memoryBytes, threads, temp);
            command.ExecuteNonQuery();
            return new DuckDbDatabase(connection, temp);
        }
        catch (Exception error)
        {
            connection.Dispose();
            if (explain(error) is { } fault)
            {
                throw fault;
            }

            throw;
        }
    }

    static string Setup(
        string lakeFolder,
        IReadOnlyList<LakeFile> files,
        TimeWindow window,
        long memoryBytes,
        int threads,
        string temp
    )
    {
        var sql = new StringBuilder();
        sql.Append(
            CultureInfo.InvariantCulture,
            $"""
            SET autoinstall_known_extensions=false;
            SET autoload_known_extensions=false;
            SET allow_community_extensions=false;
            SET allow_persistent_secrets=false;
            SET memory_limit='{memoryBytes / 1024} KiB';
            SET threads={(threads > 0 ? threads : Environment.ProcessorCount)};
            SET temp_directory={DuckDbDialect.Quote(temp)};
            SET TimeZone='UTC';
            SET parquet_metadata_cache=true;
            SET validate_external_file_cache='NO_VALIDATION';
            SET allowed_paths=[{string.Join(
                ", ",
                files.Select(file => DuckDbDialect.Quote(Path.Combine(lakeFolder, file.Path)))
            )}];

            """
        );
        var byClass = files.ToLookup(file => file.Class, StringComparer.Ordinal);
        foreach (var eventClass in EventClasses.All)
        {
            sql.Append(View(lakeFolder, eventClass, [.. byClass[eventClass.Name]], window));
        }

        sql.Append(EntityLinks.ViewSql);
        sql.Append(ExtraFunctions.MacroSql);
        sql.Append("SET enable_external_access=false; SET lock_configuration=true;");
        return sql.ToString();
    }

    static string View(
        string lakeFolder,
        EventClass eventClass,
        IReadOnlyList<LakeFile> files,
        TimeWindow window
    )
    {
        var written = files.Select(file => file.Columns).Distinct(StringComparer.Ordinal).ToList();
        var present = written
            .SelectMany(columns => columns.Split(','))
            .ToHashSet(StringComparer.Ordinal);
        var columns = eventClass.Columns.Select(column =>
            present.Contains(column.Name)
                ? DuckDbDialect.QuoteName(column.Name)
                : $"CAST(NULL AS {SqlType(column.Type)}) AS {DuckDbDialect.QuoteName(column.Name)}"
        );
        var select =
            $"CREATE VIEW {DuckDbDialect.QuoteName(eventClass.Name)} AS SELECT {string.Join(", ", columns)}";
        if (files.Count == 0)
        {
            return $"{select} WHERE false;\n";
        }

        var paths = string.Join(
            ", ",
            files.Select(file => DuckDbDialect.Quote(Path.Combine(lakeFolder, file.Path)))
        );
        // Files of one layout need no look into every footer.
        var union = written.Count > 1 ? ", union_by_name=true" : "";
        var filter = files.All(file => file.IsWithin(window)) ? "" : TimeFilter(window);
        return $"{select} FROM read_parquet([{paths}], hive_partitioning=false{union}){filter};\n";
    }

    static string TimeFilter(TimeWindow window)
    {
        var terms = new List<string>();
        if (window.From != long.MinValue)
        {
            terms.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"time\" >= make_timestamp({window.From})"
                )
            );
        }

        if (window.To != long.MaxValue)
        {
            terms.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"time\" < make_timestamp({window.To})"
                )
            );
        }

        return terms.Count == 0 ? "" : $" WHERE {string.Join(" AND ", terms)}";
    }

    static string SqlType(ColumnType type) =>
        type switch
        {
            ColumnType.Time => "TIMESTAMP",
            ColumnType.Int => "BIGINT",
            _ => "VARCHAR",
        };

    public void Dispose()
    {
        Connection.Dispose();
        if (Directory.Exists(_temp))
        {
            Directory.Delete(_temp, recursive: true);
        }
    }
}
