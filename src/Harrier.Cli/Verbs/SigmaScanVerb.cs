using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
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
            "Run rules over the workspace's events\n\n  harrier sigma scan rules/ --from -7d --level high+\n  harrier sigma scan rules/ --stats --group-by technique --navigator heat.json\n  harrier sigma scan rules/ --logsource windows/process_creation --host ws-17 --leads"
        );
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var set = SigmaRules.Load(
                    SigmaVerb.Existing(parsed.GetValue(options.Paths)!),
                    session.Placeholders
                );
                var plan = new SigmaPlan(
                    set,
                    options.Choice(parsed),
                    Logsources.Load(session.LogsourceFolders)
                );
                var scope = new SigmaScope(
                    Run.Window(
                        parsed.GetValue(options.From),
                        parsed.GetValue(options.To),
                        session.LastEvent
                    ),
                    Hosts(parsed.GetValue(options.Host))
                );
                var withCost = parsed.GetValue(options.Cost);
                var withStats = withCost || parsed.GetValue(options.Stats);
                var started = run.Clock.GetTimestamp();
                var findings = new SigmaFindings(plan, withStats);
                var events = SigmaScan.Run(
                    session.Lake,
                    plan.Compiled,
                    scope,
                    findings.ColumnsFor,
                    findings.Add,
                    cancel
                );
                // Correlations are worked on when they are asked for: that is part of the scan.
                _ = findings.Correlated;
                var seconds = run.Clock.GetElapsedTime(started).TotalSeconds;
                var report = new SigmaReport(
                    findings,
                    events,
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
                    session.Intel.TechniqueNames()
                );
                var leads = parsed.GetValue(options.Leads)
                    ? session.RunHunts(
                        [ScanHunt.Of(plan, scope.Hosts, DigestOf(set))],
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

    /// <summary>SHA-256 over the files of a set, lower-case hex.</summary>
    internal static string DigestOf(SigmaRuleSet set)
    {
        var files = set
            .Rules.Select(rule => rule.File)
            .Concat(set.Correlations.Select(one => one.File))
            .Distinct(StringComparer.Ordinal)
            .Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))))
            .Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files)))
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
                    Format,
                    FailOn,
                }
            )
            {
                command.Add(option);
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
