using System.Text;
using System.Text.RegularExpressions;
using Harrier.Schema;

namespace Harrier.Sigma.Language;

/// <summary>What stands for <c>%names%</c> in values with the modifier <c>expand</c>: accounts, hosts and networks of one organisation (specification 2.1, Placeholders).</summary>
/// <param name="values">Names, in their case, and their values, which may have wildcards.</param>
public sealed partial class Placeholders(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    /// <summary>Values that one may become: several placeholders in it multiply.</summary>
    const int MaxExpansions = 1_000;

    /// <summary>No name has a value: every rule that needs one is refused.</summary>
    public static Placeholders None { get; } =
        new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));

    /// <summary>Names and their values.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<string>> All => values;

    [GeneratedRegex(@"\\%|%(?<name>[\w-]+)%", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Token();

    /// <summary>The texts that a value with placeholders means; one of them must hold.</summary>
    /// <param name="isRegex">The value is a regular expression, in which a placeholder's values mean themselves.</param>
    /// <exception cref="RuleRefused">A name has no values here, or there would be too many texts.</exception>
    internal IReadOnlyList<string> Expand(YamlValue.Scalar value, bool isRegex)
    {
        var texts = new List<StringBuilder> { new() };
        var at = 0;
        foreach (Match token in Token().Matches(value.Text))
        {
            foreach (var text in texts)
            {
                text.Append(value.Text, at, token.Index - at);
            }

            at = token.Index + token.Length;
            var filled = token.Groups["name"].Success
                ? Filled(token.Groups["name"].Value, value.Place)
                : ["%"];
            if ((long)texts.Count * filled.Count > MaxExpansions)
            {
                throw new RuleRefused(
                    value.Place,
                    "placeholder",
                    $"The placeholders of '{value.Text}' make more than {MaxExpansions} values.",
                    "Give them fewer values, or write two items."
                );
            }

            texts =
            [
                .. texts.SelectMany(text =>
                    filled.Select(one =>
                        new StringBuilder().Append(text).Append(isRegex ? Regex.Escape(one) : one)
                    )
                ),
            ];
        }

        return
        [
            .. texts.Select(text => text.Append(value.Text, at, value.Text.Length - at).ToString()),
        ];
    }

    IReadOnlyList<string> Filled(string name, YamlPlace place)
    {
        if (values.TryGetValue(name, out var filled) && filled.Count > 0)
        {
            return filled;
        }

        var near = Nearest.To(name, values.Keys);
        throw new RuleRefused(
            place,
            "placeholder",
            $"The placeholder %{name}% has no values.",
            near is null
                ? $"Say them in harrier.yaml of the workspace: 'placeholders: {{{name}: [...]}}'."
                : $"Did you mean %{near}%?"
        );
    }
}
