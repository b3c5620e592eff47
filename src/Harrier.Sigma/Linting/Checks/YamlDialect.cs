using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A plain value means another thing to readers of YAML 1.1, such as pySigma.</summary>
static partial class YamlDialect
{
    public static LintCheck Check { get; } =
        new(
            "yaml-dialect",
            LintSeverity.Warning,
            "A plain value means another thing to readers of YAML 1.1, such as pySigma.",
            Find
        );

    /// <summary>Booleans of YAML 1.1, octal and sexagesimal numbers, digits with underscores, dates, exponents without a dot.</summary>
    [GeneratedRegex(
        @"^(?:yes|no|on|off|y|n|Yes|No|On|Off|Y|N|YES|NO|ON|OFF|[-+]?0[0-7_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?[0-9]+_[0-9_]*|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[-+]?[0-9]+[eE][-+]?[0-9]+)$",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Differs();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items)
        {
            foreach (var value in item.Values.Where(value => value.Plain && !item.Has("exists")))
            {
                if (!Differs().IsMatch(value.Text))
                {
                    continue;
                }

                // A number written so would be another text in quotes: a person must say which was meant.
                var isNumber = value.Number is not null;
                yield return new LintHit(
                    value.Place,
                    $"Plain {value.Text} is {(isNumber ? $"the number {value.Number}" : "a text")} here, and something else to readers of YAML 1.1.",
                    isNumber
                        ? "Write the number in plain decimal digits, or quote the text."
                        : "Quote it.",
                    isNumber ? null : document.Rewrite(value, LintDocument.Quoted(value.Text))
                );
            }
        }
    }
}
