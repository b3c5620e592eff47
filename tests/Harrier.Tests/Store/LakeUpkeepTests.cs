using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;
using Microsoft.Data.Sqlite;
using ParquetSharp;
using Xunit;

namespace Harrier.Tests.Store;

/// <summary>Dropping, ageing, compacting, exporting: nothing is lost that was not named.</summary>
public sealed class LakeUpkeepTests
{
    const long Day = 86_400_000_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static EventBatch Random(int seed, int rows, int days, string file = "f")
    {
        var random = new Random(seed);
        var batch = TestLake.Processes(
            Enumerable
                .Range(0, rows)
                .Select(i =>
                    (
                        TestLake.Day0 + random.NextInt64(days * Day) / 1000 * 1000,
                        $"h{random.Next(4)}",
                        $"i{random.Next(50)}",
                        $"c{random.Next(rows)}",
                        (long)i
                    )
                )
        );
        TestLake.Set(batch, CommonColumns.File, $"{file}-{seed}");
        return batch;
    }

    static List<string> Events(LakeStore store, string where = "true")
    {
        using var rows = store.Query(
            $"SELECT CAST(p AS VARCHAR) FROM process p WHERE {where} ORDER BY 1",
            TimeWindow.All,
            [],
            Cancel
        );
        var events = new List<string>();
        while (rows.Read())
        {
            events.Add(rows.Text(0)!);
        }

        return events;
    }

    /// <summary>All events in any order, as their number and the sum of their hashes.</summary>
    static string Fingerprint(LakeStore store) =>
        One(store, "SELECT count(*) || ' ' || CAST(sum(hash(p)) AS VARCHAR) FROM process p");

    static void AssertWhole(LakeStore store)
    {
        var result = store.Verify(Cancel);
        Assert.Empty(result.Damaged);
        Assert.Empty(result.Orphans);
    }

    [Theory]
    [InlineData(1, 12, 800, 1)] // small files of one day
    [InlineData(2, 12, 800, 9)] // small files over many days
    [InlineData(3, 3, 9000, 2)] // days large enough for files of their own, overlapping
    [InlineData(4, 5, 120_000, 1)] // more than one window
    public void Compaction_keeps_every_event_and_is_done_once(
        int seed,
        int imports,
        int rows,
        int days
    )
    {
        using var lake = new TestLake();
        for (var i = 0; i < imports; i++)
        {
            lake.Import(Random(seed * 100 + i, rows, days));
        }

        using var store = lake.Write();
        var before = Fingerprint(store);
        var result = store.Compact(onlyCheap: false, Cancel);
        Assert.InRange(result.FilesAfter, 1, result.FilesBefore);
        Assert.Equal(before, Fingerprint(store));
        AssertWhole(store);
        Assert.All(
            store.Files.Zip(store.Files.Skip(1)),
            pair => Assert.True(pair.First.MaxTime < pair.Second.MinTime)
        );
        Assert.Equal(new CompactionResult(0, 0, 0, 0), store.Compact(onlyCheap: false, Cancel));
    }

    [Fact]
    public void Compaction_depends_on_the_events_and_not_on_their_files()
    {
        var hashes = ((int[])[100, 1000])
            .Select(part =>
            {
                using var lake = new TestLake();
                using var store = lake.Write();
                var import = store.BeginImport(TimeProvider.System);
                var all = Random(7, 6000, 4);
                TestLake.Set(all, CommonColumns.Import, import);
                for (var start = 0; start < all.Count; start += part)
                {
                    using var sink = store.OpenSink(import);
                    var rows = Enumerable.Range(start, part).ToArray();
                    sink.Write(Pick(all, rows));
                    sink.Commit([TestLake.Receipt($"{start}", part)]);
                }

                store.Compact(onlyCheap: false, Cancel);
                AssertWhole(store);
                return store.ManifestHash;
            })
            .ToList();
        Assert.Equal(hashes[0], hashes[1]);
    }

    static EventBatch Pick(EventBatch from, int[] rows)
    {
        var batch = new EventBatch(from.Class);
        foreach (var row in rows)
        {
            foreach (var column in from.Class.Columns)
            {
                if (from[column.Ordinal].IsNull(row))
                {
                    continue;
                }

                if (from[column.Ordinal] is TextColumn text)
                {
                    batch.SetText(column.Ordinal, text.Value(row));
                }
                else
                {
                    batch.SetInt(column.Ordinal, from.Int(column.Ordinal).Values[row]);
                }
            }

            batch.EndRow();
        }

        return batch;
    }

