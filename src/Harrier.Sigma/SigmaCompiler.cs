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
        var routes = new Dictionary<Logsource, Route>();
        foreach (var rule in rules)
        {
            if (!routes.TryGetValue(rule.Logsource, out var route))
            {
                routes[rule.Logsource] = route = new Route(logsources.Find(rule.Logsource));
            }

            if (route.Entries.Count == 0)
            {
                notRun.Add(
                    (
                        rule,
                        $"nothing says which events the log source {rule.Logsource} means (maps/sigma)"
                    )
                );
                continue;
            }

            foreach (var way in route.Classes)
            {
                if (!byClass.TryGetValue(way.Class, out var list))
                {
                    byClass[way.Class] = list = [];
                }

                list.Add(new RoutedRule(rule, way.Ask(rule.Detection)));
            }

            unanswered.AddRange(Unanswered(rule, route.Lacks));
        }

        return new CompiledRules(byClass, notRun, unanswered);
    }

    /// <summary>What all rules of a log source share.</summary>
    sealed class Route(IReadOnlyList<LogsourceEntry> entries)
    {
        public IReadOnlyList<LogsourceEntry> Entries => entries;

        public IReadOnlyList<SourceLack> Lacks { get; } =
        [
            .. entries
                .SelectMany(entry => entry.Lacks)
                .Select(pair => new SourceLack(
                    pair.Key,
                    pair.Value.ToHashSet(StringComparer.OrdinalIgnoreCase)
                )),
        ];

        /// <summary>Classes that have events of it, in order of classes.</summary>
        public IReadOnlyList<ClassRoute> Classes { get; } =
        [
            .. EventClasses
                .All.Select(eventClass => new ClassRoute(
                    eventClass,
                    [
                        .. entries
                            .Where(entry =>
                                entry.Classes.Contains(eventClass)
                                && entry.RowsOf(eventClass) is not null
                            )
                            .Select(entry => new FieldResolver(eventClass, entry)),
                    ]
                ))
                .Where(way => way.Entries.Count > 0),
        ];
    }

    sealed record ClassRoute(EventClass Class, IReadOnlyList<FieldResolver> Entries)
    {
        /// <summary>The rows of the class that a rule asks for.</summary>
        public SigmaNode Ask(SigmaNode detection) =>
            Entries is [var one]
                ? one.Ask(detection)
                : new SigmaNode.Or([.. Entries.Select(entry => entry.Ask(detection))]);
    }

    static List<UnansweredRule> Unanswered(SigmaRule rule, IReadOnlyList<SourceLack> lacks)
    {
        var unanswered = new List<UnansweredRule>();
        if (lacks.Count == 0)
        {
            return unanswered;
        }

        var asked = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in rule.Detection.All())
        {
            asked.UnionWith(CompiledRules.FieldsOf(node));
        }

        foreach (var (source, never) in lacks)
        {
            if (never.Overlaps(asked))
            {
                unanswered.Add(
                    new UnansweredRule(
                        rule,
                        source,
                        [.. asked.Where(never.Contains).Order(StringComparer.Ordinal)],
                        MissingFields.Allow(rule.Detection, never.Contains).True
                    )
                );
            }
        }

        return unanswered;
    }
}

/// <summary>What a source never has of a log source's fields, in any case.</summary>
sealed record SourceLack(string Source, HashSet<string> Fields);

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
    readonly Dictionary<SigmaRule, List<AskedNode>> _byRule = new(
        ReferenceEqualityComparer.Instance
    );

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
        foreach (var eventClass in Classes)
        {
            foreach (var (rule, node) in byClass[eventClass])
            {
                if (!_byRule.TryGetValue(rule, out var asked))
                {
                    _byRule[rule] = asked = [];
                }

                asked.Add(new AskedNode(eventClass, node));
            }
        }
    }

    /// <summary>What a rule asks of each class, in order of classes.</summary>
    internal IReadOnlyList<AskedNode> AskedBy(SigmaRule rule) =>
        _byRule.TryGetValue(rule, out var asked) ? asked : [];

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

/// <summary>What a rule asks of a class.</summary>
sealed record AskedNode(EventClass Class, SigmaNode Node);
