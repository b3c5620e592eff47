using Harrier.Schema;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Correlations;

/// <summary>Where a rule finds the fields of correlations in the rows of a class.</summary>
/// <remarks>
/// A log source may be several kinds of rows that hold a field in different columns (SubjectUserName of a logon, and of the
/// privileges given to it): which kind a row is, is asked only where that matters.
/// </remarks>
sealed class FieldPlaces
{
    readonly IReadOnlyList<IReadOnlyList<string>> _common;
    readonly Dictionary<SigmaRule, IReadOnlyList<IReadOnlyList<string>>> _kinds = new(
        ReferenceEqualityComparer.Instance
    );
    readonly SigmaMatcher? _matcher;

    /// <param name="fields">Sigma's names; places are given in their order.</param>
    public FieldPlaces(
        SigmaRule rule,
        EventClass eventClass,
        IReadOnlyList<string> fields,
        Logsources logsources
    )
    {
        var routed = new List<RoutedRule>();
        foreach (var entry in logsources.Find(rule.Logsource))
        {
            if (entry.Classes.Contains(eventClass) && entry.RowsOf(eventClass) is { } rows)
            {
                var resolver = new FieldResolver(eventClass, entry);
                var kind = rule with { Detection = rows };
                routed.Add(new RoutedRule(kind, rows));
                _kinds.Add(kind, [.. fields.Select(resolver.PlacesOf)]);
            }
        }

        _common =
            _kinds.Count > 0
                ? _kinds[routed[0].Rule]
                : [.. fields.Select(field => new[] { FieldResolver.BySchema(eventClass, field) })];
        var agree = _kinds.Values.All(places =>
            places.Zip(_common).All(pair => pair.First.SequenceEqual(pair.Second))
        );
        _matcher = agree
            ? null
            : new SigmaMatcher(
                new CompiledRules(
                    new Dictionary<EventClass, List<RoutedRule>> { [eventClass] = routed },
                    [],
                    []
                )
            );
    }

    /// <summary>All places of all fields, whatever the kind of row.</summary>
    public IEnumerable<string> All =>
        _kinds.Values.Append(_common).SelectMany(places => places).SelectMany(place => place);

    /// <summary>For each row of a batch, where each field is: the first of its places that has a value.</summary>
    public Func<int, IReadOnlyList<IReadOnlyList<string>>> In(EventBatch batch)
    {
        if (_matcher is null)
        {
            return _ => _common;
        }

        // Hits come in the order of the kinds: the first that a row is of counts.
        var byRow = new Dictionary<int, IReadOnlyList<IReadOnlyList<string>>>();
        foreach (var hit in _matcher.Match(batch))
        {
            byRow.TryAdd(hit.Row, _kinds[hit.Rule]);
        }

        return row => byRow.GetValueOrDefault(row, _common);
    }
}
