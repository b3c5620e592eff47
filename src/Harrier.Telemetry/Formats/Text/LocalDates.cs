using System.Globalization;
using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>Dates and times as Windows writes them in the language of its user: 5/21/2015 1:51:18 PM, 21.05.2015 13:51:18, 2015-05-21 13:51:18.</summary>
/// <remarks>
/// Whether 5/4/2015 is in April or in May is told by the other dates of the log's head: a number above twelve can only be
/// a day. With points the day is first; with slashes, where no date tells, the month.
/// </remarks>
sealed class LocalDates
{
    static readonly string[] s_times = ["h:mm:ss tt", "H:mm:ss"];
    static readonly string[] s_monthFirst = ["M/d/yyyy", "M/d/yy", "M-d-yyyy"];
    static readonly string[] s_dayFirst = ["d/M/yyyy", "d/M/yy", "d-M-yyyy"];
    static readonly string[] s_certain = ["d.M.yyyy", "d.M.yy", "yyyy-M-d", "yyyy/M/d"];

    readonly string[] _forms;

    /// <summary>Looks at the first word (or, where <paramref name="column"/> says so, at that value between commas) of every line.</summary>
    public LocalDates(ReadOnlySpan<byte> head, int column = 0)
    {
        while (!head.IsEmpty)
        {
            var line = Fields.Cut(ref head, (byte)'\n');
            for (var skipped = 0; skipped < column; skipped++)
            {
                Fields.Cut(ref line, (byte)',');
            }

            var end = line.IndexOfAny((byte)'/', (byte)'-');
            if (
                end is 1 or 2
                && Fields.TryInt(line[..end], out var first)
                && first is >= 1 and <= 31
                && line.Length > end + 3
            )
            {
                var rest = line[(end + 1)..];
                var next = rest.IndexOfAny((byte)'/', (byte)'-');
                if (next is 1 or 2 && Fields.TryInt(rest[..next], out var second))
                {
                    IsDayFirst |= first > 12;
                    IsTold |= first > 12 || second > 12;
                    IsAsked = true;
                }
            }
        }

        _forms = [.. s_certain, .. IsDayFirst ? s_dayFirst : s_monthFirst];
    }

    public bool IsDayFirst { get; }

    /// <summary>There are dates that could be read either way.</summary>
    public bool IsAsked { get; }

    /// <summary>A date said which it is.</summary>
    public bool IsTold { get; }

    public bool TryParse(ReadOnlySpan<byte> date, ReadOnlySpan<byte> time, out DateTime local)
    {
        local = default;
        if (date.Length is < 6 or > 10 || time.Length is < 7 or > 11)
        {
            return false;
        }

        if (
            !DateTime.TryParseExact(
                Encoding.Latin1.GetString(date),
                _forms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var day
            )
            || !DateTime.TryParseExact(
                Encoding.Latin1.GetString(time),
                s_times,
                CultureInfo.InvariantCulture,
                DateTimeStyles.NoCurrentDateDefault,
                out var timeOfDay
            )
        )
        {
            return false;
        }

        local = day + timeOfDay.TimeOfDay;
        return true;
    }
}
