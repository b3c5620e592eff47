namespace Harrier.Schema;

/// <summary>A range of time, from inclusive, to exclusive, in microseconds since 1970 UTC.</summary>
public readonly record struct TimeWindow(long From, long To)
{
    public static TimeWindow All { get; } = new(long.MinValue, long.MaxValue);

    public bool Contains(long time) => time >= From && time < To;
}
