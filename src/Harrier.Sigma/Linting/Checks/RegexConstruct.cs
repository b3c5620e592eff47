using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>Regular expressions that Sigma leaves out, and engines can not run in linear time.</summary>
static partial class RegexConstruct
{
    public static LintCheck Check { get; } =
        new(
            "regex-construct",
            LintSeverity.Warning,
            "Regular expressions that Sigma leaves out, and engines can not run in linear time.",
            Find
        );

    [GeneratedRegex(
        @"\(\?(?:<?[=!]|>)|(?<!\\)(?:\\\\)*\\[1-9]|[*+?}]\+",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Construct();

    [GeneratedRegex(
        @"\((?:\?:)?(?:[^()\[\]\\|*+]|\\.|\[[^\]]*\])[*+]\)[*+]",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Nested();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var value in document
                .Items.Where(item => item.Has("re"))
                .SelectMany(item => item.Values)
        )
        {
            if (Construct().Match(value.Text) is { Success: true } match)
            {
                yield return new LintHit(
                    value.Place,
                    $"'{match.Value}' looks around, refers back or does not give back: Sigma has none of these.",
                    "Write it with classes, groups and alternatives; use a second item for what must not be there."
                );
            }
            else if (Nested().IsMatch(value.Text))
            {
                yield return new LintHit(
                    value.Place,
                    "A repetition stands inside a repetition, which takes exponential time in engines that go back.",
                    "Write it with one of them."
                );
            }
        }
    }
}
