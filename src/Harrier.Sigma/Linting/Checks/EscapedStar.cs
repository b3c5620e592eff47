namespace Harrier.Sigma.Linting.Checks;

/// <summary>A backslash takes the meaning from the star behind it.</summary>
static class EscapedStar
{
    public static LintCheck Check { get; } =
        new(
            "escaped-star",
            LintSeverity.Warning,
            "A backslash takes the meaning from the star behind it.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var item in document.Items.Where(item =>
                item.IsText && !item.Has("contains") && !item.Has("startswith")
            )
        )
        {
            foreach (var value in item.Values)
            {
                // In a path, a star at the end is a wildcard to who wrote it.
                if (
                    value.Text.EndsWith("\\*", StringComparison.Ordinal)
                    && !WildcardPlaces.All(value.Text).Contains(value.Text.Length - 1)
                    && value.Text.AsSpan(0, value.Text.Length - 2).Contains('\\')
                )
                {
                    yield return new LintHit(
                        value.Place,
                        $"'{value.Text}' ends in a star that is meant literally, for a backslash stands before it.",
                        "Write \\\\* for a backslash and anything behind it."
                    );
                }
            }
        }
    }
}
