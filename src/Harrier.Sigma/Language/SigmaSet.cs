namespace Harrier.Sigma.Language;

/// <summary>Joins the documents of files to a set, in which an id stands once.</summary>
static class SigmaSet
{
    public static SigmaRuleSet Join(IReadOnlyList<SigmaDocuments> files)
    {
        var ids = new Dictionary<string, (string Title, string File)>(
            StringComparer.OrdinalIgnoreCase
        );
        var rules = new List<SigmaRule>();
        var correlations = new List<SigmaCorrelation>();
        var diagnostics = new List<SigmaDiagnostic>();
        foreach (var documents in files)
        {
            diagnostics.AddRange(documents.Diagnostics);
            foreach (var rule in documents.Rules)
            {
                if (IsNew(rule.Id, rule.Title, rule.File, rule.Line))
                {
                    rules.Add(rule);
                }
            }

            foreach (var correlation in documents.Correlations)
            {
                if (IsNew(correlation.Id, correlation.Title, correlation.File, correlation.Line))
                {
                    correlations.Add(correlation);
                }
            }
        }

        return new SigmaRuleSet(rules, diagnostics, files.Count) { Correlations = correlations };

        bool IsNew(string? id, string title, string file, int line)
        {
            if (id is null || ids.TryAdd(id, (title, file)))
            {
                return true;
            }

            diagnostics.Add(
                new SigmaDiagnostic(
                    file,
                    line,
                    1,
                    "duplicate-id",
                    $"The id {id} is that of '{ids[id].Title}' ({ids[id].File}) as well.",
                    "Give it an id of its own."
                )
            );
            return false;
        }
    }
}
