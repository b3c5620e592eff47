using System.Runtime.InteropServices;

namespace Harrier.Sigma.Correlations;

/// <summary>The events of a group that lie within the timespan, measured without being looked through again.</summary>
abstract class CorrelationWindow
{
    /// <summary>Entries held, for the limits.</summary>
    public abstract int Held { get; }

    /// <summary>Puts in what came last. False: it says nothing (no value, no number) and was not put in.</summary>
    public abstract bool Add(CorrelationInput input);

    /// <summary>Drops what lies before a time.</summary>
    public abstract void Expire(long before);

    /// <summary>Whether entries can be dropped for the limits; windows of one entry a rule can't grow.</summary>
    public virtual bool CanDrop => false;

    /// <summary>Drops the oldest entry.</summary>
    public virtual void DropOldest() => throw new NotSupportedException();

    /// <summary>The number that the condition compares; there is at least one entry.</summary>
    public abstract CorrelationNumber Measure();

    /// <summary>What makes the number up, for the hit: how many, and the last of them in order.</summary>
    public abstract (long Count, long First, IReadOnlyList<Contribution> Latest) Contributions();
}

/// <summary>A window of entries in the order they came; a correlation's type is what it keeps of them beside.</summary>
/// <remarks>References take more room than times, so only the last ones are kept.</remarks>
abstract class QueueWindow<T>(int references) : CorrelationWindow
{
    readonly Queue<(long Time, T Value)> _entries = new();
    readonly Queue<Contribution> _latest = new();

    public override int Held => _entries.Count;

    protected abstract bool TryRead(CorrelationInput input, out T value);

    protected abstract void Enter(T value);

    protected abstract void Leave(T value);

    public override bool Add(CorrelationInput input)
    {
        if (!TryRead(input, out var value))
        {
            return false;
        }

        _entries.Enqueue((input.Contribution.Time, value));
        Enter(value);
        if (_latest.Count == references)
        {
            _latest.Dequeue();
        }

        _latest.Enqueue(input.Contribution);
        return true;
    }

    public override void Expire(long before)
    {
        while (_entries.TryPeek(out var oldest) && oldest.Time < before)
        {
            Leave(_entries.Dequeue().Value);
        }

        while (_latest.TryPeek(out var contribution) && contribution.Time < before)
        {
            _latest.Dequeue();
        }
    }

    public override bool CanDrop => true;

    public override void DropOldest()
    {
        Leave(_entries.Dequeue().Value);
        if (_latest.Count > _entries.Count)
        {
            _latest.Dequeue();
        }
    }

    public override (long Count, long First, IReadOnlyList<Contribution> Latest) Contributions() =>
        (
            _entries.Count,
            Math.Min(_entries.Peek().Time, _latest.Min(contribution => contribution.First)),
            [.. _latest]
        );
}

/// <summary>event_count: how many events.</summary>
sealed class EventCountWindow(int references) : QueueWindow<ValueTuple>(references)
{
    protected override bool TryRead(CorrelationInput input, out ValueTuple value)
    {
        value = default;
        return true;
    }

    protected override void Enter(ValueTuple value) { }

    protected override void Leave(ValueTuple value) { }

    public override CorrelationNumber Measure() => CorrelationNumber.Of(Held);
}

/// <summary>value_count: how many different values, by a count for each value that is in the window.</summary>
sealed class ValueCountWindow(int references) : QueueWindow<string>(references)
{
    readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    protected override bool TryRead(CorrelationInput input, out string value)
    {
        value = input.Value ?? "";
        return input.Value is not null;
    }

    protected override void Enter(string value) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, value, out _)++;

    protected override void Leave(string value)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, value);
        if (--count == 0)
        {
            _counts.Remove(value);
        }
    }

    public override CorrelationNumber Measure() => CorrelationNumber.Of(_counts.Count);
}

/// <summary>value_sum and value_avg: the sum of the numbers, exact.</summary>
sealed class SumWindow(int references, bool mean) : QueueWindow<Int128>(references)
{
    Int128 _sum;

    protected override bool TryRead(CorrelationInput input, out Int128 value)
    {
        value = 0;
        return input.Value is { } text && CorrelationNumber.TryRead(text, out value);
    }

    protected override void Enter(Int128 value) => _sum += value;

    protected override void Leave(Int128 value) => _sum -= value;

    public override CorrelationNumber Measure() => new(_sum, mean ? Held : 1);
}

