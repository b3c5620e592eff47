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

    public SigmaPlan Plan { get; } = plan;

    /// <summary>What rules found, also those that are there for correlations alone.</summary>
    public SigmaTally Tally { get; } = new();

    /// <summary>What rules found that are told by themselves, by level from critical down, then by events.</summary>
    public IReadOnlyList<RuleTally> Matches => [.. Tally.Rules.Where(one => Plan.IsTold(one.Rule))];

    /// <summary>What correlations hold of; asked when the last batch was added.</summary>
    public IReadOnlyList<SigmaCorrelationHit> Correlated =>
        _correlated ??= [.. _feed.Complete().Where(hit => Plan.IsTold(hit.Correlation))];

    public SigmaCorrelationLosses Losses => _feed.Losses;

    /// <summary>Rules of correlations that run which this data can't answer.</summary>
    public IReadOnlyList<SilentChild> SilentChildren =>
        [
            .. Plan.Correlations.Correlations.SelectMany(correlation =>
                Plan.Correlations.Rules.Where(rule =>
                        correlation.Rules.Any(name =>
                            name == rule.Name
                            || string.Equals(name, rule.Id, StringComparison.OrdinalIgnoreCase)
                        )
                    )
                    .Select(_probe.Of)
                    .Where(answer => answer.Why is not null)
                    .Select(answer => new SilentChild(correlation, answer))
            ),
        ];

    /// <summary>Columns of a class that are read beside those of the rules.</summary>
    public IReadOnlyList<Column> ColumnsFor(EventClass eventClass) => _feed.ColumnsFor(eventClass);

    /// <summary>Whether the data seen can answer a rule.</summary>
    public RuleAnswer AnswerOf(SigmaRule rule) => _probe.Of(rule);

    /// <summary>Takes the hits of a batch.</summary>
    /// <param name="isWanted">Rows that count; null: all.</param>
    public void Add(EventBatch batch, IReadOnlyList<SigmaHit> hits, Func<int, bool>? isWanted)
    {
        Look(batch, isWanted);
        Tally.Add(batch, hits);
        _feed.Add(batch, hits);
    }

    internal void Look(EventBatch batch, Func<int, bool>? isWanted) => _probe.Add(batch, isWanted);

    internal IReadOnlyList<SigmaCorrelationEvent> Read(
        EventBatch batch,
        IReadOnlyList<SigmaHit> hits
    ) => _feed.Read(batch, hits);

    internal void Add(SigmaCorrelationEvent one) => _feed.Add(one);
}
