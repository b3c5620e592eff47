using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Scanning;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma backtest BEFORE [AFTER] [--with FILTER] [--base REV]</c>: what a change of a rule does on the workspace's events.</summary>
static class SigmaBacktestVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var before = new Argument<string>("BEFORE")
        {
            Description = "The rule file as it is; alone: as git's HEAD has it, against the file",
        };
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
        var basis = new Option<string?>("--base")
        {
            Description =
                "Compare the file with an earlier version of itself: a revision of the git repository it lies in",
            HelpName = "REV",
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
            "Run a rule before and after a change over the workspace: hits gained, lost and kept\n\n  harrier sigma backtest rule.yml rule-new.yml --from -30d\n  harrier sigma backtest rule.yml --with filter.yml --fail-on gained\n  harrier sigma backtest rule.yml --base main"
        )
        {
            before,
            after,
            with,
            basis,
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
                var revision =
                    parsed.GetValue(basis)
                    ?? (parsed.GetValue(after) is null && more.Length == 0 ? "HEAD" : null);
                if (revision is not null && parsed.GetValue(after) is not null)
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        "--base compares a file with an earlier version of itself, and a second file is named.",
                        remedy: "Leave one of them out."
                    );
                }

                if (parsed.GetValue(samples) is < 0 or > 1_000)
                {
                    throw new HarrierFault(FaultKind.Usage, "--samples is from 0 to 1000.");
                }

                _ = SigmaVerb.Existing([old]);
                var (earlier, commit) = revision is null
                    ? (null, null)
                    : ((string?, string?))GitHistory.TextAt(revision, old);
                using var session = HuntSession.Open(run);
                var (was, becomes) = (
                    earlier is null
                        ? Plan([old], session)
                        : Plan(
                            SigmaRules.Parse(earlier, $"{revision}:{old}", session.Placeholders),
                            session
                        ),
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
                Show(run.Face, result, [.. NotRun(was), .. NotRun(becomes)], revision, commit);
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
    static SigmaPlan Plan(IReadOnlyList<string> files, HuntSession session) =>
        Plan(
            SigmaRules.Load(SigmaVerb.Existing(files), session.Placeholders, Run.RuleCache),
            session
        );

    /// <exception cref="HarrierFault">A rule can't be read.</exception>
    static SigmaPlan Plan(SigmaRuleSet set, HuntSession session)
    {
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
        IReadOnlyList<(string Rule, string Why)> notRun,
        string? revision,
        string? commit
    )
    {
        const int MostHosts = 10;
        face.Document(
            new
            {
                Schema = "harrier.sigma.backtest/1",
                result.Events,
                Base = commit is null ? null : new { Revision = revision, Commit = commit },
                result.Before,
                result.After,
                Gained = Json(result.Gained),
                Lost = Json(result.Lost),
                Kept = Json(result.Kept),
                Alerts = new
                {
                    Gained = result.Alerts.Gained.Select(Json),
                    Lost = result.Alerts.Lost.Select(Json),
                    result.Alerts.Kept,
                },
                Hosts = result.Hosts.Select(one => new
                {
                    one.Host,
                    one.Before,
                    one.After,
                    one.Gained,
                    one.Lost,
                }),
                NotRun = notRun.Select(one => new { one.Rule, one.Why }),
            }
        );
        if (commit is not null)
        {
            face.Line($"{SafeText.From(revision!, 60)} ({commit[..12]}) against the file");
        }

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
                Face.Cell(Shown.Count(part.Hosts.Count)),
                Face.Cell(Shown.Count(part.Benign)),
                Face.Cell(
                    Shown.Count(part.Malicious),
                    name == "lost" && part.Malicious > 0 ? Color.Red : null
                )
            );
        }

        face.Show(table);
        face.Line($"{Shown.Count(result.Before, "hit")} before, {Shown.Count(result.After)} after");
        var changed = result.Hosts.Where(one => one.Gained + one.Lost > 0).ToList();
        if (changed.Count > 0)
        {
            face.Line();
            var hosts = Face.Table("host", ">before", ">after", ">gained", ">lost");
            foreach (var one in changed.Take(MostHosts))
            {
                hosts.AddRow(
                    Face.Cell(SafeText.From(one.Host, 60)),
                    Face.Cell(Shown.Count(one.Before)),
                    Face.Cell(Shown.Count(one.After)),
                    Face.Cell(Shown.Count(one.Gained)),
                    Face.Cell(Shown.Count(one.Lost))
                );
            }

            face.Show(hosts);
            if (changed.Count > MostHosts)
            {
                face.Line($"and {Shown.Count(changed.Count - MostHosts, "host")} more: --json");
            }
        }

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
            Hosts = part.Hosts.Count,
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
