using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Language;
using Harrier.Sigma.Scanning;
using Harrier.Sigma.Testing;

namespace Harrier.Cli.Verbs;

/// <summary>What <c>harrier sigma explain</c> says of correlations: what their rules bring, and how near their groups come.</summary>
static class SigmaExplainCorrelation
{
    const int ShownGroups = 10;

    public static void OnWorkspace(
        Face face,
        HuntSession session,
        SigmaRuleSet set,
        IReadOnlyList<SigmaCorrelation> asked,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var correlations = Running(set, asked);
        var logsources = Logsources.Load(session.LogsourceFolders);
        var trace = new CorrelationTrace(correlations);
        var feed = new SigmaCorrelationFeed(correlations, logsources, trace: trace);
        var probe = new DataProbe(correlations.Rules, logsources);
        SigmaScan.Run(
            session.Lake,
            SigmaCompiler.Compile(correlations.Rules, logsources),
            new SigmaScope(window),
            feed.ColumnsFor,
            (batch, hits, _) =>
            {
                probe.Add(batch);
                feed.Add(batch, hits);
            },
            cancel
        );
        _ = feed.Complete();
        Show(face, trace.Explain(probe.Of), untimed: 0);
    }

    public static void OnEvents(
        Face face,
        SigmaRuleSet set,
        IReadOnlyList<SigmaCorrelation> asked,
        string file,
        string timeField,
        CancellationToken cancel
    )
    {
        var correlations = Running(set, asked);
        var trial = new RuleTrial(
            set with
            {
                Rules = correlations.Rules,
                Correlations = [.. correlations.Correlations],
            },
            timeField
        );
        _ = SigmaTestVerb.Matched(trial, file, cancel);
        _ = trial.Complete();
        Show(face, trial.Explain(), trial.Untimed);
        SigmaTestVerb.ShowUntimed(face, trial.Untimed, timeField);
    }

    /// <summary>The correlations asked about, and all that they refer to.</summary>
    /// <exception cref="HarrierFault">One of them can't run.</exception>
    static CompiledCorrelations Running(SigmaRuleSet set, IReadOnlyList<SigmaCorrelation> asked)
    {
        var wanted = SigmaPlan.WithReferred(asked, set);
        var compiled = CompiledCorrelations.Compile(set.Rules, wanted);
        return compiled.NotRun is [var (correlation, why), ..]
            ? throw new HarrierFault(
                FaultKind.Usage,
                $"'{SafeText.From(correlation.Title, 90)}' can't run: {SafeText.From(why, 200)}.",
                $"{correlation.File}:{correlation.Line}:1",
                "Name the files of its rules too: harrier sigma explain correlation.yml rules/"
            )
            : compiled;
    }

    static void Show(Face face, IReadOnlyList<CorrelationExplanation> explained, int untimed)
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.explain-correlation/1",
                Correlations = explained.Select(Json),
                Untimed = untimed,
            }
        );
        foreach (var one in explained)
        {
            if (one != explained[0])
            {
                face.Line();
            }

            Show(face, one);
        }
    }

    static object Json(CorrelationExplanation one) =>
        new
        {
            one.Correlation.Id,
            one.Correlation.Title,
            one.Correlation.Level,
            one.Correlation.File,
            one.Condition,
            Answer = one.Alerts > 0 ? "matches"
            : one.CanBeAnswered ? "no_match"
            : "cannot_be_answered",
            one.Why,
            one.Alerts,
            Rules = one.Rules.Select(rule => new
            {
                Rule = rule.Text,
                rule.Title,
                rule.Events,
                rule.Counted,
                Missing = rule.Missing.Select(pair => new
                {
                    Field = pair.Key,
                    Events = pair.Value,
                }),
                rule.NoNumber,
                rule.Why,
            }),
            one.Groups,
            one.GroupsLeftOut,
            Nearest = one.Nearest.Select(group => new
            {
                Group = group.Group.ToDictionary(),
                group.Events,
                group.Value,
                group.Lacks,
                First = Shown.Rfc3339(group.First),
                Last = Shown.Rfc3339(group.Last),
                group.Seen,
                group.Alerts,
            }),
            Truncated = one.Groups > one.Nearest.Count,
        };

    static void Show(Face face, CorrelationExplanation one)
    {
        face.Line(SafeText.From($"{one.Correlation.Title}: {one.Condition}", 300).Value);
        var rules = Face.Table("rule", ">events", ">counted", "not counted");
        foreach (var rule in one.Rules)
        {
            rules.AddRow(
                Face.Cell(SafeText.From(rule.Title, 60)),
                Face.Cell(Shown.Count(rule.Events)),
                Face.Cell(Shown.Count(rule.Counted)),
                Face.Cell(SafeText.From(LeftOut(rule), 120))
            );
        }

        face.Show(rules);
        if (one.Nearest.Count > 0)
        {
            var seen = one.Nearest.Any(group => group.Seen.Count > 0);
            var groups = Face.Table(
                "group",
                ">events",
                seen ? "nearest: rules seen" : ">nearest",
                ">first (UTC)",
                ">last (UTC)",
                ">alerts"
            );
            foreach (var group in one.Nearest.Take(ShownGroups))
            {
                groups.AddRow(
                    Face.Cell(SafeText.From(GroupText.Of(group.Group), 80)),
                    Face.Cell(Shown.Count(group.Events)),
                    Face.Cell(
                        SafeText.From(
                            seen
                                ? string.Join(", ", group.Seen)
                                : group.Value.ToString("0.###", CultureInfo.InvariantCulture),
                            80
                        )
                    ),
                    Face.Cell(Shown.Second(group.First)),
                    Face.Cell(Shown.Second(group.Last)),
                    Face.Cell(Shown.Count(group.Alerts))
                );
            }

            face.Show(groups);
            if (one.Groups > ShownGroups)
            {
                face.Line($"and {Shown.Count(one.Groups - ShownGroups, "group")} more: --json");
            }
        }

        face.Line(
            one.Why is null ? $"The correlation began to hold {Shown.Count(one.Alerts, "time")}."
            : one.CanBeAnswered
                ? SafeText.From($"The correlation holds nowhere: {one.Why}.", 400).Value
            : SafeText.From($"This data cannot answer the correlation: {one.Why}.", 400).Value
        );
    }

    static string LeftOut(ReferredEvents rule) =>
        rule.Why is { } why
            ? why
            : string.Join(
                ", ",
                rule.Missing.Select(pair => $"without {pair.Key} {Shown.Count(pair.Value)}")
                    .Concat(rule.NoNumber > 0 ? [$"no number {Shown.Count(rule.NoNumber)}"] : [])
            );
}
