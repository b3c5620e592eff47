using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;
using Xunit;

namespace Harrier.Tests.Store;

public sealed class LakeSafetyTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static EventBatch Few => TestLake.Processes((TestLake.Day0, "a", "x", "x", 1));

    static long Count(LakeStore store)
    {
        using var rows = store.Query("SELECT count(*) FROM process", TimeWindow.All, [], Cancel);
        rows.Read();
        return rows.Int(0);
    }

    static string[] LakeFiles(TestLake lake) =>
        Directory.GetFiles(lake.Workspace.LakeFolder, "*.parquet", SearchOption.AllDirectories);

    [Fact]
    public void What_was_not_committed_is_gone()
    {
        using var lake = new TestLake();
        using (var store = lake.Write())
        using (var sink = store.OpenSink(store.BeginImport(TimeProvider.System)))
        {
            // A whole row group is staged at once; a few rows wait in memory.
            sink.Write(
                TestLake.Processes(
                    Enumerable
                        .Range(0, EventBatch.FullRows)
                        .Select(i => (TestLake.Day0 + i, "a", "x", "x", (long)i))
                )
            );
            sink.Write(Few);
            Assert.Single(LakeFiles(lake));
        }

        Assert.Empty(LakeFiles(lake));
        using var reader = lake.Read();
        Assert.Equal(0, Count(reader));
        Assert.Empty(reader.Files);
    }

    [Fact]
    public void What_a_killed_import_left_is_swept_and_never_read()
    {
        using var lake = new TestLake();
        lake.Import(Few);
        var good = Assert.Single(LakeFiles(lake));
        var orphan = Path.Combine(Path.GetDirectoryName(good)!, "I-0009-1.parquet");
        var staged = Path.Combine(lake.Workspace.LakeFolder, "staging", "I-0009-2.parquet");
        File.Copy(good, orphan);
        File.Copy(good, staged);
        using (var reader = lake.Read())
        {
            Assert.Equal(1, Count(reader));
            Assert.Equal(["process/2025-10-09/I-0009-1.parquet"], reader.Verify(Cancel).Orphans);
        }

        using (lake.Write())
        {
            Assert.Equal([good], LakeFiles(lake));
        }
    }

    [Fact]
    public void Only_one_import_writes_and_readers_do_not_mind()
    {
        using var lake = new TestLake();
        lake.Import(Few);
        using var writer = lake.Write();
        var fault = Assert.Throws<HarrierFault>(() => lake.Write());
        Assert.Equal("another import is writing into this workspace", fault.Message);
        Assert.Equal(FaultKind.Environment, fault.Kind);
        using var reader = lake.Read();
        Assert.Equal(1, Count(reader));
        using var sink = writer.OpenSink(writer.BeginImport(TimeProvider.System));
        sink.Write(Few);
        sink.Commit([TestLake.Receipt("b", 1)]);
        Assert.Equal(2, Count(writer));
        // The reader's run goes on with the data it began with.
        Assert.Equal(1, Count(reader));
        using var later = lake.Read();
        Assert.Equal(2, Count(later));
    }

    [Fact]
    public void The_same_bytes_are_known_again_and_rejects_kept()
    {
        using var lake = new TestLake();
        var receipt = TestLake.Receipt(
            "logs/a.zip",
            0,
            new Reject("logs/a.zip!b", 17, "not JSON", [0, 255, 10]),
            new Reject("logs/a.zip!b", 90, "no time", [])
        );
        using (var store = lake.Write())
        {
            var import = store.BeginImport(TimeProvider.System);
            using var sink = store.OpenSink(import);
            Assert.Null(store.ImportedBefore(receipt.Sha256));
            sink.Commit([receipt]);
            Assert.Equal("I-0001", import);
            Assert.Equal("I-0002", store.BeginImport(TimeProvider.System));
        }

        using var reader = lake.Read();
        Assert.Equal("I-0001", reader.ImportedBefore(receipt.Sha256));
        var rejects = reader.Rejects("I-0001");
        Assert.Equal(2, rejects.Count);
        Assert.Equal(
            ("logs/a.zip!b", 17L, "not JSON"),
            (rejects[0].File, rejects[0].Position, rejects[0].Reason)
        );
        Assert.Equal([0, 255, 10], rejects[0].Head);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("gone")]
    public void Damage_is_found_and_never_answered_over(string kind)
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                Enumerable
                    .Range(0, 5000)
                    .Select(i => (TestLake.Day0 + i, "a", $"i{i % 9}", $"c{i}", (long)i))
            )
        );
        var path = Assert.Single(LakeFiles(lake));
        using (var whole = lake.Read())
        {
            var result = whole.Verify(Cancel);
            Assert.Equal(
                (1, 5000, 0, 0),
                (result.Files, (int)result.Rows, result.Damaged.Count, result.Orphans.Count)
            );
        }

        var bytes = File.ReadAllBytes(path);
        switch (kind)
        {
            case "flip":
                bytes[bytes.Length / 3] ^= 4;
                File.WriteAllBytes(path, bytes);
                break;
            case "cut":
                File.WriteAllBytes(path, bytes[..^10]);
                break;
            default:
                File.Delete(path);
                break;
        }

        using var store = lake.Read();
        Assert.Single(store.Verify(Cancel).Damaged);
        Assert.Throws<HarrierFault>(() => Count(store));
        Assert.Throws<HarrierFault>(() =>
            store.Scan(EventClasses.Process, TimeWindow.All, [], Cancel).Count()
        );
        Assert.Throws<HarrierFault>(() =>
            new QueryCage(store, TimeWindow.All).Run("FROM process", new CageOptions(), Cancel)
        );
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes()
    {
        var hashes = Enumerable
            .Range(0, 2)
            .Select(_ =>
            {
                using var lake = new TestLake();
                lake.Import(
                    TestLake.Processes(
                        Enumerable
                            .Range(0, 20_000)
                            .Select(i =>
                                (
                                    TestLake.Day0 + i * 7919L % 3 * 86_400_000_000 + i % 11,
                                    $"h{i % 5}",
                                    "x",
                                    $"c{i}",
                                    (long)i
                                )
                            )
                    )
                );
                using var store = lake.Read();
                // Three days of more than 4,096 events each: three files.
                Assert.Equal(3, store.Files.Count);
                return store.ManifestHash;
            })
            .ToArray();
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public void Small_days_share_a_file()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                Enumerable
                    .Range(0, 100)
                    .Select(i => (TestLake.Day0 + i * 86_400_000_000, "a", "x", "x", (long)i))
            )
        );
        using var store = lake.Read();
        var file = Assert.Single(store.Files);
        Assert.Equal("2025-10-09", file.Day);
        Assert.Equal(TestLake.Day0 + 99 * 86_400_000_000, file.MaxTime);
    }

    [Fact]
    public void Batches_of_any_size_become_row_groups()
    {
        using var lake = new TestLake();
        using (var store = lake.Write())
        {
            using var sink = store.OpenSink(store.BeginImport(TimeProvider.System));
            var batch = new EventBatch(EventClasses.Dns);
            var total = 0;
            foreach (var size in (int[])[1, 60_000, 70_000, 100_000, EventBatch.FullRows, 5])
            {
                batch.Clear();
                for (var i = 0; i < size; i++)
                {
                    batch.SetInt(CommonColumns.Time, TestLake.Day0 + total);
                    batch.SetInt(CommonColumns.Record, total++);
                    batch.SetText(CommonColumns.Host, i % 2 == 0 ? "a"u8 : "b"u8);
                    batch.EndRow();
                }

                sink.Write(batch);
            }

            sink.Commit([TestLake.Receipt("x", total)]);
            Assert.All(store.Files, file => Assert.InRange(file.Rows, 1, EventBatch.FullRows));
            using var rows = store.Query(
                "SELECT count(*), count(DISTINCT record), sum(CASE WHEN host = 'a' THEN 1 ELSE 0 END) FROM dns",
                TimeWindow.All,
                [],
                Cancel
            );
            rows.Read();
            Assert.Equal(total, rows.Int(0));
            Assert.Equal(total, rows.Int(1));
            Assert.Equal(1 + 30_000 + 35_000 + 50_000 + EventBatch.FullRows / 2 + 3, rows.Int(2));
        }
    }

    [Fact]
    public void Several_workers_write_one_import()
    {
        using var lake = new TestLake();
        using var store = lake.Write();
        var import = store.BeginImport(TimeProvider.System);
        Parallel.For(
            0,
            4,
            worker =>
            {
                using var sink = store.OpenSink(import);
                for (var file = 0; file < 5; file++)
                {
                    sink.Write(
                        TestLake.Processes(
                            (TestLake.Day0 + worker, $"h{worker}", "x", $"{file}", file)
                        )
                    );
                    sink.Commit([TestLake.Receipt($"{worker}-{file}", 1)]);
                }
            }
        );
        Assert.Equal(20, Count(store));
        Assert.Equal(4, store.Presence(TimeWindow.All, Cancel).Count);
        Assert.All(store.Presence(TimeWindow.All, Cancel), line => Assert.Equal(5, line.Events));
    }

    [Fact]
    public void A_class_is_described_by_its_columns_and_gaps()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                (TestLake.Day0, "a", "x.exe", "1", 1),
                (TestLake.Day0 + 1, "b", "x.exe", "2", 2),
                (TestLake.Day0 + 3 * 86_400_000_000, "b", "y.exe", "3", 2)
            )
        );
        using var store = lake.Read();
        var report = Assert.Single(store.Describe(Cancel));
        Assert.Equal(
            ("process", 3, 2, TestLake.Day0),
            (report.Class, report.Events, report.Hosts, report.First)
        );
        var image = report.Columns.Single(column => column.Name == "image");
        Assert.Equal((1.0, 2), (image.Filled, image.Distinct));
        Assert.Equal(["x.exe", "y.exe"], image.Samples);
        Assert.Equal(0, report.Columns.Single(column => column.Name == "md5").Filled);
        Assert.Equal(
            [new DataGap(TestLake.Day0 + 86_400_000_000, TestLake.Day0 + 3 * 86_400_000_000)],
            report.Gaps
        );
    }
}
