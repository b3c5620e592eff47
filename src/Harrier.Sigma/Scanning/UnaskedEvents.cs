using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Scanning;

/// <summary>Counts events that no rule is asked of, because none has a log source that they are of: their silence is no answer.</summary>
public sealed class UnaskedEvents
{
    readonly SortedDictionary<string, long> _byClass = new(StringComparer.Ordinal);
    readonly HashSet<EventClass> _asked = [];
    readonly SigmaMatcher _unasked;

    public UnaskedEvents(IReadOnlyList<SigmaRule> rules, Logsources logsources)
    {
        var entries = rules
            .Select(rule => rule.Logsource)
            .Distinct()
            .SelectMany(logsources.Find)
            .Distinct<LogsourceEntry>(ReferenceEqualityComparer.Instance)
            .ToList();
        var routed = new Dictionary<EventClass, List<RoutedRule>>();
        foreach (var eventClass in EventClasses.All)
        {
            var rows = entries
                .Where(entry => entry.Classes.Contains(eventClass))
                .Select(entry => entry.RowsOf(eventClass))
                .OfType<SigmaNode>()
                .ToList();
            if (rows.Count > 0)
            {
                _asked.Add(eventClass);
                var others = new SigmaNode.Not(SigmaNode.AnyOf(rows));
                routed[eventClass] = [new RoutedRule(rules[0] with { Detection = others }, others)];
            }
        }

        _unasked = new SigmaMatcher(new CompiledRules(routed, [], []));
    }

    /// <summary>Events by the name of their class.</summary>
    public IReadOnlyDictionary<string, long> ByClass => _byClass;

    /// <summary>Looks at a batch with the columns of the rules.</summary>
    /// <param name="isWanted">Rows that count; null: all.</param>
    public void Add(EventBatch batch, Func<int, bool>? isWanted = null) =>
        Add(
            batch.Class.Name,
            _asked.Contains(batch.Class)
                    ? _unasked.Match(batch).Count(hit => isWanted?.Invoke(hit.Row) != false)
                : isWanted is null ? batch.Count
                : Enumerable.Range(0, batch.Count).Count(isWanted)
        );

    /// <summary>Takes over what another one counted.</summary>
    public void Merge(UnaskedEvents other)
    {
        foreach (var (eventClass, events) in other._byClass)
        {
            Add(eventClass, events);
        }
    }

    internal void Clear() => _byClass.Clear();

    /// <summary>Takes events of a class that no rule asks about, which were counted elsewhere.</summary>
    public void Add(string eventClass, long events)
    {
        if (events > 0)
        {
            _byClass[eventClass] = _byClass.GetValueOrDefault(eventClass) + events;
        }
    }
}
