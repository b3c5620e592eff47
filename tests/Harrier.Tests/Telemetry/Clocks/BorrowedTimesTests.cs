using System.Text;
using Harrier.Telemetry;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>Records without a time are kept, with that of the record before or of the file, and it is said.</summary>
public sealed class BorrowedTimesTests : IDisposable
{
    static readonly DateTime Written = new(2026, 3, 9, 12, 0, 0, DateTimeKind.Utc);

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-borrowed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_record_without_a_time_has_that_of_the_record_before()
    {
        var (receipt, events) = Import(
            "{\"time\":\"2026-03-02T10:00:00Z\",\"a\":1}\n{\"a\":2}\n{\"time\":\"yesterday\",\"a\":3}\n{\"time\":\"2026-03-02T11:00:00Z\",\"a\":4}\n"
        );

        Assert.Equal((4L, 0L), (receipt.Imported, receipt.Rejected));
        Assert.Equal(["10:00", "10:00", "10:00", "11:00"], events.Events.Select(TimeOfDay));
        Assert.Equal(
            [
                "{\"a\":1}",
                "{\"_time_from\":\"record before\",\"a\":2}",
                "{\"_time_from\":\"record before\",\"time\":\"yesterday\",\"a\":3}",
                "{\"a\":4}",
            ],
            events.Events.Select(row => row["extra"])
        );
        Assert.Contains(
            "Records without a time that is read: 2. They have that of the record before, and extra says so in _time_from.",
            receipt.Files[0].File.Warnings
        );
    }

    [Fact]
    public void A_record_before_all_times_has_that_of_the_file()
    {
        var (receipt, events) = Import(
            "{\"created\":\"soon\",\"a\":1}\n{\"time\":\"2026-03-02T10:00:00Z\",\"a\":2}\n"
        );

        Assert.Equal((2L, 0L), (receipt.Imported, receipt.Rejected));
        Assert.Equal(["12:00", "10:00"], events.Events.Select(TimeOfDay));
        Assert.StartsWith("{\"_time_from\":\"file\"", (string?)events.Events[0]["extra"]);
        Assert.Contains(
            receipt.Files[0].File.Warnings,
            warning => warning.Contains("2026-03-09 12:00:00 UTC", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_second_line_of_a_message_of_syslog_is_kept()
    {
        var (receipt, events) = Import(
            "Mar  2 10:00:00 web1 app[1]: failed: x\n  at Main()\nMar  2 11:00:00 web1 app[1]: well\n"
        );

        Assert.Equal((3L, 0L), (receipt.Imported, receipt.Rejected));
        Assert.Equal(["10:00", "10:00", "11:00"], events.Events.Select(TimeOfDay));
        Assert.Equal("at Main()", events.Events[1]["message"]);
    }

    /// <summary>Ranges of a large file are read side by side: what a range's first record borrows stands in the range before.</summary>
    [Fact]
    public void Workers_change_nothing()
    {
        var log = new StringBuilder();
        for (var number = 0; number < 3000; number++)
        {
            var time =
                number % 3 == 0
                    ? $"\"TimeCreated\":\"2026-03-02T10:{number / 60:00}:{number % 60:00}Z\","
                    : "";
            log.Append($"{{{time}\"EventID\":{number},\"Channel\":\"x\",\"Hostname\":\"ws1\"}}\n");
        }

        var one = Import(log.ToString(), options => options with { Workers = 1 });
        var several = Import(
            log.ToString(),
            options => options with { Workers = 3, RangeBytes = 4096 }
        );

        Assert.Equal(one.Receipt.Imported, several.Receipt.Imported);
        Assert.Equal(one.Receipt.Files[0].File.Warnings, several.Receipt.Files[0].File.Warnings);
        Assert.Equal(
            one.Events.Events.Select(row => (row["record"], row["time"], row["extra"])),
            several
                .Events.Events.OrderBy(row => row["record"])
                .Select(row => (row["record"], row["time"], row["extra"]))
        );
    }

    static string TimeOfDay(Dictionary<string, object?> row) =>
        DateTime.UnixEpoch.AddMicroseconds((long)row["time"]!).ToString("HH:mm");

    (ImportReceipt Receipt, CollectedEvents Events) Import(
        string log,
        Func<ImportOptions, ImportOptions>? change = null
    )
    {
        var path = Path.Combine(_folder, "x.log");
        File.WriteAllText(path, log);
        File.SetLastWriteTimeUtc(path, Written);
        var options = new ImportOptions([_folder]);
        var events = new CollectedEvents();
        return (
            ImportTests
                .NewImport(change?.Invoke(options) ?? options, events)
                .Run(CancellationToken.None),
            events
        );
    }
}
