namespace Harrier.Sigma.Language;

/// <summary>Joins the documents of files to a set, in which an id and a name stand once, and puts filters on their rules.</summary>
static class SigmaSet
{
    public static SigmaRuleSet Join(IReadOnlyList<SigmaDocuments> files)
    {
        var ids = new Dictionary<string, (string Title, string File)>(
            StringComparer.OrdinalIgnoreCase
        );
        var names = new Dictionary<string, (string Title, string File)>(StringComparer.Ordinal);
        var rules = new List<SigmaRule>();
        var correlations = new List<SigmaCorrelation>();
        var diagnostics = new List<SigmaDiagnostic>();
        foreach (var documents in files)
        {
            diagnostics.AddRange(documents.Diagnostics);
            foreach (var rule in documents.Rules)
            {
                if (IsNew(rule.Id, rule.Name, rule.Title, rule.File, rule.Line))
                {
                    rules.Add(rule);
                }
            }

            foreach (var correlation in documents.Correlations)
            {
                if (
                    IsNew(
                        correlation.Id,
                        correlation.Name,
                        correlation.Title,
                        correlation.File,
                        correlation.Line
                    )
                )
                {
                    correlations.Add(correlation);
                }
            }
        }

        var filters = files.SelectMany(documents => documents.Filters).ToList();
        return new SigmaRuleSet(
            [.. rules.Select(rule => Filtered(rule, filters))],
            diagnostics,
            files.Count
        )
        {
            Correlations = correlations,
            Notices = [.. filters.SelectMany(filter => NoticesOf(filter, rules))],
        };

        bool IsNew(string? id, string? name, string title, string file, int line) =>
            IsFirst(ids, "id", id, title, file, line)
            && IsFirst(names, "name", name, title, file, line);

        bool IsFirst(
            Dictionary<string, (string Title, string File)> taken,
            string what,
            string? value,
            string title,
            string file,
            int line
        )
        {
            if (value is null || taken.TryAdd(value, (title, file)))
            {
                return true;
            }

            diagnostics.Add(
                new SigmaDiagnostic(
                    file,
                    line,
                    1,
                    $"duplicate-{what}",
                    $"The {what} {value} is that of '{taken[value].Title}' ({taken[value].File}) as well.",
                    $"Give it {(what == "id" ? "an id" : "a name")} of its own."
                )
            );
            return false;
        }
    }

    static SigmaRule Filtered(SigmaRule rule, List<SigmaFilter> filters)
    {
        var mine = filters.Where(filter => filter.IsFor(rule)).ToList();
        return mine.Count == 0
            ? rule
            : rule with
            {
                Detection = SigmaNode.AllOf([
                    rule.Detection,
                    .. mine.Select(filter => filter.Condition),
                ]),
            };
    }

    static IEnumerable<SigmaDiagnostic> NoticesOf(SigmaFilter filter, List<SigmaRule> rules)
    {
        foreach (var name in filter.Rules)
        {
            if (!rules.Exists(rule => rule.IsNamed(name)))
            {
                yield return Notice(
                    filter,
                    $"The filter names the rule '{name}', which is not here."
                );
            }
        }

        if (!rules.Exists(filter.IsFor))
        {
            yield return Notice(filter, "The filter is for none of the rules.");
        }
    }

    static SigmaDiagnostic Notice(SigmaFilter filter, string message) =>
        new(filter.File, filter.Line, 1, "filter", message);
}
