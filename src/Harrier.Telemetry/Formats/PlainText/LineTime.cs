using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Formats.PlainText;

/// <summary>The time stamp that a line of an unknown log begins with.</summary>
/// <remarks>
/// It must stand at the start (after a bracket, quote or syslog priority), have a date and a time of day with colons, and be one of the forms
/// that Harrier reads elsewhere. Numbers alone are no time: ten digits may be anything.
/// </remarks>
static class LineTime
{
    const int MostWords = 6;
    const int MostBytes = 48;
    const int DateBytes = 10;

    /// <param name="clock">Gives years and zones to times that carry none.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, LogClock clock, out DateTime utc)
    {
        var rest = line.TrimStart("[(\"' \t"u8);
        if (SyslogHead.TryParse(rest, clock, out var head))
        {
            utc = head.Utc;
            return true;
        }

        if (rest.Length > DateBytes && rest[DateBytes] == ',' && char.IsAsciiDigit((char)rest[0]))
        {
            // '2026-03-02,10:00:00,...': a table without a header.
            Span<byte> dated = stackalloc byte[Math.Min(rest.Length, MostBytes)];
            rest[..dated.Length].CopyTo(dated);
            dated[DateBytes] = (byte)' ';
            return TryWords(dated, clock, out utc);
        }

        return TryWords(rest, clock, out utc);
    }

    static bool TryWords(ReadOnlySpan<byte> rest, LogClock clock, out DateTime utc)
    {
        // The longest form first: '11/24/2026 1:02:03 PM' is also a time without its last word.
        Span<int> ends = stackalloc int[MostWords];
        for (var words = Ends(rest, ends); words > 0; words--)
        {
            var text = rest[..ends[words - 1]].Trim("[]()\"',;|-"u8);
            if (
                text.Count((byte)':') >= 2
                && TimeText.TryParse(text, clock, out var microseconds)
                && microseconds is > MinMicroseconds and < MaxMicroseconds
            )
            {
                utc = DateTime.UnixEpoch.AddMicroseconds(microseconds);
                return true;
            }
        }

        utc = default;
        return false;
    }

    // 1980 to 2100, as for numbers in TimeText: what is outside was no time.
    const long MinMicroseconds = 315_532_800_000_000;
    const long MaxMicroseconds = 4_102_444_800_000_000;

    /// <summary>Where the first words end; a bracket, a comma or a bar ends one too.</summary>
    static int Ends(ReadOnlySpan<byte> line, Span<int> ends)
    {
        var words = 0;
        for (var at = 0; at <= line.Length && at <= MostBytes && words < ends.Length; at++)
        {
            var isEnd =
                at == line.Length
                || line[at] is (byte)' ' or (byte)'\t' or (byte)']' or (byte)'|' or (byte)',';
            if (isEnd && at > 0 && line[at - 1] is not ((byte)' ' or (byte)','))
            {
                ends[words++] = at;
            }
        }

        return words;
    }
}
