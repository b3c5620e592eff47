using System.Globalization;
using System.Text;
using Harrier.Sigma.Conditions;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;

namespace Harrier.Sigma.Converting;

/// <summary>One document on its way from a condition that counts to a correlation.</summary>
/// <param name="start">Index of its first line.</param>
/// <param name="end">Index of the line after its last.</param>
/// <param name="names">Names that are taken in the file.</param>
sealed class LegacyDocument(
    LintDocument document,
    int start,
    int end,
    string? timespan,
    HashSet<string> names
)
{
    const int LongestName = 60;

    /// <summary>Attributes that speak of what is alerted: the correlation has them too.</summary>
    static readonly string[] s_shared =
    [
        "references",
        "author",
        "date",
        "modified",
        "tags",
        "falsepositives",
        "level",
    ];

    readonly List<SigmaDiagnostic> _notices = [];

    public IReadOnlyList<SigmaDiagnostic> Notices => _notices;

    YamlValue.Scalar Condition => document.Conditions[0];

    /// <summary>The lines of the documents that take its place; null where it counts nothing.</summary>
    /// <exception cref="RuleRefused">It counts, and can't be converted.</exception>
    public IReadOnlyList<string>? Convert()
    {
        if (document.Conditions.FirstOrDefault(Counts) is not { } counting)
        {
            return null;
        }

        if (document.Conditions.Count > 1)
        {
            throw Refused(
                counting.Place,
                "Of several conditions one counts.",
                "Write a rule for each."
            );
        }

        if (document.Map.Find("action") is { } action)
        {
            throw Refused(
                action.Place,
                "The documents of this file complete each other by 'action'.",
                "Write each of them out first."
            );
        }

        if (document.Written(Condition) is null)
        {
            throw Refused(
                Condition.Place,
                "The condition is written over several lines, or with escapes.",
                "Write it on one line first."
            );
        }

        var bar = Condition.Text.IndexOf('|', StringComparison.Ordinal);
        var (head, tail) = (Condition.Text[..bar].Trim(), Condition.Text[bar..].Trim());
        var name = NewName(
            document.Scalar("name")?.Text ?? document.Scalar("title")?.Text ?? "rule",
            document.Scalar("name") is not null
        );
        return Aggregations.IsNear(tail) ? Near(head, tail, name) : Counted(head, tail, name);
    }

    static bool Counts(YamlValue.Scalar condition) =>
        condition.Text.Contains('|', StringComparison.Ordinal);

    List<string> Counted(string head, string tail, string name)
    {
        var counted = Aggregations.Read(tail);
        if (counted?.Type is null)
        {
            throw Refused(
                Condition.Place,
                counted is null
                    ? $"'{tail}' is not understood."
                    : "There is no correlation for the least or greatest value.",
                counted is null
                    ? "Known are count, sum and avg of a field, by fields, compared to a number."
                    : "Compare the field in the rule itself with gt or lt."
            );
        }

        if (counted.Operator is "lt" or "lte" or "eq")
        {
            Notice(
                $"'{tail}' asks for few events, or a number of them: a correlation holds as soon as that many are there, also when more follow. For what is rare: harrier stack COLUMN --rare."
            );
        }

        var lines = Base(head, name, []);
        lines.AddRange(
            Correlation(
                name,
                tail,
                counted.Type,
                [name],
                counted.GroupBy,
                [
                    $"        {counted.Operator}: {counted.Limit}",
                    .. counted.Field.Length > 0
                        ? [$"        field: {counted.Field}"]
                        : (string[])[],
                ]
            )
        );
        return lines;
    }

    List<string> Near(string head, string tail, string name)
    {
        var selections = document.Selections.Select(entry => entry.Key.Text).ToList();
        var first = ConditionParser.Parse(head, Condition.Place, selections);
        var text = tail[1..].TrimStart()["near".Length..].Trim();
        var others = ConditionParser.Parse(text, Condition.Place, selections);
        var parts = Truth
            .Names(others)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(
                selection => selection,
                selection => NewName($"{name}_{selection}", false),
                StringComparer.Ordinal
            );
        var used = Truth.Names(first).ToHashSet(StringComparer.Ordinal);
        var lines = Base(head, name, [.. parts.Keys.Where(selection => !used.Contains(selection))]);
        foreach (var (selection, part) in parts)
        {
            lines.AddRange(Part(selection, part));
        }

        var isPlain = others switch
        {
            ConditionTree.Name => true,
            ConditionTree.And and => and.Terms.All(term => term is ConditionTree.Name),
            _ => false,
        };
        if (!isPlain)
        {
            Notice(
                "The parts are joined by more than 'and': the correlation's condition is in words, which not every engine reads; with 'not', it is told when its timespan is over."
            );
        }

        Notice(
            "'near' had no group: the parts may happen on different hosts. Add group-by where they belong to one."
        );
        lines.AddRange(
            Correlation(
                name,
                tail,
                "temporal",
                [name, .. parts.Values],
                [],
                isPlain ? [] : [$" {name} and {InParentheses(others, Written(others, parts))}"]
            )
        );
        return lines;
    }

    static string InParentheses(ConditionTree tree, string text) =>
        tree is ConditionTree.Or ? $"({text})" : text;

    static string Written(ConditionTree tree, Dictionary<string, string> parts) =>
        tree switch
        {
            ConditionTree.And and => string.Join(
                " and ",
                and.Terms.Select(term => InParentheses(term, Written(term, parts)))
            ),
            ConditionTree.Or or => string.Join(
                " or ",
                or.Terms.Select(term =>
                    term is ConditionTree.And ? $"({Written(term, parts)})" : Written(term, parts)
                )
            ),
            ConditionTree.Not { Term: ConditionTree.Name } not => $"not {Written(not.Term, parts)}",
            ConditionTree.Not not => $"not ({Written(not.Term, parts)})",
            ConditionTree.Name one => parts[one.Text],
            _ => "",
        };

    /// <summary>The document itself, without what counts: with a name, and without selections that went into rules of their own.</summary>
    List<string> Base(string head, string name, IReadOnlyCollection<string> moved)
    {
        var lines = new List<string>();
        var gone = moved
            .Select(selection => Block(document.Detection!, selection))
            .Append(Block(document.Detection!, "timeframe"))
            .ToList();
        for (var index = start; index < end; index++)
        {
            if (gone.Exists(block => index >= block.From && index < block.To))
            {
                continue;
            }

            var line = document.Lines[index];
            if (index == Condition.Place.Line - 1)
            {
                line = Replaced(line, Condition, document.Like(Condition, head));
            }

            if (
                document.Scalar("status") is { Text: "unsupported" } status
                && index == status.Place.Line - 1
                && document.Written(status) is not null
            )
            {
                line = Replaced(line, status, "experimental");
            }

            lines.Add(line);
            if (document.Scalar("name") is null && index == LastLine(document.Map, "title") - 1)
            {
                lines.Add($"name: {name}");
            }
        }

        while (lines is [.., var last] && string.IsNullOrWhiteSpace(last))
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    string Replaced(string line, YamlValue.Scalar scalar, string written) =>
        line[..(scalar.Place.Column - 1)]
        + written
        + line[(scalar.Place.Column - 1 + document.Written(scalar)!.Value)..];

    /// <summary>A rule of one selection.</summary>
    IEnumerable<string> Part(string selection, string name)
    {
        var source = Block(document.Map, "logsource");
        var block = Block(document.Detection!, selection);
        var indent = document.Lines[block.From][
            ..(document.Lines[block.From].Length - document.Lines[block.From].TrimStart().Length)
        ];
        return
        [
            "---",
            $"title: {LintDocument.Quoted($"{Title}: {selection}")}",
            $"name: {name}",
            "status: experimental",
            .. document.Lines[source.From..source.To],
            "detection:",
            .. document.Lines[block.From..block.To],
            $"{indent}condition: {selection}",
        ];
    }

    string Title => document.Scalar("title")?.Text ?? "Rule";

    /// <param name="condition">Lines below 'condition', or what stands behind it; none: all rules.</param>
    IEnumerable<string> Correlation(
        string name,
        string tail,
        string type,
        IReadOnlyList<string> rules,
        IReadOnlyList<string> groupBy,
        IReadOnlyList<string> condition
    )
    {
        var lines = new List<string>
        {
            "---",
            $"title: {LintDocument.Quoted($"{Title}, Correlated")}",
            $"id: {NameId.Of($"correlation\n{document.Scalar("id")?.Text ?? name}\n{tail}")}",
            "status: experimental",
            $"description: {LintDocument.Quoted($"Correlation of the rule above, whose condition was '{Condition.Text}'.")}",
        };
        lines.AddRange(
            s_shared
                .Where(key => document.Map.Find(key) is not null)
                .Select(key => Block(document.Map, key))
                .SelectMany(block => document.Lines[block.From..block.To])
        );
        lines.AddRange(["correlation:", $"    type: {type}", "    rules:"]);
        lines.AddRange(rules.Select(rule => $"        - {rule}"));
        if (groupBy.Count > 0)
        {
            lines.Add("    group-by:");
            lines.AddRange(groupBy.Select(field => $"        - {field}"));
        }

        lines.Add($"    timespan: {Timespan()}");
        switch (condition)
        {
            case []:
                break;
            case [var words] when words.TrimStart() == words[1..]:
                lines.Add($"    condition:{words}");
                break;
            default:
                lines.Add("    condition:");
                lines.AddRange(condition);
                break;
        }

        return lines;
    }

    /// <summary>With the comment of the timeframe's line.</summary>
    string Timespan()
    {
        if (document.Detection!.Find("timeframe") is not YamlValue.Scalar frame)
        {
            return timespan
                ?? throw Refused(
                    Condition.Place,
                    "The rule has no timeframe, and a correlation needs a timespan.",
                    "Say it: --timespan 5m."
                );
        }

        if (LegacyConverter.TimespanOf(frame.Text) is not { } span)
        {
            throw Refused(
                frame.Place,
                $"'{frame.Text}' is no timeframe.",
                "Write a number and s, m, h, d or w: 5m."
            );
        }

        if (span.IsMonths)
        {
            Notice(
                $"The timeframe {frame.Text} is written as {span.Text}: timespans have no months."
            );
        }

        var line = document.Lines[frame.Place.Line - 1];
        var after = line[
            Math.Min(line.Length, frame.Place.Column - 1 + (document.Written(frame) ?? 0))..
        ]
            .Trim();
        return after.StartsWith('#') ? $"{span.Text} {after}" : span.Text;
    }

    /// <summary>The lines of an entry: its key, what is below it, comments in it. Empty where there is none.</summary>
    (int From, int To) Block(YamlValue.Mapping map, string key)
    {
        var at = map.Entries.ToList().FindIndex(entry => entry.Key.Text == key);
        if (at < 0)
        {
            return (0, 0);
        }

        var place = map.Entries[at].Key.Place;
        var to =
            at + 1 < map.Entries.Count ? map.Entries[at + 1].Key.Place.Line - 1
            : ReferenceEquals(map, document.Map) ? end
            : Block(document.Map, "detection").To;
        // Blank lines and comments before the next key are the next key's, but for comments that are set in.
        while (to > place.Line && IsBetween(document.Lines[to - 1], place.Column))
        {
            to--;
        }

        return (place.Line - 1, to);
    }

    static bool IsBetween(string line, int column) =>
        string.IsNullOrWhiteSpace(line)
        || line.TrimStart() is ['#', ..] && line.Length - line.TrimStart().Length < column;

    int LastLine(YamlValue.Mapping map, string key) => Block(map, key).To;

    /// <summary>Lower case, digits and underscores; each once in a file.</summary>
    string NewName(string text, bool isGiven)
    {
        if (isGiven)
        {
            names.Add(text);
            return text;
        }

        var slug = new StringBuilder();
        foreach (var c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '_')
            {
                slug.Append('_');
            }
        }

        var name = slug.ToString().Trim('_');
        name = name.Length == 0 ? "rule" : name;
        name = name.Length > LongestName ? name[..LongestName].Trim('_') : name;
        var unique = name;
        for (var number = 2; !names.Add(unique); number++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
        }

        return unique;
    }

    void Notice(string message) =>
        _notices.Add(
            new SigmaDiagnostic(
                document.File,
                Condition.Place.Line,
                Condition.Place.Column,
                "legacy",
                message
            )
        );

    static RuleRefused Refused(YamlPlace place, string message, string suggestion) =>
        new(place, "legacy", message, suggestion);
}
