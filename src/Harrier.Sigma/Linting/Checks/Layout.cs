using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>UTF-8 without a mark, lines that end in LF, no blanks at their ends, no tabs.</summary>
static class Layout
{
    public static LintCheck Check { get; } =
        new(
            "layout",
            LintSeverity.Note,
            "UTF-8 without a mark, lines that end in LF, no blanks at their ends, no tabs.",
            Find
        );

    /// <summary>Lines on which a text of several lines may stand: from a scalar that is not written on its line to the next node.</summary>
    static void Texts(YamlValue.Mapping map, int lines, HashSet<int> inside)
    {
        var scalars = new List<YamlValue.Scalar>();
        Collect(map, scalars);
        scalars.Sort((left, right) => left.Place.Line.CompareTo(right.Place.Line));
        for (var index = 0; index < scalars.Count; index++)
        {
            var from = scalars[index].Place.Line;
            var next = index + 1 < scalars.Count ? scalars[index + 1].Place.Line : lines + 1;
            if (next - from > 1 && !scalars[index].Plain)
            {
                for (var line = from; line < next; line++)
                {
                    inside.Add(line);
                }
            }
        }
    }

    static void Collect(YamlValue value, List<YamlValue.Scalar> scalars)
    {
        switch (value)
        {
            case YamlValue.Scalar scalar:
                scalars.Add(scalar);
                break;
            case YamlValue.Sequence list:
                foreach (var item in list.Items)
                {
                    Collect(item, scalars);
                }

                break;
            case YamlValue.Mapping map:
                foreach (var (key, item) in map.Entries)
                {
                    scalars.Add(key);
                    Collect(item, scalars);
                }

                break;
            default:
                break;
        }
    }

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (!document.IsFirst)
        {
            yield break;
        }

        // Blanks at the end of a line of a block text belong to the text, as those inside quotes do.
        var inside = new HashSet<int>();
        Texts(document.Map, document.Lines.Length, inside);
        for (var index = 0; index < document.Lines.Length; index++)
        {
            var line = document.Lines[index];
            var trimmed = line.TrimEnd(' ', '\t');
            if (trimmed.Length < line.Length && !inside.Contains(index + 1))
            {
                yield return new LintHit(
                    new YamlPlace(index + 1, trimmed.Length + 1),
                    "The line ends in blanks.",
                    "Leave them out.",
                    [
                        new LintEdit(
                            new YamlPlace(index + 1, trimmed.Length + 1),
                            new YamlPlace(index + 1, line.Length + 1),
                            ""
                        ),
                    ]
                );
            }
        }

        if (document.Lines[0].StartsWith('\uFEFF'))
        {
            yield return new LintHit(
                new YamlPlace(1, 1),
                "The file begins with a mark of byte order.",
                "Save it as UTF-8 without one.",
                [new LintEdit(new YamlPlace(1, 1), new YamlPlace(1, 2), "")]
            );
        }
    }
}
