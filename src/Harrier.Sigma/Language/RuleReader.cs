namespace Harrier.Sigma.Language;

/// <summary>Makes a rule of a YAML document.</summary>
static class RuleReader
{
    /// <exception cref="RuleRefused">The document is no rule, or a rule that can't be run.</exception>
    public static SigmaRule Read(YamlValue.Mapping map, string file, Placeholders placeholders)
    {
        return new SigmaRule(
            Attributes.Title(map),
            Attributes.Id(map),
            Attributes.Status(map),
            Attributes.Level(map),
            Attributes.Description(map),
            Attributes.Author(map),
            Attributes.DistinctTexts(map, "references"),
            Attributes.Tags(map),
            DetectionReader.Source(map),
            Attributes.Texts(map, "falsepositives"),
            file,
            map.Place.Line
        )
        {
            Name = Attributes.Name(map),
            Detection = Detection(map, placeholders),
        };
    }

    static SigmaNode Detection(YamlValue.Mapping map, Placeholders placeholders) =>
        map.Find("detection") is YamlValue.Mapping detection
            ? DetectionReader.Read(detection, [], placeholders)
            : throw new RuleRefused(map.Place, "detection", "A rule has a mapping 'detection'.");
}
