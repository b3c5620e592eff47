using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>References that stay: permalinks, and no links that tags say better.</summary>
static partial class Reference
{
    public static LintCheck Check { get; } =
        new(
            "reference",
            LintSeverity.Note,
            "References that stay: permalinks, and no links that tags say better.",
            Find
        );

    [GeneratedRegex(
        @"github\.com/[^/]+/[^/]+/(?:blob|tree)/(?:main|master)/",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1_000
    )]
    private static partial Regex Branch();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var link in document.List("references"))
        {
            if (
                link.Text.Contains(
                    "attack.mitre.org/techniques",
                    StringComparison.OrdinalIgnoreCase
                )
            )
            {
                yield return new LintHit(
                    link.Place,
                    "A technique is told by a tag, not by a link.",
                    "Tag it: attack.t1059."
                );
            }
            else if (Branch().IsMatch(link.Text))
            {
                yield return new LintHit(
                    link.Place,
                    "The link leads to a branch, where the text may change or go.",
                    "Link to a commit."
                );
            }
        }
    }
}
