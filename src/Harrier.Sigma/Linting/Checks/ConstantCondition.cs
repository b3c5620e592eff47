namespace Harrier.Sigma.Linting.Checks;

/// <summary>A condition that holds, or fails, whatever its selections say.</summary>
static class ConstantCondition
{
    public static LintCheck Check { get; } =
        new(
            "constant-condition",
            LintSeverity.Warning,
            "A condition that holds, or fails, whatever its selections say.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        for (var index = 0; index < document.Trees.Count; index++)
        {
            if (Truth.Constant(document.Trees[index]) is { } always)
            {
                yield return new LintHit(
                    document.Conditions[index].Place,
                    $"The condition {(always ? "always" : "never")} holds, whatever its selections say.",
                    "Look for a selection that stands with and without 'not'."
                );
            }
        }
    }
}
