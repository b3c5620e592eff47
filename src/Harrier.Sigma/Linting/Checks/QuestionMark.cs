namespace Harrier.Sigma.Linting.Checks;

/// <summary>The question mark of a device path is a wildcard.</summary>
static class QuestionMark
{
    public static LintCheck Check { get; } =
        new(
            "question-mark-path",
            LintSeverity.Warning,
            "The question mark of a device path is a wildcard.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var value in document.Items.Where(item => item.IsText).SelectMany(item => item.Values)
        )
        {
            if (
                WildcardPlaces
                    .All(value.Text)
                    .Any(place =>
                        place > 0
                        && value.Text[place] == '?'
                        && value.Text[place - 1] == '\\'
                        && place + 1 < value.Text.Length
                        && value.Text[place + 1] == '\\'
                    )
            )
            {
                yield return new LintHit(
                    value.Place,
                    "The question mark of the path is a wildcard: it also takes other characters.",
                    "Write \\? for the question mark itself."
                );
            }
        }
    }
}
