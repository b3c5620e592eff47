namespace Harrier.Schema;

/// <summary>
/// A condition on the columns of one class, two-valued: a comparison with a missing value is false, so its negation is true.
/// Sigma and Intel build such trees; a store's dialect makes SQL of them.
/// </summary>
public abstract record Predicate
{
    public static Predicate True { get; } = new And([]);

    public sealed record And(IReadOnlyList<Predicate> Terms) : Predicate;

    public sealed record Or(IReadOnlyList<Predicate> Terms) : Predicate;

    public sealed record Not(Predicate Term) : Predicate;

    /// <summary>Text comparison; <paramref name="IgnoreCase"/> folds as Sigma does (Unicode simple case folding).</summary>
    public sealed record Text(Field Field, TextMatch Match, string Value, bool IgnoreCase = true)
        : Predicate;

    public sealed record Regex(Field Field, string Pattern, bool IgnoreCase) : Predicate;

    /// <summary>The field holds an address inside a network, written as CIDR.</summary>
    public sealed record Cidr(Field Field, string Network) : Predicate;

    public sealed record Number(Field Field, NumberMatch Match, double Value) : Predicate;

    public sealed record IsNull(Field Field) : Predicate;

    /// <summary>Exact membership in a list, case kept: needles of intelligence.</summary>
    public sealed record In(Field Field, IReadOnlyList<string> Values) : Predicate;
}

/// <summary>What a predicate looks at: a column, or a key of <c>extra</c> where no column takes the field.</summary>
public sealed record Field(Column? Column, string? ExtraKey)
{
    public static implicit operator Field(Column column) => new(column, null);
}

public enum TextMatch
{
    Equals,
    StartsWith,
    EndsWith,
    Contains,
}

public enum NumberMatch
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
