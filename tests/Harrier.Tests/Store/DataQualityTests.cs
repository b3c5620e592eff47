using System.Text;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Quality;

namespace Harrier.Tests.Store;

public sealed class DataQualityTests
{
    const long Hour = 3_600_000_000;

    [Theory]
    // hours with events of the host, last hour of the source, is it silent
    [InlineData("0 1 2 3 4 5", 5, false)]
    [InlineData("0 1 2 3 4 5", 8, false)]
    [InlineData("0 1 2 3 4 5", 9, true)]
    [InlineData("0 10 20", 40, false)]
    [InlineData("0 10 20", 51, true)]
    [InlineData("0 1", 99, false)]
    public void A_host_is_silent_when_its_silence_is_unlike_all_before(
        string hours,
        long last,
        bool isSilent
    )
    {
        var ofHost = hours.Split(' ').Select(long.Parse).ToList();
        var all = new[]
        {
            new HostHours("sysmon", "a", ofHost),
            new HostHours("sysmon", "b", [0, last]),
        };
        Assert.Equal(isSilent, SilentHosts.Of(all).Any(host => host.Host == "a"));
    }

    [Fact]
    public void Where_all_end_but_one_no_host_is_silent()
    {
        var together = Enumerable
            .Range(0, 5)
            .Select(host => new HostHours("sysmon", $"h{host}", [0, 1, 2, 3]));
        Assert.Empty(SilentHosts.Of([.. together, new HostHours("sysmon", "later", [0, 900])]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.01, 1)]
    [InlineData(0.25, 1)]
    [InlineData(0.26, 2)]
    [InlineData(0.75, 3)]
    [InlineData(0.95, 4)]
    [InlineData(0.951, 5)]
    [InlineData(1, 5)]
    public void A_share_has_the_steps_of_dettct(double share, int score) =>
        Assert.Equal(score, Measured.Of(share).Score);

    [Fact]
    public void Holes_are_the_numbers_that_are_missing()
    {
        using var lake = new TestLake();
        Import(lake, "a.evtx", "evtx", [1, 2, 3, 7, 8, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
        Import(lake, "b.json", "windows-json", [1, 9]);
        using var store = lake.Read();
        var log = Assert.Single(DataQuality.Holes(store, CancellationToken.None));
        Assert.Equal(
            ("pc-1", "Security", 16, 14),
            (log.Host, log.Channel, log.Records, log.Missing)
        );
        Assert.False(log.IsSelection);
        Assert.Equal(
            [(9L, 11L), (4L, 3L)],
            log.Largest.Select(hole => (hole.FirstMissing, hole.Missing))
        );
        Assert.Equal(8 * Hour, log.Largest[0].Before);
        Assert.Equal(20 * Hour, log.Largest[0].After);
    }

    [Fact]
    public void A_selection_is_told_from_a_log_with_holes()
    {
        using var lake = new TestLake();
        Import(lake, "a.evtx", "evtx", [1, 100]);
        using var store = lake.Read();
        Assert.True(Assert.Single(DataQuality.Holes(store, CancellationToken.None)).IsSelection);
    }

    [Fact]
    public void A_source_is_measured()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes(
                (0, "a", @"C:\x.exe", "x", 1),
                (0, "b", @"C:\x.exe", "x", 2),
                (23 * 24 * Hour, "b", @"C:\x.exe", "x", 3)
            )
        );
        using var store = lake.Read();
        var source = Assert.Single(
            DataQuality.Sources(store, ["a", "b", "c", "d"], 90, CancellationToken.None)
        );
        Assert.Equal(
            ("sysmon", 3, 2, 2, 24),
            (source.Source, source.Events, source.Hosts, source.Days, source.SpanDays)
        );
        Assert.Equal(0.5, source.Devices.Share);
        Assert.Equal(24 / 90d, source.Retention.Share!.Value, 6);
        Assert.Equal(5, source.Timeliness.Score);
        Assert.Equal(0.6, source.Consistency.Share!.Value, 6);
    }

    [Fact]
    public void Components_are_counted_by_class_action_and_column()
    {
        using var lake = new TestLake();
        lake.Import(
            TestLake.Processes((0, "a", @"C:\x.exe", "x", 1), (0, "b", @"C:\x.exe", "x", 2))
        );
        using var store = lake.Read();
        var table = Path.Combine(lake.Folder, "components.yaml");
        File.WriteAllText(
            table,
            """
            components:
              Any Process: [{ class: process }]
              Command Execution: [{ class: process, column: command_line }]
              Process Termination: [{ class: process, action: end }]
              Driver Load: [{ class: driver }]
            """
        );
        Assert.Equal(
            [
                ("Any Process", 2L),
                ("Command Execution", 2L),
                ("Driver Load", 0L),
                ("Process Termination", 0L),
            ],
            DataComponents
                .Of(store, table, CancellationToken.None)
                .Select(one => (one.Name, one.Events))
        );
    }

    [Fact]
    public void The_shipped_table_of_components_names_what_there_is()
    {
        using var lake = new TestLake();
        using var store = lake.Read();
        Assert.NotEmpty(
            DataComponents.Of(
                store,
                Path.Combine(RepositoryRoot.Path, "intel", "attack-data-components.yaml"),
                CancellationToken.None
            )
        );
    }

    static void Import(TestLake lake, string file, string format, long[] numbers)
    {
        var batch = new EventBatch(EventClasses.Other);
        foreach (var number in numbers)
        {
            batch.SetInt(CommonColumns.Time, number * Hour);
            batch.SetText(CommonColumns.Host, "pc-1"u8);
            batch.SetText(CommonColumns.Channel, "Security"u8);
            batch.SetText(CommonColumns.File, Encoding.UTF8.GetBytes(file));
            batch.SetInt(CommonColumns.Record, number);
            batch.EndRow();
        }

        using var store = lake.Write();
        using var sink = store.OpenSink(store.BeginImport(TimeProvider.System));
        sink.Write(batch);
        sink.Commit([TestLake.Receipt(file, numbers.Length) with { Format = format }]);
    }
}
