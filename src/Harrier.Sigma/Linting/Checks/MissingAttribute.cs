namespace Harrier.Sigma.Linting.Checks;

/// <summary>A rule to be shared says what it is, who wrote it and how far it is tested.</summary>
static class MissingAttribute
{
    public static LintCheck Check { get; } =
        new(
            "missing-attribute",
            LintSeverity.Note,
            "A rule to be shared says what it is, who wrote it and how far it is tested.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        // A document of a collection says only its part.
        if (document.Map.Find("action") is not null)
        {
            yield break;
        }

        foreach (var key in new[] { "id", "status", "description", "author", "date", "level" })
        {
            if (
                document.Map.Find(key) is null
                && !(key == "level" && document.Map.Find("filter") is not null)
            )
            {
                yield return new LintHit(
                    document.Map.Place,
                    $"There is no '{key}'.",
                    $"Add '{key}'."
                );
            }
        }
    }
}
