using System.Globalization;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;
using Harrier.Sigma.Scanning;

namespace Harrier.Sigma.Explaining;

/// <summary>Watches a <see cref="SigmaCorrelator"/> at work: what came to each correlation, and how near each of its groups came to its condition.</summary>
public sealed class CorrelationTrace
{
    /// <summary>Groups of a correlation that are told apart; values in logs are what senders say.</summary>
    public const int MostGroups = 100_000;

    /// <summary>Groups that are told.</summary>
    public const int MostNearest = 100;

    readonly CompiledCorrelations _correlations;
    readonly PlanTrace[] _traces;

    public CorrelationTrace(CompiledCorrelations correlations)
    {
        _correlations = correlations;
        _traces = [.. correlations.Plans.Select(plan => new PlanTrace(plan, correlations.Fields))];
        for (var rule = 0; rule < correlations.Rules.Count; rule++)
        {
            foreach (var (plan, places) in correlations.Feeds[rule])
            {
                Refer(plan, places, correlations.Rules[rule]);
            }
        }

        foreach (var child in correlations.Plans)
        {
            foreach (var (plan, places) in child.Parents)
            {
                Refer(plan, places, child.Correlation);
            }
        }

        void Refer(CorrelationPlan plan, int[] places, object referred)
        {
            foreach (var place in places)
            {
                _traces[plan.Index].Places[place].Referred = referred;
            }
        }
    }

    /// <summary>An event or alert that is for a correlation.</summary>
    internal void Fed(CorrelationPlan plan, int[] places, string?[] values) =>
        _traces[plan.Index].Fed(places, values);

    /// <summary>A window that ends now, when its condition is asked.</summary>
    internal void Asked(
        CorrelationPlan plan,
        string[] key,
        CorrelationWindow window,
        CorrelationNumber value,
        long now
    ) => _traces[plan.Index].Asked(key, window, value, now);

    /// <summary>A hit that is told.</summary>
    internal void Told(CorrelationPlan plan, string[] key) => _traces[plan.Index].Told(key);

    /// <summary>What was seen, those that others refer to first.</summary>
    /// <param name="answerOf">Whether the data can answer a rule; null where that is not asked.</param>
    public IReadOnlyList<CorrelationExplanation> Explain(Func<SigmaRule, RuleAnswer>? answerOf)
    {
        var explained = new Dictionary<SigmaCorrelation, CorrelationExplanation>(
            ReferenceEqualityComparer.Instance
        );
        foreach (var trace in _traces)
        {
            explained[trace.Plan.Correlation] = trace.Explain(referred =>
                referred switch
                {
                    SigmaRule rule => (rule.Title, answerOf?.Invoke(rule).Why),
                    SigmaCorrelation child => (
                        child.Title,
                        explained[child] is { CanBeAnswered: false, Why: var why } ? why : null
                    ),
                    _ => throw new ArgumentOutOfRangeException(nameof(referred), referred, null),
                }
            );
        }

        return [.. _correlations.Correlations.Select(one => explained[one])];
    }

    sealed class Place
    {
        public object Referred { get; set; } = "";
        public long Events { get; set; }
        public long Grouped { get; set; }
        public long Counted { get; set; }
        public long NoNumber { get; set; }
        public Dictionary<int, long> Missing { get; } = [];
    }

    sealed class Nearest
    {
        public long Events { get; set; }
        public long Alerts { get; set; }
        public decimal Value { get; set; }
        public decimal Lacks { get; set; } = decimal.MaxValue;
        public long First { get; set; }
        public long Last { get; set; }
        public IReadOnlyList<string> Seen { get; set; } = [];
    }

    sealed class PlanTrace(CorrelationPlan plan, IReadOnlyList<string> fields)
    {
        readonly Dictionary<string[], Nearest> _groups = new(GroupKey.Comparer);
        bool _groupsLeftOut;
        long _alerts;

        public CorrelationPlan Plan => plan;

        public Place[] Places { get; } = [.. plan.Correlation.Rules.Select(_ => new Place())];

        bool AsksNumbers =>
            plan.Correlation.Type
                is CorrelationType.ValueSum
                    or CorrelationType.ValueAvg
                    or CorrelationType.ValuePercentile;

        public void Fed(int[] places, string?[] values)
        {
            foreach (var index in places)
            {
                var (place, slots) = (Places[index], plan.Slots[index]);
                place.Events++;
                foreach (
                    var slot in slots
                        .Group.Concat(slots.Value)
                        .Distinct()
                        .Where(slot => values[slot] is null)
                )
                {
                    place.Missing[slot] = place.Missing.GetValueOrDefault(slot) + 1;
                }

                if (slots.Group.Any(slot => values[slot] is null))
                {
                    continue;
                }

                place.Grouped++;
                if (slots.Value.Any(slot => values[slot] is null))
                {
                    continue;
                }

                if (AsksNumbers && !CorrelationNumber.TryRead(slots.ReadValue(values)!, out _))
                {
                    place.NoNumber++;
                    continue;
                }

                place.Counted++;
            }
        }

