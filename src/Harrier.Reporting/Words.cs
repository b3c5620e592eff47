using System.Globalization;
using Harrier.Hunts;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Verdicts;

namespace Harrier.Reporting;

/// <summary>The words of a report: verdicts, numbers, times, and the sentences that answer first. Words of certainty are peak.md 7.4's.</summary>
public static class Words
{
    static readonly NumberFormatInfo s_groups = new()
    {
        NumberGroupSeparator = "\u2009",
        NumberGroupSizes = [3],
    };

    public static string Number(long number) => number.ToString("#,0", s_groups);

    public static string Count(long number, string noun, string? plural = null) =>
        $"{Number(number)} {(number == 1 ? noun : plural ?? noun + "s")}";

    public static DateTime Moment(long microseconds) =>
        DateTime.UnixEpoch.AddTicks(microseconds * 10);

    public static string Day(long microseconds) =>
        Moment(microseconds).ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    public static string ShortDay(long microseconds) =>
        Moment(microseconds).ToString("d MMM", CultureInfo.InvariantCulture);

    public static string Minute(long microseconds) =>
        Moment(microseconds).ToString("d MMM HH:mm", CultureInfo.InvariantCulture);

    public static string Second(long microseconds) =>
        Moment(microseconds).ToString("d MMM HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Rfc3339(long microseconds) =>
        Moment(microseconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    public static string Score(double score) =>
        score.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A range of time, said as shortly as it can be.</summary>
    public static string Span(long first, long last)
    {
        if (last - first < TimeSpan.MicrosecondsPerMinute)
        {
            return Minute(first);
        }

        return Moment(first).Date == Moment(last).Date
            ? $"{Minute(first)}–{Moment(last).ToString("HH:mm", CultureInfo.InvariantCulture)}"
            : $"{Minute(first)} – {Minute(last)}";
    }

    public static string Verdict(Verdict verdict) =>
        verdict switch
        {
            Hunts.Verdicts.Verdict.ConfirmedMalicious => "confirmed, malicious",
            Hunts.Verdicts.Verdict.Inconclusive => "inconclusive",
            Hunts.Verdicts.Verdict.ConfirmedBenign => "confirmed, benign",
            Hunts.Verdicts.Verdict.NotConfirmed => "not confirmed",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
        };

    /// <summary>A verdict as programs read it : confirmed-malicious, inconclusive, confirmed-benign, not-confirmed.</summary>
    public static string VerdictId(Verdict verdict) =>
        verdict switch
        {
            Hunts.Verdicts.Verdict.ConfirmedMalicious => "confirmed-malicious",
            Hunts.Verdicts.Verdict.Inconclusive => "inconclusive",
            Hunts.Verdicts.Verdict.ConfirmedBenign => "confirmed-benign",
            Hunts.Verdicts.Verdict.NotConfirmed => "not-confirmed",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
        };

    /// <summary>Filled, half and empty circle, square: a verdict is never colour alone.</summary>
    public static string Shape(Verdict verdict) =>
        verdict switch
        {
            Hunts.Verdicts.Verdict.ConfirmedMalicious => "●",
            Hunts.Verdicts.Verdict.Inconclusive => "◐",
            Hunts.Verdicts.Verdict.ConfirmedBenign => "■",
            Hunts.Verdicts.Verdict.NotConfirmed => "○",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
        };

    public static string Type(HuntType type) =>
        type == HuntType.Model ? "M-ATH" : type.ToString().ToLowerInvariant();

    /// <summary>The finding in a sentence: what a reader takes away who reads nothing else.</summary>
    public static string Title(ReportModel model)
    {
        if (model.Runs.Count == 0)
        {
            return "Nothing has been hunted yet";
        }

        var confirmed = model
            .Runs.Where(run => run.Verdict == Hunts.Verdicts.Verdict.ConfirmedMalicious)
            .ToList();
        if (confirmed.Count > 0)
        {
            var best = model.Leads.FirstOrDefault(lead =>
                confirmed.Any(run => run.RunId == lead.RunId)
            );
            var more =
                confirmed.Count > 1
                    ? $", and {Count(confirmed.Count - 1, "other hunt")} confirmed"
                    : "";
            return best is null
                ? $"Confirmed: {confirmed[0].Title}{more}"
                : $"{Visible.Text(best.Title, 160)}{more}";
        }

        var open = model.Runs.Count(run => run.Verdict == Hunts.Verdicts.Verdict.Inconclusive);
        if (open > 0)
        {
            return $"No hunt was confirmed; {Count(open, "question")} of {model.Runs.Count} could not be answered with the data at hand";
        }

        return $"No hunt was confirmed on the data at hand; {Count(model.Leads.Count, "lead")} deserve{(model.Leads.Count == 1 ? "s" : "")} a look";
    }

    /// <summary>One paragraph that a manager can repeat.</summary>
    public static string Paragraph(ReportModel model)
    {
        if (model.Runs.Count == 0)
        {
            return "Run the hunts first: harrier hunt run --all.";
        }

        var sentences = new List<string>();
        var hosts = model
            .Presence.Where(presence => presence.Host is not null)
            .Select(presence => presence.Host)
            .Distinct()
            .Count();
        var days = model.Presence.Select(presence => presence.Day).Distinct().Count();
        sentences.Add(
            $"We ran {Count(model.Runs.Count, "hunt")} over {Count(model.Classes.Sum(c => c.Events), "event")} of {Count(hosts, "host")} on {Count(days, "day")}."
        );
        var confirmed = model
            .Runs.Where(run => run.Verdict == Hunts.Verdicts.Verdict.ConfirmedMalicious)
            .ToList();
        if (confirmed.Count > 0)
        {
            sentences.Add(About(model, confirmed));
            sentences.AddRange(
                confirmed
                    .Take(4)
                    .Select(run => $"“{run.Title}”: {Sentence(Visible.Text(run.Reason, 240))}")
            );
        }

        var silent = model.Runs.Count(run => run.Verdict == Hunts.Verdicts.Verdict.NotConfirmed);
        if (silent > 0)
        {
            sentences.Add(
                $"{Count(silent, "hunt")} did not see what {(silent == 1 ? "it looks" : "they look")} for on the data described below."
            );
        }

        var open = model.Runs.Count(run => run.Verdict == Hunts.Verdicts.Verdict.Inconclusive);
        if (open > 0)
        {
            sentences.Add(
                $"{Count(open, "hunt")} could not be decided: data is missing, or outliers wait for a person's judgement."
            );
        }

        return string.Join(" ", sentences);
    }

    /// <summary>What the confirmed hunts have in common: whom and when their leads name most.</summary>
    static string About(ReportModel model, List<HuntRun> confirmed)
    {
        var ids = confirmed.Select(run => run.RunId).ToHashSet(StringComparer.Ordinal);
        var leads = model.Leads.Where(lead => ids.Contains(lead.RunId)).ToList();
        var hunts = confirmed.Count == 1 ? "One hunt is" : $"{confirmed.Count} hunts are";
        if (leads.Count == 0)
        {
            return $"{hunts} confirmed.";
        }

        var named = leads
            .SelectMany(lead =>
                lead.Entities.Where(entity => entity.Type is "host" or "account").Distinct()
            )
            .GroupBy(entity => entity)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key.Value, StringComparer.Ordinal)
            .Take(3)
            .Select(group => $"{group.Key.Type} {Visible.Text(group.Key.Value, 60)}")
            .ToList();
        var about = named.Count > 0 ? $", most of it about {string.Join(", ", named)}" : "";
        return $"{hunts} confirmed by {Count(leads.Count, "lead")}{about}, between {Minute(leads.Min(lead => lead.First))} and {Minute(leads.Max(lead => lead.Last))} UTC.";
    }

    /// <summary>What somebody has to decide or do now: the confirmed hunts' own words, then the gaps.</summary>
    public static IReadOnlyList<(string What, string Why)> Decisions(ReportModel model)
    {
        var decisions = new List<(string, string)>();
        foreach (
            var run in model.Runs.Where(run =>
                run.Verdict == Hunts.Verdicts.Verdict.ConfirmedMalicious
            )
        )
        {
            if (model.Texts.GetValueOrDefault(run.Hunt)?.IfConfirmed is { } next)
            {
                decisions.Add((next, $"“{run.Title}” is confirmed"));
            }
        }

        foreach (
            var group in model
                .Runs.SelectMany(run =>
                    run.Coverage.Missing.Select(missing => (missing, run.Title))
                )
                // What only helps, or how a sensor counts, is told under "what we could see": nobody has to decide it.
                .Where(pair =>
                    !pair.missing.Contains("helpful", StringComparison.Ordinal)
                    && !pair.missing.Contains("sensor", StringComparison.Ordinal)
                )
                .GroupBy(pair => pair.missing)
                .Take(4)
        )
        {
            decisions.Add(
                (
                    $"Collect what is missing: {group.Key}",
                    $"needed by {string.Join(", ", group.Select(pair => $"“{pair.Title}”").Distinct().Take(3))}"
                )
            );
        }

        return decisions;
    }

    /// <summary>Runs in the order a reader needs them: what is confirmed, what is open, what was not seen.</summary>
    public static IReadOnlyList<HuntRun> Ordered(IReadOnlyList<HuntRun> runs) =>
        [
            .. runs.OrderBy(run =>
                    run.Verdict switch
                    {
                        Hunts.Verdicts.Verdict.ConfirmedMalicious => 0,
                        Hunts.Verdicts.Verdict.Inconclusive => 1,
                        Hunts.Verdicts.Verdict.ConfirmedBenign => 2,
                        _ => 3,
                    }
                )
                .ThenBy(run => run.Type)
                .ThenBy(run => run.Hunt, StringComparer.Ordinal),
        ];

    public static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    /// <summary>Leads by story, best story first; leads of no story stand alone.</summary>
    public static IReadOnlyList<IReadOnlyList<Lead>> Stories(IReadOnlyList<Lead> leads) =>
        [
            .. leads
                .GroupBy(lead => lead.Story ?? lead.Id)
                .Select(group =>
                    (IReadOnlyList<Lead>)
                        [.. group.OrderByDescending(lead => lead.Score).ThenBy(lead => lead.First)]
                )
                .OrderByDescending(story => story[0].Score)
                .ThenByDescending(story => story.Count)
                .ThenBy(story => story[0].Id, StringComparer.Ordinal),
        ];
}
