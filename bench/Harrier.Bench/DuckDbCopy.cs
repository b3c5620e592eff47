using DuckDB.NET.Data;

namespace Harrier.Bench;

/// <summary>
/// What an engine takes to turn a log into one Parquet file as it stands: no detection, no map, no lineage, no receipt. Windows
/// events as JSON lines by <c>read_json</c>, Zeek's text by <c>read_csv</c> with the names of its header; one thread, zstd.
/// </summary>
static class DuckDbCopy
{
    public static int Run(string log, string target)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SET threads = 1;
            COPY (SELECT * FROM {Reader(log)}) TO {Quoted(
                target
            )} (FORMAT parquet, COMPRESSION zstd)
            """;
        command.ExecuteNonQuery();
        return 0;
    }

    static string Reader(string log)
    {
        var header = File.ReadLines(log).TakeWhile(line => line.StartsWith('#')).ToList();
        var names = header.FirstOrDefault(line =>
            line.StartsWith("#fields\t", StringComparison.Ordinal)
        );
        if (names is null)
        {
            return $"read_json({Quoted(log)}, format = 'newline_delimited', ignore_errors = true)";
        }

        var columns = names.Split('\t')[1..];
        return $"read_csv({Quoted(log)}, delim = '\t', quote = '', escape = '', comment = '#', header = false, nullstr = '-', "
            + $"skip = {header.Count}, names = [{string.Join(", ", columns.Select(Quoted))}])";
    }

    static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
