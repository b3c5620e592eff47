using Harrier.Schema;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Scanning;

/// <summary>Events of a rule on a host.</summary>
/// <param name="First">Microseconds UTC.</param>
/// <param name="Last">Microseconds UTC.</param>
public readonly record struct HostTally(long Count, long First, long Last);

/// <summary>Where and how often a rule held. Does not depend on the order in which events come.</summary>
public sealed class RuleTally(SigmaRule rule)
{
    /// <summary>Events that are named; the earliest of all.</summary>
    public const int MostEvents = 20;

    /// <summary>Hosts that are told apart; names in logs are what senders say.</summary>
    public const int MostHosts = 50_000;

    readonly Dictionary<string, HostTally> _hosts = new(StringComparer.Ordinal);
    readonly SortedSet<SigmaEventReference> _events = [];

    public SigmaRule Rule { get; } = rule;
    public long Count { get; private set; }
    public long First { get; private set; } = long.MaxValue;
    public long Last { get; private set; } = long.MinValue;

    /// <summary>Events of each host; events without one, or beyond <see cref="MostHosts"/>, are in <see cref="Count"/> alone.</summary>
    public IReadOnlyDictionary<string, HostTally> Hosts => _hosts;

    /// <summary>The first events by time, file and record, at most <see cref="MostEvents"/>.</summary>
    public IReadOnlyCollection<SigmaEventReference> Events => _events;

    internal void Add(string? host, SigmaEventReference one)
    {
        Add(1, one.Time, one.Time);
        if (host is not null)
        {
            Add(host, new HostTally(1, one.Time, one.Time));
        }

        Keep(one);
    }

    internal void Merge(RuleTally other)
    {
        Add(other.Count, other.First, other.Last);
        foreach (var (host, tally) in other._hosts)
        {
            Add(host, tally);
        }

        foreach (var one in other._events)
        {
            Keep(one);
        }
    }

    void Add(long count, long first, long last)
    {
        Count += count;
        First = Math.Min(First, first);
        Last = Math.Max(Last, last);
    }

    void Add(string host, HostTally more)
    {
        if (_hosts.TryGetValue(host, out var known))
        {
            _hosts[host] = new HostTally(
                known.Count + more.Count,
                Math.Min(known.First, more.First),
                Math.Max(known.Last, more.Last)
            );
        }
        else if (_hosts.Count < MostHosts)
        {
            _hosts[host] = more;
        }
    }

    void Keep(SigmaEventReference one)
    {
        if (_events.Count < MostEvents || one.CompareTo(_events.Max) < 0)
        {
            _events.Add(one);
            if (_events.Count > MostEvents)
            {
                _events.Remove(_events.Max);
            }
        }
    }
}

/// <summary>The tallies of many rules.</summary>
public sealed class SigmaTally
{
    readonly Dictionary<SigmaRule, RuleTally> _rules = new(ReferenceEqualityComparer.Instance);

    /// <summary>Rules that held, by level from critical down, then by events.</summary>
    public IReadOnlyList<RuleTally> Rules =>
        [
            .. _rules
                .Values.OrderByDescending(one => SigmaLevel.Rank(one.Rule.Level))
                .ThenByDescending(one => one.Count)
                .ThenBy(one => one.Rule.Title, StringComparer.Ordinal)
                .ThenBy(one => one.Rule.File, StringComparer.Ordinal)
                .ThenBy(one => one.Rule.Line),
        ];

    public RuleTally? Of(SigmaRule rule) => _rules.GetValueOrDefault(rule);

    /// <summary>Takes the hits of a batch.</summary>
    public void Add(EventBatch batch, IEnumerable<SigmaHit> hits)
    {
        var texts = new BatchTexts(batch);
        foreach (var hit in hits)
        {
            For(hit.Rule).Add(texts.At(CommonColumns.Host, hit.Row), texts.ReferenceAt(hit.Row));
        }
    }

    /// <summary>Takes over what another tally has.</summary>
    public void Merge(SigmaTally other)
    {
        foreach (var one in other._rules.Values)
        {
            For(one.Rule).Merge(one);
        }
    }

    RuleTally For(SigmaRule rule)
    {
        if (!_rules.TryGetValue(rule, out var tally))
        {
            _rules[rule] = tally = new RuleTally(rule);
        }

        return tally;
    }
}
