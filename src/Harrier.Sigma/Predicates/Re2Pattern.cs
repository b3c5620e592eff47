using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Harrier.Sigma.Predicates;

/// <summary>Writes a regular expression in RE2's language, which stores speak, so that it holds for the same texts as .NET's does here.</summary>
/// <remarks>
/// The two fold some letters differently (the long s), read <c>$</c> and <c>\b</c> differently, and RE2 counts code points where .NET
/// counts UTF-16 units. Case is therefore written out, and what can't be said exactly is given up.
/// </remarks>
sealed class Re2Pattern
{
    /// <summary>Repetitions that RE2 takes.</summary>
    const int MaxRepeat = 1_000;

    const int LastRune = 0x10FFFF;
    const int KelvinSign = 0x212A;

    readonly string _pattern;
    readonly bool _ignoreCase;
    readonly bool _multiline;
    readonly StringBuilder _written = new();
    int _at;

    Re2Pattern(string pattern, RegexOptions options)
    {
        const string Inline = "(?i)";
        _pattern = pattern;
        _ignoreCase = options.HasFlag(RegexOptions.IgnoreCase);
        _multiline = options.HasFlag(RegexOptions.Multiline);
        if (options.HasFlag(RegexOptions.Singleline))
        {
            _written.Append("(?s)");
        }

        if (pattern.StartsWith(Inline, StringComparison.Ordinal))
        {
            _ignoreCase = true;
            _at = Inline.Length;
        }
    }

    /// <summary>A text as an expression for itself.</summary>
    public static string Quote(string text)
    {
        var pattern = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            Append(pattern, rune.Value);
        }

