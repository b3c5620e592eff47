using System.Globalization;

namespace Harrier.Sigma.Modifiers;

/// <summary>A time as an event writes it: its calendar and clock, and how far these are from UTC.</summary>
readonly record struct WrittenTime(DateTime Local, TimeSpan Offset)
{
    // Seconds, milliseconds, microseconds and nanoseconds since 1970 are told apart by their size, for times of 1973 to 5138.
    static readonly (decimal Below, decimal TicksPerUnit)[] s_units =
    [
        (100_000_000_000m, TimeSpan.TicksPerSecond),
        (100_000_000_000_000m, TimeSpan.TicksPerMillisecond),
        (100_000_000_000_000_000m, TimeSpan.TicksPerMicrosecond),
        (10_000_000_000_000_000_000m, 0.01m),
    ];

    static readonly string[] s_formats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF",
    ];

    static readonly string[] s_offsets = ["hh\\:mm", "hhmm", "hh"];

    /// <summary>Microseconds since 1970 UTC.</summary>
    public long Micros =>
        (Local - Offset - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time in ISO 8601 (without a zone UTC), or a number since 1970 in UTC; null where the text is neither.</summary>
    public static WrittenTime? Read(string text)
    {
        if (
            decimal.TryParse(
                text,
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
        {
            return SinceEpoch(number);
        }

        var (local, zone) = Split(text);
        return
            DateTime.TryParseExact(
                local,
                s_formats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var time
            ) && OffsetOf(zone) is { } offset
            ? new WrittenTime(time, offset)
            : null;
    }

    static WrittenTime? SinceEpoch(decimal number)
    {
        foreach (var (below, ticks) in s_units)
        {
            if (number < below)
            {
                return new WrittenTime(
                    DateTime.UnixEpoch.AddTicks((long)(number * ticks)),
                    TimeSpan.Zero
                );
            }
        }

        return null;
    }

    /// <summary>The text in front of its zone, without what a fraction has behind 100 ns, and the zone.</summary>
    static (string Local, string Zone) Split(string text)
    {
        const int Clock = 16; // yyyy-MM-ddTHH:mm
        var end = text.Length > Clock ? text.AsSpan(Clock).IndexOfAny("Zz+-") : -1;
        var local = end < 0 ? text : text[..(Clock + end)].TrimEnd();
        var point = local.IndexOf('.', StringComparison.Ordinal);
        return (
            point > 0 && local.Length > point + 8 ? local[..(point + 8)] : local,
            end < 0 ? "" : text[(Clock + end)..]
        );
    }

    static TimeSpan? OffsetOf(string zone) =>
        zone is "" or "Z" or "z" ? TimeSpan.Zero
        : TimeSpan.TryParseExact(
            zone.AsSpan(1),
            s_offsets,
            CultureInfo.InvariantCulture,
            out var offset
        )
            ? (zone[0] == '-' ? -offset : offset)
        : null;
}
