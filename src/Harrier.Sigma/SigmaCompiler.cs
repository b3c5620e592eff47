using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma;

/// <summary>Finds the events for each rule: reads from top to bottom.</summary>
public static class SigmaCompiler
{
    /// <param name="rules">Rules that were read.</param>
    /// <param name="logsources">What their log sources are in the lake.</param>
    public static CompiledRules Compile(IReadOnlyList<SigmaRule> rules, Logsources logsources)
    {
        var byClass = new Dictionary<EventClass, List<RoutedRule>>();
        var notRun = new List<(SigmaRule, string)>();
        var unanswered = new List<UnansweredRule>();
        foreach (var rule in rules)
        {
            var entries = logsources.Find(rule.Logsource);
            if (entries.Count == 0)
            {
                notRun.Add(
                    (
                        rule,
                        $"nothing says which events the log source {rule.Logsource} means (maps/sigma)"
                    )
                );
                continue;
            }

            foreach (var eventClass in EventClasses.All)
            {
                if (NodeOf(rule, entries, eventClass) is not { } node)
                {
                    continue;
                }

                if (!byClass.TryGetValue(eventClass, out var list))
                {
                    byClass[eventClass] = list = [];
                }

                list.Add(new RoutedRule(rule, node));
            }

            unanswered.AddRange(entries.SelectMany(entry => Unanswered(rule, entry)));
        }

        return new CompiledRules(byClass, notRun, unanswered);
    }

    /// <summary>The rows of a class that a rule asks for; null where its log source has none there.</summary>
    static SigmaNode? NodeOf(
        SigmaRule rule,
        IReadOnlyList<LogsourceEntry> entries,
        EventClass eventClass
    )
    {
        var ways = new List<SigmaNode>();
        foreach (var entry in entries.Where(entry => entry.Classes.Contains(eventClass)))
        {
            if (entry.RowsOf(eventClass) is { } rows)
            {
                ways.Add(
                    new SigmaNode.And([
                        rows,
                        new FieldResolver(eventClass, entry).Resolve(rule.Detection),
                    ])
                );
            }
        }

        return ways.Count == 0 ? null : SigmaNode.AnyOf(ways);
    }

    static IEnumerable<UnansweredRule> Unanswered(SigmaRule rule, LogsourceEntry entry)
    {
        foreach (var (source, lacks) in entry.Lacks)
        {
            var fields = rule
                .Detection.All()
                .SelectMany(CompiledRules.FieldsOf)
                .Where(field => lacks.Contains(field, StringComparer.OrdinalIgnoreCase))
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal)
                .ToList();
            if (fields.Count > 0)
            {
                yield return new UnansweredRule(
                    rule,
                    source,
                    fields,
                    MissingFields
                        .Allow(
                            rule.Detection,
                            field => fields.Contains(field, StringComparer.OrdinalIgnoreCase)
                        )
                        .True
                );
            }
        }
    }
}

/// <summary>A rule that asks a source for fields it never has: its silence there means little.</summary>
/// <param name="Source">Id of the source's map.</param>
/// <param name="Fields">Sigma's names of the fields.</param>
/// <param name="CanHold">Whether it can hold on that source nevertheless.</param>
public sealed record UnansweredRule(
    SigmaRule Rule,
    string Source,
    IReadOnlyList<string> Fields,
    bool CanHold
);

/// <summary>What a rule reads of a class.</summary>
/// <param name="Column">A column, or null for a path in extra.</param>
/// <param name="ExtraPath">The path, or null for a column.</param>
public sealed record RuleNeed(EventClass Class, Column? Column, string? ExtraPath);

/// <summary>Rules made ready to run over classes of events.</summary>
public sealed class CompiledRules
{
    readonly Dictionary<EventClass, List<RoutedRule>> _byClass;
    readonly ILookup<SigmaRule, (EventClass Class, SigmaNode Node)> _byRule;

    internal CompiledRules(
        Dictionary<EventClass, List<RoutedRule>> byClass,
        IReadOnlyList<(SigmaRule Rule, string Why)> notRun,
        IReadOnlyList<UnansweredRule> unanswered
    )
    {
        _byClass = byClass;
        NotRun = notRun;
        Unanswered = unanswered;
        Classes = [.. EventClasses.All.Where(byClass.ContainsKey)];
        _byRule = Classes
            .SelectMany(
                eventClass => byClass[eventClass],
                (eventClass, routed) => (routed.Rule, Asked: (eventClass, routed.Node))
            )
            .ToLookup(
                pair => pair.Rule,
                pair => pair.Asked,
                (IEqualityComparer<SigmaRule>)ReferenceEqualityComparer.Instance
            );
    }

    /// <summary>What a rule asks of each class, in order of classes.</summary>
    internal IEnumerable<(EventClass Class, SigmaNode Node)> AskedBy(SigmaRule rule) =>
        _byRule[rule];

    /// <summary>Rules for which there are no events here, and why.</summary>
    public IReadOnlyList<(SigmaRule Rule, string Why)> NotRun { get; }

    /// <summary>Rules that ask a source for what it never has.</summary>
    public IReadOnlyList<UnansweredRule> Unanswered { get; }

    /// <summary>Columns and paths in extra that a rule reads, by class; none for a rule that does not run.</summary>
    public IReadOnlyList<RuleNeed> Needs(SigmaRule rule) =>
        [
            .. AskedBy(rule)
                .SelectMany(asked =>
                    asked
                        .Node.All()
                        .SelectMany(FieldsOf)
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal)
                        .Select(field =>
                            LakeField.ColumnOf(asked.Class, field) is { } column
                                ? new RuleNeed(asked.Class, column, null)
                                : new RuleNeed(asked.Class, null, LakeField.PathOf(field))
                        )
                ),
        ];

    /// <summary>Classes that the rules ask about.</summary>
    public IReadOnlyList<EventClass> Classes { get; }

    /// <summary>Classes that a rule asks about; none for a rule that does not run.</summary>
    public IReadOnlyList<EventClass> ClassesOf(SigmaRule rule) =>
        [.. AskedBy(rule).Select(asked => asked.Class)];

    /// <summary>Columns of a class that its rules read.</summary>
    public IReadOnlyList<Column> ColumnsFor(EventClass eventClass)
    {
        var columns = new HashSet<Column>();
        foreach (var routed in RulesFor(eventClass))
        {
            foreach (var node in routed.Node.All())
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

    static IEnumerable<Column> NodeColumns(EventClass eventClass, SigmaNode node) =>
        node is SigmaNode.Keyword
            ? eventClass.Columns
            : FieldsOf(node)
                .Select(field =>
                    LakeField.ColumnOf(eventClass, field) ?? eventClass.Columns[CommonColumns.Extra]
                );

    internal static IReadOnlyList<string> FieldsOf(SigmaNode node) =>
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

/// <summary>A rule as it is asked of a class: rows of its log source and detection, with fields as they are in the lake.</summary>
sealed record RoutedRule(SigmaRule Rule, SigmaNode Node);
