using Harrier.Sigma.Conditions;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Caching;

/// <summary>The form of documents in the cache: for each type, how it is written and how it is read, field by field in the same order.</summary>
/// <remarks>
/// What can be forgotten is held by tests: every kind of node and of value test goes through, and all public rules come back
/// as they were. There is no version of the form: a cache belongs to the one build that wrote it (<see cref="RuleCache"/>).
/// </remarks>
static class DocumentsForm
{
    public static void Write(CacheWriter to, SigmaDocuments documents)
    {
        to.List(documents.Rules, Write);
        to.List(documents.Correlations, Write);
        to.List(documents.Filters, Write);
        to.List(documents.Diagnostics, Write);
    }

    public static SigmaDocuments Read(CacheReader from)
    {
        var documents = new SigmaDocuments();
        documents.Rules.AddRange(from.List(ReadRule));
        documents.Correlations.AddRange(from.List(ReadCorrelation));
        documents.Filters.AddRange(from.List(ReadFilter));
        documents.Diagnostics.AddRange(from.List(ReadDiagnostic));
        return documents;
    }

    static void Write(CacheWriter to, SigmaRule rule)
    {
        to.Text(rule.Title);
        to.Text(rule.Id);
        to.Text(rule.Status);
        to.Text(rule.Level);
        to.Text(rule.Description);
        to.Text(rule.Author);
        to.Texts(rule.References);
        to.Texts(rule.Tags);
        Write(to, rule.Logsource);
        to.Texts(rule.FalsePositives);
        to.Text(rule.File);
        to.Number(rule.Line);
        to.Text(rule.Name);
        Write(to, rule.Detection);
    }

