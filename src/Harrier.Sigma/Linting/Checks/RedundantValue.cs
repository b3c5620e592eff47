using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A value that holds only where a shorter one of its list holds too.</summary>
static class RedundantValue
{
    public static LintCheck Check { get; } =
        new(
            "redundant-value",
            LintSeverity.Note,
            "A value that holds only where a shorter one of its list holds too.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        const int MostValues = 500;
        foreach (
            var item in document.Items.Where(item =>
                item.IsText && !item.Has("all") && !item.Has("cased")
            )
        )
        {
            string[] plain = item.Modifiers is ["contains" or "startswith" or "endswith"]
                ? [item.Modifiers[0]]
                : [];
            if (plain.Length == 0 || item.Values.Count > MostValues)
            {
                continue;
            }

            var values = item
                .Values.Where(value =>
                    !value.IsNull
                    && value.Text.Length > 0
                    && WildcardPlaces.All(value.Text).Count == 0
                )
                .ToList();
            foreach (var value in values)
            {
                var text = WildcardPattern.Parse(value.Text).Text!;
                if (
                    values.Find(other =>
                        WildcardPattern.Parse(other.Text).Text is { } shorter
                        && shorter.Length < text.Length
                        && (
                            plain[0] == "contains"
                                ? text.Contains(shorter, StringComparison.OrdinalIgnoreCase)
                            : plain[0] == "startswith"
                                ? text.StartsWith(shorter, StringComparison.OrdinalIgnoreCase)
                            : text.EndsWith(shorter, StringComparison.OrdinalIgnoreCase)
                        )
                    ) is
                    { } wider
                )
                {
                    yield return new LintHit(
                        value.Place,
                        $"'{value.Text}' is found only where '{wider.Text}' of the same list is found too.",
                        "Take one of them out."
                    );
                }
            }
        }
    }
}
