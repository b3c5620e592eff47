using System.Globalization;
using Harrier.Schema;
using Harrier.Sigma.Conditions;

namespace Harrier.Sigma.Language;

/// <summary>Makes a correlation of a YAML document.</summary>
static class CorrelationReader
{
    static readonly Dictionary<string, CorrelationType> Types = new(StringComparer.Ordinal)
    {
        ["event_count"] = CorrelationType.EventCount,
        ["value_count"] = CorrelationType.ValueCount,
        ["temporal"] = CorrelationType.Temporal,
        ["temporal_ordered"] = CorrelationType.TemporalOrdered,
        ["value_sum"] = CorrelationType.ValueSum,
        ["value_avg"] = CorrelationType.ValueAvg,
        ["value_percentile"] = CorrelationType.ValuePercentile,
        ["value_median"] = CorrelationType.ValuePercentile,
    };

    static readonly Dictionary<string, CorrelationOperator> Operators = new(StringComparer.Ordinal)
    {
        ["gt"] = CorrelationOperator.Gt,
        ["gte"] = CorrelationOperator.Gte,
        ["lt"] = CorrelationOperator.Lt,
        ["lte"] = CorrelationOperator.Lte,
        ["eq"] = CorrelationOperator.Eq,
        ["neq"] = CorrelationOperator.Neq,
    };

    static readonly string[] Keys =
    [
        "type",
        "rules",
        "group-by",
        "timespan",
        "condition",
        "aliases",
        "generate",
    ];

    /// <exception cref="RuleRefused">The document is no correlation.</exception>
    public static SigmaCorrelation Read(YamlValue.Mapping map, string file)
    {
        foreach (var wrong in (string[])["logsource", "detection", "filter"])
        {
            if (map.Find(wrong) is { } value)
            {
                throw new RuleRefused(
                    value.Place,
                    "correlation",
                    $"A correlation has no '{wrong}'.",
                    "Write the rules it refers to as documents of their own."
                );
            }
        }

        if (map.Find("correlation") is not YamlValue.Mapping correlation)
        {
            throw new RuleRefused(map.Place, "correlation", "'correlation' is a mapping.");
        }

        foreach (var (key, _) in correlation.Entries)
        {
            if (!Keys.Contains(key.Text))
            {
                var near = Nearest.To(key.Text, Keys);
                throw new RuleRefused(
                    key.Place,
                    "correlation",
                    $"A correlation has no key '{key.Text}'.",
                    near is null ? null : $"Did you mean '{near}'?"
                );
            }
        }

        var typeName = Attributes.Needed(correlation, "type", "correlation");
        if (!Types.TryGetValue(typeName, out var type))
        {
            var near = Nearest.To(typeName, Types.Keys);
            throw new RuleRefused(
                correlation.Find("type")!.Place,
                "correlation",
                $"There is no type '{typeName}' of correlation.",
                near is null
                    ? $"Types are {string.Join(", ", Types.Keys)}."
                    : $"Did you mean '{near}'?"
            );
        }

        var rules = Attributes.DistinctTexts(correlation, "rules");
        if (rules.Count == 0)
        {
            throw new RuleRefused(
                correlation.Place,
                "correlation",
                "A correlation has a list 'rules' of the ids or names of rules."
            );
        }

        return new SigmaCorrelation(
            Attributes.Title(map),
            Attributes.Id(map),
            Attributes.Name(map),
            Attributes.Status(map),
            Attributes.Level(map),
            Attributes.Description(map),
            Attributes.Author(map),
            Attributes.DistinctTexts(map, "references"),
            Attributes.Tags(map),
            Attributes.Texts(map, "falsepositives"),
            type,
            rules,
            Attributes.DistinctTexts(correlation, "group-by"),
            Timespan(correlation),
            Condition(correlation, type, typeName, rules),
            Aliases(correlation, rules),
            Generate(map) ?? Generate(correlation) ?? false,
            file,
            map.Place.Line
        );
    }

    /// <summary>Some 68 years: longer than any log, and sums of times can't overflow.</summary>
    const int MostSeconds = int.MaxValue;

    /// <summary>A positive number and one of s, m, h, d, w: 90s, 15m.</summary>
    static TimeSpan Timespan(YamlValue.Mapping correlation)
    {
        var text = Attributes.Needed(correlation, "timespan", "correlation");
        var seconds =
            text.Length == 0
                ? 0
                : text[^1] switch
                {
                    's' => 1,
                    'm' => 60,
                    'h' => 3_600,
                    'd' => 86_400,
                    'w' => 604_800,
                    _ => 0,
                };
        if (
            seconds == 0
            || !long.TryParse(
                text.AsSpan(0, text.Length - 1),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var count
            )
            || count == 0
            || count > MostSeconds / seconds
        )
        {
            throw new RuleRefused(
                correlation.Find("timespan")!.Place,
                "timespan",
                $"'{text}' is no timespan.",
                text.EndsWith('M') || text.EndsWith('y')
                    ? "Months and years have no fixed length: write days, as 30d."
                    : "Write one whole number above zero and s, m, h, d or w: 90s, 15m, 1h, 7d, 2w."
            );
        }

        return TimeSpan.FromSeconds(count * seconds);
    }