        return pattern.ToString();
    }

    /// <summary>The same expression; null where RE2 has no way to say it.</summary>
    /// <param name="pattern">One that .NET takes, its <c>\d \w \s</c> meaning ASCII.</param>
    public static string? Of(string pattern, RegexOptions options)
    {
        var re2 = new Re2Pattern(pattern, options);
        while (re2._at < pattern.Length)
        {
            if (!re2.Next())
            {
                return null;
            }
        }

        return re2._written.ToString();
    }

    /// <summary>Writes what stands next; false where it can't be said.</summary>
    bool Next()
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '\\':
                return _at < _pattern.Length
                    && Escape(_pattern[_at++]) is { } ranges
                    && Write(ranges, isNegated: false);
            case '[':
                return Class();
            case '(' when _at < _pattern.Length && _pattern[_at] == '?':
                // Of the kinds of groups only the one that captures nothing.
                if (string.CompareOrdinal(_pattern, _at, "?:", 0, 2) != 0)
                {
                    return false;
                }

                _written.Append("(?:");
                _at += 2;
                return true;
            case '{':
                return Repeat();
            case '^':
                _written.Append(_multiline ? "(?m:^)" : "^");
                return true;
            case '$':
                // .NET's holds in front of a last line break too.
                _written.Append(_multiline ? "(?m:$)" : @"(?:\n?\z)");
                return true;
            case '(' or ')' or '|' or '*' or '+' or '?' or '.':
                _written.Append(c);
                return true;
            default:
                return !char.IsSurrogate(c) && Write([(c, c)], isNegated: false);
        }
    }

    bool Repeat()
    {
        var end = _pattern.IndexOf('}', _at);
        var parts = end < 0 ? [] : _pattern[_at..end].Split(',');
        if (
            parts.Length is not (1 or 2)
            || parts[0].Length == 0
            || !parts.All(part => part.All(char.IsAsciiDigit))
        )
        {
            // A brace that repeats nothing is itself.
            return Write([('{', '{')], isNegated: false);
        }

        if (
            parts.Any(part =>
                part.Length > 4
                || (part.Length > 0 && int.Parse(part, CultureInfo.InvariantCulture) > MaxRepeat)
            )
        )
        {
            return false;
        }

        _written.Append('{').Append(_pattern, _at, end + 1 - _at);
        _at = end + 1;
        return true;
    }

    bool Class()
    {
        var isNegated = _at < _pattern.Length && _pattern[_at] == '^';
        _at += isNegated ? 1 : 0;
        var ranges = new List<(int First, int Last)>();
        for (var start = _at; _at < _pattern.Length; )
        {
            if (_pattern[_at] == ']' && _at > start)
            {
                _at++;
                return Write(ranges, isNegated);
            }

            // "-[" takes something out of a class in .NET.
            if (
                _pattern[_at] == '[' && _at > start && _pattern[_at - 1] == '-'
                || Member() is not { } member
            )
            {
                return false;
            }

            var isRange =
                _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']';
            if (!isRange)
            {
                ranges.AddRange(member);
                continue;
            }

            _at++;
            if (
                _pattern[_at] == '['
                || member is not [var (first, same)]
                || first != same
                || Member() is not [var (last, end)]
                || last != end
            )
            {
                return false;
            }

            ranges.Add((first, last));
        }

        return false;
    }

    /// <summary>What one character or escape of a class means.</summary>
    IReadOnlyList<(int First, int Last)>? Member()
    {
        var c = _pattern[_at++];
        return c == '\\' ? (_at < _pattern.Length ? Escape(_pattern[_at++]) : null)
            : char.IsSurrogate(c) ? null
            : [(c, c)];
    }

    static IReadOnlyList<(int First, int Last)>? Escape(char escape) =>
        escape switch
        {
            'd' => [('0', '9')],
            'D' => [(0, '0' - 1), ('9' + 1, LastRune)],
            'w' => [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            'W' =>
            [
                (0, '0' - 1),
                ('9' + 1, 'A' - 1),
                ('Z' + 1, '_' - 1),
                ('`', '`'),
                ('z' + 1, LastRune),
            ],
            's' => [('\t', '\r'), (' ', ' ')],
            'S' => [(0, '\t' - 1), ('\r' + 1, ' ' - 1), (' ' + 1, LastRune)],
            't' => [('\t', '\t')],
            'n' => [('\n', '\n')],
            'r' => [('\r', '\r')],
            'f' => [('\f', '\f')],
            'v' => [('\v', '\v')],
            // \b means Unicode's words in .NET; other letters, and digits, something else in each.
            _ when char.IsAsciiLetterOrDigit(escape) || char.IsSurrogate(escape) => null,
            _ => [(escape, escape)],
        };

    /// <summary>Writes a set of characters, with both cases of its letters where case is ignored.</summary>
    bool Write(IReadOnlyList<(int First, int Last)> ranges, bool isNegated)
    {
        if (_ignoreCase)
        {
            // Letters beyond ASCII fold as each engine's table says.
            if (
                ranges.Any(range =>
                    range.First > 0x7F || (range.Last > 0x7F && range.Last != LastRune)
                )
            )
            {
                return false;
            }

            ranges = [.. ranges, .. ranges.SelectMany(OtherCase)];
        }

        if (!isNegated && ranges is [var (first, last)] && first == last)
        {
            Append(_written, first);
            return true;
        }

        // RE2 takes a class of both cases of a letter beside an alternative for the letter without case: then the long s and
        // the Kelvin sign are in it too.
        if (!isNegated && (IsBothCases(ranges, 's', 'S') || IsBothCases(ranges, 'k', 'K')))
        {
            _written.Append(
                CultureInfo.InvariantCulture,
                $"(?:{(char)ranges[0].First}|{(char)ranges[1].First})"
            );
            return true;
        }

        _written.Append(isNegated ? "[^" : "[");
        foreach (var (from, to) in ranges)
        {
            Append(_written, from);
            if (from != to)
            {
                _written.Append('-');
                Append(_written, to);
            }
        }

        _written.Append(']');
        return true;
    }

    static bool IsBothCases(IReadOnlyList<(int First, int Last)> ranges, char lower, char upper) =>
        ranges is [var one, var other]
        && (
            one == (lower, lower) && other == (upper, upper)
            || one == (upper, upper) && other == (lower, lower)
        );

    static IEnumerable<(int First, int Last)> OtherCase((int First, int Last) range)
    {
        const int Distance = 'a' - 'A';
        (int, int, int)[] cases = [('a', 'z', -Distance), ('A', 'Z', Distance)];
        foreach (var (first, last, distance) in cases)
        {
            var (from, to) = (Math.Max(range.First, first), Math.Min(range.Last, last));
            if (from > to)
            {
                continue;
            }

            yield return (from + distance, to + distance);
            var k = distance < 0 ? 'k' : 'K';
            if (from <= k && k <= to)
            {
                yield return (KelvinSign, KelvinSign);
            }
        }
    }

    static void Append(StringBuilder pattern, int rune)
    {
        if (rune < 0x80 && (char.IsAsciiLetterOrDigit((char)rune) || rune is '_' or ' '))
        {
            pattern.Append((char)rune);
        }
        else
        {
            pattern.Append(CultureInfo.InvariantCulture, $@"\x{{{rune:x}}}");
        }
    }
}
