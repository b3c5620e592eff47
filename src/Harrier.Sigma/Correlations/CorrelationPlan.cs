using System.Diagnostics;
using Harrier.Sigma.Conditions;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Correlations;

/// <summary>Where a correlation finds its fields in the values of what one of its rules met.</summary>
/// <param name="Group">Slots of group-by, aliases resolved.</param>
/// <param name="Value">Slots of the counted fields; empty where none are counted.</param>
sealed record FieldSlots(int[] Group, int[] Value)
{
    /// <summary>Values of group-by into <paramref name="key"/>; false where one is missing.</summary>
    public bool TryReadGroup(string?[] values, string[] key)
    {
        for (var index = 0; index < Group.Length; index++)
        {
            if (values[Group[index]] is not { } value)
            {
                return false;
            }

            key[index] = value;
        }

        return true;
    }

    /// <summary>The counted value, several as one text in which none can pass for another; null where one is missing.</summary>
    public string? ReadValue(string?[] values)
    {
        if (Value.Length == 1)
        {
            return values[Value[0]];
        }

        if (Value.Length == 0 || Value.Any(slot => values[slot] is null))
        {
            return null;
        }

        return string.Concat(Value.Select(slot => $"{values[slot]!.Length}:{values[slot]}"));
    }
}

/// <summary>A correlation made ready: everything resolved that does not depend on events.</summary>
sealed class CorrelationPlan(SigmaCorrelation correlation, int index)
{
    /// <summary>Rules may be referred to by position in their list, which is the place of a rule here.</summary>
    public SigmaCorrelation Correlation { get; } = correlation;

    /// <summary>Children come before those that refer to them.</summary>
    public int Index { get; } = index;

    /// <summary>Microseconds.</summary>
    public long Timespan { get; } = correlation.Timespan.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>By place.</summary>
    public required IReadOnlyList<FieldSlots> Slots { get; init; }

    /// <summary>Slots that an alert fills with the values of its group.</summary>
    public required int[] GroupSlots { get; init; }

    /// <summary>Whether its alerts are told, and not only used by others.</summary>
    public bool IsReported { get; set; } = true;

    /// <summary>Correlations that refer to this one, and its place there.</summary>
    public List<(CorrelationPlan Plan, int[] Places)> Parents { get; } = [];

    /// <summary>Whether something must not happen: only the end of the window tells.</summary>
    public bool WaitsForEnd { get; } = HasNot(correlation.Condition.Expression);

    /// <summary>Places that the condition asks for without a not.</summary>
    readonly int[] _wanted =
    [
        .. Wanted(correlation.Condition.Expression)
            .Distinct(StringComparer.Ordinal)
            .Select(name => PlaceOf(correlation, name)),
    ];

    public CorrelationWindow NewWindow(int references) =>
        Correlation.Type switch
        {
            CorrelationType.EventCount => new EventCountWindow(references),
            CorrelationType.ValueCount => new ValueCountWindow(references),
            CorrelationType.ValueSum => new SumWindow(references, mean: false),
            CorrelationType.ValueAvg => new SumWindow(references, mean: true),
            CorrelationType.ValuePercentile => new PercentileWindow(
                references,
                (long)(Correlation.Condition.Percentile!.Value * 1_000)
            ),
            CorrelationType.Temporal => new SeenWindow(Correlation.Rules.Count),
            CorrelationType.TemporalOrdered => new OrderedWindow(Correlation.Rules.Count),
            _ => throw new UnreachableException($"{Correlation.Type}"),
        };

    public bool Holds(CorrelationWindow window, CorrelationNumber value)
    {
        if (Correlation.Condition.Expression is { } expression)
        {
            return Holds(expression, (SeenWindow)window);
        }

        var bounds = Correlation.Condition.Bounds;
        if (bounds.Count == 0)
        {
            return value == CorrelationNumber.Of(Correlation.Rules.Count);
        }

        for (var bound = 0; bound < bounds.Count; bound++)
        {
            if (!value.Holds(bounds[bound]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>When the window of a condition with a not begins: with the first event it asks for, else now.</summary>
    public long BeginOf(SeenWindow window, long now) =>
        _wanted.Where(window.HasSeen).Select(window.TimeOf).Append(now).Min();

    bool Holds(ConditionTree node, SeenWindow window) =>
        node switch
        {
            ConditionTree.And and => and.Terms.All(term => Holds(term, window)),
            ConditionTree.Or or => or.Terms.Any(term => Holds(term, window)),
            ConditionTree.Not not => !Holds(not.Term, window),
            ConditionTree.Name name => window.HasSeen(PlaceOf(Correlation, name.Text)),
            _ => throw new ArgumentOutOfRangeException(nameof(node), node, null),
        };

    static int PlaceOf(SigmaCorrelation correlation, string name)
    {
        for (var place = 0; place < correlation.Rules.Count; place++)
        {
            if (correlation.Rules[place] == name)
            {
                return place;
            }
        }

        throw new ArgumentException($"'{name}' is none of the correlation's rules.", nameof(name));
    }

    static bool HasNot(ConditionTree? node) =>
        node switch
        {
            ConditionTree.And and => and.Terms.Any(HasNot),
            ConditionTree.Or or => or.Terms.Any(HasNot),
            ConditionTree.Not => true,
            _ => false,
        };

    static IEnumerable<string> Wanted(ConditionTree? node, bool negated = false) =>
        node switch
        {
            ConditionTree.And and => and.Terms.SelectMany(term => Wanted(term, negated)),
            ConditionTree.Or or => or.Terms.SelectMany(term => Wanted(term, negated)),
            ConditionTree.Not not => Wanted(not.Term, !negated),
            ConditionTree.Name name when !negated => [name.Text],
            _ => [],
        };
}
