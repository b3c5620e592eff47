using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Scanning;
using Harrier.Store;

namespace Harrier.Hunts.Detections;

/// <summary>How a rule behaves on the data of a scan.</summary>
/// <param name="Share">Of the hits of all rules, in [0, 1].</param>
/// <param name="Hosts">Hosts it held on.</param>
/// <param name="HostsWithData">Hosts with events of the classes it asks about.</param>
/// <param name="DaysWithData">Days with such events.</param>
/// <param name="PerDay">Hits a day with data.</param>
/// <param name="PerHostDay">Hits a host and day with data; null where such events name no host.</param>
/// <param name="Answer">Whether this data can answer it.</param>
/// <param name="Cost">Seconds a million events of its classes, run alone; null where it was not measured: not asked for, or on fewer than 1,000 events.</param>
public sealed record RuleStatistics(
    SigmaRule Rule,
    long Count,
    double Share,
    int Hosts,
    int HostsWithData,
    int DaysWithData,
    double PerDay,
    double? PerHostDay,
    RuleAnswer Answer,
    double? Cost
)
{
    /// <summary>Statistics of all rules of a scan, those that held first.</summary>
    /// <param name="costs">Of <see cref="RuleCost.Measure"/>, or null.</param>
    public static IReadOnlyList<RuleStatistics> Of(
        IEventStore store,
        SigmaScope scope,
        SigmaFindings findings,
        IReadOnlyDictionary<SigmaRule, double>? costs,
        CancellationToken cancel
    )
    {
        var presence = store
            .Presence(scope.Window, cancel)
            .Where(line =>
                scope.Hosts is null || line.Host is { } host && scope.Hosts.Contains(host)
            )
            .ToLookup(line => line.Class, StringComparer.Ordinal);
        var known = new Dictionary<string, Population>(StringComparer.Ordinal);
        var chosen = findings.Plan.Rules.ToHashSet<SigmaRule>(ReferenceEqualityComparer.Instance);
        var tallies = findings.Tally.Rules.Where(tally => chosen.Contains(tally.Rule)).ToList();
        var all = tallies.Sum(tally => tally.Count);
        var held = tallies.Select(tally => tally.Rule).ToList();
        var silent = findings
            .Plan.Rules.Except<SigmaRule>(held, ReferenceEqualityComparer.Instance)
            .OrderBy(rule => rule.Title, StringComparer.Ordinal)
            .ThenBy(rule => rule.File, StringComparer.Ordinal)
            .ThenBy(rule => rule.Line);
        return [.. held.Concat(silent).Select(Of)];

        RuleStatistics Of(SigmaRule rule)
        {
            var tally = findings.Tally.Of(rule);
            var count = tally?.Count ?? 0;
            var classes = findings.Plan.Compiled.ClassesOf(rule).Select(one => one.Name).ToList();
            var key = string.Join(',', classes);
            if (!known.TryGetValue(key, out var population))
            {
                known[key] = population = new Population([
                    .. classes.SelectMany(name => presence[name]),
                ]);
            }

            return new RuleStatistics(
                rule,
                count,
                all == 0 ? 0 : (double)count / all,
                tally?.Hosts.Count ?? 0,
                population.Hosts,
                population.Days,
                population.Days == 0 ? 0 : (double)count / population.Days,
                population.HostDays == 0 ? null : (double)count / population.HostDays,
                findings.AnswerOf(rule),
                costs is not null && costs.TryGetValue(rule, out var cost) ? cost : null
            );
        }
    }

    sealed class Population(IReadOnlyList<Presence> lines)
    {
        public int Days { get; } = lines.Select(line => line.Day).Distinct().Count();

        public int Hosts { get; } =
            lines.Select(line => line.Host).OfType<string>().Distinct().Count();

        public int HostDays { get; } =
            lines
                .Where(line => line.Host is not null)
                .Select(line => (line.Host, line.Day))
                .Distinct()
                .Count();
    }
}

/// <summary>What a rule takes when it runs alone.</summary>
/// <remarks>Rules that run together share most of their work, so that costs don't add up: they say which rule is worth a look.</remarks>
public static class RuleCost
{
    const int MostBatches = 4;

    /// <summary>On fewer events what a rule costs is what its start costs.</summary>
    const int LeastEvents = 1_000;

    /// <summary>Seconds a million events of its classes, for each rule that runs on at least 1,000; on one of the first batches of each class, the largest.</summary>
    public static IReadOnlyDictionary<SigmaRule, double> Measure(
        IEventStore store,
        SigmaScope scope,
        SigmaPlan plan,
        TimeProvider clock,
        CancellationToken cancel
    )
    {
        var costs = new Dictionary<SigmaRule, double>(ReferenceEqualityComparer.Instance);
        var alone = new Dictionary<SigmaRule, CompiledRules>(ReferenceEqualityComparer.Instance);
        var spent = new Dictionary<SigmaRule, (double Seconds, long Events)>(
            ReferenceEqualityComparer.Instance
        );
        foreach (var eventClass in plan.Compiled.Classes)
        {
            var batch = store
                .Scan(eventClass, scope.Window, plan.Compiled.ColumnsFor(eventClass), cancel)
                .Take(MostBatches)
                .MaxBy(one => one.Count);
            if (batch is null)
            {
                continue;
            }

            foreach (
                var rule in plan.Rules.Where(rule =>
                    plan.Compiled.ClassesOf(rule).Contains(eventClass)
                )
            )
            {
                cancel.ThrowIfCancellationRequested();
                if (!alone.TryGetValue(rule, out var compiled))
                {
                    alone[rule] = compiled = SigmaCompiler.Compile([rule], plan.Logsources);
                }

                // The better of two: the first one also pays for what is compiled then.
                var seconds = Enumerable.Range(0, 2).Min(_ => Once(compiled, batch));
                var (before, events) = spent.GetValueOrDefault(rule);
                spent[rule] = (before + seconds, events + batch.Count);
            }
        }

        foreach (var (rule, (seconds, events)) in spent)
        {
            if (events >= LeastEvents)
            {
                costs[rule] = seconds / events * 1e6;
            }
        }

        return costs;

        double Once(CompiledRules rules, EventBatch batch)
        {
            var started = clock.GetTimestamp();
            _ = new Harrier.Sigma.Matching.SigmaMatcher(rules).Match(batch);
            return clock.GetElapsedTime(started).TotalSeconds;
        }
    }
}
