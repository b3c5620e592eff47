using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A list of one value.</summary>
static class OneValueList
{
    public static LintCheck Check { get; } =
        new("one-value-list", LintSeverity.Note, "A list of one value.", Find);

    /// <summary>Only where key and value stand on two lines, one below the other, with nothing beside them.</summary>
    static IReadOnlyList<LintEdit> Edits(
        LintDocument document,
        YamlValue.Scalar key,
        YamlValue.Scalar value
    )
    {
        if (
            document.Written(key) is not { } keyLength
            || document.Written(value) is not { } length
            || value.Place.Line != key.Place.Line + 1
        )
        {
            return [];
        }

        var above = document.Lines[key.Place.Line - 1];
        var below = document.Lines[value.Place.Line - 1];
        var colon = key.Place.Column - 1 + keyLength;
        return
            colon < above.Length
            && above[colon] == ':'
            && above[(colon + 1)..].Trim().Length == 0
            && below.TrimStart().StartsWith("- ", StringComparison.Ordinal)
            && below.TrimStart()[2..].Trim().Length == length
            ?
            [
                new LintEdit(
                    new YamlPlace(key.Place.Line, colon + 2),
                    new YamlPlace(value.Place.Line, value.Place.Column),
                    " "
                ),
            ]
            : [];
    }

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items)
        {
            if (
                item.Field.Length > 0
                && item.Value is YamlValue.Sequence { Items: [YamlValue.Scalar value] }
            )
            {
                yield return new LintHit(
                    item.Key.Place,
                    $"'{item.Key.Text}' lists one value.",
                    "Write the value behind the colon.",
                    Edits(document, item.Key, value)
                );
            }
        }
    }
}
