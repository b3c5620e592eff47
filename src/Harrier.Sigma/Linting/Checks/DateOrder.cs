using System.Globalization;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A rule is not modified before it was written.</summary>
static class DateOrder
{
    public static LintCheck Check { get; } =
        new(
            "date-order",
            LintSeverity.Warning,
            "A rule is not modified before it was written.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (document.Scalar("modified") is not { } modified)
        {
            yield break;
        }

        if (document.Scalar("date") is not { } date)
        {
            yield return new LintHit(
                modified.Place,
                "There is 'modified' without 'date'.",
                "Add 'date'."
            );
        }
        else if (
            DateOnly.TryParse(date.Text, CultureInfo.InvariantCulture, out var first)
            && DateOnly.TryParse(modified.Text, CultureInfo.InvariantCulture, out var last)
            && last < first
        )
        {
            yield return new LintHit(
                modified.Place,
                $"The rule was modified on {modified.Text}, before its date {date.Text}.",
                "Put one of them right."
            );
        }
    }
}
