namespace Harrier.Sigma.Linting.Checks;

/// <summary>A selection that no condition uses decides nothing.</summary>
static class UnusedSelection
{
    public static LintCheck Check { get; } =
        new(
            "unused-selection",
            LintSeverity.Warning,
            "A selection that no condition uses decides nothing.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        // Where a condition can't be read, nobody knows what it uses.
        if (document.Trees.Count == 0 || document.Trees.Count < document.Conditions.Count)
        {
            yield break;
        }

        var used = document.Trees.SelectMany(Truth.Names).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, _) in document.Selections.Where(entry => !used.Contains(entry.Key.Text)))
        {
            yield return new LintHit(
                key.Place,
                $"No condition uses the selection '{key.Text}'.",
                "Use it, or take it out."
            );
        }
    }
}