    static CorrelationCondition Condition(
        YamlValue.Mapping correlation,
        CorrelationType type,
        string typeName,
        IReadOnlyList<string> rules
    )
    {
        var temporal = type is CorrelationType.Temporal or CorrelationType.TemporalOrdered;
        switch (correlation.Find("condition"))
        {
            case null or YamlValue.Scalar { IsNull: true } when temporal:
                return new CorrelationCondition([], [], null, null);
            case YamlValue.Scalar { IsNull: false } text when temporal:
                return new CorrelationCondition(
                    [],
                    [],
                    null,
                    ConditionParser.Parse(text.Text, text.Place, rules, "rule")
                );
            case YamlValue.Mapping condition:
                return Numbers(condition, type, typeName);
            case { } other:
                throw new RuleRefused(
                    other.Place,
                    "condition",
                    "A correlation's condition is a mapping such as 'gte: 5'."
                );
            default:
                throw new RuleRefused(
                    correlation.Place,
                    "condition",
                    $"A correlation of type {typeName} has a condition such as 'gte: 5'."
                );
        }
    }

    static CorrelationCondition Numbers(
        YamlValue.Mapping condition,
        CorrelationType type,
        string typeName
    )
    {
        var bounds = new List<CorrelationBound>();
        decimal? percentile = typeName == "value_median" ? 50 : null;
        foreach (var (key, value) in condition.Entries)
        {
            if (Operators.TryGetValue(key.Text, out var comparison))
            {
                bounds.Add(new CorrelationBound(comparison, Number(key, value)));
            }
            else if (key.Text == "percentile" && typeName == "value_percentile")
            {
                percentile = Number(key, value);
                if (percentile is < 0 or > 100)
                {
                    throw new RuleRefused(
                        value.Place,
                        "condition",
                        "A percentile lies between 0 and 100."
                    );
                }
            }
            else if (key.Text != "field")
            {
                throw new RuleRefused(
                    key.Place,
                    "condition",
                    $"A condition of type {typeName} has no key '{key.Text}'.",
                    $"It has {string.Join(", ", Operators.Keys)}, field."
                );
            }
        }

        if (bounds.Count == 0)
        {
            throw new RuleRefused(
                condition.Place,
                "condition",
                "The condition compares with nothing.",
                $"Write one of {string.Join(", ", Operators.Keys)} with a number."
            );
        }

        if (type == CorrelationType.ValuePercentile && percentile is null)
        {
            throw new RuleRefused(
                condition.Place,
                "condition",
                "A value_percentile says which percentile.",
                "Add 'percentile: 95' to the condition."
            );
        }

        return new CorrelationCondition(
            bounds,
            CountedFields(condition, type, typeName),
            percentile,
            null
        );
    }

    static IReadOnlyList<string> CountedFields(
        YamlValue.Mapping condition,
        CorrelationType type,
        string typeName
    )
    {
        var fields = Attributes.DistinctTexts(condition, "field");
        var most = type switch
        {
            CorrelationType.ValueCount => int.MaxValue,
            CorrelationType.ValueSum
            or CorrelationType.ValueAvg
            or CorrelationType.ValuePercentile => 1,
            _ => 0,
        };
        return fields.Count > most
                ? throw new RuleRefused(
                    condition.Find("field")!.Place,
                    "condition",
                    most == 0
                        ? $"A correlation of type {typeName} counts no field."
                        : $"A correlation of type {typeName} takes one field."
                )
            : fields.Count == 0 && most > 0
                ? throw new RuleRefused(
                    condition.Place,
                    "condition",
                    $"A correlation of type {typeName} says whose values it counts.",
                    "Add 'field:' to the condition."
                )
            : fields;
    }

    static decimal Number(YamlValue.Scalar key, YamlValue value) =>
        value is YamlValue.Scalar { Number: { } text }
        && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RuleRefused(
                value.Place,
                "condition",
                $"'{key.Text}' compares with a number, written without quotes."
            );

    static Dictionary<string, IReadOnlyDictionary<string, string>> Aliases(
        YamlValue.Mapping correlation,
        IReadOnlyList<string> rules
    )
    {
        var aliases = new Dictionary<string, IReadOnlyDictionary<string, string>>(
            StringComparer.Ordinal
        );
        switch (correlation.Find("aliases"))
        {
            case null or YamlValue.Scalar { IsNull: true }:
                return aliases;
            case YamlValue.Mapping map:
                foreach (var (alias, value) in map.Entries)
                {
                    aliases[alias.Text] = Alias(alias, value, rules);
                }

                return aliases;
            case { } other:
                throw new RuleRefused(
                    other.Place,
                    "aliases",
                    "'aliases' is a mapping of each alias to its field in each rule."
                );
        }
    }

    static Dictionary<string, string> Alias(
        YamlValue.Scalar alias,
        YamlValue value,
        IReadOnlyList<string> rules
    )
    {
        if (value is not YamlValue.Mapping { Entries.Count: > 0 } map)
        {
            throw new RuleRefused(
                value.Place,
                "aliases",
                $"The alias '{alias.Text}' maps rules to fields."
            );
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (rule, field) in map.Entries)
        {
            if (!rules.Contains(rule.Text))
            {
                var near = Nearest.To(rule.Text, rules);
                throw new RuleRefused(
                    rule.Place,
                    "aliases",
                    $"The alias '{alias.Text}' speaks of '{rule.Text}', which is not among the correlation's rules.",
                    near is null ? null : $"Did you mean '{near}'?"
                );
            }

            fields[rule.Text] = field is YamlValue.Scalar { IsNull: false, Text.Length: > 0 } name
                ? name.Text
                : throw new RuleRefused(
                    field.Place,
                    "aliases",
                    $"The alias '{alias.Text}' names a field."
                );
        }

        return fields;
    }

    static bool? Generate(YamlValue.Mapping map) =>
        map.Find("generate") switch
        {
            null or YamlValue.Scalar { IsNull: true } => null,
            YamlValue.Scalar { Boolean: { } yes } => yes,
            { } other => throw new RuleRefused(
                other.Place,
                "generate",
                "'generate' is true or false."
            ),
        };
}
