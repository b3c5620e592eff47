using System.Globalization;
using Harrier.Sigma.Conditions;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Explaining;

/// <summary>What a correlation asks for: in words, how far a window is from it, and whether it can be reached at all.</summary>
static class CorrelationGoal
{
    /// <summary>As it is read: <c>event_count gte 3 within 10m by User</c>.</summary>
    public static string Text(SigmaCorrelation correlation)
    {
        var condition = correlation.Condition;
        var type = correlation.Type switch
        {
            CorrelationType.EventCount => "event_count",
            CorrelationType.ValueCount => "value_count",
            CorrelationType.Temporal => "temporal",
            CorrelationType.TemporalOrdered => "temporal_ordered",
            CorrelationType.ValueSum => "value_sum",
            CorrelationType.ValueAvg => "value_avg",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"value_percentile {condition.Percentile:0.###}"
            ),
        };
        var of = condition.Fields.Count > 0 ? $" of {string.Join(" and ", condition.Fields)}" : "";
        var by =
            correlation.GroupBy.Count > 0 ? $" by {string.Join(", ", correlation.GroupBy)}" : "";
        return $"{type}{of} {Bound(correlation)} within {Text(correlation.Timespan)}{by}";
    }

    static string Bound(SigmaCorrelation correlation) =>
        correlation.Condition.Expression is { } expression ? Text(expression)
        : correlation.Condition.Bounds is { Count: > 0 } bounds
            ? string.Join(
                " and ",
                bounds.Select(bound =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{bound.Operator.ToString().ToLowerInvariant()} {bound.Threshold}"
                    )
                )
            )
        : $"all of {string.Join(", ", correlation.Rules)}";

    static string Text(ConditionTree node) =>
        node switch
        {
            ConditionTree.And and => $"({string.Join(" and ", and.Terms.Select(Text))})",
            ConditionTree.Or or => $"({string.Join(" or ", or.Terms.Select(Text))})",
            ConditionTree.Not not => $"not {Text(not.Term)}",
            ConditionTree.Name name => name.Text,
            _ => throw new ArgumentOutOfRangeException(nameof(node), node, null),
        };

    /// <summary>In the largest unit that a rule may write and that divides it.</summary>
    static string Text(TimeSpan span)
    {
        var seconds = (long)span.TotalSeconds;
        (long Length, char Unit)[] units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
        var (length, unit) = units.First(one => seconds % one.Length == 0);
        return $"{seconds / length}{unit}";
    }

    /// <summary>What a window lacks, in the unit of its number; of a condition in words, the rules that would have to change. 0: it holds.</summary>
    public static decimal Distance(
        CorrelationPlan plan,
        CorrelationWindow window,
        CorrelationNumber value
    )
    {
        if (plan.Holds(window, value))
        {
            return 0;
        }

        if (plan.Correlation.Condition.Expression is { } expression)
        {
            return Changes(expression, Seen(plan, window).ToHashSet(StringComparer.Ordinal), true);
        }

        var number = value.ToDecimal();
        return plan.Correlation.Condition.Bounds is { Count: > 0 } bounds
            ? bounds.Max(bound => value.Holds(bound) ? 0 : Math.Abs(bound.Threshold - number))
            : plan.Correlation.Rules.Count - number;
    }

    /// <summary>Rules that a window of a temporal type has seen, as the correlation writes them; none of other types.</summary>
    public static IEnumerable<string> Seen(CorrelationPlan plan, CorrelationWindow window) =>
        window switch
        {
            SeenWindow seen => plan.Correlation.Rules.Where((_, place) => seen.HasSeen(place)),
            OrderedWindow ordered => plan.Correlation.Rules.Take(ordered.Held),
            _ => [],
        };

    /// <summary>The fewest rules that must be seen, or not be seen, for a condition to be what is wanted.</summary>
    static int Changes(ConditionTree node, HashSet<string> seen, bool wanted) =>
        node switch
        {
            ConditionTree.Not not => Changes(not.Term, seen, !wanted),
            ConditionTree.Name name => seen.Contains(name.Text) == wanted ? 0 : 1,
            ConditionTree.And all when wanted => all.Terms.Sum(term => Changes(term, seen, true)),
            ConditionTree.And and => and.Terms.Min(term => Changes(term, seen, false)),
            ConditionTree.Or any when wanted => any.Terms.Min(term => Changes(term, seen, true)),
            ConditionTree.Or or => or.Terms.Sum(term => Changes(term, seen, false)),
            _ => throw new ArgumentOutOfRangeException(nameof(node), node, null),
        };

    /// <summary>Whether the condition can hold when some of its rules never come.</summary>
    /// <param name="never">By place.</param>
    public static bool CanHold(SigmaCorrelation correlation, IReadOnlyList<bool> never)
    {
        if (correlation.Condition.Expression is { } expression)
        {
            var names = correlation
                .Rules.Where((_, place) => never[place])
                .ToHashSet(StringComparer.Ordinal);
            return CanBe(expression, names, true) && names.Count < never.Count;
        }

        var most = correlation.Type switch
        {
            CorrelationType.Temporal => never.Count(one => !one),
            CorrelationType.TemporalOrdered => never.TakeWhile(one => !one).Count(),
            _ => never.Contains(false) ? int.MaxValue : 0,
        };
        var bounds = correlation.Condition.Bounds;
        return correlation.Type is not (CorrelationType.Temporal or CorrelationType.TemporalOrdered)
                ? most > 0
            : bounds.Count == 0 ? most == never.Count
            : Enumerable.Range(1, most).Any(seen => bounds.All(CorrelationNumber.Of(seen).Holds));
    }

    static bool CanBe(ConditionTree node, HashSet<string> never, bool wanted) =>
        node switch
        {
            ConditionTree.Not not => CanBe(not.Term, never, !wanted),
            ConditionTree.Name name => !wanted || !never.Contains(name.Text),
            ConditionTree.And and => wanted
                ? and.Terms.All(term => CanBe(term, never, true))
                : and.Terms.Any(term => CanBe(term, never, false)),
            ConditionTree.Or or => wanted
                ? or.Terms.Any(term => CanBe(term, never, true))
                : or.Terms.All(term => CanBe(term, never, false)),
            _ => throw new ArgumentOutOfRangeException(nameof(node), node, null),
        };
}
