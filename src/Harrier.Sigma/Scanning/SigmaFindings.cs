using Harrier.Schema;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Scanning;

/// <summary>A rule that a correlation refers to and that this data can't answer, so that the correlation's silence means little.</summary>
public sealed record SilentChild(SigmaCorrelation Correlation, RuleAnswer Rule);

/// <summary>Gathers what a plan's rules find in batches: tallies, correlations, and what the data can't answer.</summary>
/// <param name="withAnswers">Asks of all chosen rules whether the data can answer them, not only of those that correlations need.</param>
public sealed class SigmaFindings(SigmaPlan plan, bool withAnswers = false)
{
    readonly SigmaCorrelationFeed _feed = new(plan.Correlations, plan.Logsources);
    readonly DataProbe _probe = new(
        withAnswers ? [.. plan.Rules.Union(plan.Correlations.Rules)] : plan.Correlations.Rules,
        plan.Logsources
    );
    IReadOnlyList<SigmaCorrelationHit>? _correlated;
    HashSet<SigmaEventReference>? _new;

    public SigmaPlan Plan { get; } = plan;

    /// <summary>What rules found, also those that are there for correlations alone.</summary>
    public SigmaTally Tally { get; } = new();

    /// <summary>What rules found that are told by themselves, by level from critical down, then by events.</summary>
    public IReadOnlyList<RuleTally> Matches => [.. Tally.Rules.Where(one => Plan.IsTold(one.Rule))];

    /// <summary>Events that were looked at; of batches with what is new marked, those that are.</summary>
    public long Events { get; private set; }

    /// <summary>What correlations hold of; asked when the last batch was added. Where only some events are new, hits to which one of them contributes.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Correlated =>
        _correlated ??= [
            .. _feed
                .Complete()
                .Where(hit =>
                    Plan.IsTold(hit.Correlation)
                    && (
                        _new is null
                        // Of many events only the last are named.
                        || hit.Count > hit.Events.Count
                        || hit.Events.Any(_new.Contains)
                    )
                ),
        ];

    public SigmaCorrelationLosses Losses => _feed.Losses;

    /// <summary>Rules of correlations that run which this data can't answer.</summary>
    public IReadOnlyList<SilentChild> SilentChildren =>
        [
            .. Plan.Correlations.Correlations.SelectMany(correlation =>
                Plan.Correlations.Rules.Where(rule => correlation.Rules.Any(rule.IsNamed))
                    .Select(_probe.Of)
                    .Where(answer => answer.Why is not null)
                    .Select(answer => new SilentChild(correlation, answer))
            ),
        ];

    /// <summary>Rules that run, did not hold, and that this data can't answer; none where that was not asked for.</summary>
    public IReadOnlyList<RuleAnswer> Blind =>
        withAnswers
            ?
            [
                .. Plan
                    .Rules.Where(rule =>
                        Tally.Of(rule) is null && Plan.Compiled.ClassesOf(rule).Count > 0
                    )
                    .Select(_probe.Of)
                    .Where(answer => answer.Why is not null),
            ]
            : [];

    /// <summary>Columns of a class that are read beside those of the rules.</summary>
    public IReadOnlyList<Column> ColumnsFor(EventClass eventClass) => _feed.ColumnsFor(eventClass);

    /// <summary>Whether the data seen can answer a rule.</summary>
    public RuleAnswer AnswerOf(SigmaRule rule) => _probe.Of(rule);

    /// <summary>Takes the hits of a batch.</summary>
    /// <param name="isWanted">Rows that count; null: all. Hits are of such rows.</param>
    /// <param name="isNew">Rows that are to be told; null: all. The others are only there for correlations that began before.</param>
    public void Add(
        EventBatch batch,
        IReadOnlyList<SigmaHit> hits,
        Func<int, bool>? isWanted,
        Func<int, bool>? isNew = null
    )
    {
        Look(batch, isWanted);
        Events +=
            isWanted is null && isNew is null
                ? batch.Count
                : Enumerable
                    .Range(0, batch.Count)
                    .Count(row => isWanted?.Invoke(row) != false && isNew?.Invoke(row) != false);
        var told = isNew is null ? hits : hits.Where(hit => isNew(hit.Row));
        Tally.Add(batch, told);
        _feed.Add(batch, hits);
        if (isNew is not null)
        {
            _new ??= [];
            _new.UnionWith(
                told.Where(hit => Plan.Correlations.Rules.Contains(hit.Rule))
                    .Select(hit => SigmaEventReference.Of(batch, hit.Row))
            );
        }
    }

    internal void Look(EventBatch batch, Func<int, bool>? isWanted) => _probe.Add(batch, isWanted);

    internal IReadOnlyList<SigmaCorrelationEvent> Read(
        EventBatch batch,
        IReadOnlyList<SigmaHit> hits
    ) => _feed.Read(batch, hits);

    internal void Merge(
        SigmaTally tally,
        IReadOnlyList<SigmaCorrelationEvent> correlated,
        long events
    )
    {
        Tally.Merge(tally);
        Events += events;
        foreach (var one in correlated)
        {
            _feed.Add(one);
        }
    }
}
