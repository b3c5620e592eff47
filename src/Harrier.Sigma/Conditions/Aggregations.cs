using System.Text.RegularExpressions;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Conditions;

/// <summary>Sigma's old way to count, <c>| count() by user > 5</c>, which correlation documents took the place of: refused with the document to write.</summary>
static partial class Aggregations
{
    [GeneratedRegex(
        @"^\|\s*(?<function>count|min|max|avg|sum)\s*\(\s*(?<field>[^)]*?)\s*\)\s*(by\s+(?<group>[^\s<>=]+)\s*)?(?<order>>=|<=|==|=|>|<)\s*(?<limit>\d+(\.\d+)?)\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Counted();

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
        if (tail.AsSpan(1).TrimStart().StartsWith("near", StringComparison.Ordinal))
        {
            return "Write each part as a rule with a name, and a document 'correlation' with type: temporal, rules: [their names], timespan: the timeframe.";
        }

        if (Counted().Match(tail) is not { Success: true } counted)
        {
            return "Write the rule with a name, and a document 'correlation' with type: event_count, rules, group-by, timespan and condition.";
        }

        var field = counted.Groups["field"].Value;
        var type = counted.Groups["function"].Value switch
        {
            "count" => field.Length == 0 ? "event_count" : "value_count",
            "sum" => "value_sum",
            "avg" => "value_avg",
            _ => null,
        };
        if (type is null)
        {
            return "There is no correlation for the least or greatest value: compare the field in the rule itself with gt or lt.";
        }

        var order = counted.Groups["order"].Value switch
        {
            ">" => "gt",
            ">=" => "gte",
            "<" => "lt",
            "<=" => "lte",
            _ => "eq",
        };
        var fieldKey = type == "event_count" ? "" : $", field: {field}";
        var group = counted.Groups["group"] is { Success: true } by
            ? $", group-by: [{by.Value}]"
            : "";
        return $"Give the rule a name and its condition without this part, and add a document with correlation: {{type: {type}, rules: [the name]{group}, timespan: the timeframe, condition: {{{order}: {counted.Groups["limit"].Value}{fieldKey}}}}}.";
    }

    static string Short(string text) => text.Length > 100 ? text[..100] + "..." : text;
}
