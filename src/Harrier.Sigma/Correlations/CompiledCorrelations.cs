using Harrier.Sigma.Language;

namespace Harrier.Sigma.Correlations;

/// <summary>Correlations made ready to run over the events that rules met.</summary>
public sealed class CompiledCorrelations
{
    const int MaxDepth = 16;
    const int MaxRecursion = 500;

    readonly HashSet<SigmaRule> _silent;

    CompiledCorrelations(
        IReadOnlyList<CorrelationPlan> plans,
        IReadOnlyList<SigmaRule> rules,
        IReadOnlyList<string> fields,
        IReadOnlyList<(SigmaCorrelation, string)> notRun,
        HashSet<SigmaRule> silent,
        IReadOnlyList<(CorrelationPlan, int[])[]> feeds
    )
    {
        Plans = plans;
        Rules = rules;
        Fields = fields;
        NotRun = notRun;
        _silent = silent;
        Feeds = feeds;
    }

    /// <summary>Rules that correlations refer to; what they alone need of a rule set.</summary>
    public IReadOnlyList<SigmaRule> Rules { get; }

    /// <summary>Fields that correlations group by or count; Sigma's names.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Correlations that run, those that others refer to first.</summary>
    public IEnumerable<SigmaCorrelation> Correlations => Plans.Select(plan => plan.Correlation);

    /// <summary>Correlations that can't run, and why.</summary>
    public IReadOnlyList<(SigmaCorrelation Correlation, string Why)> NotRun { get; }

    internal IReadOnlyList<CorrelationPlan> Plans { get; }

    /// <summary>For each of <see cref="Rules"/>, the correlations it feeds and its places there.</summary>
    internal IReadOnlyList<(CorrelationPlan Plan, int[] Places)[]> Feeds { get; }

    /// <summary>Whether a rule's events are told by themselves: no correlation refers to it, or one that does says <c>generate</c>.</summary>
    public bool AlertsAlone(SigmaRule rule) => !_silent.Contains(rule);

    /// <summary>Resolves what correlations refer to, by id, else by name, and puts them in an order in which they can run.</summary>
    /// <remarks>One that refers to what is not there, to itself by a circle, or to one that can't run, can't run: it is named with the reason.</remarks>
    public static CompiledCorrelations Compile(
        IReadOnlyList<SigmaRule> rules,
        IReadOnlyList<SigmaCorrelation> correlations
    ) => new Resolver(rules, correlations).Resolve();

    sealed class Resolver(
        IReadOnlyList<SigmaRule> rules,
        IReadOnlyList<SigmaCorrelation> correlations
    )
    {
        readonly Dictionary<string, object> _byId = new(StringComparer.OrdinalIgnoreCase);
        readonly Dictionary<string, object> _byName = new(StringComparer.Ordinal);
        readonly Dictionary<SigmaCorrelation, CorrelationPlan?> _plans = new(
            ReferenceEqualityComparer.Instance
        );
        readonly Dictionary<SigmaCorrelation, int> _depths = new(
            ReferenceEqualityComparer.Instance
        );
        readonly List<CorrelationPlan> _order = [];
        readonly List<(SigmaCorrelation, string)> _notRun = [];
        readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);

        public CompiledCorrelations Resolve()
        {
            foreach (var rule in rules)
            {
                Know(rule.Id, rule.Name, rule);
            }

            foreach (var correlation in correlations)
            {
                Know(correlation.Id, correlation.Name, correlation);
            }

            foreach (var correlation in correlations)
            {
                Plan(correlation, []);
            }

            var children = _order
                .SelectMany(plan =>
                    plan.Correlation.Rules.Select(text =>
                        (Referred: Find(text)!, plan.Correlation.Generate)
                    )
                )
                .ToLookup(
                    pair => pair.Referred,
                    pair => pair.Generate,
                    ReferenceEqualityComparer.Instance
                );
            foreach (var plan in _order)
            {
                plan.IsReported = IsAlone(plan.Correlation);
            }

            var referred = rules.Where(children.Contains).ToList();
            return new CompiledCorrelations(
                _order,
                referred,
                [.. _slots.OrderBy(pair => pair.Value).Select(pair => pair.Key)],
                _notRun,
                new HashSet<SigmaRule>(
                    referred.Where(rule => !IsAlone(rule)),
                    ReferenceEqualityComparer.Instance
                ),
                [
                    .. referred.Select(rule =>
                        _order
                            .Select(plan => (plan, PlacesOf(plan.Correlation, rule)))
                            .Where(pair => pair.Item2.Length > 0)
                            .ToArray()
                    ),
                ]
            );

            bool IsAlone(object one) => !children.Contains(one) || children[one].Any(yes => yes);
        }

