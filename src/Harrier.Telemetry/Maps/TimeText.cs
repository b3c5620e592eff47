using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Harrier.Telemetry.Clocks;

namespace Harrier.Telemetry.Maps;

/// <summary>Reads the times that logs write into microseconds since 1970 UTC.</summary>
/// <remarks>
/// RFC 3339 and its relatives (a space for the T, a comma for the point, up to nine decimals, with or without zone), seconds,
/// milliseconds, microseconds, nanoseconds since 1970 (told apart by size), and syslog's <c>May 13 08:00:00</c> and US 12-hour
/// forms. A time without a zone or a year gets those of the log's clock.
/// </remarks>
public static class TimeText
{
    static readonly string[] s_otherForms =
    [
        "M/d/yyyy h:mm:ss tt",
        "M/d/yyyy h:mm tt",
        "yyyy-MM-dd h:mm:ss tt",
        "yyyy-MM-dd h:mm:ss.FFFFFF tt",
        "yyyy-MM-dd'T'h:mm:ss.FFFFFF tt",
        "MMM d, yyyy h:mm:ss tt",
        "M/d/yyyy H:mm:ss",
        "M/d/yyyy H:mm",
        "yyyy/MM/dd HH:mm:ss",
        "yyyy-MM-dd HH:mm",
        "d.M.yyyy H:mm:ss",
        "dd/MMM/yyyy:HH:mm:ss zzz",
        "ddd MMM d HH:mm:ss yyyy",
        "ddd, dd MMM yyyy HH:mm:ss zzz",
    ];

    static readonly string[] s_yearlessForms =
    [
        "yyyy MMM d HH:mm:ss",
        "yyyy MMM  d HH:mm:ss",
        "yyyy MMM d h:mm:ss tt",
        "yyyy MMM  d h:mm:ss tt",
    ];

    // 1980 to 2100: outside, a number is no time of a log.
    const long MinSeconds = 315_532_800;
    const long MaxSeconds = 4_102_444_800;

    public static bool TryParse(ReadOnlySpan<byte> text, LogClock clock, out long microseconds)
    {
        text = text.Trim((byte)' ');
        microseconds = 0;
        if (text.Length is < 8 or > 64)
        {
            return false;
        }

        return TryIso(text, clock, out microseconds)
            || TrySeconds(text, out microseconds)
            || TryEpoch(text, out microseconds)
            || TryYearless(text, clock, out microseconds)
            || TryOther(text, clock, out microseconds);
    }

    static bool TryIso(ReadOnlySpan<byte> text, LogClock clock, out long microseconds)
    {
        microseconds = 0;
        if (
            text.Length < 19
            || text[4] != '-'
            || text[7] != '-'
            || text[10] is not ((byte)'T' or (byte)' ' or (byte)'t')
            || text[13] != ':'
            || text[16] != ':'
            || !Digits(text[..4], out var year)
            || !Digits(text[5..7], out var month)
            || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour)
            || !Digits(text[14..16], out var minute)
            || !Digits(text[17..19], out var second)
            || month is < 1 or > 12
            || year is < 1601 or > 9998
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
            || hour > 23
            || minute > 59
            || second > 60
        )
        {
            return false;
        }

        var rest = text[19..];
        long fraction = 0;
        if (rest.Length > 0 && rest[0] is (byte)'.' or (byte)',')
        {
            var scale = 100_000L;
            var index = 1;
            for (; index < rest.Length && rest[index] is >= (byte)'0' and <= (byte)'9'; index++)
            {
                fraction += (rest[index] - '0') * scale;
                scale /= 10;
            }

            rest = rest[index..];
        }

        if (!TryZone(rest.Trim((byte)' '), out var offset))
        {
            return false;
        }

