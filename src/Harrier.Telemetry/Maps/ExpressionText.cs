namespace Harrier.Telemetry.Maps;

/// <summary>Cuts the text of expressions at its marks; what stands in 'single' or "double" quotes is never cut.</summary>
/// <remarks>A quote opens only where a word begins, so that <c>after User's</c> is what it looks like.</remarks>
static class ExpressionText
{
    /// <summary>The parts between marks, trimmed, quotes still on.</summary>
    public static List<string> Split(string text, string mark)
    {
        var parts = new List<string>();
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (QuoteEnd(text, at) is { } end)
            {
                at = end;
            }
            else if (string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0)
            {
                parts.Add(text[from..at].Trim());
                at += mark.Length - 1;
                from = at + 1;
            }
        }

        parts.Add(text[from..].Trim());
        return parts;
    }

    /// <summary>The words between spaces, quotes taken off: <c>'Log on'=logon</c> is one word, <c>Log on=logon</c>.</summary>
    public static List<string> Words(string text) =>
        [
            .. Split(text, " ")
                .Where(word => word.Length > 0)
                .Select(word =>
                    QuoteEnd(word, 0) is { } end ? word[1..end] + word[(end + 1)..] : word
                ),
        ];

    /// <summary>What stands in the quote that is the whole text; else null.</summary>
    public static string? Quoted(string text, char quote) =>
        text.Length > 1 && text[0] == quote && QuoteEnd(text, 0) == text.Length - 1
            ? text[1..^1]
            : null;

    /// <summary>Where the quote ends that opens at <paramref name="at"/>; null where none opens or it does not end.</summary>
    public static int? QuoteEnd(string text, int at)
    {
        if (text[at] is not ('\'' or '"') || (at > 0 && text[at - 1] != ' '))
        {
            return null;
        }

        var end = text.IndexOf(text[at], at + 1);
        return end < 0 ? null : end;
    }
}
