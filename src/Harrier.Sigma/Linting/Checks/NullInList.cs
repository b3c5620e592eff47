namespace Harrier.Sigma.Linting.Checks;

/// <summary>A null among other values is not Sigma.</summary>
static class NullInList
{
    public static LintCheck Check { get; } =
        new("null-in-list", LintSeverity.Warning, "A null among other values is not Sigma.", Find);

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items.Where(item => item.Values.Count > 1))
        {
            foreach (var value in item.Values.Where(value => value.IsNull))
            {
                yield return new LintHit(
                    value.Place,
                    "A null stands among other values: engines disagree on it.",
                    $"Write a selection of its own, '{item.Field}: null', and join both with 'or'."
                );
            }
        }
    }
}
