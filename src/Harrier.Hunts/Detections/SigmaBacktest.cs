using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Scanning;
using Harrier.Store;

namespace Harrier.Hunts.Detections;

/// <summary>Events that changed sides alike, or stayed.</summary>
/// <param name="Hosts">Events of each host they happened on.</param>
/// <param name="Benign">Of those that persons judged.</param>
/// <param name="Malicious">Of those that persons judged; suspicious ones are among them.</param>
/// <param name="Samples">The first by time.</param>
public sealed record BacktestPart(
    long Count,
    IReadOnlyDictionary<string, long> Hosts,
    long Benign,
    long Malicious,
    IReadOnlyList<Evidence> Samples
);

/// <summary>What a change of rules does on the data that is there.</summary>
/// <param name="Alerts">Alerts of correlations; their hosts and judgements are not told.</param>
public sealed record BacktestResult(
    long Events,
    BacktestPart Gained,
    BacktestPart Lost,
    BacktestPart Kept,
    BacktestAlerts Alerts
)
{
    /// <summary>Hits before the change.</summary>
    public long Before => Lost.Count + Kept.Count;

    /// <summary>Hits after it.</summary>
    public long After => Gained.Count + Kept.Count;

    /// <summary>Hosts with hits, those where most changes first.</summary>
    public IReadOnlyList<BacktestHost> Hosts =>
        [
            .. Gained
                .Hosts.Keys.Union(Lost.Hosts.Keys)
                .Union(Kept.Hosts.Keys)
                .Select(host => new BacktestHost(
                    host,
                    Gained.Hosts.GetValueOrDefault(host),
                    Lost.Hosts.GetValueOrDefault(host),
                    Kept.Hosts.GetValueOrDefault(host)
                ))
                .OrderByDescending(one => one.Gained + one.Lost)
                .ThenByDescending(one => one.Kept)
                .ThenBy(one => one.Host, StringComparer.Ordinal),
        ];
}

/// <summary>What a change does on a host.</summary>
public sealed record BacktestHost(string Host, long Gained, long Lost, long Kept)
{
    /// <inheritdoc cref="BacktestResult.Before"/>
    public long Before => Lost + Kept;

    /// <inheritdoc cref="BacktestResult.After"/>
    public long After => Gained + Kept;
}

/// <summary>Hits of correlations, by what they are about and when the condition began to hold.</summary>
public sealed record BacktestAlerts(
    IReadOnlyList<SigmaCorrelationHit> Gained,
    IReadOnlyList<SigmaCorrelationHit> Lost,
    long Kept
);

/// <summary>Runs a rule as it was and as it is to be over the same events, in one walk.</summary>
/// <remarks>A side may be several rules, filters and correlations: an event is a hit of a side when any rule of it holds that is told by itself.</remarks>
public static class SigmaBacktest
{
    /// <param name="samples">Events that are shown of each part.</param>
    public static BacktestResult Run(
        IEventStore store,
        LeadStore leads,
        SigmaPlan before,
        SigmaPlan after,
        SigmaScope scope,
        int samples,
        CancellationToken cancel
    )
    {
        var (was, becomes) = (new Side(before), new Side(after));
        var judged = JudgedEvents.Of(leads);
        var (gained, lost, kept) = (new Part(samples), new Part(samples), new Part(samples));
        var compiled = SigmaCompiler.Compile(
            [.. before.Running, .. after.Running],
            before.Logsources
        );
        var events = SigmaScan.Run(
            store,
            compiled,
            scope,
            eventClass =>
                EventText
                    .Columns(eventClass)
                    .Append(eventClass.Columns[CommonColumns.User])
                    .Concat(was.Feed.ColumnsFor(eventClass))
                    .Concat(becomes.Feed.ColumnsFor(eventClass)),
            (batch, hits, _) =>
            {
                var (first, second) = (was.Take(batch, hits), becomes.Take(batch, hits));
                foreach (var row in first.Keys.Union(second.Keys).Order())
                {
                    var part =
                        !first.ContainsKey(row) ? gained
                        : !second.ContainsKey(row) ? lost
                        : kept;
                    part.Add(
                        batch,
                        row,
                        first.TryGetValue(row, out var rule) ? rule : second[row],
                        judged
                    );
                }
            },
            cancel
        );
        return new BacktestResult(
            events,
            gained.Result(),
            lost.Result(),
            kept.Result(),
            Alerts(was.Feed.Complete(), becomes.Feed.Complete())
        );
    }

    static BacktestAlerts Alerts(
        IReadOnlyList<SigmaCorrelationHit> before,
        IReadOnlyList<SigmaCorrelationHit> after
    )
    {
        var (first, second) = (before.ToLookup(KeyOf), after.ToLookup(KeyOf));
        return new BacktestAlerts(
            [.. after.Where(hit => !first.Contains(KeyOf(hit)))],
            [.. before.Where(hit => !second.Contains(KeyOf(hit)))],
            before.Count(hit => second.Contains(KeyOf(hit)))
        );

        static string KeyOf(SigmaCorrelationHit hit) =>
            $"{string.Join('\n', hit.Group.Select(pair => $"{pair.Key}={pair.Value}"))}\n{hit.Last}";
    }

    sealed class Side(SigmaPlan plan)
    {
        readonly HashSet<SigmaRule> _rules = new(plan.Running, ReferenceEqualityComparer.Instance);

        public SigmaCorrelationFeed Feed { get; } = new(plan.Correlations, plan.Logsources);

        /// <summary>Rows that are hits of this side, each with the first rule that holds.</summary>
        public Dictionary<int, SigmaRule> Take(EventBatch batch, IReadOnlyList<SigmaHit> hits)
        {
            var own = hits.Where(hit => _rules.Contains(hit.Rule)).ToList();
            Feed.Add(batch, own);
            var rows = new Dictionary<int, SigmaRule>();
            foreach (var hit in own.Where(hit => plan.IsTold(hit.Rule)))
            {
                rows.TryAdd(hit.Row, hit.Rule);
            }

            return rows;
        }
    }

    sealed class Part(int most)
    {
        readonly Dictionary<string, long> _hosts = new(StringComparer.Ordinal);
        readonly SortedDictionary<SigmaEventReference, Evidence> _samples = [];
        long _count;
        long _benign;
        long _malicious;

        public void Add(EventBatch batch, int row, SigmaRule rule, JudgedEvents judged)
        {
            _count++;
            var entities = SigmaTest.EntitiesOf(batch, row);
            var reference = SigmaEventReference.Of(batch, row);
            if (
                entities[0] is { Type: "host", Value: var host }
                && (_hosts.Count < RuleTally.MostHosts || _hosts.ContainsKey(host))
            )
            {
                _hosts[host] = _hosts.GetValueOrDefault(host) + 1;
            }

            switch (judged.Of(rule, entities[0], reference))
            {
                case "benign":
                    _benign++;
                    break;
                case not null:
                    _malicious++;
                    break;
                default:
                    break;
            }

            if (
                most > 0
                && (_samples.Count < most || reference.CompareTo(_samples.Keys.Last()) < 0)
            )
            {
                _samples.TryAdd(reference, EventText.Evidence(batch, row));
                if (_samples.Count > most)
                {
                    _samples.Remove(_samples.Keys.Last());
                }
            }
        }

        public BacktestPart Result() =>
            new(_count, _hosts, _benign, _malicious, [.. _samples.Values]);
    }
}
