using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>'windash' on values without a flag changes nothing.</summary>
static class WindashWithoutDash
{
    public static LintCheck Check { get; } =
        new(
            "windash-without-dash",
            LintSeverity.Note,
            "'windash' on values without a flag changes nothing.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var item in document.Items.Where(item => item.Has("windash") && item.Values.Count > 0)
        )
        {
            if (
                item.Values.All(value =>
                    WildcardPattern.Parse(value.Text).WithDashes() is { Count: 1 }
                )
            )
            {
                yield return new LintHit(
                    item.Key.Place,
                    $"No value of '{item.Key.Text}' has a flag such as -x or /x.",
                    "Leave 'windash' out."
                );
            }
        }
    }
}
