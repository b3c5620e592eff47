using System.Text;

namespace Harrier.Sigma.Modifiers;

/// <summary>Writes the classes <c>\d \w \s</c> of a regular expression, and their opposites, out as the ASCII characters that Sigma means; .NET means all of Unicode.</summary>
static class AsciiClasses
{
    public static string In(string pattern)
    {
        if (!pattern.Contains('\\', StringComparison.Ordinal))
        {
            return pattern;
        }

        var written = new StringBuilder(pattern.Length + 16);
        var inside = false;
        var first = 0;
        for (var index = 0; index < pattern.Length; index++)
        {
            var c = pattern[index];
            if (c == '\\' && index + 1 < pattern.Length)
            {
                var next = pattern[++index];
                if (Members(next) is { } members)
                {
                    written.Append(inside ? members : $"[{members}]");
                }
                else
                {
                    written.Append(c).Append(next);
                }

                continue;
            }

            if (!inside && c == '[')
            {
                inside = true;
                first = index + 1;
                if (first < pattern.Length && pattern[first] == '^')
                {
                    first++;
                }
            }
            else if (inside && c == ']' && index > first)
            {
                inside = false;
            }

            written.Append(c);
        }

        return written.ToString();
    }

    static string? Members(char escape) =>
        escape switch
        {
            'd' => @"0-9",
            'D' => @"\u0000-\u002F\u003A-\uFFFF",
            'w' => @"0-9A-Z_a-z",
            'W' => @"\u0000-\u002F\u003A-\u0040\u005B-\u005E\u0060\u007B-\uFFFF",
            's' => @"\t-\r\u0020",
            'S' => @"\u0000-\u0008\u000E-\u001F\u0021-\uFFFF",
            _ => null,
        };
}
