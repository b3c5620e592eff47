using System.Text;
using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;

namespace Harrier.Sigma.Tuning;

/// <summary>Writes a filter document that a person reads, changes and keeps.</summary>
public static class FilterDraft
{
    /// <param name="why">What it was drafted from, one sentence.</param>
    /// <param name="today">Date of the document.</param>
    /// <exception cref="HarrierFault">The rule has neither id nor name, so that no filter can speak of it.</exception>
    public static string Yaml(
        SigmaRule rule,
        IReadOnlyList<FilterClause> clauses,
        string why,
        DateOnly today
    )
    {
        var reference =
            rule.Id
            ?? rule.Name
            ?? throw new HarrierFault(
                FaultKind.Usage,
                "The rule has neither an id nor a name, so that no filter can speak of it.",
                $"{rule.File}:{rule.Line}",
                "Give it an id: a UUID."
            );
        var selections = new StringBuilder();
        for (var index = 0; index < clauses.Count; index++)
        {
            selections.Append($"    # {clauses[index].Benign} hits judged benign");
            selections.Append(
                clauses[index].Others > 0 ? $", {clauses[index].Others} that nobody judged\n" : "\n"
            );
            selections.Append($"    selection_{index + 1}:\n");
            foreach (var test in clauses[index].Tests)
            {
                var field =
                    test.Modifier.Length == 0 ? test.Field : $"{test.Field}|{test.Modifier}";
                selections.Append($"        {field}: {Quoted(Escape(test.Value))}\n");
            }
        }

        var source = new StringBuilder();
        foreach (
            var (key, value) in new[]
            {
                ("category", rule.Logsource.Category),
                ("product", rule.Logsource.Product),
                ("service", rule.Logsource.Service),
            }
        )
        {
            source.Append(value is null ? "" : $"    {key}: {Plain(value)}\n");
        }

        const int MostTitle = 256;
        var title = $"Benign Of {rule.Title}";
        return $"""
            title: {Quoted(title.Length > MostTitle ? title[..MostTitle] : title)}
            id: {IdOf(reference, selections.ToString())}
            status: experimental
            description: {Quoted(why)}
            date: {today:yyyy-MM-dd}
            logsource:
            {source}filter:
                rules:
                    - {Plain(reference)}
            {selections}    condition: not {(
                clauses.Count == 1 ? "selection_1" : "1 of selection_*"
            )}

            """.ReplaceLineEndings(
            "\n"
        );
    }

    /// <summary>A value of Sigma that means exactly this text: no star, question mark or backslash of it means anything else.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        for (var index = 0; index < text.Length; )
        {
            if (text[index] is '*' or '?')
            {
                escaped.Append('\\').Append(text[index++]);
                continue;
            }

            var end = index;
            while (end < text.Length && text[end] == '\\')
            {
                end++;
            }

            // A backslash alone is itself; several, or one before a wildcard, are written twice.
            var run = end - index;
            var isAlone = run == 1 && (end == text.Length || text[end] is not ('*' or '?'));
            escaped.Append('\\', isAlone ? 1 : run * 2);
            index = end;
            if (run == 0)
            {
                escaped.Append(text[index++]);
            }
        }

        return escaped.ToString();
    }

    /// <summary>Without quotes where YAML reads the text as itself.</summary>
    static string Plain(string text) =>
        char.IsAsciiLetter(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? text
            : Quoted(text);

    static string Quoted(string text) => LintDocument.Quoted(text);

    /// <summary>A UUID of version 8 (RFC 9562) made of what the filter says: the same draft has the same id.</summary>
    static Guid IdOf(string reference, string selections) =>
        NameId.Of($"filter\n{reference}\n{selections}");
}
