using System.Text;
using CsCheck;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;
using Xunit;

namespace Harrier.Tests.Store;

public sealed class LakeStoreTests
{
    const long Day = 86_400_000_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void What_was_committed_can_be_asked()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                (TestLake.Day0 + 2, "b", @"C:\x.exe", "x 2", 2),
                (TestLake.Day0 + 1, "a", @"C:\x.exe", "x 1", 1),
                (TestLake.Day0 + Day, "a", @"C:\y.exe", "y", 3)
            )
        );
        using var store = lake.Read();
        using var rows = store.Query(
            $"SELECT host, count(*), {store.Dialect.Micros("min(time)")}, min(time), sum(pid) FROM process WHERE image = $1 AND pid IN (SELECT unnest($2)) GROUP BY host ORDER BY host",
            TimeWindow.All,
            [@"C:\x.exe", new long[] { 1, 2, 3 }],
            Cancel
        );
        Assert.True(rows.Read());
        Assert.Equal("a", rows.Text(0));
        Assert.Equal(1, rows.Int(1));
        Assert.Equal(TestLake.Day0 + 1, rows.Int(2));
        Assert.Equal(TestLake.Day0 + 1, rows.Int(3));
        Assert.Equal("2025-10-09T00:00:00.000001Z", rows.Text(3));
        Assert.Equal(1, rows.Int(4));
        Assert.True(rows.Read());
        Assert.False(rows.Read());
    }

    /// <summary>One row stays in memory, 200,000 go to a staged file.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(200_000)]
    public void Sinks_that_are_joined_commit_as_one(int rows)
    {
        using var lake = new TestLake();
        using (var store = lake.Write())
        {
            var import = store.BeginImport(TimeProvider.System);
            using var first = store.OpenSink(import);
            using (var second = store.OpenSink(import))
            {
                first.Write(Batch(0));
                second.Write(Batch(rows));
                first.Join(second);
            }

            first.Commit([TestLake.Receipt("a", 2 * rows)]);

            EventBatch Batch(int from)
            {
                var batch = TestLake.Processes(
                    Enumerable
                        .Range(from, rows)
                        .Select(at => (TestLake.Day0 + at, "a", "i", "c", (long)at))
                );
                TestLake.Set(batch, CommonColumns.Import, import);
                return batch;
            }
        }

        using var read = lake.Read();
        using var counted = read.Query(
            "SELECT count(*), count(DISTINCT pid), max(pid) FROM process",
            TimeWindow.All,
            [],
            Cancel
        );
        Assert.True(counted.Read());
        Assert.Equal(2 * rows, counted.Int(0));
        Assert.Equal(2 * rows, counted.Int(1));
        Assert.Equal(2 * rows - 1, counted.Int(2));
    }

    [Fact]
    public void A_window_limits_queries_and_scans_to_its_events()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                Enumerable
                    .Range(0, 100)
                    .Select(i => (TestLake.Day0 + i, "a", "i", $"c{i % 7}", (long)i))
            )
        );
        using var store = lake.Read();
        var window = new TimeWindow(TestLake.Day0 + 10, TestLake.Day0 + 20);
        using var rows = store.Query(
            "SELECT count(*), min(pid), max(pid) FROM process WHERE list_contains($1, host)",
            window,
            [new[] { "a", "b" }],
            Cancel
        );
        Assert.True(rows.Read());
        Assert.Equal((10, 10, 19), (rows.Int(0), rows.Int(1), rows.Int(2)));
        var batch = Assert.Single(
            store.Scan(
                EventClasses.Process,
                window,
                [EventClasses.Process.Columns[ProcessColumns.CommandLine]],
                Cancel
            )
        );
        Assert.Equal(10, batch.Count);
        Assert.Equal("c3", batch.Text(ProcessColumns.CommandLine).Text(0));
        Assert.Equal("a", batch.Text(CommonColumns.Host).Text(9));
        Assert.Equal(10, batch.Int(CommonColumns.Record).Value(0));
        Assert.True(batch.Text(ProcessColumns.Image).IsNull(0));
    }

    /// <summary>Every class, with nulls, empty texts, control characters, and enough rows to split days.</summary>
    [Fact]
    public void Random_batches_come_back_as_they_were()
    {
        Gen.Select(Gen.Int[0, EventClasses.All.Count - 1], Gen.Int[1, 60], Gen.Int)
            .Sample(
                (index, rowCount, seed) =>
                {
                    var eventClass = EventClasses.All[index];
                    var random = new Random(seed);
                    var pool = new[]
                    {
                        "",
                        "\0",
                        "a\0b",
                        "\r\n\t",
                        "\u001b[31m",
                        "'\"\\",
                        "ünï",
                        "😀",
                        "\uFFFD",
                        "plain",
                    };
                    var batch = Fill(eventClass, rowCount, random, pool);
                    using var lake = new TestLake();
                    lake.Import(batch);
                    using var store = lake.Read();
                    var order = Enumerable
                        .Range(0, rowCount)
                        .OrderBy(row => batch.Int(0).Values[row])
                        .ToArray();
                    AssertScan(store, batch, order);
                    AssertQuery(store, batch, order);
                },
                iter: 60
            );
    }

    static EventBatch Fill(EventClass eventClass, int rows, Random random, string[] pool)
    {
        var batch = new EventBatch(eventClass);
        for (var row = 0; row < rows; row++)
        {
            foreach (var column in eventClass.Columns)
            {
                if (column.Type == ColumnType.Time)
                {
                    batch.SetInt(column.Ordinal, TestLake.Day0 + random.NextInt64(3 * Day));
                }
                else if (random.Next(3) == 0)
                {
                    continue;
                }
                else if (column.Type == ColumnType.Int)
                {
                    batch.SetInt(column.Ordinal, random.NextInt64(long.MinValue, long.MaxValue));
                }
                else
                {
                    batch.SetText(
                        column.Ordinal,
                        Encoding.UTF8.GetBytes(pool[random.Next(pool.Length)])
                    );
                }
            }

            batch.EndRow();
        }

        return batch;
    }

    static string? Expected(EventBatch batch, Column column, int row) =>
        batch[column.Ordinal] is TextColumn text
            ? text.Text(row)
            : batch.Int(column.Ordinal).Value(row)?.ToString();

    static void AssertScan(LakeStore store, EventBatch batch, int[] order)
    {
        var row = 0;
        foreach (var read in store.Scan(batch.Class, TimeWindow.All, batch.Class.Columns, Cancel))
        {
            for (var i = 0; i < read.Count; i++, row++)
            {
                foreach (var column in batch.Class.Columns)
                {
                    Assert.Equal(Expected(batch, column, order[row]), Expected(read, column, i));
                }
            }
        }

        Assert.Equal(order.Length, row);
    }

    static void AssertQuery(LakeStore store, EventBatch batch, int[] order)
    {
        using var rows = store.Query(
            $"SELECT * FROM {store.Dialect.Name(batch.Class.Name)}",
            TimeWindow.All,
            [],
            Cancel
        );
        foreach (var row in order)
        {
            Assert.True(rows.Read());
            foreach (var column in batch.Class.Columns)
            {
                var value =
                    rows.IsNull(column.Ordinal) ? null
                    : column.Type is ColumnType.Time or ColumnType.Int
                        ? rows.Int(column.Ordinal).ToString()
                    : rows.Text(column.Ordinal);
                Assert.Equal(Expected(batch, column, row), value);
                Assert.Equal(column.Name, rows.Name(column.Ordinal));
            }
        }

        Assert.False(rows.Read());
    }
}
