using System.Globalization;
using System.Text.RegularExpressions;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;

namespace Harrier.Sigma.Converting;

/// <summary>A rule file written anew.</summary>
/// <param name="Converted">Documents that were converted.</param>
/// <param name="Left">Documents that could not be, and why; what keeps the new text from running.</param>
/// <param name="Notices">What a person should look at: where a correlation means something else than the old condition did.</param>
public sealed record LegacyConversion(
    string Text,
    int Converted,
    IReadOnlyList<SigmaDiagnostic> Left,
    IReadOnlyList<SigmaDiagnostic> Notices
);

/// <summary>
/// Writes rules that count behind a bar (<c>| count() by user > 5</c>, <c>| near</c>) as rules with correlations, in the text
/// itself: comments, order and layout of what stays, stay.
/// </summary>
public static partial class LegacyConverter
{
    [GeneratedRegex(@"^(?<number>\d{1,9})(?<unit>[smhdwM])$", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Span();

    /// <param name="timespan">For rules without a timeframe: 5m, 1h ... Null: they are left, and it is said.</param>
    public static LegacyConversion Convert(string text, string file, string? timespan)
    {
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var output = new List<string>();
        var left = new List<SigmaDiagnostic>();
        var notices = new List<SigmaDiagnostic>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (converted, next) = (0, 0);
        foreach (
            var map in SigmaYaml
                .Read(string.Join('\n', lines), file, left)
                .OfType<YamlValue.Mapping>()
        )
        {
            var start = Array.FindLastIndex(lines, map.Place.Line - 1, IsSeparator) + 1;
            var end = Array.FindIndex(lines, map.Place.Line - 1, IsSeparator) is >= 0 and var at
                ? at
                : lines.Length;
            output.AddRange(lines[next..start]);
            next = end;
            var document = new LegacyDocument(
                new LintDocument(file, lines, map, isFirst: false),
                start,
                end,
                timespan,
                names
            );
            try
            {
                if (document.Convert() is { } written)
                {
                    output.AddRange(written);
                    converted++;
                }
                else
                {
                    output.AddRange(lines[start..end]);
                }

                notices.AddRange(document.Notices);
            }
            catch (RuleRefused refused)
            {
                left.Add(refused.In(file));
                output.AddRange(lines[start..end]);
            }
        }

        output.AddRange(lines[next..]);
        var result = string.Join('\n', output) + "\n";
        if (converted > 0)
        {
            // Old rules have dates and tags in old forms, which the reader refuses.
            result = Linter.Fix(result, file).Text;
            left.AddRange(
                SigmaRules.Parse(result, file).Diagnostics.Where(one => one.Code != "aggregation")
            );
        }

        return new LegacyConversion(converted > 0 ? result : text, converted, left, notices);
    }

    /// <summary>Whether a text is a timespan: a number and s, m, h, d or w.</summary>
    public static bool IsTimespan(string text) => TimespanOf(text) is { IsMonths: false };

    static bool IsSeparator(string line) =>
        line == "---" || line.StartsWith("--- ", StringComparison.Ordinal);

    /// <summary>A timeframe as a timespan; months, which those have not, as days.</summary>
    internal static (string Text, bool IsMonths)? TimespanOf(string timeframe) =>
        Span().Match(timeframe.Trim()) is not { Success: true } match ? null
        : match.Groups["unit"].Value == "M"
            ? (
                $"{long.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * 30}d",
                true
            )
        : (match.Value, false);
}
