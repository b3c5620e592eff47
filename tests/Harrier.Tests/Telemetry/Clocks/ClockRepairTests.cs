using System.Globalization;
using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Telemetry;
using Harrier.Telemetry.Clocks;
using NodaTime;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>The table beside this file: logs whose true times are known, as wrong clocks write them.</summary>
public sealed class ClockRepairTests : IDisposable
{
    public sealed class ClockCase
    {
        public string Case { get; set; } = "";
        public string Start { get; set; } = "2026-03-02 10:00:00";
        public double Hours { get; set; } = 1;
        public double Every { get; set; } = 10;
        public string Zone { get; set; } = "UTC";
        public bool HalfDays { get; set; }
        public double Kernel { get; set; }
        public double KernelLater { get; set; }
        public double Late { get; set; }
        public int Sysmon { get; set; } = int.MaxValue;
        public int SysmonFrom { get; set; }
        public string? Offset { get; set; }
        public bool Repair { get; set; } = true;
        public List<string> Found { get; set; } = [];
        public double Worst { get; set; } = double.MaxValue;
        public double Least { get; set; }
    }

    static readonly List<ClockCase> Table = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .Build()
        .Deserialize<List<ClockCase>>(
            File.ReadAllText(
                RepositoryRoot.Combine("tests/Harrier.Tests/Telemetry/Clocks", "Clocks.cases.yaml")
            )
        );

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-clocks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names() => [.. Table.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Times_come_as_near_to_the_truth_as_the_table_says(string name)
    {
        var one = Table.Single(candidate => candidate.Case == name);

        var (receipt, events) = Import(
            Log(one),
            options =>
                options with
                {
                    RepairClocks = one.Repair,
                    ClockOffsets = one.Offset is null ? [] : [ClockOffset.Parse(one.Offset)],
                }
        );

        Assert.Equal(
            one.Found.Order(StringComparer.Ordinal),
            receipt
                .Files[0]
                .File.Clock.Select(finding => finding.Kind)
                .Where(kind => kind != "zone")
                .Order(StringComparer.Ordinal)
        );
        var errors = events.Events.Select(Error).ToList();
        Assert.True(errors.Max() <= one.Worst, $"{errors.Max()} s");
        Assert.True(errors.Max() >= one.Least, $"{errors.Max()} s");
        Assert.All(events.Events, HasLineageIfChanged);
    }

    [Fact]
    public void What_was_found_is_said_in_a_sentence()
    {
        var one = Table.Single(candidate =>
            candidate.Case == "the kernel's clock and the collector's"
        );
        var (receipt, _) = Import(Log(one), options => options);
        Assert.Equal(
            [
                "TimeCreated and @timestamp of ws1 are 20 h behind UTC, by the UtcTime of 324 of 324 Sysmon events; 360 times of events without one were put right",
                "UtcTime of Sysmon's events 3 and 22 of ws1 is 134 h 14 min 35 s behind UTC, by the log's own stamp of 36 of 36; 36 events 3 and 22 were put right",
            ],
            receipt.Files[0].File.Warnings
        );
    }

    [Fact]
    public void A_host_and_a_sensor_that_saw_the_same_connections_are_compared()
    {
        var sysmon = new StringBuilder();
        var conn = new StringBuilder(
            "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\n"
        );
        for (var number = 0; number < 50; number++)
        {
            var time = DateTime.UnixEpoch.AddSeconds(1_770_000_000 + number * 7);
            sysmon.Append(
                CultureInfo.InvariantCulture,
                $"{{\"EventID\":3,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"WS1\",\"UtcTime\":\"{time.AddSeconds(312):yyyy-MM-dd HH:mm:ss.fff}\",\"Protocol\":\"tcp\",\"SourceIp\":\"10.0.0.1\",\"SourcePort\":{40000 + number},\"DestinationIp\":\"10.0.0.2\",\"DestinationPort\":445}}\n"
            );
            conn.Append(
                CultureInfo.InvariantCulture,
                $"{1_770_000_000 + number * 7}.5\tC{number}\t10.0.0.1\t{40000 + number}\t10.0.0.2\t445\ttcp\n"
            );
        }

        Directory.CreateDirectory(Path.Combine(_folder, "zeek"));
        File.WriteAllText(Path.Combine(_folder, "zeek", "conn.log"), conn.ToString());
        var (receipt, _) = Import(sysmon.ToString(), options => options);

        var finding = Assert.Single(receipt.Clock);
        Assert.Equal(
            ("sensor", "ws1", 50L, 50L),
            (finding.Kind, finding.Host, finding.Agreeing, finding.Seen)
        );
        Assert.Equal(311.5, finding.Offset!.Value, 1);
    }

    [Fact]
    public void A_clock_that_was_set_and_times_to_come_are_said()
    {
        var (receipt, _) = Import(
            """
            {"EventID":4616,"Channel":"Security","Hostname":"WS1","TimeCreated":"2026-03-02T10:00:00Z","PreviousTime":"2026-03-02T08:00:00.1234567Z","NewTime":"2026-03-02T10:00:00.1234567Z"}
            {"EventID":4616,"Channel":"Security","Hostname":"WS1","TimeCreated":"2026-03-02T10:00:01Z","PreviousTime":"2026-03-02T10:00:01.0Z","NewTime":"2026-03-02T10:00:01.2Z"}
            {"EventID":4624,"Channel":"Security","Hostname":"WS1","TimeCreated":"2062-03-02T10:00:01Z"}
            """,
            options => options
        );
        Assert.Equal(
            ["set", "future"],
            receipt.Files[0].File.Clock.Select(finding => finding.Kind)
        );
        Assert.Equal(7200, receipt.Files[0].File.Clock[0].Offset);
    }

    [Theory]
    [InlineData("x=+7h", 25200)]
    [InlineData("x=-7h", -25200)]
    [InlineData("x=5.5h", 19800)]
    [InlineData("x=-05:30", -19800)]
    [InlineData("x=+1d2h3m4s", 93784)]
    [InlineData("host:WS1=312s", 312)]
    [InlineData("a=b.log=0", 0)]
    public void Offsets_are_read(string text, double seconds) =>
        Assert.Equal(seconds, ClockOffset.Parse(text).Micros / 1e6);

    [Theory]
    [InlineData("7h")]
    [InlineData("x=")]
    [InlineData("x=7")]
    [InlineData("x=7w")]
    [InlineData("x=--7h")]
    [InlineData("x=99999d")]
    public void What_is_no_offset_is_told(string text) =>
        Assert.Contains(
            "host:ws1",
            Assert.Throws<HarrierFault>(() => ClockOffset.Parse(text)).Remedy,
            StringComparison.Ordinal
        );

    (ImportReceipt Receipt, CollectedEvents Events) Import(
        string log,
        Func<ImportOptions, ImportOptions> change
    )
    {
        File.WriteAllText(Path.Combine(_folder, "x.json"), log);
        var events = new CollectedEvents();
        var receipt = ImportTests
            .NewImport(change(new ImportOptions([_folder])), events)
            .Run(CancellationToken.None);
        return (receipt, events);
    }

    static string Log(ClockCase one)
    {
        var start = DateTime.Parse(
            one.Start,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
        );
        var zone = DateTimeZoneProviders.Tzdb[one.Zone];
        var random = new Random(7);
        var count = (int)(one.Hours * 3600 / one.Every);
        var log = new StringBuilder();
        for (var number = 0; number < count; number++)
        {
            var time = start.AddSeconds(number * one.Every);
            if (number >= one.SysmonFrom && number < one.Sysmon)
            {
                var isKernel = number % 10 == 9;
                var ahead =
                    !isKernel ? 0
                    : number > count / 2 ? one.Kernel + one.KernelLater
                    : one.Kernel;
                Append(isKernel ? 3 : 1, time, time.AddSeconds(ahead));
            }

            Append(4688, time.AddSeconds(one.Every / 2), null);
        }

        return log.ToString();

        void Append(int id, DateTime time, DateTime? utcTime)
        {
            var local = zone.GetUtcOffset(Instant.FromDateTimeUtc(time)).ToTimeSpan();
            var stamp = (time + local)
                .AddSeconds(random.NextDouble() * one.Late)
                .ToString(
                    one.HalfDays ? "yyyy-MM-dd'T'hh:mm:ss.fff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                    CultureInfo.InvariantCulture
                );
            log.AppendLine(
                JsonSerializer.Serialize(
                    new Dictionary<string, object?>
                    {
                        ["EventID"] = id,
                        ["Channel"] = utcTime is null
                            ? "Security"
                            : "Microsoft-Windows-Sysmon/Operational",
                        ["Hostname"] = "WS1.corp.example",
                        ["@timestamp"] = stamp,
                        ["TimeCreated"] = stamp,
                        ["UtcTime"] = utcTime?.ToString(
                            "yyyy-MM-dd HH:mm:ss.fff",
                            CultureInfo.InvariantCulture
                        ),
                        ["Truth"] = time.ToString("O", CultureInfo.InvariantCulture),
                    }
                )
            );
        }
    }

    static double Error(Dictionary<string, object?> row)
    {
        using var extra = JsonDocument.Parse((string)row["extra"]!);
        var truth = extra.RootElement.GetProperty("Truth").GetDateTime();
        return Math.Abs(
            (DateTime.UnixEpoch.AddMicroseconds((long)row["time"]!) - truth).TotalSeconds
        );
    }

    /// <summary>Whoever reads the row can tell what stood in the log: by its lineage, or because the time is that of the field.</summary>
    static void HasLineageIfChanged(Dictionary<string, object?> row)
    {
        using var extra = JsonDocument.Parse((string)row["extra"]!);
        var isChanged = extra.RootElement.TryGetProperty("_time_as_logged", out var logged);
        Assert.Equal(isChanged, extra.RootElement.TryGetProperty("_time_repair", out _));
        if (isChanged)
        {
            var asLogged = DateTime.Parse(
                logged.GetString()!,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
            );
            Assert.Equal(2026, asLogged.Year);
        }
    }
}
