using System.Text.RegularExpressions;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Conditions;

/// <summary>Sigma's old way to count, <c>| count() by user > 5</c>, which correlation documents took the place of: refused with the document to write.</summary>
static partial class Aggregations
{
    [GeneratedRegex(
        @"^\|\s*(?<function>count|min|max|avg|sum)\s*\(\s*(?<field>[^)]*?)\s*\)\s*(by\s+(?<group>[^<>=|]+?)\s*)?(?<order>>=|<=|==|=|>|<)\s*(?<limit>\d+(\.\d+)?)\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Counted();

    /// <summary>What an old way to count means; null where it is not understood, or is none of counting (<c>near</c>).</summary>
    /// <param name="tail">From the bar on.</param>
    public static Aggregation? Read(string tail)
    {
        if (Counted().Match(tail.Trim()) is not { Success: true } counted)
        {
            return null;
        }

        var field = counted.Groups["field"].Value;
        return new Aggregation(
            counted.Groups["function"].Value switch
            {
                "count" => field.Length == 0 ? "event_count" : "value_count",
                "sum" => "value_sum",
                "avg" => "value_avg",
                _ => null,
            },
            field,
            counted
                .Groups["group"]
                .Value.Split(
                    [',', ' '],
                    StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
                ),
            counted.Groups["order"].Value switch
            {
                ">" => "gt",
                ">=" => "gte",
                "<" => "lt",
                "<=" => "lte",
                _ => "eq",
            },
            counted.Groups["limit"].Value
        );
    }

    /// <summary>Whether it asks for other selections near in time.</summary>
    public static bool IsNear(string tail) =>
        tail.Length > 1 && tail.AsSpan(1).TrimStart().StartsWith("near", StringComparison.Ordinal);

    /// <param name="bar">Where the pipe stands in the condition.</param>
    public static RuleRefused Refuse(string condition, int bar, YamlPlace place)
    {
        var tail = condition[bar..].Trim();
        return new RuleRefused(
            place,
            "aggregation",
            $"Counting behind '|' is no longer Sigma: '{Short(tail)}'.",
            Rewrite(tail)
        );
    }

    static string Rewrite(string tail)
    {
        if (IsNear(tail))
        {
            return "Write each part as a rule with a name, and a document 'correlation' with type: temporal, rules: [their names], timespan: the timeframe. 'harrier sigma convert-legacy' does it.";
        }

        if (Read(tail) is not { } counted)
        {
            return "Write the rule with a name, and a document 'correlation' with type: event_count, rules, group-by, timespan and condition.";
        }

        if (counted.Type is null)
        {
            return "There is no correlation for the least or greatest value: compare the field in the rule itself with gt or lt.";
        }

        var fieldKey = counted.Type == "event_count" ? "" : $", field: {counted.Field}";
        var group =
            counted.GroupBy.Count > 0 ? $", group-by: [{string.Join(", ", counted.GroupBy)}]" : "";
        return $"Give the rule a name and its condition without this part, and add a document with correlation: {{type: {counted.Type}, rules: [the name]{group}, timespan: the timeframe, condition: {{{counted.Operator}: {counted.Limit}{fieldKey}}}}}. 'harrier sigma convert-legacy' does it.";
    }

    static string Short(string text) => text.Length > 100 ? text[..100] + "..." : text;
}

/// <summary>An old way to count, in the words of correlations.</summary>
/// <param name="Type">Null for the least and greatest value, for which there is no correlation.</param>
/// <param name="Field">Whose values are counted; empty for events.</param>
/// <param name="Limit">As written.</param>
sealed record Aggregation(
    string? Type,
    string Field,
    IReadOnlyList<string> GroupBy,
    string Operator,
    string Limit
);
