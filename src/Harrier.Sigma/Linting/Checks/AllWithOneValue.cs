namespace Harrier.Sigma.Linting.Checks;

/// <summary>'all' joins values; with one it says nothing.</summary>
static class AllWithOneValue
{
    public static LintCheck Check { get; } =
        new(
            "all-with-one-value",
            LintSeverity.Warning,
            "'all' joins values; with one it says nothing.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var item in document.Items.Where(item => item.Has("all") && item.Values.Count == 1)
        )
        {
            var modifiers = string.Concat(
                item.Modifiers.Where(one => one != "all").Select(one => "|" + one)
            );
            yield return new LintHit(
                item.Key.Place,
                $"'{item.Key.Text}' has one value.",
                "Leave 'all' out.",
                item.Field.Length == 0
                    ? null
                    : document.Rewrite(item.Key, document.Like(item.Key, item.Field + modifiers))
            );
        }
    }
}
