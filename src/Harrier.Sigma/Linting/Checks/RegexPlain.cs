using System.Buffers;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A regular expression without any of its signs is a plain text.</summary>
static class RegexPlain
{
    public static LintCheck Check { get; } =
        new(
            "regex-plain",
            LintSeverity.Note,
            "A regular expression without any of its signs is a plain text.",
            Find
        );

    static readonly SearchValues<char> s_signs = SearchValues.Create(@"\.[]{}()*+?^$|");

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items.Where(item => item.Has("re")))
        {
            foreach (
                var value in item.Values.Where(value =>
                    value.Text.Length > 0 && !value.Text.AsSpan().ContainsAny(s_signs)
                )
            )
            {
                yield return new LintHit(
                    value.Place,
                    $"'{value.Text}' is a plain text.",
                    $"Write {item.Field}|contains{(item.Has("i") ? "" : "|cased")}."
                );
            }
        }
    }
}
