using System.Text;

namespace Harrier.Intel.Csv;

/// <param name="Line">Line of the file where the row begins, from 1.</param>
sealed record CsvRow(int Line, IReadOnlyList<string> Fields);

/// <summary>Rows of a CSV text (RFC 4180), with any of four separators; comment lines (#) and empty lines are passed over.</summary>
/// <remarks>A quote that is never closed ends with its line, so that one slip does not swallow the file.</remarks>
static class CsvTable
{
    const int MaximumFields = 1_000;

    public static IEnumerable<CsvRow> Rows(string text, char separator)
    {
        var at = 0;
        var line = 1;
        while (at < text.Length)
        {
            var row = Row(text, separator, ref at, ref line);
            if (row.Fields.Count > 1 || row.Fields[0].Length > 0)
            {
                yield return row;
            }
        }
    }

    /// <summary>The separator that splits the first row into most fields; null if none does.</summary>
    public static char? SeparatorOf(string text)
    {
        var first = text.AsSpan().TrimStart("\uFEFF\r\n ");
        while (first.Length > 0 && first[0] == '#')
        {
            var next = first.IndexOf('\n');
            first = next < 0 ? default : first[(next + 1)..];
        }

        var end = first.IndexOf('\n');
        var head = end < 0 ? first : first[..end];
        char? best = null;
        var most = 0;
        foreach (var separator in ",;\t|")
        {
            var count = head.Count(separator);
            if (count > most)
            {
                (best, most) = (separator, count);
            }
        }

        return best;
    }

    static CsvRow Row(string text, char separator, ref int at, ref int line)
    {
        var fields = new List<string>();
        var begins = line;
        if (text[at] == '#')
        {
            var end = text.IndexOf('\n', at);
            at = end < 0 ? text.Length : end + 1;
            line++;
            return new CsvRow(begins, [""]);
        }

        while (true)
        {
            var field = Field(text, separator, ref at, ref line);
            if (fields.Count < MaximumFields)
            {
                fields.Add(field);
            }

            if (at >= text.Length)
            {
                return new CsvRow(begins, fields);
            }

            if (text[at++] == '\n')
            {
                line++;
                return new CsvRow(begins, fields);
            }
        }
    }

    /// <summary>Stops at the separator, the line's end or the text's end.</summary>
    static string Field(string text, char separator, ref int at, ref int line)
    {
        if (
            at < text.Length
            && text[at] == '"'
            && Quoted(text, separator, ref at, ref line) is { } quoted
        )
        {
            return quoted;
        }

        var rest = text.AsSpan(at);
        var length = rest.IndexOfAny(separator, '\n');
        length = length < 0 ? rest.Length : length;
        at += length;
        return rest[..length].Trim("\r \t").ToString();
    }

    static string? Quoted(string text, char separator, ref int at, ref int line)
    {
        const int MaximumQuotedLength = 64 * 1024;
        var value = new StringBuilder();
        var newLines = 0;
        for (var i = at + 1; i < text.Length && i - at < MaximumQuotedLength; i++)
        {
            if (text[i] != '"')
            {
                newLines += text[i] == '\n' ? 1 : 0;
                value.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '"')
            {
                value.Append('"');
                i++;
            }
            else
            {
                // What stands between the quote and the separator is dropped, as spreadsheets do.
                var rest = text.AsSpan(i + 1);
                var end = rest.IndexOfAny(separator, '\n');
                at = i + 1 + (end < 0 ? rest.Length : end);
                line += newLines;
                return value.ToString();
            }
        }

        return null;
    }
}
