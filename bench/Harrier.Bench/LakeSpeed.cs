using System.Diagnostics;
using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Bench;

/// <summary>
/// The lake at size: how it grows, what a needle and a narrow window read of it, before and after a compaction; and the same
/// questions over the same rows in files that DuckDB itself wrote.
/// </summary>
static class LakeSpeed
{
    const long Day = 86_400_000_000;
    const long First = 1_760_054_400_000_000;
    const int Days = 10;

    public static int Run(long rows, TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("harrier-lake-").FullName;
        try
        {
            var workspace = Workspace.Open(folder, create: true);
            var watch = Stopwatch.StartNew();
            Fill(workspace, rows);
            output.WriteLine(
                $"{rows:N0} process events of {Days} days written in {watch.Elapsed.TotalSeconds:0.0} s"
            );
            Report(workspace, "as imported", rows, output);
            watch.Restart();
            using (var lake = LakeStore.Open(workspace, write: true))
            {
                var result = lake.Compact(onlyCheap: false, CancellationToken.None);
                output.WriteLine(
                    $"compacted {result.FilesBefore} files into {result.FilesAfter} in {watch.Elapsed.TotalSeconds:0.0} s"
                );
            }

            Report(workspace, "compacted", rows, output);
            Peer(workspace, folder, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    /// <summary>Events as an import of many hosts' logs brings them: each batch spans days.</summary>
    static void Fill(Workspace workspace, long rows)
    {
        using var lake = LakeStore.Open(workspace, write: true);
        var import = lake.BeginImport(TimeProvider.System);
        using var sink = lake.OpenSink(import);
        var random = new Random(1);
        var batch = new EventBatch(EventClasses.Process);
        for (var row = 0L; row < rows; row++)
        {
            Add(batch, import, row, random);
            if (batch.Count == 100_000 || row == rows - 1)
            {
                sink.Write(batch);
                batch.Clear();
            }
        }

        sink.Commit([
            new SourceFile(
                "bench",
                null,
                "bench",
                "",
                0,
                rows,
                rows,
                0,
                new Dictionary<string, long> { ["process"] = rows },
                [],
                []
            ),
        ]);
    }

    static void Add(EventBatch batch, string import, long row, Random random)
    {
        // Skewed: few programs make most of the events, command lines repeat less than images.
        var image = (int)(Math.Pow(random.NextDouble(), 3) * 400);
        var argument = (int)(Math.Pow(random.NextDouble(), 2) * 400_000);
        batch.SetInt(CommonColumns.Time, First + random.NextInt64(Days * Day));
        Text(CommonColumns.Host, $"lt-{random.Next(200):0000}");
        Text(CommonColumns.Source, "sysmon");
        batch.SetInt(CommonColumns.EventId, 1);
        Text(CommonColumns.Import, import);
        Text(CommonColumns.File, "bench");
        batch.SetInt(CommonColumns.Record, row);
        Text(ProcessColumns.Image, $@"C:\Program Files\Vendor {image % 40}\program{image}.exe");
        Text(
            ProcessColumns.CommandLine,
            $"\"C:\\Program Files\\Vendor {image % 40}\\program{image}.exe\" -Task {argument} --profile C:\\Users\\u{argument % 600}\\AppData\\Local"
        );
        batch.SetInt(ProcessColumns.Pid, random.Next(65_536));
        Text(
            ProcessColumns.ProcessGuid,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{{row * 2_654_435_761 % 4_294_967_296:x8}-{row % 65_536:x4}-{random.Next(65_536):x4}-{row:x16}}}"
            )
        );
        batch.EndRow();

        void Text(int ordinal, string value) =>
            batch.SetText(ordinal, Encoding.UTF8.GetBytes(value));
    }

    static readonly (string Name, string Sql)[] s_questions =
    [
        ("count", "SELECT count(*) FROM process"),
        ("one GUID", "SELECT host, image, command_line FROM process WHERE process_guid = $guid"),
        ("stack image", "SELECT image, count(*) FROM process GROUP BY image"),
        (
            "(?i) substring",
            "SELECT count(*) FROM process WHERE regexp_matches(command_line, '(?i)task 1234')"
        ),
        (
            "pattern",
            "SELECT count(*) FROM process WHERE regexp_matches(command_line, 'program[0-9]+\\.exe\" -Task 12[0-9]{3} ')"
        ),
        (
            "pattern on image",
            "SELECT count(*) FROM process WHERE regexp_matches(image, '(?i)program1[0-9]+\\.exe$')"
        ),
    ];

    static void Report(Workspace workspace, string state, long rows, TextWriter output)
    {
        var files = Directory
            .EnumerateFiles(workspace.LakeFolder, "*.parquet", SearchOption.AllDirectories)
            .ToList();
        var bytes = files.Sum(file => new FileInfo(file).Length);
        output.WriteLine();
        output.WriteLine(
            $"**{state}**: {files.Count} files, {bytes / 1e6:0.0} MB, {bytes / (double)rows:0.0} bytes an event"
        );
        output.WriteLine();
        output.WriteLine("| question | window | s, first | s, again | MB read, first |");
        output.WriteLine("|---|---|---:|---:|---:|");
        var hour = new TimeWindow(First + Day * 4, First + Day * 4 + Day / 24);
        var guid = Guid(workspace);
        foreach (
            var (name, sql, window) in s_questions
                .Select(question => (question.Name, question.Sql, TimeWindow.All))
                .Append(("stack image", s_questions[2].Sql, hour))
                .Append(("one GUID", s_questions[1].Sql, hour))
        )
        {
            // A store of its own, so that what it reads is all there is to read: hashes, footers, pages.
            using var lake = LakeStore.Open(workspace);
            var asked = sql.Replace("$guid", $"'{guid}'", StringComparison.Ordinal);
            var read = ReadBytes();
            var once = Seconds(() => Drain(lake.Query(asked, window, [], CancellationToken.None)));
            read = ReadBytes() - read;
            var again = Seconds(() => Drain(lake.Query(asked, window, [], CancellationToken.None)));
            output.WriteLine(
                $"| {name} | {(window == hour ? "an hour" : "all")} | {once:0.000} | {again:0.000} | {read / 1e6:0.0} |"
            );
        }
    }

    static string Guid(Workspace workspace)
    {
        using var lake = LakeStore.Open(workspace);
        using var rows = lake.Query(
            "SELECT process_guid FROM process WHERE record = 1234",
            TimeWindow.All,
            [],
            CancellationToken.None
        );
        rows.Read();
        return rows.Text(0)!;
    }

    static void Drain(Rows rows)
    {
        using (rows)
        {
            while (rows.Read()) { }
        }
    }

    static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Bytes this process has asked of files, from the page cache or not; 0 where the system does not say.</summary>
    static long ReadBytes() =>
        OperatingSystem.IsLinux()
            ? long.Parse(
                File.ReadLines("/proc/self/io").First().Split(' ')[1],
                CultureInfo.InvariantCulture
            )
            : 0;

    /// <summary>The questions over our files and over the same rows as DuckDB writes them, in turns, one thread.</summary>
    static void Peer(Workspace workspace, string folder, TextWriter output)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var theirs = Path.Combine(folder, "theirs.parquet");
        var ours = $"{workspace.LakeFolder}/process/*/*.parquet";
        Execute(connection, "SET threads=1; SET parquet_metadata_cache=true");
        Execute(
            connection,
            $"COPY (FROM '{ours}') TO '{theirs}' (COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        );
        Execute(connection, $"CREATE VIEW ours AS FROM '{ours}'");
        Execute(connection, $"CREATE VIEW theirs AS FROM '{theirs}'");
        output.WriteLine();
        output.WriteLine(
            $"Beside DuckDB's own file of the same rows, {new FileInfo(theirs).Length / 1e6:0.0} MB; one thread, median of five in turns, CPU seconds:"
        );
        output.WriteLine();
        output.WriteLine("| question | ours | DuckDB's | ratio |");
        output.WriteLine("|---|---:|---:|---:|");
        foreach (var (name, sql) in s_questions.Where(question => question.Name != "one GUID"))
        {
            var times = new List<(double Ours, double Theirs)>();
            for (var turn = 0; turn < 5; turn++)
            {
                times.Add(
                    (
                        Processor(() => Execute(connection, In(sql, "ours"))),
                        Processor(() => Execute(connection, In(sql, "theirs")))
                    )
                );
            }

            var (our, their) = (
                Median(times.Select(t => t.Ours)),
                Median(times.Select(t => t.Theirs))
            );
            output.WriteLine($"| {name} | {our:0.00} | {their:0.00} | {our / their:0.00} |");
        }
    }

    static string In(string sql, string table) =>
        sql.Replace("FROM process", $"FROM {table}", StringComparison.Ordinal);

    static double Median(IEnumerable<double> values) => values.Order().ElementAt(2);

    static double Processor(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        work();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds;
    }

    static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read()) { }
    }
}