        void Know(string? id, string? name, object what)
        {
            if (id is not null)
            {
                _byId.TryAdd(id, what);
            }

            if (name is not null)
            {
                _byName.TryAdd(name, what);
            }
        }

        object? Find(string text) =>
            _byId.TryGetValue(text, out var byId) ? byId : _byName.GetValueOrDefault(text);

        CorrelationPlan? Plan(SigmaCorrelation correlation, List<SigmaCorrelation> above)
        {
            if (_plans.TryGetValue(correlation, out var known))
            {
                return known;
            }

            var plan = WhyNot(correlation, above) is { } why
                ? Refuse(correlation, why)
                : Make(correlation);
            _plans[correlation] = plan;
            return plan;
        }

        CorrelationPlan? Refuse(SigmaCorrelation correlation, string why)
        {
            _notRun.Add((correlation, why));
            return null;
        }

        string? WhyNot(SigmaCorrelation correlation, List<SigmaCorrelation> above)
        {
            if (above.Count >= MaxRecursion)
            {
                return $"more than {MaxRecursion} correlations refer to each other in a row";
            }

            above.Add(correlation);
            var depth = 0;
            foreach (var text in correlation.Rules)
            {
                switch (Find(text))
                {
                    case null:
                        return Leave(
                            $"there is no rule or correlation '{text}' (ids and names are looked for in all files given)"
                        );
                    case SigmaCorrelation child when above.Any(one => ReferenceEquals(one, child)):
                        return Leave($"it refers to itself by '{text}'");
                    case SigmaCorrelation child when Plan(child, above) is null:
                        return Leave($"the correlation '{text}' it refers to does not run");
                    case SigmaCorrelation child:
                        depth = Math.Max(depth, _depths[child] + 1);
                        break;
                    default:
                        break;
                }
            }

            above.RemoveAt(above.Count - 1);
            _depths[correlation] = depth;
            return depth >= MaxDepth ? $"correlations refer to each other more than {MaxDepth} deep"
                : correlation.Type == CorrelationType.TemporalOrdered
                && correlation.Condition.Expression is not null
                    ? "a condition in words has no order; use the type temporal, or list the rules"
                : correlation.Condition.Percentile is { } percentile && percentile * 1_000 % 1 != 0
                    ? "a percentile has at most three decimals"
                : correlation.Condition.Bounds.All(bound =>
                    CorrelationNumber.IsInRange(bound.Threshold)
                )
                    ? null
                : "numbers of a condition lie between -1e20 and 1e20";

            string Leave(string why)
            {
                above.RemoveAt(above.Count - 1);
                return why;
            }
        }

        CorrelationPlan Make(SigmaCorrelation correlation)
        {
            var plan = new CorrelationPlan(correlation, _order.Count)
            {
                Slots = [.. correlation.Rules.Select(text => SlotsOf(correlation, text))],
                GroupSlots = [.. correlation.GroupBy.Select(Slot)],
            };
            _order.Add(plan);
            foreach (
                var child in correlation
                    .Rules.Select(Find)
                    .OfType<SigmaCorrelation>()
                    .Distinct<SigmaCorrelation>(ReferenceEqualityComparer.Instance)
            )
            {
                _plans[child]!.Parents.Add((plan, PlacesOf(correlation, child)));
            }

            return plan;
        }

        int[] PlacesOf(SigmaCorrelation correlation, object referred) =>
            [
                .. Enumerable
                    .Range(0, correlation.Rules.Count)
                    .Where(place => ReferenceEquals(Find(correlation.Rules[place]), referred)),
            ];

        FieldSlots SlotsOf(SigmaCorrelation correlation, string rule)
        {
            return new FieldSlots(
                [.. correlation.GroupBy.Select(name => Slot(Resolved(name)))],
                [.. correlation.Condition.Fields.Select(name => Slot(Resolved(name)))]
            );

            // An alias hides a field of its name; a rule it does not speak of has the field itself.
            string Resolved(string name) =>
                correlation.Aliases.TryGetValue(name, out var fields)
                && fields.TryGetValue(rule, out var field)
                    ? field
                    : name;
        }

        int Slot(string field)
        {
            if (!_slots.TryGetValue(field, out var slot))
            {
                _slots[field] = slot = _slots.Count;
            }

            return slot;
        }
    }
}
