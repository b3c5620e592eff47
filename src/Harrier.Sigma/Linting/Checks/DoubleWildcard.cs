namespace Harrier.Sigma.Linting.Checks;

/// <summary>Two stars beside each other mean what one means.</summary>
static class DoubleWildcard
{
    public static LintCheck Check { get; } =
        new(
            "double-wildcard",
            LintSeverity.Note,
            "Two stars beside each other mean what one means.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var value in document.Items.Where(item => item.IsText).SelectMany(item => item.Values)
        )
        {
            var stars = WildcardPlaces.Stars(value.Text);
            var text = value.Text;
            for (var index = stars.Count - 1; index > 0; index--)
            {
                if (stars[index] == stars[index - 1] + 1)
                {
                    text = text.Remove(stars[index], 1);
                }
            }

            if (text != value.Text)
            {
                yield return new LintHit(
                    value.Place,
                    "Two stars stand beside each other.",
                    "One does.",
                    document.Rewrite(value, document.Like(value, text))
                );
            }
        }
    }
}
