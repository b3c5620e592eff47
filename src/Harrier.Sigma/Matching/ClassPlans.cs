using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>The rules of a class: plans that share an index for each column.</summary>
sealed class ClassPlans
{
    /// <summary>Columns that say where a record is, not what it is: no keyword is looked for there.</summary>
    static readonly HashSet<string> s_lineage = new(StringComparer.Ordinal)
    {
        "time",
        "source",
        "action",
        "import",
        "file",
        "record",
        "extra",
    };

    readonly EventClass _class;
    readonly Dictionary<SigmaNode, Plan> _shared = new(ReferenceEqualityComparer.Instance);
    readonly int[] _predicates;

    public ClassPlans(EventClass eventClass, IReadOnlyList<RoutedRule> rules)
    {
        _class = eventClass;
        Indices = [.. eventClass.Columns.Select(_ => new ColumnIndex())];
        _predicates = new int[eventClass.Columns.Count];
        Rules = [.. rules.Select(routed => (routed.Rule, PlanOf(routed.Node)))];
        foreach (var index in Indices)
        {
            index.Build();
        }
    }

    public (SigmaRule Rule, Plan Plan)[] Rules { get; }
    public ColumnIndex[] Indices { get; }

    public int Predicates(int column) => _predicates[column];

    Plan PlanOf(SigmaNode node)
    {
        if (!_shared.TryGetValue(node, out var plan))
        {
            _shared[node] = plan = NewPlan(node);
        }

        return plan;
    }

    Plan NewPlan(SigmaNode node) =>
        node switch
        {
            SigmaNode.And and => new Plan.And([
                .. and.Terms.Select(PlanOf).OrderBy(plan => plan.Weight),
            ]),
            SigmaNode.Or or => new Plan.Or([
                .. or.Terms.Select(PlanOf).OrderBy(plan => plan.Weight),
            ]),
            SigmaNode.Not not => new Plan.Not(PlanOf(not.Term)),
            SigmaNode.Item item => LakeField.ColumnOf(_class, item.Field) is { } column
                ? InColumn(column.Ordinal, item.Tests, item.OrMissing)
                : new Plan.InExtra(LakeField.PathOf(item.Field), item.Tests, item.OrMissing),
            SigmaNode.Keyword keyword => new Plan.Or([
                .. _class
                    .Columns.Where(column => !s_lineage.Contains(column.Name))
                    .Select(column => InColumn(column.Ordinal, keyword.Tests, false)),
                new Plan.InExtra(null, keyword.Tests, false),
            ]),
            SigmaNode.Exists exists => LakeField.ColumnOf(_class, exists.Field) is { } column
                ? new Plan.Has(column.Ordinal)
                : new Plan.HasExtra(LakeField.PathOf(exists.Field)),
            SigmaNode.Reference reference => new Plan.Reference(reference, _class),
            _ => throw new InvalidOperationException($"a node of type {node.GetType().Name}"),
        };

    Plan InColumn(int column, IReadOnlyList<ValueTest> tests, bool orMissing)
    {
        if (!tests.All(ColumnIndex.Takes))
        {
            return new Plan.Asked(column, tests, orMissing);
        }

        var predicate = _predicates[column]++;
        Indices[column].Add(predicate, tests);
        return new Plan.Indexed(column, predicate, orMissing);
    }
}