/// <summary>value_percentile: the value at a rank, by linear interpolation between its neighbours.</summary>
/// <remarks>
/// Of n values in order, from 0, the percentile p is at rank p/100·(n-1); between two ranks it lies as far as the rank does
/// (definition 7 of Hyndman and Fan, 1996, Sample quantiles in statistical packages; what NumPy and Excel's PERCENTILE.INC give).
/// </remarks>
/// <param name="thousandths">Percentile times 1,000.</param>
sealed class PercentileWindow(int references, long thousandths) : QueueWindow<Int128>(references)
{
    const long Whole = 100_000;

    readonly SortedNumbers _numbers = new();

    protected override bool TryRead(CorrelationInput input, out Int128 value)
    {
        value = 0;
        return input.Value is { } text && CorrelationNumber.TryRead(text, out value);
    }

    protected override void Enter(Int128 value) => _numbers.Add(value);

    protected override void Leave(Int128 value) => _numbers.Remove(value);

    public override CorrelationNumber Measure()
    {
        var (rank, part) = Math.DivRem(thousandths * (_numbers.Count - 1), Whole);
        var below = _numbers[(int)rank];
        return part == 0
            ? new CorrelationNumber(below, 1)
            : new CorrelationNumber(
                below * Whole + (_numbers[(int)rank + 1] - below) * part,
                Whole
            );
    }
}

/// <summary>temporal: which rules were seen; the latest event of each is all it takes.</summary>
sealed class SeenWindow(int rules) : CorrelationWindow
{
    readonly Contribution?[] _latest = new Contribution?[rules];

    public override int Held => _latest.Count(seen => seen is not null);

    public bool HasSeen(int place) => _latest[place] is not null;

    public long TimeOf(int place) => _latest[place]!.Value.Time;

    public override bool Add(CorrelationInput input)
    {
        foreach (var place in input.Places)
        {
            _latest[place] = input.Contribution;
        }

        return true;
    }

    public override void Expire(long before)
    {
        for (var place = 0; place < _latest.Length; place++)
        {
            if (_latest[place]?.Time < before)
            {
                _latest[place] = null;
            }
        }
    }

    public override CorrelationNumber Measure() => CorrelationNumber.Of(Held);

    public override (long Count, long First, IReadOnlyList<Contribution> Latest) Contributions()
    {
        var seen = _latest
            .OfType<Contribution>()
            .Distinct()
            .OrderBy(one => one.Time)
            .ThenBy(one => one.Reference)
            .ToList();
        return (seen.Count, seen.Min(one => one.First), seen);
    }
}

/// <summary>temporal_ordered: the longest prefix of the rules that different events, one after the other, meet.</summary>
/// <remarks>
/// For each prefix the way to it whose first event is latest, since that one leaves the window last. An event that meets rule k
/// makes a way to prefix k of the best way to prefix k-1; from the end backwards, so that no event is taken twice.
/// Rules a, b within 10 minutes, events a at 0, a at 5, b at 12: the way to (a, b) begins at 5, and holds.
/// </remarks>
sealed class OrderedWindow(int rules) : CorrelationWindow
{
    sealed record Way(long Begin, Contribution Last, Way? Before);

    readonly Way?[] _ways = new Way?[rules];

    public override int Held => _ways.Count(way => way is not null);

    public override bool Add(CorrelationInput input)
    {
        for (var index = input.Places.Count - 1; index >= 0; index--)
        {
            var place = input.Places[index];
            if (place == 0)
            {
                _ways[0] = new Way(input.Contribution.Time, input.Contribution, null);
            }
            else if (_ways[place - 1] is { } before)
            {
                // A way to the prefix before never begins earlier than those before it, so the new one is the better one.
                _ways[place] = new Way(before.Begin, input.Contribution, before);
            }
        }

        return true;
    }

    public override void Expire(long before)
    {
        for (var place = 0; place < _ways.Length; place++)
        {
            if (_ways[place]?.Begin < before)
            {
                _ways[place] = null;
            }
        }
    }

    public override CorrelationNumber Measure() => CorrelationNumber.Of(Held);

    public override (long Count, long First, IReadOnlyList<Contribution> Latest) Contributions()
    {
        var steps = new List<Contribution>();
        for (
            var way = _ways.LastOrDefault(one => one is not null);
            way is not null;
            way = way.Before
        )
        {
            steps.Add(way.Last);
        }

        steps.Reverse();
        return (steps.Count, steps.Count == 0 ? 0 : steps.Min(one => one.First), steps);
    }
}
