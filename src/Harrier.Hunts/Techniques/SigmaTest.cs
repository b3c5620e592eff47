using System.IO.Enumeration;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>Steps that are Sigma rules: all rules of a step in one walk over the events.</summary>
/// <remarks>
/// A finding is a rule on a host (or, where the log knows no host, on an account or address). Score by the rule's level; a rule
/// that fires on more than a third of at least six hosts is how this fleet lives, and gets a third of its score.
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
        var rules = Load(step);
        var compiled = SigmaCompiler.Compile(rules, Logsources.Load(surroundings.LogsourceFolders));
        var matcher = new SigmaMatcher(compiled);
        var present = store.Presence(window, cancel).ToList();
        var classes = compiled
            .Classes.Where(one => present.Any(line => line.Class == one.Name))
            .ToList();
        if (classes.Count == 0)
        {
            return new TechniqueResult(
                [],
                0,
                $"no events of {string.Join(", ", compiled.Classes.Select(one => one.Name))}",
                []
            );
        }

        var hits =
            new List<(SigmaRule Rule, string Key, List<Entity> Entities, Evidence Evidence)>();
        foreach (var eventClass in classes)
        {
            var columns = compiled
                .ColumnsFor(eventClass)
                .Concat(EventText.Columns(eventClass))
                .Append(eventClass.Columns[CommonColumns.User])
                .Distinct()
                .ToList();
            foreach (var batch in store.Scan(eventClass, window, columns, cancel))
            {
                foreach (var hit in matcher.Match(batch))
                {
                    var entities = EntitiesOf(batch, hit.Row);
                    hits.Add(
                        (
                            hit.Rule,
                            $"{hit.Rule.Id ?? hit.Rule.Title} | {entities[0].Type}={entities[0].Value}",
                            entities,
                            EventText.Evidence(batch, hit.Row)
                        )
                    );
                }
            }
        }

        var hosts = present
            .Where(line => line.Host is not null && classes.Any(one => one.Name == line.Class))
            .Select(line => line.Host)
            .Distinct()
            .Count();
        return new TechniqueResult(Findings(hits, hosts), hits.Count, null, []);
    }

    static IReadOnlyList<Finding> Findings(
        List<(SigmaRule Rule, string Key, List<Entity> Entities, Evidence Evidence)> hits,
        int hosts
    )
    {
        var found = new FindingRows();
        foreach (var byRule in hits.GroupBy(hit => hit.Rule))
        {
            var subjects = byRule.Select(hit => hit.Key).Distinct().Count();
            var isFleetWide = hosts >= LeastHosts && subjects > hosts * FleetWide;
            var score =
                s_scores.GetValueOrDefault(byRule.Key.Level ?? "medium", s_scores["medium"])
                * (isFleetWide ? FleetWideFactor : 1);
            var reasons = new List<string>
            {
                $"Sigma rule '{byRule.Key.Title}' ({byRule.Key.Level ?? "no level"}) holds on {subjects} of {hosts} hosts with such events.",
            };
            if (byRule.Key.Description is { } description)
            {
                reasons.Add(description);
            }

            if (isFleetWide)
            {
                reasons.Add("More than a third of the hosts do this: a third of the score.");
            }

            foreach (var hit in byRule)
            {
                found.Add(
                    hit.Entities,
                    hit.Evidence,
                    score,
                    $"{hit.Entities[0].Value}: {Wording.InSentence(byRule.Key.Title)}",
                    reasons,
                    byRule.Key.Attack,
                    hit.Key
                );
            }
        }

        return found.Findings();
    }

    static List<Entity> EntitiesOf(EventBatch batch, int row)
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

    /// <summary>Rules of the step's files; a file of a later folder wins over the same path in an earlier one.</summary>
    IReadOnlyList<SigmaRule> Load(HuntStep step)
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

        var set = SigmaRules.Load(files.Values);
        return set.Diagnostics.Count == 0
            ? set.Rules
            : throw new HarrierFault(
                FaultKind.Usage,
                string.Join('\n', set.Diagnostics),
                $"{set.Diagnostics[0].File}:{set.Diagnostics[0].Line}",
                "Mend the rule, or leave it out of the hunt."
            );
    }
}
