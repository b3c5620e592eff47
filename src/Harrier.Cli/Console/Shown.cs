using System.Globalization;

namespace Harrier.Cli.Console;

/// <summary>How numbers and times look to a person: thin groups, UTC, no more digits than needed.</summary>
public static class Shown
{
    static readonly NumberFormatInfo s_groups = new()
    {
        NumberGroupSeparator = " ",
        NumberGroupSizes = [3],
    };

    public static string Count(long number) => number.ToString("#,0", s_groups);

    /// <summary>A number with its noun: "1 lead", "2 leads".</summary>
    public static string Count(long number, string noun) =>
        $"{Count(number)} {noun}{(number == 1 ? "" : "s")}";

    public static string Bytes(long bytes) =>
        bytes switch
        {
            < 1_000 => $"{bytes} B",
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.#} GB"),
        };

    public static string Seconds(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");

    public static string Score(double score) =>
        score.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>Day and minute, UTC.</summary>
    public static string Minute(long microseconds) =>
        Moment(microseconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string Second(long microseconds) =>
        Moment(microseconds).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>RFC 3339 UTC with Z, for machines.</summary>
    public static string Rfc3339(long microseconds) => Reporting.Words.Rfc3339(microseconds);

    static DateTime Moment(long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * 10);
}
