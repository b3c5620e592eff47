using System.Globalization;
using System.Text;
using CsCheck;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Maps;
using NodaTime;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>What holds for the clocks of any log, against slow and obvious twins.</summary>
public sealed class ClockPropertyTests
{
    const long Second = 1_000_000;
    const long Hour = 3600 * Second;

    static readonly string[] s_zones =
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ];

    static readonly string[] s_fields =
    [
        "UtcTime",
        "TimeCreated",
        "@timestamp",
        "EventTime",
        "Provider",
        "Computer",
        "EventID",
    ];

    static readonly string[] s_values =
    [
        "Microsoft-Windows-Sysmon",
        "2026-03-02T10:00:00Z",
        "2026-03-02 10:00:00.123",
        "9998-12-31T23:59:59Z",
        "1601-01-01T00:00:00Z",
        "3",
        "ws1",
    ];

    static readonly Gen<DateTime> s_times = Gen.Int[0, 40 * 366 * 86_400]
        .Select(seconds => new DateTime(1990, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(seconds));

    /// <summary>Any log in order whose lines are less than half a year apart is dated right from the year of its first line.</summary>
    [Fact]
    public void Years_that_were_left_out_come_back() =>
        Gen.Select(s_times, Gen.Int[0, 170 * 86_400].Array[0, 30])
            .Sample(
                (first, steps) =>
                {
                    var clock = new LogClock(LocalZone.Utc, first.Year);
                    var time = first;
                    foreach (var step in steps.Prepend(0))
                    {
                        time = time.AddSeconds(step);
                        Assert.Equal(time, clock.WithYear(time.Month, time.Day, time.TimeOfDay));
                    }
                },
                iter: 2000
            );

    /// <summary>Where the file was written after its last line and within a year of its first, its date tells the year.</summary>
    [Fact]
    public void The_date_of_the_file_tells_the_year_of_the_first_line() =>
        Gen.Select(s_times, Gen.Int[1, 300 * 86_400], Gen.Int[0, 60 * 86_400])
            .Sample(
                (first, length, idle) =>
                {
                    var last = first.AddSeconds(length);
                    var log = Yearless(first, last);
                    Assert.Equal(new TimeRange(first, last), log.In(first.Year));
                    Assert.Equal(first.Year, log.YearBefore(last.AddSeconds(idle)));
                    Assert.Equal(
                        idle <= 2 * 86_400,
                        YearVerdict.IsDateStrong(log, last.AddSeconds(idle))
                    );
                },
                iter: 1000
            );

    /// <summary>A verdict names a year in which the log runs beside another, and never depends on the order of the witnesses.</summary>
    [Fact]
    public void A_year_is_one_that_a_witness_has() =>
        Gen.Select(
                s_times,
                Gen.Int[0, 30 * 86_400],
                Gen.Select(s_times, Gen.Int[0, 900 * 86_400], Gen.Bool).Array[0, 8]
            )
            .Sample(
                (first, length, witnesses) =>
                {
                    var log = Yearless(first, first.AddSeconds(length));
                    DatedLog[] others =
                    [
                        .. witnesses.Select(one => new DatedLog(
                            "w",
                            new TimeRange(one.Item1, one.Item1.AddSeconds(one.Item2)),
                            one.Item3
                        )),
                    ];
                    var year = YearVerdict.Of(log, null, 2026, others).Year;
                    Assert.Equal(year, YearVerdict.Of(log, null, 2026, [.. others.Reverse()]).Year);
                    if (year is { } found)
                    {
                        Assert.Contains(
                            others,
                            other => log.In(found)!.Value.IsNear(other.Range, TimeSpan.FromDays(2))
                        );
                    }
                },
                iter: 2000
            );

    /// <summary>NodaTime's own lenient mapping says what a local time is.</summary>
    [Fact]
    public void Local_times_are_those_of_the_zone() =>
        Gen.Select(s_times, Gen.Int[0, s_zones.Length - 1])
            .Sample(
                (local, zone) =>
                {
                    var place = DateTimeZoneProviders.Tzdb[s_zones[zone]];
                    var micros = (local.Ticks - DateTime.UnixEpoch.Ticks) / 10;
                    var utc = LocalZone.Parse(s_zones[zone]).ToUtc(micros);
                    var mapping = place.MapLocal(LocalDateTime.FromDateTime(local));
                    if (mapping.Count == 1)
                    {
                        Assert.Equal(mapping.Single().ToInstant().ToUnixTimeTicks() / 10, utc);
                    }
                    else if (mapping.Count == 2)
                    {
                        Assert.Equal(mapping.First().ToInstant().ToUnixTimeTicks() / 10, utc);
                    }
                },
                iter: 5000
            );

    /// <summary>What is written as an offset is read as it was meant, and nothing else gets through.</summary>
    [Fact]
    public void An_offset_in_words_is_read_back() =>
        Gen.Select(Gen.Int[-400_000, 400_000], Gen.Bool)
            .Sample(
                (seconds, isHost) =>
                {
                    var length = TimeSpan.FromSeconds(Math.Abs(seconds));
                    var text = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(isHost ? "host:" : "")}ws1={(seconds < 0 ? "-" : "+")}{(int)length.TotalHours}h{length.Minutes}m{length.Seconds}s"
                    );
                    var offset = ClockOffset.Parse(text);
                    Assert.Equal(
                        ("ws1", isHost, seconds * Second),
                        (offset.Source, offset.IsHost, offset.Micros)
                    );
                    Assert.Equal(seconds < 0, ClockOffset.InWords(offset.Micros).StartsWith('-'));
                },
                iter: 1000
            );

    [Fact]
    public void Any_text_is_an_offset_or_a_fault_with_a_remedy() =>
        Gen.String.Sample(
            text =>
            {
                try
                {
                    var offset = ClockOffset.Parse("x=" + text);
                    Assert.InRange(Math.Abs(offset.Micros), 0, 3_660L * 86_400 * Second);
                }
                catch (HarrierFault fault)
                {
                    Assert.Equal(FaultKind.Usage, fault.Kind);
                    Assert.NotEmpty(fault.Remedy!);
                }
            },
            iter: 2000
        );

    /// <summary>Every line of a sample is a line of the log, whole, and in its order.</summary>
    [Fact]
    public void A_sample_of_text_holds_whole_lines_only() =>
        Gen.Select(Gen.Int[3_000_000, 9_000_000], Gen.Int[5, 3000], Gen.Int[1, 100_000], Gen.Bool)
            .Sample(
                (bytes, lineLength, chunk, isPromising) =>
                {
                    var log = new StringBuilder(bytes + lineLength);
                    for (var number = 0; log.Length < bytes; number++)
                    {
                        log.Append(CultureInfo.InvariantCulture, $"{number} ")
                            .Append('x', number * 7 % lineLength)
                            .Append('\n');
                    }

                    var lines = log.ToString().Split('\n');
                    using var sample = new SampledStream(
                        new ReaderPropertyTests.SlowStream(
                            Encoding.UTF8.GetBytes(log.ToString()),
                            chunk
                        ),
                        isText: true,
                        () => isPromising
                    );
                    var last = -1;
                    using var reader = new StreamReader(sample);
                    while (reader.ReadLine() is { } line)
                    {
                        // The end of a part cuts a line, perhaps within its number; the next one stands apart from it.
                        if (line.AsSpan().Trim().IndexOf(' ') < 0)
                        {
                            continue;
                        }

                        var number = int.Parse(
                            line.AsSpan(0, line.IndexOf(' ')),
                            CultureInfo.InvariantCulture
                        );
                        Assert.True(number > last);
                        Assert.StartsWith(line, lines[number], StringComparison.Ordinal);
                        last = number;
                    }

                    Assert.True(last >= 0);
                },
                iter: 20
            );

    /// <summary>A stamp is off by whole quarters of an hour where twenty events agree, whatever else is in the log; else it is left.</summary>
    [Fact]
    public void A_verdict_needs_twenty_events_that_agree() =>
        Gen.Select(Gen.Int[-48, 48], Gen.Int[0, 60], Gen.Int[0, 3], Gen.Int[0, 1_000_000])
            .Sample(
                (quarters, agreeing, strays, seed) =>
                {
                    var random = new Random(seed);
                    var evidence = new HostEvidence();
                    for (var number = 0; number < agreeing + strays; number++)
                    {
                        var isStray = number >= agreeing;
                        evidence.SeeOwn(number * 60 * Second);
                        evidence.See(
                            0,
                            quarters * Quarters.Micros
                                + (
                                    isStray
                                        ? random.NextInt64(2 * 60 * Second, 12 * 60 * Second)
                                        : random.NextInt64(-30 * Second, 30 * Second)
                                ),
                            isDriver: false
                        );
                    }

                    var verdict = ClockVerdict.Of(evidence).Stamps[0];
                    if (verdict.State == ClockState.Off)
                    {
                        Assert.True(agreeing >= 20);
                        Assert.Equal(quarters * Quarters.Micros, Assert.Single(verdict.Offsets));
                    }
                    else if (agreeing >= 20 && strays == 0)
                    {
                        Assert.Equal(0, quarters);
                    }
                },
                iter: 2000
            );

    /// <summary>Repair moves a time by its verdict or not at all, and keeps no state that a record after it could trip over.</summary>
    [Fact]
    public void Evidence_and_repair_take_any_record() =>
        Gen.Select(
                Gen.Int[0, s_fields.Length],
                Gen.OneOf(Gen.String, Gen.Int[0, s_values.Length - 1].Select(at => s_values[at]))
                    .Array[7]
                    .Array[1, 40]
            )
            .Sample(
                (missing, rows) =>
                {
                    string[] names = [.. s_fields.Where((_, at) => at != missing)];
                    var options = new ReadOptions("x", LocalZone.Utc, 2026);
                    var evidence = new ClockEvidence(options);
                    var record = new Record();
                    foreach (var row in rows)
                    {
                        Fill(record, names, row);
                        evidence.Accept(record);
                    }

                    var clocks = new LogClocks(
                        evidence.Hosts.ToDictionary(
                            host => host.Key,
                            host => ClockVerdict.Of(host.Value),
                            StringComparer.Ordinal
                        ),
                        IsSampled: false
                    );
                    var repair = ClockRepair.Of(
                        clocks,
                        [new ClockOffset("x", false, Hour)],
                        isOn: true,
                        new LogClock(LocalZone.Utc, 2026)
                    )!;
                    foreach (var row in rows)
                    {
                        Fill(record, names, row);
                        var time = 1_772_445_600 * Second;
                        _ = repair.Repair(record, "TimeCreated"u8.ToArray(), ref time);
                        Assert.InRange(
                            time,
                            -20_000L * 366 * 86_400 * Second,
                            20_000L * 366 * 86_400 * Second
                        );
                    }

                    foreach (var finding in repair.Findings())
                    {
                        Assert.NotEmpty(finding.Sentence);
                    }
                },
                iter: 300
            );

    static void Fill(Record record, string[] names, string[] values)
    {
        record.Clear();
        for (var field = 0; field < names.Length; field++)
        {
            record.Add(names[field], values[field]);
        }
    }

    static YearlessLog Yearless(DateTime first, DateTime last)
    {
        var text = Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{first:MMM d HH:mm:ss} h p: x\n{last:MMM d HH:mm:ss} h p: x\n"
            )
        );
        return YearlessLog.Of(new SyslogFormat(), text, text, "x", CancellationToken.None)!;
    }
}
