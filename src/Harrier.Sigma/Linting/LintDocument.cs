using Harrier.Sigma.Conditions;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting;

/// <summary>A field with its modifiers and values, or the keywords of a selection (<paramref name="Field"/> empty).</summary>
/// <param name="Key">Where the field is written; for plain keywords the selection's name.</param>
/// <param name="Value">A scalar or a sequence, as written.</param>
sealed record LintItem(
    string Selection,
    YamlValue.Scalar Key,
    string Field,
    IReadOnlyList<string> Modifiers,
    YamlValue Value
)
{
    public IReadOnlyList<YamlValue.Scalar> Values { get; } =
        Value is YamlValue.Sequence list
            ? [.. list.Items.OfType<YamlValue.Scalar>()]
            : [.. new[] { Value }.OfType<YamlValue.Scalar>()];

    /// <summary>Whether values are texts with wildcards.</summary>
    public bool IsText =>
        !Modifiers.Any(one =>
            one is "re" or "cidr" or "exists" or "fieldref" or "lt" or "lte" or "gt" or "gte"
        );

    public bool Has(string modifier) => Modifiers.Contains(modifier, StringComparer.Ordinal);
}

/// <summary>A document of a rule file as checks see it: the tree, the lines, and what could be read of the detection.</summary>
sealed class LintDocument
{
    public LintDocument(string file, string[] lines, YamlValue.Mapping map, bool isFirst)
    {
        (File, Lines, Map, IsFirst) = (file, lines, map, isFirst);
        Detection = map.Find("detection") as YamlValue.Mapping;
        Selections = [.. (Detection?.Entries ?? []).Where(entry => entry.Key.Text != "condition")];
        Items = [.. Selections.SelectMany(entry => ItemsOf(entry.Key, entry.Value))];
        Conditions = Detection?.Find("condition") switch
        {
            YamlValue.Scalar one => [one],
            YamlValue.Sequence list => [.. list.Items.OfType<YamlValue.Scalar>()],
            _ => [],
        };
        Trees = [.. Conditions.Select(Parse).OfType<ConditionTree>()];
    }

    public string File { get; }

    /// <summary>Lines without their ends.</summary>
    public string[] Lines { get; }

    public YamlValue.Mapping Map { get; }
    public bool IsFirst { get; }
    public YamlValue.Mapping? Detection { get; }
    public IReadOnlyList<YamlValue.Entry> Selections { get; }
    public IReadOnlyList<LintItem> Items { get; }
    public IReadOnlyList<YamlValue.Scalar> Conditions { get; }

    /// <summary>Conditions that could be read.</summary>
    public IReadOnlyList<ConditionTree> Trees { get; }

    public YamlValue.Scalar? Scalar(string key) => Map.Find(key) as YamlValue.Scalar;

    public IReadOnlyList<YamlValue.Scalar> List(string key) =>
        Map.Find(key) is YamlValue.Sequence list ? [.. list.Items.OfType<YamlValue.Scalar>()] : [];

    /// <summary>A part of the log source, lower case.</summary>
    public string? Source(string part) =>
        (
            (Map.Find("logsource") as YamlValue.Mapping)?.Find(part) as YamlValue.Scalar
        )?.Text.ToLowerInvariant();

    /// <summary>Length of a scalar as it is written on its line, or null where it is written in a form that we don't touch.</summary>
    public int? Written(YamlValue.Scalar scalar)
    {
        if (scalar.Place.Line < 1 || scalar.Place.Line > Lines.Length)
        {
            return null;
        }

        var line = Lines[scalar.Place.Line - 1];
        var from = scalar.Place.Column - 1;
        string[] forms = scalar.Plain ? [scalar.Text] : [Quoted(scalar.Text), $"\"{scalar.Text}\""];
        foreach (var form in forms)
        {
            if (
                from >= 0
                && from + form.Length <= line.Length
                && string.CompareOrdinal(line, from, form, 0, form.Length) == 0
                && (
                    scalar.Plain
                    || form[0] == '\''
                    || !scalar.Text.Contains('\\', StringComparison.Ordinal)
                )
            )
            {
                return form.Length;
            }
        }

        return null;
    }

    /// <summary>The scalar written anew, or nothing where its form is not one that we touch.</summary>
    public IReadOnlyList<LintEdit> Rewrite(YamlValue.Scalar scalar, string written) =>
        Written(scalar) is { } length
            ?
            [
                new LintEdit(
                    scalar.Place,
                    scalar.Place with
                    {
                        Column = scalar.Place.Column + length,
                    },
                    written
                ),
            ]
            : [];

    /// <summary>Takes out the line of a list's item, where it holds nothing else.</summary>
    public IReadOnlyList<LintEdit> RemoveLine(YamlValue.Scalar scalar) =>
        Written(scalar) is { } length
        && Lines[scalar.Place.Line - 1].Trim() is var line
        && line.StartsWith("- ", StringComparison.Ordinal)
        && line[2..].Trim().Length == length
            ?
            [
                new LintEdit(
                    new YamlPlace(scalar.Place.Line, 1),
                    new YamlPlace(scalar.Place.Line + 1, 1),
                    ""
                ),
            ]
            : [];

    /// <summary>In the key's own quotes, or none.</summary>
    public string Like(YamlValue.Scalar scalar, string text) =>
        scalar.Plain ? text
        : Lines[scalar.Place.Line - 1][scalar.Place.Column - 1] == '"' ? $"\"{text}\""
        : Quoted(text);

    /// <summary>A text as YAML: in single quotes; with escapes in double quotes where it has characters that single quotes can't hold.</summary>
    public static string Quoted(string text) =>
        text.Any(char.IsControl)
            ? $"\"{string.Concat(text.Select(c => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"))}\""
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    ConditionTree? Parse(YamlValue.Scalar condition)
    {
        try
        {
            return ConditionParser.Parse(
                condition.Text,
                condition.Place,
                [.. Selections.Select(entry => entry.Key.Text)]
            );
        }
        catch (RuleRefused)
        {
            // The reader says what is wrong with it.
            return null;
        }
    }

    static IEnumerable<LintItem> ItemsOf(YamlValue.Scalar selection, YamlValue value)
    {
        switch (value)
        {
            case YamlValue.Mapping map:
                foreach (var (key, values) in map.Entries)
                {
                    var parts = key.Text.Split('|');
                    yield return new LintItem(selection.Text, key, parts[0], parts[1..], values);
                }

                break;
            case YamlValue.Sequence list:
                if (list.Items.OfType<YamlValue.Scalar>().Any())
                {
                    yield return new LintItem(selection.Text, selection, "", [], list);
                }

                foreach (
                    var item in list
                        .Items.Where(item => item is not YamlValue.Scalar)
                        .SelectMany(item => ItemsOf(selection, item))
                )
                {
                    yield return item;
                }

                break;
            default:
                yield return new LintItem(selection.Text, selection, "", [], value);
                break;
        }
    }
}
