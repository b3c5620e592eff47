using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Scanning;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma scan PATH…</c>: rules and correlations over the workspace's events.</summary>
static class SigmaScanVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var options = new ScanOptions();
        var command = new Command(
            "scan",
            "Run rules over the workspace's events\n\n  harrier sigma scan rules/ --from -7d --level high+\n  harrier sigma scan rules/ --stats --group-by technique --navigator heat.json\n  harrier sigma scan rules/ --logsource windows/process_creation --host ws-17 --leads\n  harrier sigma scan rules/ --new --fail-on high"
        );
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var choice = options.Choice(parsed);
                var window = Run.Window(
                    parsed.GetValue(options.From),
                    parsed.GetValue(options.To),
                    session.LastEvent
                );
                var hosts = Hosts(parsed.GetValue(options.Host));
                options.RefuseMixed(parsed);
                var paths = SigmaVerb.Existing(parsed.GetValue(options.Paths)!);
                var key = ScopeOf(
                    paths,
                    session.LogsourceFolders,
                    session.Workspace.Placeholders,
                    choice,
                    hosts
                );
                var imports = session.Lake.EventsByImport();
                var fresh = parsed.GetValue(options.New)
                    ? session.ScanLog.NewImports(key, imports)
                    : null;
                // Where nothing is new, no rule has anything to do.
                var set = fresh is { Count: 0 }
                    ? new SigmaRuleSet([], [], 0)
                    : SigmaRules.Load(paths, session.Placeholders, Run.RuleCache);
                var plan = new SigmaPlan(set, choice, Logsources.Load(session.LogsourceFolders));
                var scope = new SigmaScope(
                    fresh is null ? window : Around(session.Lake.ExtentOf(fresh), plan),
                    hosts
                );
                var only = fresh is null ? null : new SigmaScope(window, null, fresh);
                var withCost = parsed.GetValue(options.Cost);
                var withStats = withCost || parsed.GetValue(options.Stats);
                var started = run.Clock.GetTimestamp();
                var findings = new SigmaFindings(plan, withAnswers: true);
                var unasked = new UnaskedEvents(plan.Running, plan.Logsources);
                if (fresh is not { Count: 0 })
                {
                    SigmaScan.Run(
                        session.Lake,
                        plan.Compiled,
                        scope,
                        findings.ColumnsFor,
                        (batch, hits, isWanted) =>
                        {
                            var isNew = only?.RowsOf(batch);
                            findings.Add(batch, hits, isWanted, isNew);
                            unasked.Add(batch, isNew is null ? isWanted : Both(isWanted, isNew));
                        },
                        cancel
                    );
                    foreach (
                        var (eventClass, events) in SigmaScan.Unread(
                            session.Lake,
                            plan.Compiled,
                            new SigmaScope(window, hosts, fresh),
                            cancel
                        )
                    )
                    {
                        unasked.Add(eventClass, events);
                    }
                }

                // Correlations are worked on when they are asked for: that is part of the scan.
                _ = findings.Correlated;
                var seconds = run.Clock.GetElapsedTime(started).TotalSeconds;
                var report = new SigmaReport(
                    findings,
                    seconds,
                    parsed.GetValue(options.GroupBy),
                    withStats
                        ? RuleStatistics.Of(
                            session.Lake,
                            scope,
                            findings,
                            withCost
                                ? RuleCost.Measure(session.Lake, scope, plan, run.Clock, cancel)
                                : null,
                            cancel
                        )
                        : null,
                    session.Intel.TechniqueNames(),
                    unasked
                )
                {
                    NewImports = fresh?.Order(StringComparer.Ordinal).ToList(),
                };
                if (window == TimeWindow.All)
                {
                    session.ScanLog.Note(key, imports);
                }

                var leads = parsed.GetValue(options.Leads)
                    ? session.RunHunts(
                        [ScanHunt.Of(plan, scope.Hosts, key)],
                        scope.Window,
                        null,
                        1,
                        cancel
                    )[0]
                    : null;
                report.Show(run.Face, parsed.GetValue(options.Format)!, leads);
                if (parsed.GetValue(options.Navigator) is { } file)
                {
                    ListFormat.WriteTo(
                        file,
                        part => File.WriteAllText(part, report.Heat(), new UTF8Encoding(false))
                    );
                    run.Face.Note($"wrote {SafeText.From(file)}");
                }

                return Task.FromResult(report.Exit(parsed.GetValue(options.FailOn)));
            }
        );
        return command;
    }

    static Func<int, bool> Both(Func<int, bool>? one, Func<int, bool> other) =>
        one is null ? other : row => one(row) && other(row);

    /// <summary>The window of new events, with room for the correlations that began before them or end after.</summary>
    static TimeWindow Around(TimeWindow? extent, SigmaPlan plan)
    {
        var (from, to) = extent ?? new TimeWindow(0, 0);
        var span = plan
            .Correlations.Correlations.Select(one => one.Timespan.Ticks / 10)
            .DefaultIfEmpty()
            .Sum();
        return new TimeWindow(
            from < long.MinValue + span ? long.MinValue : from - span,
            to > long.MaxValue - span ? long.MaxValue : to + span
        );
    }

    static HashSet<string>? Hosts(string[]? names) =>
        names is null or []
            ? null
            :
            [
                .. names
                    .SelectMany(name =>
                        name.Split(
                            ',',
                            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                        )
                    )
                    .Select(name => name.ToLowerInvariant()),
            ];

    /// <summary>SHA-256 over all that decides what a scan finds, but for the events: lower-case hex.</summary>
    internal static string ScopeOf(
        IReadOnlyList<string> paths,
        IReadOnlyList<string> logsourceFolders,
        IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders,
        RuleChoice choice,
        IReadOnlySet<string>? hosts
    )
    {
        var parts = SigmaRules
            .FilesOf(paths)
            .Concat(
                logsourceFolders
                    .Where(Directory.Exists)
                    .SelectMany(folder => Directory.EnumerateFiles(folder, "*.yaml"))
            )
            .Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))))
            .Order(StringComparer.Ordinal)
            .Append(VersionVerb.Version)
            .Append(
                Face.ToJson(
                    new
                    {
                        Placeholders = placeholders.OrderBy(
                            pair => pair.Key,
                            StringComparer.Ordinal
                        ),
                        choice,
                        Hosts = hosts?.Order(StringComparer.Ordinal),
                    }
                )
            );
        return Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)))
        );
    }

    sealed class ScanOptions
    {
        public Argument<string[]> Paths { get; } =
            new("PATH") { Description = "Rule files or folders", Arity = ArgumentArity.OneOrMore };

        public Option<string?> From { get; } =
            new("--from") { Description = "RFC 3339, a day, or -7d", HelpName = "TIME" };

        public Option<string?> To { get; } = new("--to") { HelpName = "TIME" };

        public Option<string[]?> Host { get; } =
            new("--host") { Description = "Only events of this host", HelpName = "HOST" };

        public Option<string[]?> Level { get; } =
            new("--level")
            {
                Description = "Only rules of this level; high+ is high and above",
                HelpName = "LEVEL",
            };

        public Option<string[]?> Status { get; } =
            new("--status") { Description = "Only rules of this status", HelpName = "STATUS" };

        public Option<string[]?> Tag { get; } =
            new("--tag")
            {
                Description = "Only rules with this tag; attack.t1059 takes its sub-techniques too",
                HelpName = "TAG",
            };

        public Option<string[]?> Source { get; } =
            new("--logsource")
            {
                Description = "Only rules of this log source: product/category/service, * for any",
                HelpName = "SOURCE",
            };

        public Option<string?> GroupBy { get; } =
            new("--group-by") { Description = "rule, host or technique", HelpName = "WHAT" };

        public Option<bool> Stats { get; } =
            new("--stats")
            {
                Description =
                    "How each rule behaves: hits a day and host, share, never fired, lacks data",
            };

        public Option<bool> Cost { get; } =
            new("--cost") { Description = "--stats, and what each rule takes when it runs alone" };

        public Option<string?> Navigator { get; } =
            new("--navigator")
            {
                Description = "Write the techniques as a layer for the ATT&CK Navigator",
                HelpName = "FILE",
            };

        public Option<bool> Leads { get; } =
            new("--leads") { Description = $"Keep the matches as leads of the hunt {ScanHunt.Id}" };

        public Option<bool> New { get; } =
            new("--new")
            {
                Description = "Only what was imported since the last scan with these rules",
            };

        public Option<string> Format { get; } = ListFormat.Option("table", "ndjson", "csv");

        public Option<string?> FailOn { get; } =
            new("--fail-on")
            {
                Description = "Exit 1 when a rule of this level or above holds",
                HelpName = "LEVEL",
            };

        public void AddTo(Command command)
        {
            GroupBy.AcceptOnlyFromAmong("rule", "host", "technique");
            FailOn.AcceptOnlyFromAmong([.. SigmaLevel.All]);
            command.Add(Paths);
            foreach (
                var option in new Option[]
                {
                    From,
                    To,
                    Host,
                    Level,
                    Status,
                    Tag,
                    Source,
                    GroupBy,
                    Stats,
                    Cost,
                    Navigator,
                    Leads,
                    New,
                    Format,
                    FailOn,
                }
            )
            {
                command.Add(option);
            }
        }

        /// <exception cref="HarrierFault">Options that exclude each other.</exception>
        public void RefuseMixed(ParseResult parsed)
        {
            var other =
                parsed.GetValue(From) is not null || parsed.GetValue(To) is not null
                    ? "--from or --to"
                : parsed.GetValue(Stats) || parsed.GetValue(Cost) ? "--stats"
                : parsed.GetValue(Leads) ? "--leads"
                : null;
            if (parsed.GetValue(New) && other is not null)
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"--new looks at what is new alone, and {other} at what is there.",
                    remedy: "Choose one of them."
                );
            }
        }

        public RuleChoice Choice(ParseResult parsed) =>
            RuleChoice.Parse(
                parsed.GetValue(Level) ?? [],
                parsed.GetValue(Status) ?? [],
                parsed.GetValue(Tag) ?? [],
                parsed.GetValue(Source) ?? []
            );
    }
}
