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

    /// <summary>Two fields of an event compare as texts; false where one of them is missing.</summary>
    public sealed record Compare(Field Field, TextMatch Match, Field Other, bool IgnoreCase)
        : Predicate;

    /// <summary>A part of a time of type <see cref="ColumnType.Time"/>, UTC.</summary>
    public sealed record PartOfTime(Column Column, TimePart Part, NumberMatch Match, int Value)
        : Predicate;

    /// <summary>Exact membership in a list, case kept: needles of intelligence.</summary>
    public sealed record In(Field Field, IReadOnlyList<string> Values) : Predicate;
}

/// <summary>What a predicate looks at: a column, or values of <c>extra</c> where no column takes the field.</summary>
/// <remarks>In <c>extra</c> a field may have several values: a test holds where one of them passes it (<see cref="FlatJson"/>).</remarks>
/// <param name="ExtraPath">Key or dotted path in <c>extra</c>; null, where there is no column either: all values of <c>extra</c>.</param>
public sealed record Field(Column? Column, string? ExtraPath)
{
    /// <summary>Every value of <c>extra</c>.</summary>
    public static Field AllOfExtra { get; } = new(null, null);

    /// <summary>Values of <c>extra</c> are texts.</summary>
    public ColumnType Type => Column?.Type ?? ColumnType.Text;

    public static implicit operator Field(Column column) => new(column, null);
}

/// <summary>A part of a time, of the calendar and the clock.</summary>
public enum TimePart
{
    Minute,
    Hour,
    Day,

    /// <summary>Of ISO 8601, 1 to 53.</summary>
    Week,
    Month,
    Year,
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
