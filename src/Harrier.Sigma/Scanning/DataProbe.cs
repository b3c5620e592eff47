using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Scanning;

/// <summary>Whether data can answer a rule at all: a rule that was silent is another thing than one that could not speak.</summary>
/// <param name="Why">Null where it can; else what is not there, as the end of a sentence.</param>
/// <param name="MissingFields">Fields without which the rule can't hold and that no event of its log source has.</param>
public sealed record RuleAnswer(SigmaRule Rule, string? Why, IReadOnlyList<string> MissingFields);

/// <summary>Watches batches for events of the rules' log sources, and for values of the fields they ask for.</summary>
/// <remarks>What was seen once is soon not looked for again, so that it costs little after the first batches of a class.</remarks>
public sealed class DataProbe
{
    readonly Logsources _logsources;
    readonly Dictionary<(Logsource Source, string? Field), SigmaRule> _probes = [];
    readonly HashSet<SigmaRule> _unseen = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<Logsource> _unknown;
    readonly Dictionary<EventClass, Search> _searches = [];
    CompiledRules? _compiled;

    /// <param name="rules">Rules that will be asked about.</param>
    public DataProbe(IReadOnlyList<SigmaRule> rules, Logsources logsources)
    {
        _logsources = logsources;
        _unknown =
        [
            .. rules
                .Select(rule => rule.Logsource)
                .Distinct()
                .Where(source => logsources.Find(source).Count == 0),
        ];
        foreach (var rule in rules.Where(rule => !_unknown.Contains(rule.Logsource)))
        {
            Know(rule, null, new SigmaNode.And([]));
            foreach (var field in FieldsOf(rule))
            {
                Know(rule, field, new SigmaNode.Exists(field));
            }
        }

        void Know(SigmaRule rule, string? field, SigmaNode detection)
        {
            var probe = rule with { Detection = detection };
            if (_probes.TryAdd((rule.Logsource, field), probe))
            {
                _unseen.Add(probe);
            }
        }
    }

    /// <summary>Looks at a batch with the columns of the rules.</summary>
    /// <param name="isWanted">Rows that count; null: all.</param>
    public void Add(EventBatch batch, Func<int, bool>? isWanted = null)
    {
        if (_unseen.Count == 0)
        {
            return;
        }

        if (!_searches.TryGetValue(batch.Class, out var search))
        {
            _searches[batch.Class] = search = SearchIn(batch.Class);
        }

        foreach (var hit in search.Matcher.First(batch, isWanted))
        {
            _unseen.Remove(hit.Rule);
        }

        // To build a matcher is dear too: not for each thing that is found, but when half of what it looks for was.
        if (search.Probes.Count(_unseen.Contains) < (search.Probes.Count + 1) / 2)
        {
            _searches.Remove(batch.Class);
        }
    }

    /// <summary>What is looked for in a class.</summary>
    sealed record Search(SigmaMatcher Matcher, IReadOnlyList<SigmaRule> Probes);

    Search SearchIn(EventClass eventClass)
    {
        _compiled ??= SigmaCompiler.Compile([.. _unseen], _logsources);
        var routed = _compiled
            .RulesFor(eventClass)
            .Where(one => _unseen.Contains(one.Rule))
            .ToList();
        return new Search(
            new SigmaMatcher(
                new CompiledRules(
                    new Dictionary<EventClass, List<RoutedRule>> { [eventClass] = routed },
                    [],
                    []
                )
            ),
            [.. routed.Select(one => one.Rule)]
        );
    }

    /// <summary>What the batches up to now say of a rule.</summary>
    public RuleAnswer Of(SigmaRule rule)
    {
        if (_unknown.Contains(rule.Logsource))
        {
            return new RuleAnswer(
                rule,
                $"nothing says which events the log source {rule.Logsource} means (maps/sigma)",
                []
            );
        }

        if (_unseen.Contains(_probes[(rule.Logsource, null)]))
        {
            return new RuleAnswer(
                rule,
                $"there are no events of the log source {rule.Logsource}",
                []
            );
        }

        var missing = FieldsOf(rule)
            .Where(field => _unseen.Contains(_probes[(rule.Logsource, field)]))
            .ToList();
        return
            missing.Count == 0
            || MissingFields
                .Allow(rule.Detection, field => missing.Contains(field, StringComparer.Ordinal))
                .True
            ? new RuleAnswer(rule, null, [])
            : new RuleAnswer(
                rule,
                $"no event of {rule.Logsource} has {string.Join(", ", missing)}, which the rule needs",
                missing
            );
    }

    static IEnumerable<string> FieldsOf(SigmaRule rule) =>
        rule
            .Detection.All()
            .SelectMany(CompiledRules.FieldsOf)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
}
