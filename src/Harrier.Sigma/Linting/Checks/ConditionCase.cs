using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>Words of a condition are lower case.</summary>
static partial class ConditionCase
{
    public static LintCheck Check { get; } =
        new("condition-case", LintSeverity.Error, "Words of a condition are lower case.", Find);

    [GeneratedRegex(
        @"(?<![\w*-])(?:AND|OR|NOT|OF|THEM|ALL|ANY)(?![\w*-])",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Words();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var condition in document.Conditions)
        {
            var written = Words()
                .Replace(
                    condition.Text,
                    match =>
                        document.Selections.Any(entry => entry.Key.Text == match.Value)
                            ? match.Value
                            : match.Value.ToLowerInvariant()
                );
            if (written != condition.Text)
            {
                yield return new LintHit(
                    condition.Place,
                    "Words of a condition are lower case: and, or, not, of, them, all, any.",
                    $"Write '{written}'.",
                    document.Rewrite(condition, document.Like(condition, written))
                );
            }
        }
    }
}
