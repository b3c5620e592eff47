namespace Harrier.Sigma.Language;

/// <summary>What the documents of a file are.</summary>
sealed class SigmaDocuments
{
    public List<SigmaRule> Rules { get; } = [];
    public List<SigmaCorrelation> Correlations { get; } = [];
    public List<SigmaDiagnostic> Diagnostics { get; } = [];
}

/// <summary>Reads the documents of a file; one that is refused takes no other with it.</summary>
static class DocumentReader
{
    public static SigmaDocuments Read(string text, string file)
    {
        var documents = new SigmaDocuments();
        foreach (var document in SigmaYaml.Read(text, file, documents.Diagnostics))
        {
            try
            {
                Read(document, file, documents);
            }
            catch (RuleRefused refused)
            {
                documents.Diagnostics.Add(refused.In(file));
            }
        }

        return documents;
    }

    static void Read(YamlValue document, string file, SigmaDocuments documents)
    {
        if (document is not YamlValue.Mapping map)
        {
            throw new RuleRefused(document.Place, "rule", "A rule is a mapping of keys.");
        }

        if (map.Find("correlation") is not null)
        {
            Attributes.Check(map);
            documents.Correlations.Add(CorrelationReader.Read(map, file));
            return;
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

        Attributes.Check(map);
        documents.Rules.Add(RuleReader.Read(map, file));
    }
}
