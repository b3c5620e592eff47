using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Formats.WindowsJson;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Fuzz;

/// <summary>
/// The clocks of a log, over any bytes: as Windows events they give evidence, verdicts and repairs, as syslog times without a year, and
/// line by line times, zones and offsets.
/// </summary>
static class ClockTarget
{
    public static void Run(byte[] bytes)
    {
        Repair(bytes);
        Years(bytes);
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            Line(line);
        }
    }

    static void Repair(byte[] bytes)
    {
        var options = new ReadOptions("fuzzed.json", LocalZone.Parse("Europe/Berlin"), 2026);
        var evidence = new ClockEvidence(options);
        new WindowsJsonFormat().Read(
            new SampledStream(new MemoryStream(bytes), isText: true, () => evidence.IsAny),
            options,
            evidence,
            CancellationToken.None
        );
        var clocks = new LogClocks(
            evidence.Hosts.ToDictionary(
                host => host.Key,
                host => ClockVerdict.Of(host.Value),
                StringComparer.Ordinal
            ),
            IsSampled: false
        );
        foreach (var host in clocks.Hosts.Values)
        {
            foreach (var stamp in host.Stamps)
            {
                Demand(
                    stamp.State != ClockState.Off
                        || stamp.Agreeing is > 0 && stamp.Agreeing <= stamp.Seen,
                    "What is changed has events that show it."
                );
            }
        }

        var repair = ClockRepair.Of(clocks, [], isOn: true, new LogClock(LocalZone.Utc, 2026));
        if (repair is not null)
        {
            new WindowsJsonFormat().Read(
                new MemoryStream(bytes),
                options,
                new Repairing(repair),
                CancellationToken.None
            );
            foreach (var finding in repair.Findings())
            {
                Demand(finding.Sentence.Length > 0, "A finding says something.");
            }
        }
    }

    static void Years(byte[] bytes)
    {
        var half = bytes.Length / 2;
        var log = YearlessLog.Of(
            new SyslogFormat(),
            bytes.AsSpan(0, half),
            bytes.AsSpan(half),
            "fuzzed.log",
            CancellationToken.None
        );
        if (log is null)
        {
            return;
        }

        var written = new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
        Demand(
            log.YearBefore(written) is not { } year || log.In(year)!.Value.To <= written.AddDays(1),
            "No log ends after its file was written."
        );
        var verdict = YearVerdict.Of(
            log,
            written,
            2026,
            [new DatedLog("x", new TimeRange(written.AddYears(-2), written.AddYears(-2)), true)]
        );
        Demand(verdict.Finding.Sentence.Length > 0, "A verdict says something.");
    }

    static void Line(string line)
    {
        var clock = new LogClock(LocalZone.Parse("America/New_York"), 2026);
        if (TimeText.TryParse(Encoding.UTF8.GetBytes(line), clock, out var time))
        {
            clock.Follow(time);
            Demand(
                time is > -100_000_000_000_000_000 and < 300_000_000_000_000_000,
                "A time is in the calendar."
            );
        }

        try
        {
            ClockOffset.Parse(line);
        }
        catch (HarrierFault)
        {
            // Most lines are none.
        }
    }

    static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }

    sealed class Repairing(ClockRepair repair) : IRecordHandler
    {
        public void Accept(Record record)
        {
            for (var field = 0; field < record.Count; field++)
            {
                var time = 1_772_445_600_000_000L;
                _ = repair.Repair(record, record.Name(field), ref time);
            }
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

        public void Warn(string sentence) { }
    }
}
