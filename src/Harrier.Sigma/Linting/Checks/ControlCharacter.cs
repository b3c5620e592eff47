using System.Globalization;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A value holds a character that can not be seen.</summary>
static class ControlCharacter
{
    public static LintCheck Check { get; } =
        new(
            "control-character",
            LintSeverity.Warning,
            "A value holds a character that can not be seen.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var value in document.Items.SelectMany(item => item.Values))
        {
            var hidden = value.Text.FirstOrDefault(c =>
                char.IsControl(c) && c is not ('\n' or '\t')
                || c is '\u200B' or '\u200E' or '\u200F' or '\u2060' or '\uFEFF' or '\u00AD'
                // Joiners belong to pictures and to scripts that need them.
                || c is '\u200C' or '\u200D'
                    && value.Text.All(other => other == c || other < '\u0080')
            );
            if (hidden != '\0')
            {
                yield return new LintHit(
                    value.Place,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The value holds U+{(int)hidden:X4}, which can't be seen."
                    ),
                    "Take it out, or write it as an escape in double quotes so that readers see it."
                );
            }
        }
    }
}