    [Fact]
    public void An_import_compacts_only_where_it_is_cheap_and_worth_it()
    {
        using var lake = new TestLake();
        for (var i = 0; i < 20; i++)
        {
            lake.Import(Random(i, 10, 1));
        }

        using (var store = lake.Write())
        {
            Assert.Equal(0, store.Compact(onlyCheap: true, Cancel).FilesBefore);
        }

        for (var i = 20; i < 40; i++)
        {
            lake.Import(Random(i, 10, 1));
        }

        using var more = lake.Write();
        Assert.Equal(new CompactionResult(40, 1, 400, 0), more.Compact(onlyCheap: true, Cancel));
    }

    [Fact]
    public void A_reader_goes_on_while_its_files_are_replaced()
    {
        using var lake = new TestLake();
        for (var i = 0; i < 5; i++)
        {
            lake.Import(Random(i, 100, 1));
        }

        using (var reader = lake.Read())
        {
            using (var writer = lake.Write())
            {
                Assert.Equal(5, writer.Compact(onlyCheap: false, Cancel).FilesBefore);
            }

            Assert.Equal(500, Events(reader).Count);
            using var later = lake.Read();
            Assert.Equal(5, later.Verify(Cancel).Orphans.Count);
        }

        using var next = lake.Write();
        AssertWhole(next);
        Assert.Equal(500, Events(next).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_dropped_import_is_gone_and_the_others_are_not(bool compacted)
    {
        using var lake = new TestLake();
        var first = lake.Import(Random(1, 300, 2));
        var second = lake.Import(Random(2, 200, 2));
        using var store = lake.Write();
        if (compacted)
        {
            store.Compact(onlyCheap: false, Cancel);
        }

        var kept = Events(store, $"import = '{first}'");
        var dry = store.Drop(second, TimeProvider.System, dryRun: true, Cancel);
        Assert.Equal(500, Events(store).Count);
        var removal = store.Drop(second, TimeProvider.System, dryRun: false, Cancel);
        Assert.Equal(dry.Events, removal.Events);
        Assert.Equal(200, removal.Events["process"]);
        Assert.Equal(compacted ? (0, 1) : (1, 0), (removal.FilesDropped, removal.FilesRewritten));
        Assert.Equal(kept, Events(store));
        AssertWhole(store);
        Assert.Null(store.ImportedBefore(TestLake.Receipt($"file-{second}", 0).Sha256));
        Assert.NotNull(store.ImportedBefore(TestLake.Receipt($"file-{first}", 0).Sha256));
        Assert.Equal([first], store.Imports().Select(import => import.Id));
        var fault = Assert.Throws<HarrierFault>(() =>
            store.Drop(second, TimeProvider.System, dryRun: false, Cancel)
        );
        Assert.Equal(FaultKind.Usage, fault.Kind);
        // The name is in old reports: it is not given again.
        Assert.Equal("I-0003", store.BeginImport(TimeProvider.System));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Events_go_by_age_and_the_receipts_still_add_up(bool compacted)
    {
        using var lake = new TestLake();
        lake.Import(Random(1, 5000, 4));
        lake.Import(Random(2, 5000, 4));
        using var store = lake.Write();
        if (compacted)
        {
            store.Compact(onlyCheap: false, Cancel);
        }

        var before = TestLake.Day0 + 2 * Day + 1234;
        var kept = Events(store, $"epoch_us(time) >= {before}");
        Assert.Equal(
            0,
            store.AgeOut(before, EventClasses.Dns, dryRun: false, Cancel).Events.Values.Sum()
        );
        var removal = store.AgeOut(before, EventClasses.Process, dryRun: false, Cancel);
        Assert.Equal(10_000 - kept.Count, removal.Events["process"]);
        Assert.Equal(kept, Events(store));
        AssertWhole(store);
        Assert.Empty(store.AgeOut(before, null, dryRun: false, Cancel).Events);
        Assert.NotNull(store.ImportedBefore(TestLake.Receipt("file-I-0001", 0).Sha256));
    }

    [Fact]
    public void Receipts_that_do_not_add_up_are_damage()
    {
        using var lake = new TestLake();
        lake.Import(Random(1, 100, 1));
        using (
            var manifest = new SqliteConnection(
                $"Data Source={Path.Combine(lake.Workspace.LakeFolder, "manifest.db")};Pooling=False"
            )
        )
        {
            manifest.Open();
            using var command = manifest.CreateCommand();
            command.CommandText = "DELETE FROM stored_file";
            command.ExecuteNonQuery();
        }

        using var store = lake.Read();
        var damage = Assert.Single(store.Verify(Cancel).Damaged);
        Assert.Contains("I-0001 brought 100 events", damage.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lake_of_the_first_layout_is_brought_up_to_date()
    {
        using var lake = new TestLake();
        var import = lake.Import(Random(1, 100, 1));
        var path = Path.Combine(lake.Workspace.LakeFolder, "manifest.db");
        LakeFile file;
        using (var store = lake.Read())
        {
            file = Assert.Single(store.Files);
        }

        File.Delete(path);
        using (var old = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            old.Open();
            using var stream = typeof(LakeStore).Assembly.GetManifestResourceStream(
                "lake-0001.sql"
            )!;
            using var command = old.CreateCommand();
            command.CommandText =
                "PRAGMA journal_mode=WAL;"
                + new StreamReader(stream).ReadToEnd()
                + $$"""
                    INSERT INTO import VALUES ('{{import}}', 1);
                    INSERT INTO layout VALUES (1, 'process', '{{file.Columns}}');
                    INSERT INTO source_file VALUES (1, '{{import}}', 'x', NULL, 'ndjson', 'aa', 1, 100, 100, 0, '{"process":100}', '[]');
                    INSERT INTO lake_file VALUES ('{{file.Path}}', '{{import}}', 'process', 1, '{{file.Day}}', 100, {{file.Bytes}}, '{{file.Sha256}}', {{file.MinTime}}, {{file.MaxTime}});
                    PRAGMA user_version=1;
                    """;
            command.ExecuteNonQuery();
        }

        using var updated = lake.Write();
        Assert.Equal(100, Events(updated).Count);
        AssertWhole(updated);
        Assert.Equal(
            100,
            updated.Drop(import, TimeProvider.System, dryRun: false, Cancel).Events["process"]
        );
    }

    [Fact]
    public void A_lake_on_a_disk_that_cannot_be_written_is_read()
    {
        using var disk = new SmallDisk(8192);
        using var lake = new TestLake();
        lake.Import(Random(1, 1000, 2));
        Copy(lake.Folder, Path.Combine(disk.Folder, "ws"));
        disk.MakeReadOnly();
        using var store = LakeStore.Open(
            Workspace.Open(Path.Combine(disk.Folder, "ws"), create: false)
        );
        Assert.Equal(1000, Events(store).Count);
        AssertWhole(store);
        var fault = Assert.Throws<HarrierFault>(() =>
            LakeStore.Open(
                Workspace.Open(Path.Combine(disk.Folder, "ws"), create: false),
                write: true
            )
        );
        Assert.Equal(FaultKind.Environment, fault.Kind);
    }

    /// <summary>Killed within a commit, then mounted read-only: what the journal holds is rolled back in a copy.</summary>
    [Fact]
    public void A_manifest_that_needs_mending_is_read_from_a_disk_that_cannot_be_written()
    {
        using var disk = new SmallDisk(8192);
        using var lake = new TestLake();
        lake.Import(Random(1, 1000, 2));
        var manifest = Path.Combine(lake.Workspace.LakeFolder, "manifest.db");
        var workspace = Path.Combine(disk.Folder, "ws");
        using (var open = new SqliteConnection($"Data Source={manifest};Pooling=False"))
        {
            open.Open();
            using var command = open.CreateCommand();
            // A cache of one page writes to the file before the commit, so that the journal is needed.
            command.CommandText = """
                PRAGMA cache_size=1;
                BEGIN;
                UPDATE stored_file SET rows = 7;
                WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 3000)
                INSERT INTO import SELECT 'X-' || value, 1, NULL FROM n;
                """;
            command.ExecuteNonQuery();
            Assert.True(File.Exists(manifest + "-journal"));
            Copy(lake.Folder, workspace);
        }

        disk.MakeReadOnly();
        using var store = LakeStore.Open(Workspace.Open(workspace, create: false));
        Assert.Equal(1000, Events(store).Count);
        AssertWhole(store);
    }

    static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // SQLite's locks are advisory: the bytes as they are, as after a kill.
            using var source = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite
            );
            using var written = File.Create(target);
            source.CopyTo(written);
        }
    }

    [Fact]
    public void An_export_is_read_by_others_as_it_was_written()
    {
        using var lake = new TestLake();
        lake.Import(Random(1, 6000, 3));
        lake.Import(Random(2, 500, 3));
        using var store = lake.Read();
        var folder = Path.Combine(lake.Folder, "export");
        var window = new TimeWindow(TestLake.Day0 + Day / 2, long.MaxValue);
        var export = store.Export(folder, null, window, Cancel);
        var expected = Rows(store, window);

        Assert.Equal(
            expected,
            Ask(
                $"SELECT epoch_us(time), host, image, command_line, pid, md5 FROM '{folder}/process/*.parquet' ORDER BY ALL"
            )
        );
        Assert.Equal(
            expected,
            Directory
                .EnumerateFiles(Path.Combine(folder, "process"))
                .SelectMany(WithParquetSharp)
                .Order(StringComparer.Ordinal)
        );
        using var schema = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(folder, LakeExport.SchemaFile))
        );
        var process = Assert.Single(schema.RootElement.GetProperty("classes").EnumerateArray());
        Assert.Equal(expected.Count, process.GetProperty("rows").GetInt32());
        Assert.Equal(
            EventClasses.Process.Columns.Select(column => column.Name),
            process
                .GetProperty("columns")
                .EnumerateArray()
                .Select(column => column.GetProperty("name").GetString()!)
        );
        Assert.Equal(
            export.Classes.Single().Files.Select(file => file.Sha256),
            process
                .GetProperty("files")
                .EnumerateArray()
                .Select(file => file.GetProperty("sha256").GetString()!)
        );
        Assert.Throws<HarrierFault>(() => store.Export(folder, null, window, Cancel));
    }

