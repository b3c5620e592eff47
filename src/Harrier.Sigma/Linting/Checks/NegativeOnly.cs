namespace Harrier.Sigma.Linting.Checks;

/// <summary>A rule that holds for an event in which nothing it names is found.</summary>
static class NegativeOnly
{
    public static LintCheck Check { get; } =
        new(
            "negative-only",
            LintSeverity.Warning,
            "A rule that holds for an event in which nothing it names is found.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var (tree, condition) in document.Trees.Zip(document.Conditions))
        {
            if (Truth.Constant(tree) is null && Truth.Holds(tree, _ => false))
            {
                yield return new LintHit(
                    condition.Place,
                    "The condition holds for every event of its log source that none of its selections knows.",
                    "Add a selection of what is looked for."
                );
            }
        }
    }
}
