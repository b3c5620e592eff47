using System.Text;

namespace Harrier.Intel.Text;

/// <summary>A line with its defanging undone, and where it was undone.</summary>
/// <param name="Text">The line as the adversary would write it.</param>
/// <param name="Marks">For each character of <paramref name="Text"/>: whether it stands for something defanged.</param>
sealed record RefangedLine(string Text, bool[] Marks)
{
    /// <summary>Whether anything between two positions was defanged: then an author meant it as an indicator.</summary>
    public bool IsDefanged(int start, int end) => Marks.AsSpan(start, end - start).Contains(true);
}

/// <summary>
/// Undoes what authors do so that nobody clicks: <c>hxxps[://]evil[.]example</c>, <c>evil(dot)example</c>,
/// <c>user[at]evil{.}example</c>.
/// </summary>
static class Refang
{
    // Longest first, so that '[://]' is not read as '[:' and the rest.
    static readonly (string Written, string Meant)[] s_brackets =
    [
        ("[://]", "://"),
        ("(://)", "://"),
        ("{://}", "://"),
        ("[:]//", "://"),
        ("(:)//", "://"),
        (":[//]", "://"),
        ("[:/]/", "://"),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("<dot>", "."),
        ("[d0t]", "."),
        ("[at]", "@"),
        ("(at)", "@"),
        ("{at}", "@"),
        ("<at>", "@"),
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("<.>", "."),
        ("[,]", "."),
        ("[@]", "@"),
        ("(@)", "@"),
        ("{@}", "@"),
        ("[:]", ":"),
        ("(:)", ":"),
        ("[/]", "/"),
        ("[//]", "//"),
        ("[.", "."),
        (".]", "."),
        ("\\.", "."),
    ];

    static readonly string[] s_schemes =
    [
        "hxxps",
        "hxxp",
        "hxtps",
        "hxtp",
        "htxps",
        "htxp",
        "h**ps",
        "h**p",
        "meows",
        "meow",
        "fxps",
        "fxp",
    ];
    static readonly string[] s_meantSchemes =
    [
        "https",
        "http",
        "https",
        "http",
        "https",
        "http",
        "https",
        "http",
        "https",
        "http",
        "ftps",
        "ftp",
    ];

    static readonly string[] s_spelled =
    [
        "com",
        "net",
        "org",
        "info",
        "biz",
        "io",
        "ru",
        "cn",
        "xyz",
        "onion",
    ];

    public static RefangedLine Line(ReadOnlySpan<char> line)
    {
        var text = new StringBuilder(line.Length);
        var marks = new List<bool>(line.Length);
        var at = 0;
        while (at < line.Length)
        {
            if (
                Bracketed(line, ref at, text, marks)
                || Scheme(line, ref at, text, marks)
                || SpelledDot(line, ref at, text, marks)
            )
            {
                continue;
            }

            text.Append(line[at++]);
            marks.Add(false);
        }

        return new RefangedLine(text.ToString(), [.. marks]);
    }

    static bool Bracketed(ReadOnlySpan<char> line, ref int at, StringBuilder text, List<bool> marks)
    {
        if (line[at] is not ('[' or '(' or '{' or '<' or ':' or '.' or '\\' or ' '))
        {
            return false;
        }

        // 'evil [.] example' and 'evil [dot] example': the blanks belong to the dot.
        var start = at;
        while (start < line.Length && line[start] == ' ' && start - at < 3)
        {
            start++;
        }

        if (start >= line.Length || (start > at && line[start] is not ('[' or '(' or '{')))
        {
            return false;
        }

        foreach (var (written, meant) in s_brackets)
        {
            if (!line[start..].StartsWith(written, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var end = start + written.Length;
            // '[.' and '.]' stand alone only between letters: 'list[.count]' and a sentence's end are not defanged.
            if (written.Length == 2 && !(IsWord(line, start - 1) && IsWord(line, end)))
            {
                continue;
            }

            if (start > at)
            {
                if (meant is not ("." or "@") || !IsWord(line, at - 1))
                {
                    continue;
                }

                while (end < line.Length && line[end] == ' ' && end - start < 12)
                {
                    end++;
                }
            }

            text.Append(meant);
            marks.AddRange(Enumerable.Repeat(true, meant.Length));
            at = end;
            return true;
        }

        return false;
    }

    static bool Scheme(ReadOnlySpan<char> line, ref int at, StringBuilder text, List<bool> marks)
    {
        if (line[at] is not ('h' or 'H' or 'm' or 'M' or 'f' or 'F') || IsWord(line, at - 1))
        {
            return false;
        }

        for (var i = 0; i < s_schemes.Length; i++)
        {
            if (
                line[at..].StartsWith(s_schemes[i], StringComparison.OrdinalIgnoreCase)
                && at + s_schemes[i].Length is var end
                && end < line.Length
                && line[end] is ':' or '[' or '(' or '{'
            )
            {
                text.Append(s_meantSchemes[i]);
                marks.AddRange(Enumerable.Repeat(true, s_meantSchemes[i].Length));
                at = end;
                return true;
            }
        }

        return false;
    }

    /// <summary><c>evil dot example</c>, only before a few top-level domains that are no words: prose has dots too.</summary>
    static bool SpelledDot(
        ReadOnlySpan<char> line,
        ref int at,
        StringBuilder text,
        List<bool> marks
    )
    {
        if (
            line[at] != ' '
            || !line[at..].StartsWith(" dot ", StringComparison.OrdinalIgnoreCase)
            || !IsWord(line, at - 1)
        )
        {
            return false;
        }

        var end = at + 5;
        while (IsWord(line, end))
        {
            end++;
        }

        var top = line[(at + 5)..end].ToString();
        if (!s_spelled.Contains(top, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        text.Append('.');
        marks.Add(true);
        at += 5;
        return true;
    }

    static bool IsWord(ReadOnlySpan<char> line, int at) =>
        at >= 0 && at < line.Length && char.IsLetterOrDigit(line[at]);
}
