using System.Buffers;
using System.Globalization;
using System.IO.Enumeration;
using Harrier.Schema;

namespace Harrier.Telemetry.Clocks;

/// <summary>What a person says about a clock: how far it is ahead of UTC. <c>conn.log=-7h</c>, <c>host:ws1=+312s</c>.</summary>
/// <remarks>
/// A file's offset is that of whoever stamped its records: a time that says it is UTC (Sysmon's UtcTime) stays.
/// A host's offset is that of its clock, which all its events have.
/// </remarks>
/// <param name="Source">Name of files or members with * and ?, or of a host (short, lower case).</param>
/// <param name="Micros">Microseconds ahead of UTC; negative: behind.</param>
public sealed record ClockOffset(string Source, bool IsHost, long Micros)
{
    const string HostPrefix = "host:";
    static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");
    const long MostMicros = 3_660L * 86_400 * 1_000_000;

    /// <exception cref="HarrierFault">It is no offset (usage).</exception>
    public static ClockOffset Parse(string text)
    {
        var equals = text.LastIndexOf('=');
        if (equals < 1 || !TryMicros(text[(equals + 1)..], out var micros))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"'{text}' is no clock offset.",
                remedy: "Write SOURCE=OFFSET, as in security.json=-7h, conn*.log=+00:30 or host:ws1=+312s: how far the clock is ahead of UTC."
            );
        }

        var source = text[..equals];
        return source.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase)
            ? new ClockOffset(source[HostPrefix.Length..].ToLowerInvariant(), true, micros)
            : new ClockOffset(source, false, micros);
    }

    /// <summary>Whether a file is meant, by its path, its name, its member's path or name.</summary>
    public bool IsOf(string path, string? member) =>
        !IsHost
        && (
            Fits(path)
            || Fits(LastName(path))
            || (member is not null && (Fits(member) || Fits(LastName(member))))
        );

    /// <summary>An offset in words: -7 h, +5 h 30 min, +312 s.</summary>
    public static string InWords(long micros)
    {
        var sign = micros < 0 ? "-" : "+";
        return sign + Length(micros);
    }

    /// <summary>Its length without direction: 7 h, 5 h 30 min, 312 s.</summary>
    public static string Length(long micros)
    {
        var seconds = Math.Abs(micros / 1e6);
        var length = TimeSpan.FromSeconds(seconds < 60 ? seconds : Math.Round(seconds));
        return length switch
        {
            { TotalMinutes: < 1 } => seconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
            { TotalMinutes: < 15 } => Plain(length.TotalSeconds) + " s",
            { Seconds: 0, Minutes: 0 } => Plain(length.TotalHours) + " h",
            { TotalHours: < 1 } =>
                $"{length.Minutes} min{(length.Seconds > 0 ? $" {length.Seconds} s" : "")}",
            { Seconds: 0 } => $"{(int)length.TotalHours} h {length.Minutes} min",
            _ => $"{(int)length.TotalHours} h {length.Minutes} min {length.Seconds} s",
        };
    }

    static string Plain(double number) => number.ToString("0", CultureInfo.InvariantCulture);

    bool Fits(string name) =>
        FileSystemName.MatchesSimpleExpression(Source, name, ignoreCase: true);

    static string LastName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>+7h, -90m, 312s, +1d12h, 5.5h, +07:30, -00:00:05, 0.</summary>
    static bool TryMicros(string text, out long micros)
    {
        micros = 0;
        var sign = text.StartsWith('-') ? -1 : 1;
        var rest = text.TrimStart('+', '-');
        if (rest == "0")
        {
            return true;
        }

        if (text.Length - rest.Length > 1 || rest.Length == 0)
        {
            return false;
        }

        if (rest.Contains(':', StringComparison.Ordinal))
        {
            if (
                !TimeSpan.TryParseExact(
                    rest,
                    [@"hh\:mm", @"h\:mm", @"hh\:mm\:ss"],
                    CultureInfo.InvariantCulture,
                    out var length
                )
            )
            {
                return false;
            }

            micros = sign * length.Ticks / TimeSpan.TicksPerMicrosecond;
            return true;
        }

        var total = 0.0;
        while (rest.Length > 0)
        {
            var unit = rest.AsSpan().IndexOfAnyExcept(s_number);
            if (
                unit < 1
                || !double.TryParse(
                    rest[..unit],
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var number
                )
            )
            {
                return false;
            }

            var seconds = rest[unit] switch
            {
                'd' => 86_400,
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => 0,
            };
            if (seconds == 0)
            {
                return false;
            }

            total += number * seconds;
            rest = rest[(unit + 1)..];
        }

        if (total * 1e6 > MostMicros)
        {
            return false;
        }

        micros = sign * (long)Math.Round(total * 1e6);
        return true;
    }
}
