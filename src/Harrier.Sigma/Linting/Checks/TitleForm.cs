namespace Harrier.Sigma.Linting.Checks;

/// <summary>A title is a short name: no full stop, no 'Detects'.</summary>
static class TitleForm
{
    public static LintCheck Check { get; } =
        new(
            "title-form",
            LintSeverity.Note,
            "A title is a short name: no full stop, no 'Detects'.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (document.Scalar("title") is not { } title)
        {
            yield break;
        }

        if (title.Text.EndsWith('.'))
        {
            yield return new LintHit(
                title.Place,
                "The title ends in a full stop.",
                "Leave it out."
            );
        }

        if (title.Text.StartsWith("Detect", StringComparison.OrdinalIgnoreCase))
        {
            yield return new LintHit(
                title.Place,
                "The title says that it detects, as every rule does.",
                "Name what is detected."
            );
        }

        if (title.Text.Length > 120)
        {
            yield return new LintHit(
                title.Place,
                $"The title has {title.Text.Length} characters.",
                "Keep it below 120 and say the rest in the description."
            );
        }
    }
}
