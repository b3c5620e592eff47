using System.Globalization;

namespace Harrier.Sigma.Modifiers;

/// <summary>A part of a time, as it is written: no zone is converted (specification 2.1, modifiers <c>minute</c> to <c>year</c>).</summary>
enum TimePart
{
    Minute,
    Hour,
    Day,

    /// <summary>Of ISO 8601, 1 to 53.</summary>
    Week,
    Month,
    Year,
}

static class TimeParts
{
    // Seconds, milliseconds, microseconds and nanoseconds since 1970 are told apart by their size, for times of 1973 to 5138.
    static readonly (long Below, long TicksPerUnit, long UnitsPerTick)[] s_units =
    [
        (100_000_000_000, TimeSpan.TicksPerSecond, 1),
        (100_000_000_000_000, TimeSpan.TicksPerMillisecond, 1),
        (100_000_000_000_000_000, TimeSpan.TicksPerMicrosecond, 1),
        (long.MaxValue, 1, 100),
    ];

    static readonly string[] s_formats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF",
    ];

    /// <summary>The least and the most that a part can be.</summary>
    public static (int Least, int Most) Range(TimePart part) =>
        part switch
        {
            TimePart.Minute => (0, 59),
            TimePart.Hour => (0, 23),
            TimePart.Day => (1, 31),
            TimePart.Week => (1, 53),
            TimePart.Month => (1, 12),
            _ => (1, 9999),
        };

    /// <summary>The part of a time in ISO 8601, or of one since 1970, which is UTC; null where the text is neither.</summary>
    public static int? Of(TimePart part, string text) =>
        Read(text) is not { } time
            ? null
            : part switch
            {
                TimePart.Minute => time.Minute,
                TimePart.Hour => time.Hour,
                TimePart.Day => time.Day,
                TimePart.Week => ISOWeek.GetWeekOfYear(time),
                TimePart.Month => time.Month,
                _ => time.Year,
            };

    static DateTime? Read(string text)
    {
        if (
            long.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
        {
            return number < 0 ? null : SinceEpoch(number);
        }

        return DateTime.TryParseExact(
            Local(text),
            s_formats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time
            : null;
    }

    static DateTime? SinceEpoch(long number)
    {
        var (_, ticks, perTick) = s_units.First(unit => number < unit.Below);
        // The largest unit below each limit stays within the calendar.
        return DateTime.UnixEpoch.AddTicks(number / perTick * ticks);
    }

    /// <summary>The text without its zone, and without what a fraction has behind 100 ns.</summary>
    static string Local(string text)
    {
        const int Clock = 16; // yyyy-MM-ddTHH:mm
        var end = text.AsSpan().IndexOfAny('Z', 'z');
        if (end < 0 && text.Length > Clock)
        {
            var sign = text.AsSpan(Clock).IndexOfAny('+', '-');
            end = sign < 0 ? -1 : Clock + sign;
        }

        var local = end < 0 ? text : text[..end].TrimEnd();
        var point = local.IndexOf('.', StringComparison.Ordinal);
        return point > 0 && local.Length > point + 8 ? local[..(point + 8)] : local;
    }
}

/// <summary>The part of the text's time compares so; what is no time fails.</summary>
/// <param name="order">Null asks for the same.</param>
sealed class TimePartTest(TimePart part, NumberOrder? order, int number) : ValueTest
{
    public override bool Holds(string text) =>
        TimeParts.Of(part, text) is { } value
        && order switch
        {
            NumberOrder.Less => value < number,
            NumberOrder.LessOrEqual => value <= number,
            NumberOrder.Greater => value > number,
            NumberOrder.GreaterOrEqual => value >= number,
            _ => value == number,
        };
}
