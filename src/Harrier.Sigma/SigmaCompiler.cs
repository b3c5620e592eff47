using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma;

/// <summary>Finds the events for each rule: reads from top to bottom.</summary>
public static class SigmaCompiler
{
    public static CompiledRules Compile(IReadOnlyList<SigmaRule> rules)
    {
        var byClass = new Dictionary<EventClass, List<RoutedRule>>();
        var notRun = new List<(SigmaRule, string)>();
        foreach (var rule in rules)
        {
            if (Logsources.Find(rule.Logsource, out var why) is not { } route)
            {
                notRun.Add((rule, why));
                continue;
            }

            foreach (var eventClass in route.Classes)
            {
                if (!byClass.TryGetValue(eventClass, out var list))
                {
                    byClass[eventClass] = list = [];
                }

                list.Add(new RoutedRule(rule, route));
            }
        }

        return new CompiledRules(byClass, notRun);
    }
}

/// <summary>Rules made ready to run over classes of events.</summary>
public sealed class CompiledRules
{
    readonly Dictionary<EventClass, List<RoutedRule>> _byClass;

    internal CompiledRules(
        Dictionary<EventClass, List<RoutedRule>> byClass,
        IReadOnlyList<(SigmaRule Rule, string Why)> notRun
    )
    {
        _byClass = byClass;
        NotRun = notRun;
        Classes = [.. EventClasses.All.Where(byClass.ContainsKey)];
    }

    /// <summary>Rules for which there are no events here, and why.</summary>
    public IReadOnlyList<(SigmaRule Rule, string Why)> NotRun { get; }

    /// <summary>Classes that a rule asks about.</summary>
    public IReadOnlyList<EventClass> Classes { get; }

    /// <summary>Columns of a class that its rules read.</summary>
    public IReadOnlyList<Column> ColumnsFor(EventClass eventClass)
    {
        var columns = new HashSet<Column>();
        foreach (var routed in RulesFor(eventClass))
        {
            columns.UnionWith(RouteColumns(eventClass, routed.Route));
            foreach (var node in routed.Rule.Detection.All())
            {
                columns.UnionWith(NodeColumns(eventClass, node));
            }
        }

        return [.. columns.OrderBy(column => column.Ordinal)];
    }

    /// <summary>Rules with a regular expression that took too long on this data and was given up: their silence means nothing.</summary>
    public IReadOnlyList<SigmaRule> GaveUp =>
        [
            .. _byClass
                .Values.SelectMany(rules => rules)
                .Select(routed => routed.Rule)
                .Distinct()
                .Where(rule =>
                    rule.Detection.All()
                        .Any(node => TestsOf(node).OfType<RegexTest>().Any(test => test.GaveUp))
                ),
        ];

    internal IReadOnlyList<RoutedRule> RulesFor(EventClass eventClass) =>
        _byClass.TryGetValue(eventClass, out var rules) ? rules : [];

    /// <summary>Keys of <c>extra</c> that rules of a class ask for.</summary>
    internal IReadOnlyList<string> ExtraKeys(EventClass eventClass) =>
        [
            .. RulesFor(eventClass)
                .SelectMany(routed => routed.Rule.Detection.All())
                .SelectMany(FieldsOf)
                .Where(field => eventClass.FindSigma(field) is null)
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];

    static IEnumerable<Column> RouteColumns(EventClass eventClass, Route route)
    {
        if (route.Actions.Count > 0)
        {
            yield return eventClass.Find("action")!;
        }

        if (route.Channels.Count > 0)
        {
            yield return eventClass.Find("channel")!;
        }

        if (route.EventIds.Count > 0)
        {
            yield return eventClass.Find("event_id")!;
        }

        if (route.Present is { } present && eventClass.Find(present) is { } column)
        {
            yield return column;
        }
    }

    static IEnumerable<Column> NodeColumns(EventClass eventClass, SigmaNode node) =>
        node is SigmaNode.Keyword
            ? eventClass.Columns
            : FieldsOf(node)
                .Select(field => eventClass.FindSigma(field) ?? eventClass.Find("extra")!);

    static IReadOnlyList<string> FieldsOf(SigmaNode node) =>
        node switch
        {
            SigmaNode.Item item => [item.Field],
            SigmaNode.Exists exists => [exists.Field],
            SigmaNode.Reference reference => [reference.Field, reference.Other],
            _ => [],
        };

    static IReadOnlyList<ValueTest> TestsOf(SigmaNode node) =>
        node switch
        {
            SigmaNode.Item item => item.Tests,
            SigmaNode.Keyword keyword => keyword.Tests,
            _ => [],
        };
}

/// <summary>A rule and the events it is asked of.</summary>
sealed record RoutedRule(SigmaRule Rule, Route Route);
