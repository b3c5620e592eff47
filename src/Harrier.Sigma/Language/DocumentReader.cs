namespace Harrier.Sigma.Language;

/// <summary>What the documents of a file are.</summary>
sealed class SigmaDocuments
{
    public List<SigmaRule> Rules { get; } = [];
    public List<SigmaCorrelation> Correlations { get; } = [];
    public List<SigmaFilter> Filters { get; } = [];
    public List<SigmaDiagnostic> Diagnostics { get; } = [];
}

/// <summary>Reads the documents of a file; one that is refused takes no other with it.</summary>
static class DocumentReader
{
    public static SigmaDocuments Read(string text, string file, Placeholders placeholders) =>
        Read(text, file, placeholders, out _);

    /// <param name="yaml">The documents as they are written.</param>
    public static SigmaDocuments Read(
        string text,
        string file,
        Placeholders placeholders,
        out IReadOnlyList<YamlValue> yaml
    )
    {
        var documents = new SigmaDocuments();
        yaml = SigmaYaml.Read(text, file, documents.Diagnostics);
        YamlValue.Mapping? common = null;
        YamlValue.Mapping? last = null;
        foreach (var document in yaml)
        {
            try
            {
                var map =
                    document as YamlValue.Mapping
                    ?? throw new RuleRefused(
                        document.Place,
                        "rule",
                        "A rule is a mapping of keys."
                    );
                var action = Attributes.Text(map, "action");
                switch (action)
                {
                    case "global":
                        common = Merge(common, Without(map, "action"));
                        continue;
                    case "reset":
                        common = null;
                        continue;
                    case "repeat":
                        map = Merge(last, Without(map, "action"));
                        break;
                    case not null:
                        throw new RuleRefused(
                            map.Find("action")!.Place,
                            "action",
                            $"There is no action '{action}'.",
                            "Actions were global, reset and repeat."
                        );
                    default:
                        break;
                }

                last = map;
                Read(map, common, file, placeholders, documents);
            }
            catch (RuleRefused refused)
            {
                documents.Diagnostics.Add(refused.In(file));
            }
        }

        return documents;
    }

    static void Read(
        YamlValue.Mapping map,
        YamlValue.Mapping? common,
        string file,
        Placeholders placeholders,
        SigmaDocuments documents
    )
    {
        if (map.Find("correlation") is not null)
        {
            Attributes.Check(map);
            documents.Correlations.Add(CorrelationReader.Read(map, file));
        }
        else if (map.Find("filter") is not null && map.Find("detection") is null)
        {
            Attributes.Check(map);
            documents.Filters.Add(FilterReader.Read(map, file, placeholders));
        }
        else
        {
            var whole = common is null ? map : Merge(map, common);
            Attributes.Check(whole);
            documents.Rules.Add(RuleReader.Read(whole, file, placeholders));
        }
    }

    /// <summary>Both mappings, key by key all the way down; what the second says wins. Depth is bounded by the reader.</summary>
    static YamlValue.Mapping Merge(YamlValue.Mapping? first, YamlValue.Mapping second)
    {
        if (first is null)
        {
            return second;
        }

        var entries = first.Entries.ToList();
        foreach (var (key, value) in second.Entries)
        {
            var at = entries.FindIndex(entry => entry.Key.Text == key.Text);
            if (at < 0)
            {
                entries.Add(new YamlValue.Entry(key, value));
            }
            else
            {
                entries[at] = new YamlValue.Entry(
                    key,
                    entries[at].Value is YamlValue.Mapping old && value is YamlValue.Mapping more
                        ? Merge(old, more)
                        : value
                );
            }
        }

        return new YamlValue.Mapping(entries, first.Place);
    }

    static YamlValue.Mapping Without(YamlValue.Mapping map, string key) =>
        new([.. map.Entries.Where(entry => entry.Key.Text != key)], map.Place);
}
