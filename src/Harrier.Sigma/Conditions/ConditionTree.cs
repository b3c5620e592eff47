namespace Harrier.Sigma.Conditions;

/// <summary>A condition as it was read: names joined by and, or, not; <c>1 of x*</c> and <c>all of them</c> are written out.</summary>
public abstract record ConditionTree
{
    public sealed record And(IReadOnlyList<ConditionTree> Terms) : ConditionTree;

    public sealed record Or(IReadOnlyList<ConditionTree> Terms) : ConditionTree;

    public sealed record Not(ConditionTree Term) : ConditionTree;

    /// <summary>A selection of a rule or filter, or a rule that a correlation refers to.</summary>
    public sealed record Name(string Text) : ConditionTree;

    internal static ConditionTree AllOf(IReadOnlyList<ConditionTree> terms) =>
        terms.Count == 1 ? terms[0] : new And(terms);

    internal static ConditionTree AnyOf(IReadOnlyList<ConditionTree> terms) =>
        terms.Count == 1 ? terms[0] : new Or(terms);
}
