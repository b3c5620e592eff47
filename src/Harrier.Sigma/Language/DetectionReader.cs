using Harrier.Sigma.Conditions;

namespace Harrier.Sigma.Language;

/// <summary>Reads what rules and filters share: a log source, and selections joined by a condition.</summary>
static class DetectionReader
{
    public static Logsource Source(YamlValue.Mapping map)
    {
        if (map.Find("logsource") is not YamlValue.Mapping source)
        {
            throw new RuleRefused(map.Place, "logsource", "A rule has a mapping 'logsource'.");
        }

        var logsource = new Logsource(
            Attributes.Text(source, "category")?.ToLowerInvariant(),
            Attributes.Text(source, "product")?.ToLowerInvariant(),
            Attributes.Text(source, "service")?.ToLowerInvariant()
        );
        return logsource is { Category: null, Product: null, Service: null }
            ? throw new RuleRefused(
                source.Place,
                "logsource",
                "A log source names a category, a product or a service."
            )
            : logsource;
    }

    /// <param name="others">Keys that are no selections.</param>
    /// <exception cref="RuleRefused">It can't be understood whole.</exception>
    public static SigmaNode Read(
        YamlValue.Mapping detection,
        IReadOnlyList<string> others,
        Placeholders placeholders
    )
    {
        var reader = new SelectionReader(placeholders);
        var selections = new Dictionary<string, SigmaNode>(StringComparer.Ordinal);
        foreach (var (key, value) in detection.Entries)
        {
            if (key.Text == "timeframe")
            {
                throw new RuleRefused(
                    key.Place,
                    "aggregation",
                    "A timeframe in a detection is no longer Sigma.",
                    "Write a document 'correlation' that refers to this rule, with its 'timespan'."
                );
            }

            if (ConditionParser.Reserved.Contains(key.Text))
            {
                throw new RuleRefused(
                    key.Place,
                    "selection",
                    $"'{key.Text}' is a word of conditions and can't name a selection.",
                    "Take another name."
                );
            }

            if (key.Text.Length == 0)
            {
                throw new RuleRefused(key.Place, "selection", "A selection has a name.");
            }

            if (key.Text != "condition" && !others.Contains(key.Text))
            {
                selections[key.Text] = reader.Read(value, key.Text);
            }
        }

        IReadOnlyList<YamlValue> conditions = detection.Find("condition") switch
        {
            YamlValue.Scalar one => [one],
            YamlValue.Sequence { Items.Count: > 0 } list
                when list.Items.All(item => item is YamlValue.Scalar) => list.Items,
            _ => throw new RuleRefused(
                detection.Place,
                "condition",
                "A detection has a condition, which is a text."
            ),
        };
        if (selections.Count == 0)
        {
            throw new RuleRefused(
                detection.Place,
                "detection",
                "A detection has at least one selection besides its condition."
            );
        }

        return SigmaNode.AnyOf([
            .. conditions
                .Cast<YamlValue.Scalar>()
                .Select(condition =>
                    Build(
                        ConditionParser.Parse(condition.Text, condition.Place, selections.Keys),
                        selections
                    )
                ),
        ]);
    }

    static SigmaNode Build(ConditionTree tree, IReadOnlyDictionary<string, SigmaNode> selections) =>
        tree switch
        {
            ConditionTree.And and => SigmaNode.AllOf([
                .. and.Terms.Select(term => Build(term, selections)),
            ]),
            ConditionTree.Or or => SigmaNode.AnyOf([
                .. or.Terms.Select(term => Build(term, selections)),
            ]),
            ConditionTree.Not not => new SigmaNode.Not(Build(not.Term, selections)),
            ConditionTree.Name name => selections[name.Text],
            _ => throw new InvalidOperationException($"No such condition: {tree}."),
        };
}
