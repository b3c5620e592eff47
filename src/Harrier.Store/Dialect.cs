using Harrier.Schema;

namespace Harrier.Store;

/// <summary>How an engine says what plain SQL does not share. Arguments are SQL expressions unless they say otherwise.</summary>
public abstract class Dialect
{
    /// <summary>Needles up to here are looked up one by one (by bloom filters), more by a join.</summary>
    public const int NeedlesByLookup = 50;

    /// <summary>A text as a literal.</summary>
    public abstract string Literal(string text);

    /// <summary>A number as a literal.</summary>
    public abstract string Literal(long number);

    /// <summary>A table's or column's name, quoted.</summary>
    public abstract string Name(string identifier);

    /// <summary>Microseconds since 1970 UTC of a time: columns of type Time are times in SQL.</summary>
    public abstract string Micros(string time);

    /// <summary>A time of microseconds since 1970 UTC, to compare time columns with.</summary>
    public abstract string Time(long micros);

    /// <summary>Start of the bucket a time is in, as microseconds since 1970 UTC; buckets are counted from 1970.</summary>
    public abstract string TimeBucket(string time, long widthMicros);

    /// <summary>Aggregate: interpolated quantile of numbers, p in [0, 1].</summary>
    public abstract string Quantile(string number, double p);

    /// <summary>Aggregate: exact number of distinct values, nulls not counted.</summary>
    public abstract string CountDistinct(string expression);

    /// <summary>Aggregate: the value of one expression in the row where another one is smallest; the smallest such value when several rows tie.</summary>
    public abstract string ArgMin(string expression, string by);

    /// <summary>Aggregate: as <see cref="ArgMin"/>, in the row where the other is largest.</summary>
    public abstract string ArgMax(string expression, string by);

    /// <summary>Aggregate: distinct texts in their order, joined.</summary>
    public abstract string JoinDistinct(string text, string separator);

    /// <summary>Aggregate: the first distinct texts in their order, as a list (Rows.Texts).</summary>
    public abstract string ListDistinct(string text, int limit);

    /// <summary>Whether a text contains another one, case kept. <paramref name="part"/> is plain text.</summary>
    public abstract string Contains(string text, string part);

    /// <summary>Whether a text contains another one under Unicode simple case folding. <paramref name="part"/> is plain text.</summary>
    public abstract string ContainsIgnoreCase(string text, string part);

    /// <summary>Whether a regular expression (plain text, RE2's language) matches anywhere.</summary>
    public abstract string Regex(string text, string pattern, bool ignoreCase);

    /// <summary>First group of a regular expression (or the whole match without groups), null where it does not match.</summary>
    public abstract string RegexExtract(string text, string pattern);

    /// <summary>Text of a top-level key of <c>extra</c>; null where it is absent. A typed column is thirty times cheaper.</summary>
    public abstract string JsonField(string key);

    /// <summary>Whether a text is an address inside a network in CIDR notation (plain text).</summary>
    /// <exception cref="HarrierFault">Not a network.</exception>
    public abstract string Cidr(string text, string network);

    /// <summary>The rows of a table whose column is one of the needles, once each: a whole SELECT, to be used as a subquery.</summary>
    /// <param name="select">What to select: "*" or expressions.</param>
    public abstract string Needles(
        string table,
        string column,
        IReadOnlyCollection<string> needles,
        string select = "*"
    );

    /// <summary>A predicate as an expression that is true or false, never null: for SELECT, FILTER, CASE and under NOT.</summary>
    public abstract string Sql(Predicate predicate);

    /// <summary>A predicate for WHERE, where null counts as false; the engine can use its statistics and bloom filters on it.</summary>
    public abstract string Where(Predicate predicate);
}