    static SigmaRule ReadRule(CacheReader from) =>
        new(
            from.NeededText(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Texts(),
            from.Texts(),
            ReadLogsource(from),
            from.Texts(),
            from.NeededText(),
            from.Below(int.MaxValue)
        )
        {
            Name = from.Text(),
            Detection = ReadNode(from),
        };

    static void Write(CacheWriter to, Logsource source)
    {
        to.Text(source.Category);
        to.Text(source.Product);
        to.Text(source.Service);
    }

    static Logsource ReadLogsource(CacheReader from) => new(from.Text(), from.Text(), from.Text());

    static void Write(CacheWriter to, SigmaFilter filter)
    {
        to.Text(filter.Title);
        to.Text(filter.Id);
        Write(to, filter.Logsource);
        to.Texts(filter.Rules);
        Write(to, filter.Condition);
        to.Text(filter.File);
        to.Number(filter.Line);
    }

    static SigmaFilter ReadFilter(CacheReader from) =>
        new(
            from.NeededText(),
            from.Text(),
            ReadLogsource(from),
            from.Texts(),
            ReadNode(from),
            from.NeededText(),
            from.Below(int.MaxValue)
        );

    static void Write(CacheWriter to, SigmaDiagnostic diagnostic)
    {
        to.Text(diagnostic.File);
        to.Number(diagnostic.Line);
        to.Number(diagnostic.Column);
        to.Text(diagnostic.Code);
        to.Text(diagnostic.Message);
        to.Text(diagnostic.Suggestion);
    }

    static SigmaDiagnostic ReadDiagnostic(CacheReader from) =>
        new(
            from.NeededText(),
            from.Below(int.MaxValue),
            from.Below(int.MaxValue),
            from.NeededText(),
            from.NeededText(),
            from.Text()
        );

    static void Write(CacheWriter to, SigmaCorrelation correlation)
    {
        to.Text(correlation.Title);
        to.Text(correlation.Id);
        to.Text(correlation.Name);
        to.Text(correlation.Status);
        to.Text(correlation.Level);
        to.Text(correlation.Description);
        to.Text(correlation.Author);
        to.Texts(correlation.References);
        to.Texts(correlation.Tags);
        to.Texts(correlation.FalsePositives);
        to.Number((int)correlation.Type);
        to.Texts(correlation.Rules);
        to.Texts(correlation.GroupBy);
        to.Number(correlation.Timespan.Ticks);
        Write(to, correlation.Condition);
        to.List(correlation.Aliases, Write);
        to.Flag(correlation.Generate);
        to.Text(correlation.File);
        to.Number(correlation.Line);
    }

    static SigmaCorrelation ReadCorrelation(CacheReader from) =>
        new(
            from.NeededText(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Text(),
            from.Texts(),
            from.Texts(),
            from.Texts(),
            from.Choice<CorrelationType>(),
            from.Texts(),
            from.Texts(),
            new TimeSpan(from.Number()),
            ReadCondition(from),
            from.List(ReadAlias).ToDictionary(StringComparer.Ordinal),
            from.Flag(),
            from.NeededText(),
            from.Below(int.MaxValue)
        );

    static void Write(
        CacheWriter to,
        KeyValuePair<string, IReadOnlyDictionary<string, string>> alias
    )
    {
        to.Text(alias.Key);
        to.List(
            alias.Value,
            (to, field) =>
            {
                to.Text(field.Key);
                to.Text(field.Value);
            }
        );
    }

    static KeyValuePair<string, IReadOnlyDictionary<string, string>> ReadAlias(CacheReader from) =>
        KeyValuePair.Create(
            from.NeededText(),
            (IReadOnlyDictionary<string, string>)
                from.List(from => KeyValuePair.Create(from.NeededText(), from.NeededText()))
                    .ToDictionary(StringComparer.Ordinal)
        );

    static void Write(CacheWriter to, CorrelationCondition condition)
    {
        to.List(
            condition.Bounds,
            (to, bound) =>
            {
                to.Number((int)bound.Operator);
                Write(to, bound.Threshold);
            }
        );
        to.Texts(condition.Fields);
        to.Flag(condition.Percentile is not null);
        if (condition.Percentile is { } percentile)
        {
            Write(to, percentile);
        }

        to.Flag(condition.Expression is not null);
        if (condition.Expression is { } expression)
        {
            Write(to, expression);
        }
    }

    static CorrelationCondition ReadCondition(CacheReader from) =>
        new(
            from.List(from => new CorrelationBound(
                from.Choice<CorrelationOperator>(),
                ReadDecimal(from)
            )),
            from.Texts(),
            from.Flag() ? ReadDecimal(from) : null,
            from.Flag() ? ReadTree(from) : null
        );

    static void Write(CacheWriter to, decimal number) =>
        to.List(decimal.GetBits(number), (to, part) => to.Number(part));

    static decimal ReadDecimal(CacheReader from) => new(from.List(from => (int)from.Number()));

    static void Write(CacheWriter to, ConditionTree tree) => to.Shared(tree, WriteNew);

    static void WriteNew(CacheWriter to, ConditionTree tree)
    {
        switch (tree)
        {
            case ConditionTree.And and:
                to.Number(0);
                to.List(and.Terms, Write);
                break;
            case ConditionTree.Or or:
                to.Number(1);
                to.List(or.Terms, Write);
                break;
            case ConditionTree.Not not:
                to.Number(2);
                Write(to, not.Term);
                break;
            case ConditionTree.Name name:
                to.Number(3);
                to.Text(name.Text);
                break;
            default:
                throw new InvalidOperationException($"No form for {tree.GetType()}.");
        }
    }

    static ConditionTree ReadTree(CacheReader from) =>
        from.Shared<ConditionTree>(static from =>
            from.Number() switch
            {
                0 => new ConditionTree.And(from.List(ReadTree)),
                1 => new ConditionTree.Or(from.List(ReadTree)),
                2 => new ConditionTree.Not(ReadTree(from)),
                3 => new ConditionTree.Name(from.NeededText()),
                _ => throw CacheReader.Damaged(),
            }
        );

    static void Write(CacheWriter to, SigmaNode node) => to.Shared(node, WriteNew);

    static void WriteNew(CacheWriter to, SigmaNode node)
    {
        switch (node)
        {
            case SigmaNode.And and:
                to.Number(0);
                to.List(and.Terms, Write);
                break;
            case SigmaNode.Or or:
                to.Number(1);
                to.List(or.Terms, Write);
                break;
            case SigmaNode.Not not:
                to.Number(2);
                Write(to, not.Term);
                break;
            case SigmaNode.Item item:
                to.Number(3);
                to.Text(item.Field);
                to.List(item.Tests, (to, test) => test.Write(to));
                to.Flag(item.OrMissing);
                break;
            case SigmaNode.Keyword keyword:
                to.Number(4);
                to.List(keyword.Tests, (to, test) => test.Write(to));
                break;
            case SigmaNode.Reference reference:
                to.Number(5);
                to.Text(reference.Field);
                to.Text(reference.Other);
                to.Number((int)reference.Part);
                to.Flag(reference.Cased);
                break;
            case SigmaNode.Exists exists:
                to.Number(6);
                to.Text(exists.Field);
                break;
            default:
                throw new InvalidOperationException($"No form for {node.GetType()}.");
        }
    }

    static SigmaNode ReadNode(CacheReader from) =>
        from.Shared<SigmaNode>(static from =>
            from.Number() switch
            {
                0 => new SigmaNode.And(from.List(ReadNode)),
                1 => new SigmaNode.Or(from.List(ReadNode)),
                2 => new SigmaNode.Not(ReadNode(from)),
                3 => new SigmaNode.Item(from.NeededText(), from.List(ValueTest.Read), from.Flag()),
                4 => new SigmaNode.Keyword(from.List(ValueTest.Read)),
                5 => new SigmaNode.Reference(
                    from.NeededText(),
                    from.NeededText(),
                    from.Choice<TextPart>(),
                    from.Flag()
                ),
                6 => new SigmaNode.Exists(from.NeededText()),
                _ => throw CacheReader.Damaged(),
            }
        );
}
