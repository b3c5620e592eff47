namespace Harrier.Sigma.Language;

/// <summary>A filter document: a condition that rules of a log source must meet as well.</summary>
/// <param name="Rules">Ids or names of the rules it is for; empty means any.</param>
sealed record SigmaFilter(
    string Title,
    string? Id,
    Logsource Logsource,
    IReadOnlyList<string> Rules,
    SigmaNode Condition,
    string File,
    int Line
)
{
    public bool IsFor(SigmaRule rule) =>
        Contains(Logsource, rule.Logsource) && (Rules.Count == 0 || Rules.Any(rule.IsNamed));

    /// <summary>What a log source says, the other must say too; what it leaves open, may be anything.</summary>
    static bool Contains(Logsource wide, Logsource narrow) =>
        (wide.Category is null || wide.Category == narrow.Category)
        && (wide.Product is null || wide.Product == narrow.Product)
        && (wide.Service is null || wide.Service == narrow.Service);
}

/// <summary>Makes a filter of a YAML document.</summary>
static class FilterReader
{
    /// <exception cref="RuleRefused">The document is no filter.</exception>
    public static SigmaFilter Read(YamlValue.Mapping map, string file, Placeholders placeholders)
    {
        if (map.Find("filter") is not YamlValue.Mapping filter)
        {
            throw new RuleRefused(map.Place, "filter", "'filter' is a mapping.");
        }

        var any = filter.Find("rules") is YamlValue.Scalar { Text: "any" };
        if (!any && filter.Find("rules") is not YamlValue.Sequence)
        {
            throw new RuleRefused(
                filter.Place,
                "filter",
                "A filter says for which rules it is.",
                "Write 'rules' with a list of ids or names, or 'rules: any'."
            );
        }

        return new SigmaFilter(
            Attributes.Title(map),
            Attributes.Id(map),
            DetectionReader.Source(map),
            any ? [] : Attributes.DistinctTexts(filter, "rules"),
            DetectionReader.Read(filter, ["rules"], placeholders),
            file,
            map.Place.Line
        );
    }
}
