using System.Buffers;
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

    static readonly SearchValues<char> s_ofNumbers = SearchValues.Create("-0123456789");
    static readonly SearchValues<char> s_ofTimes = SearchValues.Create("-0123456789 :.");

    readonly EventClass _class;
    readonly Dictionary<SigmaNode, Plan> _shared = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<string, Plan> _present = new(StringComparer.Ordinal);
    readonly ColumnIndex[] _columns;
    readonly ExtraIndex _extra;
    readonly ExtraIndex _keywords;
    readonly int[] _predicates;

    public ClassPlans(EventClass eventClass, IReadOnlyList<RoutedRule> rules, KnownValues known)
    {
        _class = eventClass;
        _columns = [.. eventClass.Columns.Select(_ => new ColumnIndex(known))];
        _extra = new ExtraIndex(known);
        _keywords = new ExtraIndex(known);
        _predicates = new int[eventClass.Columns.Count + 1];
        Rules = [.. rules.Select(routed => (routed.Rule, PlanOf(routed.Node)))];
        _extra.Build();
        _keywords.Build();
        foreach (var index in _columns)
        {
            index.Build();
        }
    }

    public (SigmaRule Rule, Plan Plan)[] Rules { get; }

    /// <param name="column">A column, or <see cref="Keywords"/>.</param>
    public ValueIndex Index(int column) =>
        column == Keywords(_class) ? _keywords
        : column == CommonColumns.Extra ? _extra
        : _columns[column];

    /// <summary>Extra once more, for what is looked for in all its values: that is asked of all rows, a path only of few.</summary>
    public static int Keywords(EventClass eventClass) => eventClass.Columns.Count;

    public int Predicates(int column) => _predicates[column];

    /// <summary>Columns in which keywords are looked for, beside <c>extra</c>.</summary>
    public static IEnumerable<Column> ColumnsOfKeywords(EventClass eventClass) =>
        eventClass.Columns.Where(column => !s_lineage.Contains(column.Name));

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
            SigmaNode.Or or => AnyOf(or.Terms.Select(PlanOf)),
            SigmaNode.Not not => new Plan.Not(PlanOf(not.Term)),
            SigmaNode.Item item => AnyOf([
                .. LakeField.ColumnOf(_class, item.Field) is { } column
                    ? InColumn(column.Ordinal, item.Tests)
                    : InExtra(LakeField.PathOf(item.Field), item.Tests),
                .. item.OrMissing ? [new Plan.Not(Present(item.Field))] : (Plan[])[],
            ]),
            SigmaNode.Keyword keyword => AnyOf([
                .. ColumnsOfKeywords(_class)
                    .SelectMany(column => InColumn(column.Ordinal, keyword.Tests)),
                .. InExtra(null, keyword.Tests),
            ]),
            SigmaNode.Exists exists => Present(exists.Field),
            SigmaNode.Reference reference => new Plan.Reference(reference, _class),
            _ => throw new InvalidOperationException($"a node of type {node.GetType().Name}"),
        };

    static Plan AnyOf(IEnumerable<Plan> plans) =>
        plans.OrderBy(plan => plan.Weight).ToArray() switch
        {
            [var one] => one,
            var several => new Plan.Or(several),
        };

    IEnumerable<Plan> InColumn(int column, IReadOnlyList<ValueTest> tests) =>
        Ask(
            tests.Where(test => CanStandIn(_class.Columns[column].Type, test)),
            texts =>
            {
                var predicate = _predicates[column]++;
                _columns[column].Add(predicate, texts);
                return new Plan.Indexed(column, predicate);
            },
            () => new Plan.Has(column),
            others => new Plan.Asked(column, others)
        );

    /// <param name="path">A path, or null for all values.</param>
    IEnumerable<Plan> InExtra(string? path, IReadOnlyList<ValueTest> tests) =>
        Ask(
            tests,
            texts =>
            {
                var (column, index) = path is null
                    ? (Keywords(_class), _keywords)
                    : (CommonColumns.Extra, _extra);
                var predicate = _predicates[column]++;
                index.Add(path, predicate, texts);
                return new Plan.Indexed(column, predicate, isDear: true);
            },
            path is null ? null : () => Present(LakeField.Extra + path),
            others =>
            {
                var asked = new Plan.InExtra(path, others);
                return path is null
                    ? asked
                    : new Plan.And([Present(LakeField.Extra + path), asked]);
            }
        );

    /// <summary>Plans of which one holds where one of the tests does.</summary>
    /// <param name="find">Makes an index look for texts.</param>
    /// <param name="present">Whether there is a value; null where that can't be asked.</param>
    /// <param name="ask">Asks what no index finds.</param>
    static IEnumerable<Plan> Ask(
        IEnumerable<ValueTest> tests,
        Func<IEnumerable<SoughtText>, Plan> find,
        Func<Plan>? present,
        Func<IReadOnlyList<ValueTest>, Plan> ask
    )
    {
        var texts = new List<SoughtText>();
        var others = new List<ValueTest>();
        foreach (var test in tests)
        {
            if (SoughtText.Of(test) is { } text)
            {
                texts.Add(text);
            }
            else if (SoughtText.IsAny(test) && present is not null)
            {
                yield return present();
            }
            else if (test.Required is { } required)
            {
                yield return new Plan.And([
                    find(required.Select(one => new SoughtText(one, TextPart.Contains, null))),
                    ask([test]),
                ]);
            }
            else
            {
                others.Add(test);
            }
        }

        if (texts.Count > 0)
        {
            yield return find(texts);
        }

        if (others.Count > 0)
        {
            yield return ask(others);
        }
    }

    /// <summary>Whether a value of a column can pass: a keyword with letters stands in no number.</summary>
    public static bool CanStandIn(ColumnType type, ValueTest test) =>
        test.Literal is not { } literal
        || type switch
        {
            ColumnType.Int => !literal.AsSpan().ContainsAnyExcept(s_ofNumbers),
            ColumnType.Time => !literal.AsSpan().ContainsAnyExcept(s_ofTimes),
            _ => true,
        };

    /// <summary>Whether there is a value: in extra an index says so too.</summary>
    Plan Present(string field)
    {
        if (LakeField.ColumnOf(_class, field) is { } column)
        {
            return new Plan.Has(column.Ordinal);
        }

        if (!_present.TryGetValue(field, out var present))
        {
            var predicate = _predicates[CommonColumns.Extra]++;
            _extra.AddPresence(LakeField.PathOf(field), predicate);
            _present[field] = present = new Plan.Indexed(
                CommonColumns.Extra,
                predicate,
                isDear: true
            );
        }

        return present;
    }
}
