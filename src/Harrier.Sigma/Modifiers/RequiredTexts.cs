using System.Globalization;
using System.Text.RegularExpressions;

namespace Harrier.Sigma.Modifiers;

/// <summary>Texts of which one stands, in letters of any case, in every value that a regular expression matches.</summary>
/// <remarks>
/// Found by reading the expression once: a part that matches few texts is known by them, in a sequence what stands side by side is
/// put together, and the longest text that can't be missing is kept. What is not understood ends the search, so that the answer
/// is none and never a wrong one. The idea is RE2's (its "prefilter"). ASCII alone: other letters have more forms.
/// </remarks>
sealed class RequiredTexts
{
    /// <summary>A shorter text says too little.</summary>
    const int LeastLength = 2;
    const int MostTexts = 16;
    const int MostLetters = 4;
    const int MostLength = 64;
    const int MostDepth = 64;

    readonly string _pattern;
    int _at;
    int _depth;

    RequiredTexts(string pattern) => _pattern = pattern;

    /// <summary>The texts, folded; null where none are known.</summary>
    /// <param name="pattern">One that .NET takes.</param>
    public static IReadOnlyList<string>? Of(string pattern, RegexOptions options)
    {
        if (options.HasFlag(RegexOptions.IgnorePatternWhitespace))
        {
            return null;
        }

        try
        {
            var reader = new RequiredTexts(pattern);
            var all = reader.Alternatives();
            return
                reader._at < pattern.Length || all.Best is not { } best || Worth(best) < LeastLength
                ? null
                : best;
        }
        catch (NotUnderstood)
        {
            return null;
        }
    }

    /// <summary>What a part of an expression matches.</summary>
    /// <param name="All">All texts that it matches; null where they are many.</param>
    /// <param name="Any">Texts of which one is in each that it matches; null where none are known.</param>
    readonly record struct Part(string[]? All, string[]? Any)
    {
        public static readonly Part Unknown = new(null, null);
        public static readonly Part Nothing = new([""], null);

        public string[]? Best => Better(All, Any);
    }

    static int Worth(string[]? texts) =>
        texts is null || texts.Length == 0 ? 0 : texts.Min(text => text.Length);

    static string[]? Better(string[]? one, string[]? other) =>
        Worth(other) > Worth(one) ? other : one;

    Part Alternatives()
    {
        if (++_depth > MostDepth)
        {
            throw new NotUnderstood();
        }

        var part = Sequence();
        while (_at < _pattern.Length && _pattern[_at] == '|')
        {
            _at++;
            var next = Sequence();
            part = new Part(Union(part.All, next.All), Union(part.Best, next.Best));
        }

        _depth--;
        return part;
    }

    static string[]? Union(string[]? one, string[]? other) =>
        one is null || other is null || one.Length + other.Length > MostTexts
            ? null
            : [.. one.Union(other, StringComparer.Ordinal)];

    Part Sequence()
    {
        string[] beside = [""];
        string[]? any = null;
        var isAll = true;
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            var part = Repeated(One());
            var together = part.All is null ? null : Product(beside, part.All);
            if (together is null)
            {
                any = Better(Better(any, beside), part.Best);
                beside = part.All ?? [""];
                isAll = false;
            }
            else
            {
                beside = together;
            }
        }

