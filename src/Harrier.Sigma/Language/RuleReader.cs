using Harrier.Sigma.Conditions;

namespace Harrier.Sigma.Language;

/// <summary>Makes a rule of a YAML document.</summary>
static class RuleReader
{
    static readonly string[] Levels = ["informational", "low", "medium", "high", "critical"];

    /// <exception cref="RuleRefused">The document is no rule, or a rule that can't be run.</exception>
    public static SigmaRule Read(YamlValue document, string file)
    {
        if (document is not YamlValue.Mapping map)
        {
            throw new RuleRefused(document.Place, "rule", "A rule is a mapping of keys.");
        }

        RefuseOtherDocuments(map);
        var title =
            Text(map, "title") ?? throw new RuleRefused(map.Place, "title", "A rule has a title.");
        var level = Text(map, "level");
        if (level is not null && !Levels.Contains(level, StringComparer.OrdinalIgnoreCase))
        {
            throw new RuleRefused(
                map.Find("level")!.Place,
                "level",
                $"There is no level '{level}'.",
                $"Levels are {string.Join(", ", Levels)}."
            );
        }

        return new SigmaRule(
            title,
            Text(map, "id"),
            Text(map, "status"),
            level?.ToLowerInvariant(),
            Text(map, "description"),
            Text(map, "author"),
            Texts(map, "references"),
            Texts(map, "tags"),
            Source(map),
            Texts(map, "falsepositives"),
            file,
            map.Place.Line
        )
        {
            Detection = Detection(map),
        };
    }

    static void RefuseOtherDocuments(YamlValue.Mapping map)
    {
        if (map.Find("correlation") is { } correlation)
        {
            throw new RuleRefused(
                correlation.Place,
                "correlation",
                "Correlation rules are not supported: no rule here counts or joins events.",
                "Use a hunt with a sequence, or a step of SQL."
            );
        }

        if (map.Find("action") is YamlValue.Scalar { Text: "global" or "reset" or "repeat" } action)
        {
            throw new RuleRefused(
                action.Place,
                "action",
                $"Collections with 'action: {action.Text}' are not supported.",
                "Write each rule as a document of its own."
            );
        }

        if (map.Find("filter") is { } filter && map.Find("detection") is null)
        {
            throw new RuleRefused(filter.Place, "filter", "Filter documents are not supported.");
        }
    }

    static Logsource Source(YamlValue.Mapping map)
    {
        if (map.Find("logsource") is not YamlValue.Mapping source)
        {
            throw new RuleRefused(map.Place, "logsource", "A rule has a mapping 'logsource'.");
        }

        var logsource = new Logsource(
            Text(source, "category")?.ToLowerInvariant(),
            Text(source, "product")?.ToLowerInvariant(),
            Text(source, "service")?.ToLowerInvariant()
        );
        return logsource is { Category: null, Product: null, Service: null }
            ? throw new RuleRefused(
                source.Place,
                "logsource",
                "A log source names a category, a product or a service."
            )
            : logsource;
    }

    static SigmaNode Detection(YamlValue.Mapping map)
    {
        if (map.Find("detection") is not YamlValue.Mapping detection)
        {
            throw new RuleRefused(map.Place, "detection", "A rule has a mapping 'detection'.");
        }

        var selections = new Dictionary<string, SigmaNode>(StringComparer.Ordinal);
        foreach (var (key, value) in detection.Entries)
        {
            if (key.Text == "timeframe")
            {
                throw new RuleRefused(
                    key.Place,
                    "aggregation",
                    "A timeframe belongs to rules that count events, which are not supported."
                );
            }

            if (key.Text.Length == 0)
            {
                throw new RuleRefused(key.Place, "selection", "A selection has a name.");
            }

            if (key.Text != "condition")
            {
                selections[key.Text] = SelectionReader.Read(value, key.Text);
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
        return SigmaNode.AnyOf([
            .. conditions
                .Cast<YamlValue.Scalar>()
                .Select(condition =>
                    ConditionParser.Parse(condition.Text, condition.Place, selections)
                ),
        ]);
    }

    static string? Text(YamlValue.Mapping map, string key) =>
        map.Find(key) switch
        {
            null or YamlValue.Scalar { IsNull: true } => null,
            YamlValue.Scalar scalar => scalar.Text,
            { } other => throw new RuleRefused(other.Place, key, $"'{key}' is a text."),
        };

    static List<string> Texts(YamlValue.Mapping map, string key) =>
        map.Find(key) switch
        {
            null or YamlValue.Scalar { IsNull: true } => [],
            YamlValue.Scalar scalar => [scalar.Text],
            YamlValue.Sequence list when list.Items.All(item => item is YamlValue.Scalar) =>
            [
                .. list.Items.Select(item => ((YamlValue.Scalar)item).Text),
            ],
            { } other => throw new RuleRefused(other.Place, key, $"'{key}' is a list of texts."),
        };
}
