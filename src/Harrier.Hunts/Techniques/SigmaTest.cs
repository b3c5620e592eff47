using System.IO.Enumeration;
using Harrier.Hunts.Detections;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Scanning;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>Steps that are Sigma rules: all rules and correlations of a step in one walk over the events.</summary>
/// <remarks>
/// A finding is a rule on a host (or, where the log knows no host, on an account or address), or a correlation and its group; a
/// rule that is only there for a correlation finds nothing by itself. Score by the rule's level; a rule that fires on more than
/// a third of at least six hosts is how this fleet lives, and gets a third of its score.
/// A rule that can't be read is a fault, not a silence; one whose log source is nowhere in the data is named as not run.
/// </remarks>
sealed class SigmaTest(IEventStore store, HuntSurroundings surroundings, HuntDocument hunt)
{
    const int LeastHosts = 6;
    const double FleetWide = 1.0 / 3;
    const double FleetWideFactor = 0.3;

    static readonly Dictionary<string, double> s_scores = new(StringComparer.Ordinal)
    {
        ["critical"] = 0.95,
        ["high"] = 0.85,
        ["medium"] = 0.65,
        ["low"] = 0.4,
        ["informational"] = 0.2,
    };

    /// <exception cref="HarrierFault">A file of the step is not there, or holds a rule that can't be read.</exception>
    public TechniqueResult Run(HuntStep step, TimeWindow window, CancellationToken cancel)
    {
        var test = (StepTest.Sigma)step.Test;
        var set = test.Given ?? Load(step);
        var logsources = Logsources.Load(surroundings.LogsourceFolders);
        var plan = new SigmaPlan(set, RuleChoice.All, logsources);
        if (test.Given is null && plan.Correlations.NotRun is [var first, ..])
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"The correlation '{first.Correlation.Title}' of hunt '{hunt.Id}' can't run: {first.Why}.",
                $"{first.Correlation.File}:{first.Correlation.Line}",
                "Name all files it refers to in the step."
            );
        }

        var compiled = plan.Compiled;
        var findings = new SigmaFindings(plan);
        var present = store
            .Presence(window, cancel)
            .Where(line => test.Hosts is null || line.Host is { } host && test.Hosts.Contains(host))
            .Where(line => compiled.Classes.Any(one => one.Name == line.Class))
            .ToList();
        if (present.Count == 0)
        {
            return new TechniqueResult(
                [],
                0,
                $"no events of {string.Join(", ", compiled.Classes.Select(one => one.Name))}",
                []
            );
        }

        var found = new Dictionary<SigmaRule, FindingRows>(ReferenceEqualityComparer.Instance);
        SigmaScan.Run(
            store,
            compiled,
            new SigmaScope(window, test.Hosts),
            eventClass => EvidenceColumns(eventClass).Concat(findings.ColumnsFor(eventClass)),
            (batch, hits, isWanted) =>
            {
                findings.Add(batch, hits, isWanted);
                foreach (var hit in hits.Where(hit => plan.IsTold(hit.Rule)))
                {
                    if (!found.TryGetValue(hit.Rule, out var rows))
                    {
                        found[hit.Rule] = rows = new FindingRows();
                    }

                    Add(
                        rows,
                        hit.Rule,
                        EntitiesOf(batch, hit.Row),
                        EventText.Evidence(batch, hit.Row)
                    );
                }
            },
            cancel
        );
        var correlated = findings.Correlated;
        var hosts = present.Select(line => line.Host).OfType<string>().Distinct().Count();
        return new TechniqueResult(
            [
                .. set
                    .Rules.Where(found.ContainsKey)
                    .SelectMany(rule => Findings(rule, found[rule], hosts))
                    .Concat(Correlated(correlated, compiled, cancel)),
            ],
            found.Values.Sum(rows => rows.Count) + correlated.Count,
            // A correlation one of whose rules has no data says nothing by its silence.
            found.Count + correlated.Count
                == 0
            && findings.SilentChildren is [var silent, ..]
                ? $"no data for the rule '{silent.Rule.Rule.Title}' of the correlation '{silent.Correlation.Title}' ({silent.Rule.Why})"
                : null,
            []
        );
    }

    static IEnumerable<Column> EvidenceColumns(EventClass eventClass) =>
        EventText.Columns(eventClass).Append(eventClass.Columns[CommonColumns.User]);

    static void Add(FindingRows rows, SigmaRule rule, List<Entity> entities, Evidence evidence) =>
        rows.Add(
            entities,
            evidence,
            ScoreOf(rule.Level),
            $"{entities[0].Value}: {Wording.InSentence(rule.Title)}",
            [],
            rule.Attack,
            KeyOf(rule, entities[0])
        );

    /// <summary>What identifies a finding: the rule and what it is about.</summary>
    public static string KeyOf(SigmaRule rule, Entity subject) =>
        $"{rule.Id ?? rule.Title} | {subject.Type}={subject.Value}";

    static double ScoreOf(string? level) =>
        s_scores.GetValueOrDefault(level ?? "medium", s_scores["medium"]);

    /// <summary>The findings of a rule, with what only the whole of them tells.</summary>
    static IEnumerable<Finding> Findings(SigmaRule rule, FindingRows rows, int hosts)
    {
        var findings = rows.Findings();
        var subjects = findings.Count + rows.LeftOut;
        var isFleetWide = hosts >= LeastHosts && subjects > hosts * FleetWide;
        List<string> reasons =
        [
            $"Sigma rule '{rule.Title}' ({rule.Level ?? "no level"}) holds on {subjects} of {hosts} hosts with such events.",
        ];
        if (rule.Description is { } description)
        {
            reasons.Add(description);
        }

        if (isFleetWide)
        {
            reasons.Add("More than a third of the hosts do this: a third of the score.");
        }

        return findings.Select(finding =>
            finding with
            {
                Score = finding.Score * (isFleetWide ? FleetWideFactor : 1),
                Reasons = [.. reasons, .. finding.Reasons],
            }
        );
    }

    /// <summary>A finding is a correlation and the group it holds of; its evidence are the events that contribute.</summary>
    IReadOnlyList<Finding> Correlated(
        IReadOnlyList<SigmaCorrelationHit> hits,
        CompiledRules compiled,
        CancellationToken cancel
    )
    {
        var rows = new FindingRows();
        var events = Contributing(hits, compiled, cancel);
        foreach (var hit in hits)
        {
            var correlation = hit.Correlation;
            var contributing = hit
                .Events.Where(events.ContainsKey)
                .Select(reference => events[reference])
                .ToList();
            var subject = SubjectOf(hit, contributing);
            var group = GroupText.Of(hit.Group);
            List<string> reasons =
            [
                $"Sigma correlation '{correlation.Title}' ({correlation.Level ?? "no level"}) holds{(group.Length > 0 ? $" of {group}" : "")}: {hit.Value:0.##} within {correlation.Timespan.TotalMinutes:0.##} minutes.",
            ];
            if (correlation.Description is { } description)
            {
                reasons.Add(description);
            }

            foreach (var (entities, evidence) in contributing)
            {
                rows.Add(
                    [subject, .. entities.Where(entity => entity != subject)],
                    evidence,
                    ScoreOf(correlation.Level),
                    $"{subject.Value}: {Wording.InSentence(correlation.Title)}",
                    reasons,
                    correlation.Attack,
                    $"{correlation.Id ?? correlation.Title} | {(group.Length > 0 ? group : $"{subject.Type}={subject.Value}")}"
                );
            }
        }

        return rows.Findings();
    }

    /// <summary>What of the events is in the group; else what the last event is about.</summary>
    static Entity SubjectOf(
        SigmaCorrelationHit hit,
        IReadOnlyList<(List<Entity> Entities, Evidence Evidence)> contributing
    )
    {
        var groups = hit.Group.Select(pair => Short(pair.Value)).ToList();
        return contributing
                .SelectMany(one => one.Entities)
                .FirstOrDefault(entity =>
                    groups.Contains(Short(entity.Value), StringComparer.OrdinalIgnoreCase)
                )
            ?? contributing[^1].Entities[0];

        // DOMAIN\name and host.domain are what the events' columns hold in short.
        static string Short(string value)
        {
            var name = value[(value.LastIndexOf('\\') + 1)..];
            return System.Net.IPAddress.TryParse(name, out _) ? name : name.Split('.', '@')[0];
        }
    }

    /// <summary>The events that hits name, read once more: of most that rules find, no correlation speaks.</summary>
    Dictionary<SigmaEventReference, (List<Entity> Entities, Evidence Evidence)> Contributing(
        IReadOnlyList<SigmaCorrelationHit> hits,
        CompiledRules compiled,
        CancellationToken cancel
    )
    {
        var events = new Dictionary<SigmaEventReference, (List<Entity>, Evidence)>();
        foreach (
            var byClass in hits.SelectMany(hit => hit.Events)
                .Distinct()
                .GroupBy(reference => reference.Class)
        )
        {
            var eventClass = EventClasses.Find(byClass.Key)!;
            var wanted = byClass.ToHashSet();
            var window = new TimeWindow(
                wanted.Min(one => one.Time),
                wanted.Max(one => one.Time) + 1
            );
            var columns = compiled
                .ColumnsFor(eventClass)
                .Concat(EvidenceColumns(eventClass))
                .Distinct();
            foreach (var batch in store.Scan(eventClass, window, [.. columns], cancel))
            {
                var times = wanted.Select(one => one.Time).ToHashSet();
                for (var row = 0; row < batch.Count; row++)
                {
                    // The time is a number: most rows need no look at their file's name.
                    if (
                        batch.Int(CommonColumns.Time).Value(row) is { } time
                        && times.Contains(time)
                        && SigmaEventReference.Of(batch, row) is var reference
                        && wanted.Contains(reference)
                    )
                    {
                        events.TryAdd(
                            reference,
                            (EntitiesOf(batch, row), EventText.Evidence(batch, row))
                        );
                    }
                }
            }
        }

        return events;
    }

    /// <summary>What an event is about: the host or, where the log knows none, the account, the address, the file.</summary>
    public static List<Entity> EntitiesOf(EventBatch batch, int row)
    {
        var entities = new List<Entity>();
        foreach (
            var (column, type) in new[]
            {
                ("host", "host"),
                ("account", "account"),
                ("src_ip", "address"),
            }
        )
        {
            // An account of the system or of a machine is nobody's.
            if (
                EventText.Text(batch, column, row) is { Length: > 0 } value
                && !(
                    type == "account"
                    && (
                        value.EndsWith('$')
                        || value is "system" or "local service" or "network service"
                    )
                )
            )
            {
                entities.Add(new Entity(type, value));
            }
        }

        return entities.Count > 0
            ? entities
            : [new Entity("file", EventText.Text(batch, "file", row) ?? "")];
    }

    /// <summary>What the step's files hold; a file of a later folder wins over the same path in an earlier one.</summary>
    SigmaRuleSet Load(HuntStep step)
    {
        var patterns = ((StepTest.Sigma)step.Test).Files;
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in surroundings.SigmaFolders.Where(Directory.Exists))
        {
            foreach (
                var file in Directory.EnumerateFiles(folder, "*.yml", SearchOption.AllDirectories)
            )
            {
                var name = Path.GetRelativePath(folder, file).Replace('\\', '/');
                if (patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name)))
                {
                    files[name] = file;
                }
            }
        }

        if (files.Count == 0)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"No Sigma rule fits {string.Join(", ", patterns)} in hunt '{hunt.Id}'.",
                step.Parameters.Where,
                "Files stand below hunts/sigma, shipped or in the workspace."
            );
        }

        var set = SigmaRules.Load(files.Values, surroundings.Placeholders);
        return set.Diagnostics.Count == 0
            ? set
            : throw new HarrierFault(
                FaultKind.Usage,
                string.Join('\n', set.Diagnostics),
                $"{set.Diagnostics[0].File}:{set.Diagnostics[0].Line}",
                "Mend the rule, or leave it out of the hunt."
            );
    }
}
