using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Scanning;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma backtest BEFORE [AFTER] [--with FILTER]</c>: what a change of a rule does on the workspace's events.</summary>
static class SigmaBacktestVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var before = new Argument<string>("BEFORE") { Description = "The rule file as it is" };
        var after = new Argument<string?>("AFTER")
        {
            Description = "The rule file as it is to be",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var with = new Option<string[]?>("--with")
        {
            Description = "A file that joins the rule afterwards: a filter",
            HelpName = "FILE",
        };
        var from = new Option<string?>("--from")
        {
            Description = "RFC 3339, a day, or -7d",
            HelpName = "TIME",
        };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var samples = new Option<int>("--samples")
        {
            Description = "Events shown of what is gained, lost and kept",
            DefaultValueFactory = _ => 5,
            HelpName = "N",
        };
        var failOn = new Option<string?>("--fail-on")
        {
            Description = "Exit 1 when hits are gained, lost, or either (changed)",
            HelpName = "WHAT",
        };
        failOn.AcceptOnlyFromAmong("gained", "lost", "changed");
        var command = new Command(
            "backtest",
            "Run a rule before and after a change over the workspace: hits gained, lost and kept\n\n  harrier sigma backtest rule.yml rule-new.yml --from -30d\n  harrier sigma backtest rule.yml --with filter.yml --fail-on gained"
        )
        {
            before,
            after,
            with,
            from,
            to,
            samples,
            failOn,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var old = parsed.GetValue(before)!;
                var more = parsed.GetValue(with) ?? [];
                if (parsed.GetValue(after) is null && more.Length == 0)
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        "There is nothing to compare the rule with.",
                        remedy: "Name a second rule file, or a filter: --with FILE."
                    );
                }

                if (parsed.GetValue(samples) is < 0 or > 1_000)
                {
                    throw new HarrierFault(FaultKind.Usage, "--samples is from 0 to 1000.");
                }

                using var session = HuntSession.Open(run);
                var (was, becomes) = (
                    Plan([old], session),
                    Plan([parsed.GetValue(after) ?? old, .. more], session)
                );
                var result = SigmaBacktest.Run(
                    session.Lake,
                    session.Leads,
                    was,
                    becomes,
                    new SigmaScope(
                        Run.Window(parsed.GetValue(from), parsed.GetValue(to), session.LastEvent)
                    ),
                    parsed.GetValue(samples),
                    cancel
                );
                Show(run.Face, result, [.. NotRun(was), .. NotRun(becomes)]);
                var (gained, lost) = (
                    result.Gained.Count + result.Alerts.Gained.Count > 0,
                    result.Lost.Count + result.Alerts.Lost.Count > 0
                );
                var failed = parsed.GetValue(failOn) switch
                {
                    "gained" => gained,
                    "lost" => lost,
                    "changed" => gained || lost,
                    _ => false,
                };
                return Task.FromResult(failed ? Application.No : Application.Done);
            }
        );
        return command;
    }

    /// <exception cref="HarrierFault">A file is not there, or holds a rule that can't be read.</exception>
    static SigmaPlan Plan(IReadOnlyList<string> files, HuntSession session)
    {
        var set = SigmaRules.Load(SigmaVerb.Existing(files), session.Placeholders, Run.RuleCache);
        SigmaVerb.ThrowFirst(set);
        return set.Notices is [var notice, ..]
            ? throw new HarrierFault(
                FaultKind.Usage,
                notice.Message,
                $"{notice.File}:{notice.Line}",
                "A filter names the rule by its id or name."
            )
            : new SigmaPlan(set, RuleChoice.All, Logsources.Load(session.LogsourceFolders));
    }

    static IEnumerable<(string Rule, string Why)> NotRun(SigmaPlan plan) =>
        plan
            .Compiled.NotRun.Select(pair => (pair.Rule.Title, pair.Why))
            .Concat(plan.Correlations.NotRun.Select(pair => (pair.Correlation.Title, pair.Why)));

    static void Show(
        Face face,
        BacktestResult result,
        IReadOnlyList<(string Rule, string Why)> notRun
    )
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.backtest/1",
                result.Events,
                Gained = Json(result.Gained),
                Lost = Json(result.Lost),
                Kept = Json(result.Kept),
                Alerts = new
                {
                    Gained = result.Alerts.Gained.Select(Json),
                    Lost = result.Alerts.Lost.Select(Json),
                    result.Alerts.Kept,
                },
                NotRun = notRun.Select(one => new { one.Rule, one.Why }),
            }
        );
        var table = Face.Table("", ">hits", ">hosts", ">judged benign", ">judged malicious");
        foreach (
            var (name, part) in new[]
            {
                ("gained", result.Gained),
                ("lost", result.Lost),
                ("kept", result.Kept),
            }
        )
        {
            table.AddRow(
                Face.Cell(name),
                Face.Cell(Shown.Count(part.Count)),
                Face.Cell(Shown.Count(part.Hosts)),
                Face.Cell(Shown.Count(part.Benign)),
                Face.Cell(
                    Shown.Count(part.Malicious),
                    name == "lost" && part.Malicious > 0 ? Color.Red : null
                )
            );
        }

        face.Show(table);
        var alerts = result.Alerts;
        if (alerts.Gained.Count + alerts.Lost.Count + alerts.Kept > 0)
        {
            face.Line(
                $"alerts of correlations: {Shown.Count(alerts.Gained.Count)} gained, {Shown.Count(alerts.Lost.Count)} lost, {Shown.Count(alerts.Kept)} kept"
            );
        }

        Samples(face, "gained", result.Gained);
        Samples(face, "lost", result.Lost);
        Samples(face, "kept", result.Kept);
        foreach (var (rule, why) in notRun)
        {
            face.Line(SafeText.From($"! not run: {rule}: {why}").Value);
        }

        face.Line($"over {Shown.Count(result.Events, "event")}");
    }

    static void Samples(Face face, string name, BacktestPart part)
    {
        if (part.Samples.Count == 0)
        {
            return;
        }

        face.Line();
        face.Line(
            part.Count > part.Samples.Count
                ? $"{name}, the first {part.Samples.Count} of {Shown.Count(part.Count)}"
                : name
        );
        foreach (var one in part.Samples)
        {
            face.Line(SafeText.From($"  {Shown.Second(one.Time)}  {one.Text}", 300).Value);
            face.Line(SafeText.From($"    {one.File} #{one.Record}", 200).Value);
        }
    }

    static object Json(BacktestPart part) =>
        new
        {
            part.Count,
            part.Hosts,
            JudgedBenign = part.Benign,
            JudgedMalicious = part.Malicious,
            Samples = part.Samples.Select(one => new
            {
                one.Class,
                one.File,
                one.Record,
                Time = Shown.Rfc3339(one.Time),
                one.Text,
            }),
            Truncated = part.Count > part.Samples.Count,
        };

    static object Json(SigmaCorrelationHit hit) =>
        new
        {
            hit.Correlation.Title,
            Group = hit.Group.ToDictionary(pair => pair.Key, pair => pair.Value),
            First = Shown.Rfc3339(hit.First),
            Last = Shown.Rfc3339(hit.Last),
            hit.Count,
            hit.Value,
        };
}
