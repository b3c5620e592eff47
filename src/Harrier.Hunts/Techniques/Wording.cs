using System.Globalization;

namespace Harrier.Hunts.Techniques;

/// <summary>Numbers and spans as reasons say them.</summary>
static class Wording
{
    public static string Count(long n, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{n:#,0} {(n == 1 ? one : many)}");

    /// <summary>3 figures at most: 0.012, 4.5, 1,200.</summary>
    public static string Number(double x) =>
        Math.Abs(x) switch
        {
            >= 100 => x.ToString("#,0", CultureInfo.InvariantCulture),
            >= 10 => x.ToString("0.#", CultureInfo.InvariantCulture),
            >= 0.01 or 0 => x.ToString("0.##", CultureInfo.InvariantCulture),
            _ => x.ToString("0.#E+0", CultureInfo.InvariantCulture),
        };

    public static string Days(double days) =>
        Number(Math.Round(days, 1)) + (Math.Round(days, 1) == 1 ? " day" : " days");

    public static string Span(double seconds) =>
        seconds switch
        {
            < 120 => Number(seconds) + " s",
            < 7_200 => Number(seconds / 60) + " min",
            < 172_800 => Number(seconds / 3_600) + " h",
            _ => Number(seconds / 86_400) + " days",
        };

    public static string Bytes(double bytes) =>
        bytes switch
        {
            < 10_000 => Number(bytes) + " B",
            < 1e7 => Number(bytes / 1e3) + " kB",
            < 1e10 => Number(bytes / 1e6) + " MB",
            _ => Number(bytes / 1e9) + " GB",
        };

    /// <summary>What a test asks, said of what it found: "Which commands dump LSASS?" becomes "commands dump LSASS".</summary>
    public static string Statement(string question)
    {
        var text = question.TrimEnd('?', '.', ' ');
        foreach (var start in (string[])["Which ", "What ", "Who "])
        {
            text = text.StartsWith(start, StringComparison.Ordinal) ? text[start.Length..] : text;
        }

        return text;
    }

    /// <summary>A title after a colon: its first letter small, unless the word is written in capitals, as LSASS is.</summary>
    public static string InSentence(string title) =>
        title.Length == 0 || (title.Length > 1 && char.IsUpper(title[1]))
            ? title
            : string.Concat(title[..1].ToLowerInvariant(), title.AsSpan(1));

    /// <summary>What chance alone gives, for the last sentence of a reason.</summary>
    public static string Chance(double expected) =>
        expected >= 0.95
            ? $"Chance alone gives about {Number(Math.Round(expected))} such findings in a run like this."
            : $"Chance alone gives {Number(expected)} such findings in a run like this.";

    /// <summary>Up to five names and how many more.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        names.Count <= 5
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more";
}
