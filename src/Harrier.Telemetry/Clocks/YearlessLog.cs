using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Clocks;

/// <summary>A log whose times carry no year: on which day of a year it begins, and on which it ends, less than a year later.</summary>
/// <param name="First">Its first time without a year, in any year.</param>
/// <param name="Last">Its last one, in any year.</param>
/// <param name="Dated">Where it has times with a year too: the span of those.</param>
sealed record YearlessLog(DateTime First, DateTime Last, TimeRange? Dated = null)
{
    // Formats whose readers know times without a year.
    static readonly string[] s_formats = ["syslog", "snort", "text"];

    /// <summary>A leap year that no log is of: what is read with it carries no year.</summary>
    const int NoYear = 1904;

    /// <summary>Lines come in order but for this.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromDays(1);

    public static bool CanBe(ILogFormat format) => s_formats.Contains(format.Name);

    /// <summary>Null where all times of the beginning carry a year, or there are none.</summary>
    /// <param name="head">First bytes, UTF-8.</param>
    /// <param name="tail">Last bytes; empty where they are not known: then the log ends where its head does.</param>
    public static YearlessLog? Of(
        ILogFormat format,
        ReadOnlySpan<byte> head,
        ReadOnlySpan<byte> tail,
        string fileName,
        CancellationToken cancel
    )
    {
        var start = Times.In(format, head, fileName, cancel);
        if (start.First is not { } first)
        {
            return null;
        }

        var end = Times.In(format, tail, fileName, cancel);
        var dated = start.Dated.Concat(end.Dated).Order().ToArray();
        return new YearlessLog(
            first,
            end.Last ?? start.Last!.Value,
            dated.Length == 0 ? null : new TimeRange(dated[0], dated[^1])
        );
    }

    /// <summary>When it was, if its first time is of that year; null where the year has no such day.</summary>
    public TimeRange? In(int year)
    {
        if (At(First, year) is not { } first)
        {
            return null;
        }

        var last = At(Last, year);
        if (last is null || last < first - Slack)
        {
            last = At(Last, year + 1);
        }

        return last is { } end ? new TimeRange(first, end > first ? end : first) : null;
    }

    static DateTime? At(DateTime time, int year) =>
        year is >= 1601 and <= 9000 && time.Day <= DateTime.DaysInMonth(year, time.Month)
            ? new DateTime(year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Utc) + time.TimeOfDay
            : null;

    /// <summary>The latest year in which it ends before the file was written; null where there is none near.</summary>
    public int? YearBefore(DateTime written)
    {
        const int farthest = 8;
        for (var year = written.Year; year >= written.Year - farthest; year--)
        {
            // A file's date may be local.
            if (In(year) is { } range && range.To <= written + Slack)
            {
                return year;
            }
        }

        return null;
    }

    /// <summary>Takes the times that a reader finds in a part of a log.</summary>
    sealed class Times : IRecordHandler
    {
        public DateTime? First { get; private set; }
        public DateTime? Last { get; private set; }
        public List<DateTime> Dated { get; } = [];

        public static Times In(
            ILogFormat format,
            ReadOnlySpan<byte> part,
            string fileName,
            CancellationToken cancel
        )
        {
            var times = new Times();
            try
            {
                format.Read(
                    new MemoryStream(part.ToArray()),
                    new ReadOptions(fileName, LocalZone.Utc, NoYear),
                    times,
                    cancel
                );
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // A mistake of a reader: it comes again when all is read, and is said then.
            }

            return times;
        }

        public void Accept(Record record)
        {
            if (
                !record.TryGet("time"u8, out var text)
                || !TimeText.TryParse(text, LogClock.Utc, out var micros)
            )
            {
                return;
            }

            var time = DateTime.UnixEpoch.AddMicroseconds(micros);
            if (Math.Abs(time.Year - NoYear) > 2)
            {
                Dated.Add(time);
                return;
            }

            First ??= time;
            Last = time;
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

        public void Warn(string sentence) { }
    }
}

/// <summary>From the first to the last of some times, UTC.</summary>
readonly record struct TimeRange(DateTime From, DateTime To)
{
    /// <summary>They have a moment in common, give or take <paramref name="slack"/>.</summary>
    public bool IsNear(TimeRange other, TimeSpan slack) =>
        From - other.To <= slack && other.From - To <= slack;
}
