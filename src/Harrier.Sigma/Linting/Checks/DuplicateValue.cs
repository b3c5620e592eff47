namespace Harrier.Sigma.Linting.Checks;

/// <summary>A list holds the same value twice.</summary>
static class DuplicateValue
{
    public static LintCheck Check { get; } =
        new("duplicate-value", LintSeverity.Warning, "A list holds the same value twice.", Find);

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items.Where(item => item.Values.Count > 1))
        {
            var seen = new HashSet<string>(
                item.Has("cased")
                || item.Has("re")
                || item.Has("base64")
                || item.Has("base64offset")
                || item.Has("fieldref")
                    ? StringComparer.Ordinal
                    : StringComparer.OrdinalIgnoreCase
            );
            foreach (
                var value in item.Values.Where(value => !value.IsNull && !seen.Add(value.Text))
            )
            {
                yield return new LintHit(
                    value.Place,
                    $"The value '{value.Text}' stands in its list already.",
                    "Take it out.",
                    document.RemoveLine(value)
                );
            }
        }
    }
}
