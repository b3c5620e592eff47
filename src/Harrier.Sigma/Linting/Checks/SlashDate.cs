using System.Globalization;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A date is written with hyphens since version 2 of Sigma.</summary>
static class SlashDate
{
    public static LintCheck Check { get; } =
        new(
            "date-form",
            LintSeverity.Error,
            "A date is written with hyphens since version 2 of Sigma.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var key in new[] { "date", "modified" })
        {
            if (
                document.Scalar(key) is { } date
                && DateOnly.TryParseExact(
                    date.Text,
                    ["yyyy/MM/dd", "yyyy/M/d"],
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None,
                    out var day
                )
            )
            {
                var written = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                yield return new LintHit(
                    date.Place,
                    $"The date '{date.Text}' is in the form of Sigma's first version.",
                    $"Write {written}.",
                    document.Rewrite(date, document.Like(date, written))
                );
            }
        }
    }
}
