using System.CommandLine;
using System.Text.Json;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Matching;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma check | explain | scan | test</c></summary>
static class SigmaVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("sigma", "Sigma rules: check files, run them over the workspace, try one on events")
        {
            SigmaCheckVerb.Command(runOf),
            SigmaExplainVerb.Command(runOf),
            ScanCommand(runOf),
            TestCommand(runOf),
        };

    static Command ScanCommand(Func<ParseResult, Run> runOf)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Rule files or folders",
            Arity = ArgumentArity.OneOrMore,
        };
        var from = new Option<string?>("--from") { HelpName = "TIME" };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var level = new Option<string?>("--level")
        {
            Description = "Only rules of this level",
            HelpName = "LEVEL",
        };
        var command = new Command(
            "scan",
            "Run rules over the workspace's events\n\n  harrier sigma scan rules/ --from -7d"
        )
        {
            paths,
            from,
            to,
            level,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var set = Load(parsed.GetValue(paths)!);
                var wanted = parsed.GetValue(level);
                var correlations = CompiledCorrelations.Compile(
                    set.Rules,
                    [.. set.Correlations.Where(one => IsWanted(one.Level, wanted))]
                );
                var logsources = Logsources.Load(session.LogsourceFolders);
                var feed = new SigmaCorrelationFeed(correlations, logsources);
                var compiled = SigmaCompiler.Compile(
                    [
                        // What a correlation refers to runs whatever its own level.
                        .. set.Rules.Where(rule =>
                            IsWanted(rule.Level, wanted) || correlations.Rules.Contains(rule)
                        ),
                    ],
                    logsources
                );
                var window = Run.Window(
                    parsed.GetValue(from),
                    parsed.GetValue(to),
                    session.LastEvent
                );
                var started = run.Clock.GetTimestamp();
                var (matches, events) = Scan(session, compiled, feed, window, cancel);
                matches.RemoveAll(one =>
                    !IsWanted(one.Rule.Level, wanted) || !correlations.AlertsAlone(one.Rule)
                );
                var correlated = feed.Complete();
                var seconds = run.Clock.GetElapsedTime(started).TotalSeconds;
                Show(
                    run.Face,
                    set,
                    compiled,
                    correlations,
                    matches,
                    correlated,
                    feed.Losses,
                    events,
                    seconds
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    sealed class RuleMatches(SigmaRule rule)
    {
        public SigmaRule Rule { get; } = rule;
        public long Count { get; set; }
        public SortedSet<string> Hosts { get; } = new(StringComparer.Ordinal);
        public long First { get; set; } = long.MaxValue;
        public long Last { get; set; } = long.MinValue;
        public List<(string Class, string File, long Record, long Time)> Events { get; } = [];
    }

    static (List<RuleMatches> Matches, long Events) Scan(
        HuntSession session,
        CompiledRules compiled,
        SigmaCorrelationFeed feed,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        const int MostEvents = 20;
        var matcher = new SigmaMatcher(compiled);
        var byRule = new Dictionary<SigmaRule, RuleMatches>(ReferenceEqualityComparer.Instance);
        var events = 0L;
        foreach (var eventClass in compiled.Classes)
        {
            foreach (
                var batch in session.Lake.Scan(
                    eventClass,
                    window,
                    [
                        .. compiled
                            .ColumnsFor(eventClass)
                            .Concat(feed.ColumnsFor(eventClass))
                            .Distinct(),
                    ],
                    cancel
                )
            )
            {
                events += batch.Count;
                var hits = matcher.Match(batch);
                feed.Add(batch, hits);
                foreach (var hit in hits)
                {
                    if (!byRule.TryGetValue(hit.Rule, out var matches))
                    {
                        byRule.Add(hit.Rule, matches = new RuleMatches(hit.Rule));
                    }

                    var time = batch.Int(CommonColumns.Time).Value(hit.Row) ?? 0;
                    matches.Count++;
                    matches.First = Math.Min(matches.First, time);
                    matches.Last = Math.Max(matches.Last, time);
                    if (batch.Text(CommonColumns.Host).Text(hit.Row) is { } host)
                    {
                        matches.Hosts.Add(host);
                    }

                    if (matches.Events.Count < MostEvents)
                    {
                        matches.Events.Add(
                            (
                                eventClass.Name,
                                batch.Text(CommonColumns.File).Text(hit.Row) ?? "",
                                batch.Int(CommonColumns.Record).Value(hit.Row) ?? 0,
                                time
                            )
                        );
                    }
                }
            }
        }

        return (
            [
                .. byRule
                    .Values.OrderByDescending(one => Rank(one.Rule.Level))
                    .ThenByDescending(one => one.Count)
                    .ThenBy(one => one.Rule.Title, StringComparer.Ordinal),
            ],
            events
        );
    }

    static bool IsWanted(string? level, string? wanted) =>
        wanted is null || string.Equals(level, wanted, StringComparison.OrdinalIgnoreCase);

    static int Rank(string? level) =>
        Array.IndexOf(["informational", "low", "medium", "high", "critical"], level);

    static void Show(
        Face face,
        SigmaRuleSet set,
        CompiledRules compiled,
        CompiledCorrelations correlations,
        List<RuleMatches> matches,
        IReadOnlyList<SigmaCorrelationHit> correlated,
        SigmaCorrelationLosses losses,
        long events,
        double seconds
    )
    {
        var notRun = compiled
            .NotRun.Select(pair => (Title: (string?)pair.Rule.Title, pair.Rule.File, pair.Why))
            .Concat(
                correlations.NotRun.Select(pair =>
                    (Title: (string?)pair.Correlation.Title, File: "", pair.Why)
                )
            )
            .Concat(
                set.Diagnostics.Select(one => (Title: (string?)null, one.File, Why: one.ToString()))
            )
            .ToList();
        face.Document(
            new
            {
                Schema = "harrier.sigma.scan/1",
                Rules = set.Rules.Count - compiled.NotRun.Count,
                Events = events,
                Seconds = seconds,
                Matches = matches.Select(one => new
                {
                    Rule = new
                    {
                        one.Rule.Id,
                        one.Rule.Title,
                        one.Rule.Level,
                        one.Rule.File,
                        one.Rule.Author,
                        one.Rule.References,
                    },
                    one.Count,
                    one.Hosts,
                    First = Shown.Rfc3339(one.First),
                    Last = Shown.Rfc3339(one.Last),
                    Events = one.Events.Select(row => new
                    {
                        row.Class,
                        row.File,
                        row.Record,
                        Time = Shown.Rfc3339(row.Time),
                    }),
                }),
                Correlations = correlated.Select(one => new
                {
                    one.Correlation.Id,
                    one.Correlation.Title,
                    one.Correlation.Level,
                    one.Correlation.Author,
                    Group = one.Group.ToDictionary(pair => pair.Key, pair => pair.Value),
                    First = Shown.Rfc3339(one.First),
                    Last = Shown.Rfc3339(one.Last),
                    one.Count,
                    one.Value,
                }),
                CorrelationLosses = losses,
                NotRun = notRun.Select(one => new { Rule = one.Title ?? one.File, one.Why }),
                Unanswered = compiled.Unanswered.Select(one => new
                {
                    Rule = one.Rule.Title,
                    one.Source,
                    one.Fields,
                    one.CanHold,
                }),
            }
        );
        var table = Face.Table("level", "rule", ">events", ">hosts", "first (UTC)", "last (UTC)");
        foreach (var one in matches)
        {
            table.AddRow(
                Face.Cell(one.Rule.Level ?? ""),
                Face.Cell(SafeText.From(one.Rule.Title, 90)),
                Face.Cell(Shown.Count(one.Count)),
                Face.Cell(Shown.Count(one.Hosts.Count)),
                Face.Cell(Shown.Minute(one.First)),
                Face.Cell(Shown.Minute(one.Last))
            );
        }

        if (matches.Count > 0)
        {
            face.Show(table);
        }

        ShowCorrelated(face, correlated);
        face.Line(
            $"{Shown.Count(set.Rules.Count - compiled.NotRun.Count, "rule")} over {Shown.Count(events, "event")} in {Shown.Seconds(seconds)}: {Shown.Count(matches.Count)} hold{(correlated.Count > 0 ? $", {Shown.Count(correlated.Count, "alert")} of correlations" : "")}{(notRun.Count > 0 ? $"; {Shown.Count(notRun.Count)} not run (--json says why)" : "")}"
        );
    }

    static void ShowCorrelated(Face face, IReadOnlyList<SigmaCorrelationHit> correlated)
    {
        const int shown = 50;
        if (correlated.Count == 0)
        {
            return;
        }

        var table = Face.Table(
            "level",
            "correlation",
            "group",
            ">value",
            "first (UTC)",
            "last (UTC)"
        );
        foreach (var one in correlated.Take(shown))
        {
            table.AddRow(
                Face.Cell(one.Correlation.Level ?? ""),
                Face.Cell(SafeText.From(one.Correlation.Title, 90)),
                Face.Cell(
                    SafeText.From(
                        string.Join(", ", one.Group.Select(pair => $"{pair.Key}={pair.Value}")),
                        80
                    )
                ),
                Face.Cell(
                    one.Value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)
                ),
                Face.Cell(Shown.Minute(one.First)),
                Face.Cell(Shown.Minute(one.Last))
            );
        }

        face.Show(table);
        if (correlated.Count > shown)
        {
            face.Line($"and {Shown.Count(correlated.Count - shown)} more: --json");
        }
    }

    static Command TestCommand(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var events = new Option<string>("--events")
        {
            Description = "NDJSON events, with the rule's own field names",
            Required = true,
            HelpName = "FILE",
        };
        var command = new Command(
            "test",
            "Try a rule file on events, without a workspace\n\n  harrier sigma test rule.yml --events events.ndjson"
        )
        {
            rule,
            events,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var face = runOf(parsed).Face;
                var set = Load([parsed.GetValue(rule)!]);
                ThrowFirst(set);
                var matched = Matched(set, parsed.GetValue(events)!, cancel);
                face.Document(
                    new
                    {
                        Schema = "harrier.sigma.test/1",
                        Matched = matched,
                        Alerts = Array.Empty<object>(),
                    }
                );
                face.Line(
                    matched.Count == 0
                        ? "No event matches."
                        : $"{Shown.Count(matched.Count, "event")} match: lines {string.Join(", ", matched.Take(40).Select(line => line + 1))}"
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static List<int> Matched(SigmaRuleSet set, string file, CancellationToken cancel)
    {
        if (!File.Exists(file))
        {
            throw new HarrierFault(FaultKind.Input, "There is no such file.", file);
        }

        var matched = new List<int>();
        var number = -1;
        foreach (var line in File.ReadLines(file))
        {
            cancel.ThrowIfCancellationRequested();
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                using var json = JsonDocument.Parse(
                    line,
                    new JsonDocumentOptions { MaxDepth = 64 }
                );
                if (set.Rules.Any(rule => SigmaEvent.Matches(rule, json.RootElement)))
                {
                    matched.Add(number);
                }
            }
            catch (JsonException fault)
            {
                throw new HarrierFault(
                    FaultKind.Input,
                    $"This line is no JSON: {fault.Message}",
                    $"{file}:{number + 1}",
                    inner: fault
                );
            }
        }

        return matched;
    }

    static SigmaRuleSet Load(IReadOnlyList<string> paths) => SigmaRules.Load(Existing(paths));

    /// <exception cref="HarrierFault">None is named, or one is not there.</exception>
    internal static IReadOnlyList<string> Existing(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "No rule file or folder is named.",
                remedy: "Write harrier sigma check rules/"
            );
        }

        foreach (var path in paths.Where(path => !File.Exists(path) && !Directory.Exists(path)))
        {
            throw new HarrierFault(FaultKind.Input, "There is no such file or folder.", path);
        }

        return paths;
    }

    /// <exception cref="HarrierFault">A rule can't be read.</exception>
    internal static void ThrowFirst(SigmaRuleSet set)
    {
        if (set.Diagnostics.Count > 0)
        {
            var first = set.Diagnostics[0];
            throw new HarrierFault(
                FaultKind.Usage,
                first.Message,
                $"{first.File}:{first.Line}:{first.Column}",
                first.Suggestion
            );
        }
    }
}
