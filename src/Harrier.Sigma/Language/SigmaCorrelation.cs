using Harrier.Sigma.Conditions;

namespace Harrier.Sigma.Language;

/// <summary>A correlation document: what must hold of the events that other rules find, as Sigma's version 2.1 defines it.</summary>
/// <param name="Id">UUID as written, or null.</param>
/// <param name="Name">What other documents may call it, or null.</param>
/// <param name="Rules">Ids or names of rules and correlations, each once, in the order written; whoever has the whole set resolves them (an id wins over a name).</param>
/// <param name="GroupBy">Fields or aliases; empty means one group of all events.</param>
/// <param name="Timespan">Greatest distance between the first and last event, inclusive; whole seconds.</param>
/// <param name="Aliases">For each alias, the field it means in each rule (by id or name).</param>
/// <param name="Generate">True where the rules referred to alert alone as well.</param>
/// <param name="Line">Line of the document's first key, from 1.</param>
public sealed record SigmaCorrelation(
    string Title,
    string? Id,
    string? Name,
    string? Status,
    string? Level,
    string? Description,
    string? Author,
    IReadOnlyList<string> References,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> FalsePositives,
    CorrelationType Type,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> GroupBy,
    TimeSpan Timespan,
    CorrelationCondition Condition,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases,
    bool Generate,
    string File,
    int Line
)
{
    /// <inheritdoc cref="SigmaRule.Attack"/>
    public IReadOnlyList<string> Attack => AttackTags.Techniques(Tags);

    /// <inheritdoc cref="SigmaRule.IsNamed"/>
    internal bool IsNamed(string text) => SigmaNames.Mean(text, Id, Name);

    public override string ToString() => Title;
}

public enum CorrelationType
{
    EventCount,
    ValueCount,
    Temporal,
    TemporalOrdered,
    ValueSum,
    ValueAvg,

    /// <summary><c>value_median</c>, which others know, is the percentile 50.</summary>
    ValuePercentile,
}

/// <summary>What the number (of events, of values, of rules seen) must be.</summary>
/// <param name="Bounds">All must hold. Empty: all rules must be seen (temporal types without a condition), or <paramref name="Expression"/> says it.</param>
/// <param name="Fields">Whose values are counted: one, or several for distinct tuples; empty for events and temporal types.</param>
/// <param name="Percentile">From 0 to 100 for <see cref="CorrelationType.ValuePercentile"/>, else null.</param>
/// <param name="Expression">Which rules must be seen, in words (<c>a and (b or not c)</c>), for temporal types; its names are those of the correlation's rules. Else null.</param>
public sealed record CorrelationCondition(
    IReadOnlyList<CorrelationBound> Bounds,
    IReadOnlyList<string> Fields,
    decimal? Percentile,
    ConditionTree? Expression
);

/// <summary>A comparison with a number of the rule.</summary>
public sealed record CorrelationBound(CorrelationOperator Operator, decimal Threshold);

public enum CorrelationOperator
{
    Gt,
    Gte,
    Lt,
    Lte,
    Eq,
    Neq,
}