        return isAll ? new Part(beside, null) : new Part(null, Better(any, beside));
    }

    static string[]? Product(string[] firsts, string[] seconds) =>
        firsts.Length * seconds.Length > MostTexts
        || firsts.Max(text => text.Length) + seconds.Max(text => text.Length) > MostLength
            ? null
            :
            [
                .. firsts
                    .SelectMany(_ => seconds, (first, second) => first + second)
                    .Distinct(StringComparer.Ordinal),
            ];

    Part One()
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return Class();
            case '\\':
                return Escape();
            case '.':
                return Part.Unknown;
            case '^' or '$':
                return Part.Nothing;
            case '*' or '+' or '?':
                throw new NotUnderstood();
            default:
                return Letter(c);
        }
    }

    static Part Letter(char c) =>
        char.IsAscii(c) ? new Part([char.ToLowerInvariant(c).ToString()], null) : Part.Unknown;

    Part Group()
    {
        if (_at < _pattern.Length && _pattern[_at] == '?')
        {
            // Of options only those that change nothing here.
            var end = _at + 1;
            while (end < _pattern.Length && _pattern[end] is 'i' or 's' or 'm' or 'n')
            {
                end++;
            }

            if (end < _pattern.Length && _pattern[end] == ')')
            {
                _at = end + 1;
                return Part.Nothing;
            }

            if (end >= _pattern.Length || _pattern[end] != ':')
            {
                throw new NotUnderstood();
            }

            _at = end + 1;
        }

        var part = Alternatives();
        Take(')');
        return part;
    }

    void Take(char c)
    {
        if (_at >= _pattern.Length || _pattern[_at++] != c)
        {
            throw new NotUnderstood();
        }
    }

    Part Escape()
    {
        var c = Next();
        return c switch
        {
            'd' or 'D' or 'w' or 'W' or 's' or 'S' => Part.Unknown,
            'b' or 'B' or 'A' or 'z' or 'Z' => Part.Nothing,
            _ => Letter(Escaped(c)),
        };
    }

    char Next() => _at < _pattern.Length ? _pattern[_at++] : throw new NotUnderstood();

    char Escaped(char c) =>
        c switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            'e' => '\e',
            'a' => '\a',
            'x' => Hex(2),
            'u' => Hex(4),
            _ when char.IsAsciiLetterOrDigit(c) || c == '_' => throw new NotUnderstood(),
            _ => c,
        };

    char Hex(int digits)
    {
        if (
            _at + digits > _pattern.Length
            || !ushort.TryParse(
                _pattern.AsSpan(_at, digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var code
            )
        )
        {
            throw new NotUnderstood();
        }

        _at += digits;
        return (char)code;
    }

    /// <summary>A class of few letters is its letters.</summary>
    Part Class()
    {
        var isNegated = _at < _pattern.Length && _pattern[_at] == '^';
        _at += isNegated ? 1 : 0;
        var letters = new HashSet<char>();
        var isFew = !isNegated;
        for (var first = true; ; first = false)
        {
            var c = Next();
            if (c == ']' && !first)
            {
                break;
            }

            if (c == '[' || (c == '-' && !first && _at < _pattern.Length && _pattern[_at] != ']'))
            {
                // A class taken away from another, or one by name.
                throw new NotUnderstood();
            }

            if (c == '\\')
            {
                c = Next();
                if (c is 'd' or 'D' or 'w' or 'W' or 's' or 'S')
                {
                    isFew = false;
                    continue;
                }

                c = c == 'b' ? '\b' : Escaped(c);
            }

            var last = c;
            if (
                _at + 1 < _pattern.Length
                && _pattern[_at] == '-'
                && _pattern[_at + 1] is not (']' or '[')
            )
            {
                _at++;
                last = Next();
                last = last == '\\' ? Escaped(Next()) : last;
            }

            isFew = isFew && last - c < MostLetters && char.IsAscii(last);
            for (var letter = c; isFew && letter <= last; letter++)
            {
                letters.Add(char.ToLowerInvariant(letter));
            }
        }

        return isFew && letters.Count is > 0 and <= MostLetters
            ? new Part(
                [.. letters.Select(letter => letter.ToString()).Order(StringComparer.Ordinal)],
                null
            )
            : Part.Unknown;
    }

    /// <summary>A part with what says how often it stands there.</summary>
    Part Repeated(Part part)
    {
        if (_at >= _pattern.Length || Count() is not var (least, most))
        {
            return part;
        }

        if (_at < _pattern.Length && _pattern[_at] == '?')
        {
            _at++;
        }

        if (_at < _pattern.Length && (_pattern[_at] is '*' or '+' or '?' || Count() is not null))
        {
            throw new NotUnderstood();
        }

        return (least, most) switch
        {
            (1, 1) => part,
            (0, 1) when part.All is { } all => new Part(Union([""], all), null),
            (0, _) => Part.Unknown,
            _ => new Part(null, part.Best),
        };
    }

    /// <summary>Reads a count; null where there is none.</summary>
    (int Least, int Most)? Count()
    {
        switch (_pattern[_at])
        {
            case '*':
                _at++;
                return (0, int.MaxValue);
            case '+':
                _at++;
                return (1, int.MaxValue);
            case '?':
                _at++;
                return (0, 1);
            case '{':
                var end = _pattern.IndexOf('}', _at);
                var counts = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
                // Braces that hold no count are letters.
                if (
                    counts.Length is 1 or 2
                    && counts[0].Length > 0
                    && counts.All(count => count.All(char.IsAsciiDigit) && count.Length < 9)
                )
                {
                    _at = end + 1;
                    var least = int.Parse(counts[0], CultureInfo.InvariantCulture);
                    return (
                        least,
                        counts.Length == 1 ? least
                        : counts[1].Length == 0 ? int.MaxValue
                        : int.Parse(counts[1], CultureInfo.InvariantCulture)
                    );
                }

                return null;
            default:
                return null;
        }
    }

    sealed class NotUnderstood : Exception;
}