        var ticks =
            new DateTime(
                year,
                month,
                day,
                hour,
                minute,
                Math.Min(second, 59),
                DateTimeKind.Utc
            ).Ticks - DateTime.UnixEpoch.Ticks;
        var written = ticks / 10 + fraction + (second == 60 ? 1_000_000 : 0);
        microseconds = offset is { } said ? written - said.Ticks / 10 : clock.ToUtc(written);
        return true;
    }

    /// <summary>The offset that stands behind a time; null where none does.</summary>
    static bool TryZone(ReadOnlySpan<byte> zone, out TimeSpan? offset)
    {
        offset = null;
        if (zone.Length == 0)
        {
            return true;
        }

        if (
            zone is [(byte)'Z'] or [(byte)'z']
            || zone.SequenceEqual("UTC"u8)
            || zone.SequenceEqual("GMT"u8)
        )
        {
            offset = TimeSpan.Zero;
            return true;
        }

        if (zone[0] is not ((byte)'+' or (byte)'-'))
        {
            return false;
        }

        var sign = zone[0] == '-' ? -1 : 1;
        zone = zone[1..];
        // '+0000 UTC': Go writes both.
        zone = zone.EndsWith(" UTC"u8) ? zone[..^4] : zone;
        var minutes = 0;
        if (!Digits(zone[..Math.Min(2, zone.Length)], out var hours) || hours > 15)
        {
            return false;
        }

        if (zone.Length > 2 && !Digits(zone[^2..], out minutes))
        {
            return false;
        }

        offset = sign * new TimeSpan(hours, minutes, 0);
        return true;
    }

    /// <summary>Seconds since 1970 in ten digits with decimals, which sensors write: as <see cref="TryEpoch"/>, without its decimal arithmetic.</summary>
    static bool TrySeconds(ReadOnlySpan<byte> text, out long microseconds)
    {
        const int wholeDigits = 10;
        const int microDigits = 6;
        microseconds = 0;
        if (
            text.Length is < wholeDigits + 2 or > 24
            || text[wholeDigits] != '.'
            || !Digits(text[..5], out var high)
            || !Digits(text[5..wholeDigits], out var low)
            || high * 100_000L + low is not (>= MinSeconds and < MaxSeconds and var seconds)
        )
        {
            return false;
        }

        var decimals = text[(wholeDigits + 1)..];
        var micros = 0;
        for (var at = 0; at < Math.Max(decimals.Length, microDigits); at++)
        {
            var digit = at < decimals.Length ? decimals[at] - '0' : 0;
            if (digit is < 0 or > 9)
            {
                return false;
            }

            micros = at < microDigits ? micros * 10 + digit : micros;
        }

        microseconds = seconds * 1_000_000 + micros;
        return true;
    }

    static bool TryEpoch(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (
            !Utf8Parser.TryParse(text, out decimal number, out var length)
            || length != text.Length
            || number < MinSeconds
        )
        {
            return false;
        }

        // Seconds, milliseconds, microseconds, nanoseconds: each range is a thousand times the one before.
        var scale = 1_000_000m;
        while (number > MaxSeconds)
        {
            if (scale < 1m)
            {
                return false;
            }

            number /= 1000m;
            scale = 1_000_000m;
            if (number < MinSeconds)
            {
                return false;
            }
        }

        microseconds = (long)(number * scale);
        return true;
    }

    static bool TryYearless(ReadOnlySpan<byte> text, LogClock clock, out long microseconds)
    {
        microseconds = 0;
        // A leap year, so that 29 February is a day; the clock finds the real one.
        if (
            !DateTime.TryParseExact(
                "2000 " + Encoding.ASCII.GetString(text),
                s_yearlessForms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var time
            ) || clock.WithYear(time.Month, time.Day, time.TimeOfDay) is not { } utc
        )
        {
            return false;
        }

        microseconds = (utc.Ticks - DateTime.UnixEpoch.Ticks) / 10;
        return true;
    }

    static bool TryOther(ReadOnlySpan<byte> text, LogClock clock, out long microseconds)
    {
        microseconds = 0;
        var line = Encoding.UTF8.GetString(text);
        if (
            !DateTimeOffset.TryParseExact(
                line,
                s_otherForms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces,
                out var time
            )
        )
        {
            return false;
        }

        var hasZone =
            line.Contains('+', StringComparison.Ordinal)
            || line.Contains(" -", StringComparison.Ordinal);
        var written = (time.UtcDateTime - DateTime.UnixEpoch).Ticks / 10;
        microseconds = hasZone ? written : clock.ToUtc(written);
        return true;
    }

    static bool Digits(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = number * 10 + digit - '0';
        }

        return text.Length > 0;
    }
}