    static List<string> Rows(LakeStore store, TimeWindow window)
    {
        using var rows = store.Query(
            "SELECT epoch_us(time), host, image, command_line, pid, md5 FROM process",
            window,
            [],
            Cancel
        );
        var lines = new List<string>();
        while (rows.Read())
        {
            lines.Add(
                string.Join('|', Enumerable.Range(0, rows.Columns).Select(i => rows.Text(i) ?? "-"))
            );
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    static IEnumerable<string> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(
                string.Join(
                    '|',
                    Enumerable
                        .Range(0, reader.FieldCount)
                        .Select(i =>
                            reader.IsDBNull(i)
                                ? "-"
                                : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)
                        )
                )
            );
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    static IEnumerable<string> WithParquetSharp(string path)
    {
        using var file = new ParquetFileReader(path);
        for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
        {
            using var reader = file.RowGroup(group);
            var rows = checked((int)reader.MetaData.NumRows);
            var columns = ((string[])["time", "host", "image", "command_line", "pid", "md5"])
                .Select(name =>
                {
                    var index = Enumerable
                        .Range(0, file.FileMetaData.NumColumns)
                        .First(i => file.FileMetaData.Schema.Column(i).Name == name);
                    using var column = reader.Column(index);
                    return name switch
                    {
                        "pid" => column
                            .LogicalReader<long?>()
                            .ReadAll(rows)
                            .Select(value => value?.ToString(CultureInfo.InvariantCulture) ?? "-")
                            .ToArray(),
                        "time" => column
                            .LogicalReader<DateTime?>()
                            .ReadAll(rows)
                            .Select(value =>
                                ((value!.Value - DateTime.UnixEpoch).Ticks / 10).ToString(
                                    CultureInfo.InvariantCulture
                                )
                            )
                            .ToArray(),
                        _ => column
                            .LogicalReader<string?>()
                            .ReadAll(rows)
                            .Select(value => value ?? "-")
                            .ToArray(),
                    };
                })
                .ToList();
            for (var row = 0; row < rows; row++)
            {
                yield return string.Join('|', columns.Select(column => column[row]));
            }
        }
    }

    /// <summary>A flipped bit anywhere in a file: the right answer, or a fault that names the file.</summary>
    [Theory]
    [InlineData(1L << 30)]
    [InlineData(0L)] // as for windows too large to be hashed before a query
    public void A_flipped_bit_is_never_answered_over(long checkBytes)
    {
        var flips = int.Parse(
            Environment.GetEnvironmentVariable("HARRIER_FLIPS") ?? "60",
            CultureInfo.InvariantCulture
        );
        using var lake = new TestLake();
        lake.Import(Random(1, 4000, 1));
        var limits = new StoreLimits { CheckBytes = checkBytes, Threads = 1 };
        string path;
        (string, string) right;
        using (var store = lake.Read())
        {
            path = Path.Combine(store.Folder, Assert.Single(store.Files).Path);
            right = Answers(store);
        }

        var bytes = File.ReadAllBytes(path);
        var random = new Random(5);
        for (var flip = 0; flip < flips; flip++)
        {
            // Half of them where no page's checksum guards: near the end, and in the first pages' headers.
            var offset =
                flip % 2 == 0 ? random.Next(bytes.Length)
                : flip % 4 == 1 ? bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 6000))
                : random.Next(60);
            var changed = (byte[])bytes.Clone();
            changed[offset] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, changed);
            using var store = lake.Read(limits);
            Assert.Single(store.Verify(Cancel).Damaged);
            try
            {
                Assert.Equal(right, Answers(store));
            }
            catch (HarrierFault fault)
            {
                Assert.Equal(path, fault.Where);
            }
        }
    }

    static (string, string) Answers(LakeStore store) =>
        (
            One(store, "SELECT CAST(sum(hash(p)) AS VARCHAR) || ' ' || count(*) FROM process p"),
            One(
                store,
                "SELECT count(*) || ' ' || max(time) FROM process WHERE image = 'i7' AND pid > 5"
            )
        );

    static string One(LakeStore store, string sql)
    {
        using var rows = store.Query(sql, TimeWindow.All, [], Cancel);
        return rows.Read() ? rows.Text(0) ?? "" : "";
    }
}
