using System.Text.RegularExpressions;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>Tags in the forms of version 2, of namespaces and ATT&amp;CK tactics that exist.</summary>
static partial class Tag
{
    public static LintCheck Check { get; } =
        new(
            "tag",
            LintSeverity.Warning,
            "Tags in the forms of version 2, of namespaces and ATT&CK tactics that exist.",
            Find
        );

    static readonly string[] s_namespaces =
    [
        "attack",
        "car",
        "cve",
        "d3fend",
        "detection",
        "stp",
        "tlp",
    ];

    static readonly string[] s_tactics =
    [
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "defense-impairment",
        "stealth",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    ];

    static string Modern(string tag)
    {
        var lower = tag.ToLowerInvariant();
        return lower.StartsWith("attack.", StringComparison.Ordinal) ? lower.Replace('_', '-')
            : OldCve().Match(lower) is { Success: true } cve
                ? $"cve.{cve.Groups["year"].Value}-{cve.Groups["number"].Value}"
            : lower.StartsWith("car.car-", StringComparison.Ordinal) ? "car." + lower[8..]
            : tag;
    }

    [GeneratedRegex(
        @"^cve[.-](?<year>\d{4})[._-](?<number>\d{4,})$",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex OldCve();

    [GeneratedRegex(
        @"^(?:t\d{4}(?:\.\d{3})?|[gsma]\d{4}|ds\d{4})$",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Identifier();

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var tag in document.List("tags"))
        {
            var written = Modern(tag.Text);
            if (written != tag.Text)
            {
                yield return new LintHit(
                    tag.Place,
                    $"The tag '{tag.Text}' is in an old form.",
                    $"Write {written}.",
                    document.Rewrite(tag, document.Like(tag, written))
                );
                continue;
            }

            var dot = tag.Text.IndexOf('.', StringComparison.Ordinal);
            var space = dot < 0 ? tag.Text : tag.Text[..dot];
            if (!s_namespaces.Contains(space))
            {
                yield return new LintHit(
                    tag.Place,
                    $"There is no namespace of tags '{space}'.",
                    $"Namespaces are {string.Join(", ", s_namespaces)}."
                );
            }
            else if (
                space == "attack"
                && !Identifier().IsMatch(tag.Text[(dot + 1)..])
                && !s_tactics.Contains(tag.Text[(dot + 1)..])
            )
            {
                yield return new LintHit(
                    tag.Place,
                    $"'{tag.Text}' is neither a tactic of ATT&CK nor an identifier.",
                    "Write attack.t1059.001, attack.g0007, attack.s0154 or a tactic such as attack.execution."
                );
            }
        }
    }
}
