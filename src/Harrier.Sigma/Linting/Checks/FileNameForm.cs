using System.Text.RegularExpressions;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A rule file has 10 to 70 characters of lower case and underscores, and ends in .yml.</summary>
static partial class FileNameForm
{
    public static LintCheck Check { get; } =
        new(
            "file-name",
            LintSeverity.Note,
            "A rule file has 10 to 70 characters of lower case and underscores, and ends in .yml.",
            Find
        );

    [GeneratedRegex(
        @"^(?=.{10,70}$)[a-z0-9][a-z0-9_]*\.yml$",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Form();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        var name = Path.GetFileName(document.File);
        if (document.IsFirst && !Form().IsMatch(name))
        {
            yield return new LintHit(
                new YamlPlace(1, 1),
                $"The file name '{name}' is not in the form of the public rules.",
                "Name it as proc_creation_win_what_it_finds.yml: lower case, digits, underscores, 10 to 70 characters."
            );
        }
    }
}
