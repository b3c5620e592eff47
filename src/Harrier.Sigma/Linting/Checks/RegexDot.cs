using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>The dot before an extension takes any character.</summary>
static partial class RegexDot
{
    public static LintCheck Check { get; } =
        new(
            "regex-dot",
            LintSeverity.Note,
            "The dot before an extension takes any character.",
            Find
        );

    [GeneratedRegex(
        @"(?<=[\w])\.(?:exe|dll|ps1|bat|cmd|vbs|js|hta|msi|sys|zip|docm|xlsm)(?![\w])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1_000
    )]
    private static partial Regex Extension();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var value in document
                .Items.Where(item => item.Has("re"))
                .SelectMany(item => item.Values)
        )
        {
            if (Extension().Match(value.Text) is { Success: true } match)
            {
                yield return new LintHit(
                    value.Place,
                    $"The dot in '{match.Value}' takes any character.",
                    $"Write \\{match.Value}."
                );
            }
        }
    }
}
