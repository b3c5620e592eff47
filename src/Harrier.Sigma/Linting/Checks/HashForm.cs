using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A hash has as many digits as its kind has.</summary>
static partial class HashForm
{
    public static LintCheck Check { get; } =
        new("hash-form", LintSeverity.Warning, "A hash has as many digits as its kind has.", Find);

    static readonly Dictionary<string, int> s_digits = new(StringComparer.Ordinal)
    {
        ["MD5"] = 32,
        ["SHA1"] = 40,
        ["SHA256"] = 64,
        ["IMPHASH"] = 32,
    };

    [GeneratedRegex(
        @"^(?<kind>MD5|SHA1|SHA256|IMPHASH)=(?<digits>[0-9a-f]+)$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1_000
    )]
    private static partial Regex Hash();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items.Where(item => item.Field is "Hashes" or "Hash"))
        {
            foreach (var value in item.Values)
            {
                if (
                    Hash().Match(value.Text) is { Success: true } match
                    && s_digits[match.Groups["kind"].Value.ToUpperInvariant()] is var digits
                    && match.Groups["digits"].Length != digits
                )
                {
                    yield return new LintHit(
                        value.Place,
                        $"A hash {match.Groups["kind"].Value} has {digits} digits; this one has {match.Groups["digits"].Length}.",
                        "Copy it whole."
                    );
                }
            }
        }
    }
}