        public void Asked(string[] key, CorrelationWindow window, CorrelationNumber value, long now)
        {
            if (!_groups.TryGetValue(key, out var group))
            {
                if (_groups.Count == MostGroups)
                {
                    _groupsLeftOut = true;
                    return;
                }

                _groups[(string[])key.Clone()] = group = new Nearest();
            }

            group.Events++;
            var lacks = CorrelationGoal.Distance(plan, window, value);
            if (lacks < group.Lacks)
            {
                group.Lacks = lacks;
                group.Value = value.ToDecimal();
                group.First = window.Held == 0 ? now : window.Contributions().First;
                group.Last = now;
                group.Seen = [.. CorrelationGoal.Seen(plan, window)];
            }
        }

        public void Told(string[] key)
        {
            _alerts++;
            if (_groups.TryGetValue(key, out var group))
            {
                group.Alerts++;
            }
        }

        public CorrelationExplanation Explain(Func<object, (string Title, string? Why)> referredOf)
        {
            List<ReferredEvents> rules =
            [
                .. Places.Select(
                    (place, index) =>
                    {
                        var (title, why) = referredOf(place.Referred);
                        return new ReferredEvents(
                            plan.Correlation.Rules[index],
                            title,
                            place.Events,
                            place.Counted,
                            [
                                .. place
                                    .Missing.OrderBy(pair => pair.Key)
                                    .Select(pair =>
                                        KeyValuePair.Create(fields[pair.Key], pair.Value)
                                    ),
                            ],
                            place.NoNumber,
                            place.Events > 0 ? null : why
                        );
                    }
                ),
            ];
            List<GroupExplanation> nearest =
            [
                .. _groups
                    .OrderBy(pair => pair.Value.Lacks)
                    .ThenByDescending(pair => pair.Value.Alerts)
                    .ThenByDescending(pair => pair.Value.Events)
                    .ThenBy(pair => string.Join('\0', pair.Key), StringComparer.Ordinal)
                    .Take(MostNearest)
                    .Select(pair => new GroupExplanation(
                        [
                            .. plan.Correlation.GroupBy.Select(
                                (name, index) => KeyValuePair.Create(name, pair.Key[index])
                            ),
                        ],
                        pair.Value.Events,
                        pair.Value.Value,
                        pair.Value.Lacks,
                        pair.Value.First,
                        pair.Value.Last,
                        pair.Value.Seen,
                        pair.Value.Alerts
                    )),
            ];
            var (reason, canBeAnswered) = _alerts > 0 ? (null, true) : WhyNot(rules, nearest);
            return new CorrelationExplanation(
                plan.Correlation,
                CorrelationGoal.Text(plan.Correlation),
                rules,
                _groups.Count,
                _groupsLeftOut,
                nearest,
                _alerts,
                reason,
                canBeAnswered
            );
        }

        /// <summary>The first thing on an event's way to an alert that stops the condition from holding.</summary>
        (string? Why, bool CanBeAnswered) WhyNot(
            List<ReferredEvents> rules,
            List<GroupExplanation> nearest
        )
        {
            if (Stops(rule => rule.Why is not null) is { } blind)
            {
                return ($"its rule '{blind.Title}' can't be answered: {blind.Why}", false);
            }

            if (Stops(rule => rule.Events == 0) is { } silent)
            {
                return ($"no event meets its rule '{silent.Title}'", true);
            }

            if (Stops(rule => rule.Counted == 0) is { } lacking)
            {
                // Fields that none of them has; where each has another part of them, all that lack.
                var none = lacking.Missing.Where(pair => pair.Value == lacking.Events).ToList();
                var has =
                    lacking.Missing.Count == 0
                        ? $"a number in {string.Join(", ", plan.Correlation.Condition.Fields)}"
                        : string.Join(
                            " and ",
                            (none.Count > 0 ? none : lacking.Missing).Select(pair => pair.Key)
                        );
                return (
                    $"no event that meets its rule '{lacking.Title}' has {has}, which the correlation needs",
                    false
                );
            }

            var (group, asked) = (nearest[0], CorrelationGoal.Text(plan.Correlation));
            var name =
                group.Group.Count > 0
                    ? $"the nearest group ({GroupText.Of(group.Group)})"
                    : "the nearest window";
            return (
                group.Lacks == 0
                    ? "where the condition held, an event made it false before the end of its window"
                : plan.Correlation.Condition.Bounds.Count == 0
                    ? $"{name} saw {(group.Seen.Count == 0 ? "none of the rules in their order" : string.Join(", ", group.Seen))}; asked is {asked}"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} came to {group.Value:0.###}; asked is {asked}"
                ),
                true
            );

            // A rule that stops it: the first of those without which it can't hold.
            ReferredEvents? Stops(Func<ReferredEvents, bool> never) =>
                CorrelationGoal.CanHold(plan.Correlation, [.. rules.Select(never)])
                    ? null
                    : rules.FirstOrDefault(never);
        }
    }
}
