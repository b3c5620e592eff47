using System.Globalization;
using Harrier.Schema;

namespace Harrier.Telemetry.Clocks;

/// <summary>A log that may tell the year of one without: its times carry theirs, or its file's date fits its last line.</summary>
/// <param name="IsNear">It lies in the same folder or archive.</param>
sealed record DatedLog(string Name, TimeRange Range, bool IsNear);

/// <summary>Of which year the first time of a log is that carries none, and what says so.</summary>
/// <remarks>
/// The date of a file is that of its last line as long as nobody copied, unpacked or generated it; then it fits the last line, and is
/// believed. Where it does not, other logs of the import are asked: what was collected together was written together. A year is theirs
/// if in it, and in no other, the log runs beside them. It must be so for nine in ten of those in the same folder or archive, or for
/// all of at least two elsewhere; the log's own times with a year come before all others. What is weaker is only said.
/// </remarks>
/// <param name="Year">Null where nothing tells better than the date of the file.</param>
sealed record YearVerdict(int? Year, ClockFinding Finding)
{
    /// <summary>A log is written until the file's last change, which may carry no zone, and rotated soon after.</summary>
    static readonly TimeSpan FitsDate = TimeSpan.FromDays(2);

    /// <summary>Logs that were collected together need not have a moment in common.</summary>
    static readonly TimeSpan FitsOther = TimeSpan.FromDays(2);

    /// <summary>The file's date fits the last line, and the log's own times with a year: nothing else need be asked.</summary>
    public static bool IsDateStrong(YearlessLog log, DateTime? written) =>
        written is { } date
        && log.YearBefore(date) is { } year
        && log.In(year) is { } range
        && date - range.To <= FitsDate
        && (log.Dated is not { } own || YearsNear(log, own).Contains(year));

    /// <summary>The verdict on a log whose date is weak.</summary>
    /// <param name="fileYear">The year that the file's date gives, or the import's where it has none.</param>
    public static YearVerdict Of(
        YearlessLog log,
        DateTime? written,
        int fileYear,
        IReadOnlyList<DatedLog> others
    )
    {
        if (log.Dated is { } own && YearsNear(log, own) is [var ownYear])
        {
            return Found(ownYear, fileYear, 1, 1, "as its own times with a year say");
        }

        foreach (var isNear in (bool[])[true, false])
        {
            var asked = others
                .Where(other => other.IsNear == isNear)
                .Select(other => (other.Name, Years: YearsNear(log, other.Range)))
                .Where(other => other.Years.Count > 0)
                .ToArray();
            var best = asked
                .SelectMany(other => other.Years)
                .GroupBy(year => year)
                .Select(year => (Year: year.Key, Votes: year.Count()))
                .OrderByDescending(year => year.Votes)
                .ThenByDescending(year => year.Year)
                .ToArray();
            if (best.Length == 0)
            {
                continue;
            }

            var (found, votes) = best[0];
            // A log over several years fits every one of them, and tells none.
            var isOnly = best.Skip(1).All(other => other.Votes < votes);
            if (
                isOnly
                && (
                    isNear
                        ? votes * 10 >= asked.Length * 9
                        : votes == asked.Length && votes > 1 && best.Length == 1
                )
            )
            {
                var first = asked.First(other => other.Years.Contains(found)).Name;
                return Found(
                    found,
                    fileYear,
                    votes,
                    asked.Length,
                    $"as {votes} of {asked.Length} logs {(isNear ? "beside it" : "of this import")} say that run beside it in some year ({LastName(first)}{(votes > 1 ? " and others" : "")})"
                );
            }
        }

        return new YearVerdict(
            null,
            FindingOf(
                0,
                0,
                fileYear,
                written is null
                    ? $"No date of the file tells the year, and no other log: the first time was taken as {fileYear}. --year names it."
                    : $"The year {fileYear} is that of the file's date, {written:yyyy-MM-dd}, which does not fit the last line, and no other log tells it: --year names it."
            )
        );
    }

    static YearVerdict Found(int year, int fileYear, int agreeing, int seen, string why) =>
        new(
            year,
            FindingOf(
                agreeing,
                seen,
                year,
                year == fileYear
                    ? $"The first time is of {year}, {why}."
                    : $"The first time is of {year}, {why}; the date of the file gave {fileYear}. --year overrules it."
            )
        );

    static ClockFinding FindingOf(int agreeing, int seen, int year, string sentence) =>
        new(
            "year",
            "",
            year.ToString(CultureInfo.InvariantCulture),
            null,
            agreeing,
            seen,
            0,
            sentence
        );

    /// <summary>The years in which the log runs beside another.</summary>
    static List<int> YearsNear(YearlessLog log, TimeRange other)
    {
        const int most = 100;
        var years = new List<int>();
        for (
            var year = other.From.Year - 1;
            year <= other.To.Year + 1 && years.Count < most;
            year++
        )
        {
            if (log.In(year) is { } range && range.IsNear(other, FitsOther))
            {
                years.Add(year);
            }
        }

        return years;
    }

    static string LastName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
}
