using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>'of' that means one selection only.</summary>
static partial class OfOne
{
    public static LintCheck Check { get; } =
        new("of-one", LintSeverity.Note, "'of' that means one selection only.", Find);

    [GeneratedRegex(
        @"\b(?:1|any|all) of (?<pattern>[\w*-]+)",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Of();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var condition in document.Conditions)
        {
            foreach (Match match in Of().Matches(condition.Text))
            {
                var pattern = match.Groups["pattern"].Value;
                var means = document
                    .Selections.Select(entry => entry.Key.Text)
                    .Where(name =>
                        pattern == "them"
                            ? name[0] != '_'
                            : pattern.EndsWith('*')
                                && !pattern[..^1].Contains('*', StringComparison.Ordinal)
                                && name.StartsWith(pattern[..^1], StringComparison.Ordinal)
                                && (name[0] != '_' || pattern[0] == '_')
                    )
                    .ToList();
                if (means.Count == 1)
                {
                    yield return new LintHit(
                        condition.Place,
                        $"'{match.Value}' means the one selection '{means[0]}'.",
                        $"Write {means[0]}, or leave it where more are to come."
                    );
                }
            }
        }
    }
}
