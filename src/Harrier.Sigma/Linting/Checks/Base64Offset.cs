namespace Harrier.Sigma.Linting.Checks;

/// <summary>'base64offset' finds a piece of a text, so 'contains' goes with it.</summary>
static class Base64Offset
{
    public static LintCheck Check { get; } =
        new(
            "base64offset-contains",
            LintSeverity.Warning,
            "'base64offset' finds a piece of a text, so 'contains' goes with it.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var item in document.Items.Where(item =>
                item.Has("base64offset") && !item.Has("contains")
            )
        )
        {
            yield return new LintHit(
                item.Key.Place,
                "'base64offset' without 'contains' compares whole values with a piece of Base64.",
                $"Write {item.Key.Text}|contains."
            );
        }
    }
}
