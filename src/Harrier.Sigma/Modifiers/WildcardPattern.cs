using System.Text;
using Harrier.Schema;
using Harrier.Sigma.Caching;
using Harrier.Sigma.Language;
using Harrier.Sigma.Predicates;

namespace Harrier.Sigma.Modifiers;

/// <summary>A value with wildcards: <c>*</c> is any run of characters, <c>?</c> exactly one (a code point).</summary>
/// <remarks>
/// A backslash takes the meaning from a wildcard or a backslash after it, and is itself before anything else. Kept as tokens,
/// never as text put together: a backslash at the end of a value must not take the meaning from a star that a modifier adds.
/// </remarks>
sealed class WildcardPattern
{
    // Arrays, as lists of a struct of ours are compiled anew in every process, and each rule has some ten patterns.
    readonly Token[] _tokens;

    WildcardPattern(Token[] tokens) => _tokens = tokens;

    public static WildcardPattern Parse(string text)
    {
        var tokens = new Token[text.Length];
        var count = 0;
        for (var index = 0; index < text.Length; index++)
        {
            var c = text[index];
            if (c == '\\' && index + 1 < text.Length && text[index + 1] is '*' or '?' or '\\')
            {
                tokens[count++] = new Token(Kind.Text, new Rune(text[++index]));
            }
            else if (c is '*')
            {
                tokens[count++] = new Token(Kind.Run, default);
            }
            else if (c is '?')
            {
                tokens[count++] = new Token(Kind.One, default);
            }
            else
            {
                _ = Rune.TryGetRuneAt(text, index, out var rune);
                index += rune.Utf16SequenceLength - 1;
                tokens[count++] = new Token(Kind.Text, rune);
            }
        }

        return new WildcardPattern(tokens[..count]);
    }

    public static WildcardPattern Literal(string text)
    {
        var tokens = new Token[text.Length];
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            tokens[count++] = new Token(Kind.Text, rune);
        }

        return new WildcardPattern(tokens[..count]);
    }

    /// <summary>The plain text, or null where there are wildcards.</summary>
    public string? Text => IndexOf(Kind.One) < 0 && IndexOf(Kind.Run) < 0 ? TextOf(_tokens) : null;

    public WildcardPattern As(TextPart part)
    {
        var run = new Token(Kind.Run, default);
        return part switch
        {
            TextPart.Contains => new WildcardPattern([run, .. _tokens, run]),
            TextPart.Start => new WildcardPattern([.. _tokens, run]),
            TextPart.End => new WildcardPattern([run, .. _tokens]),
            _ => this,
        };
    }

    /// <summary>All patterns in which each dash of a command line's flag is one of the characters that Windows takes for it.</summary>
    /// <returns>Null where there would be too many.</returns>
    public IReadOnlyList<WildcardPattern>? WithDashes()
    {
        const int MostFlags = 4;
        ReadOnlySpan<int> dashes = ['-', '/', 0x2013, 0x2014, 0x2015];
        var places = new List<int>();
        for (var index = 0; index < _tokens.Length - 1; index++)
        {
            if (
                _tokens[index].Kind == Kind.Text
                && dashes.Contains(_tokens[index].Rune.Value)
                && (index == 0 || !_tokens[index - 1].IsWord)
                && _tokens[index + 1].IsWord
            )
            {
                places.Add(index);
            }
        }

        if (places.Count > MostFlags)
        {
            return null;
        }

        var patterns = new List<WildcardPattern> { this };
        foreach (var place in places)
        {
            var more = new List<WildcardPattern>();
            foreach (var pattern in patterns)
            {
                foreach (var dash in dashes)
                {
                    Token[] tokens = [.. pattern._tokens];
                    tokens[place] = new Token(Kind.Text, new Rune(dash));
                    more.Add(new WildcardPattern(tokens));
                }
            }

            patterns = more;
        }

        return patterns;
    }

    public ValueTest Test(bool cased)
    {
        // Runs beside each other mean one.
        var tokens = new Token[_tokens.Length];
        var count = 0;
        foreach (var token in _tokens)
        {
            if (token.Kind != Kind.Run || count == 0 || tokens[count - 1].Kind != Kind.Run)
            {
                tokens[count++] = token;
            }
        }

        return IndexOf(Kind.One) >= 0
            ? new TokenTest(tokens[..count], cased)
            : new RunsTest(Segments(tokens.AsSpan(0, count)), cased);
    }

    int IndexOf(Kind kind)
    {
        for (var index = 0; index < _tokens.Length; index++)
        {
            if (_tokens[index].Kind == kind)
            {
                return index;
            }
        }

        return -1;
    }

    static List<string> Segments(ReadOnlySpan<Token> tokens)
    {
        var segments = new List<string>();
        var start = 0;
        for (var index = 0; index < tokens.Length; index++)
        {
            if (tokens[index].Kind == Kind.Run)
            {
                segments.Add(TextOf(tokens[start..index]));
                start = index + 1;
            }
        }

        segments.Add(TextOf(tokens[start..]));
        return segments;
    }

    static string TextOf(ReadOnlySpan<Token> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        Span<char> units = stackalloc char[2];
        foreach (var token in tokens)
        {
            text.Append(units[..token.Rune.EncodeToUtf16(units)]);
        }

        return text.ToString();
    }

    /// <summary>What <see cref="Test"/> made of runs.</summary>
    public static ValueTest ReadRuns(CacheReader from) =>
        new RunsTest([.. from.Texts()], from.Flag());

    /// <summary>What <see cref="Test"/> made of tokens.</summary>
    public static ValueTest ReadTokens(CacheReader from) =>
        new TokenTest(
            from.List(static from => new Token(
                from.Choice<Kind>(),
                new Rune(from.Below(0x110000))
            )),
            from.Flag()
        );

    enum Kind
    {
        Text,
        One,
        Run,
    }

    readonly record struct Token(Kind Kind, Rune Rune)
    {
        public bool IsWord =>
            Kind == Kind.Text && (Rune.IsLetterOrDigit(Rune) || Rune.Value == '_');
    }

    /// <summary>Texts with any run between them: the common case, found by vectorised search.</summary>
    sealed class RunsTest : ValueTest
    {
        readonly string[] _segments;
        readonly bool _cased;

        public RunsTest(List<string> segments, bool cased) =>
            (_segments, _cased) = (
                [.. segments.Select(text => cased ? text : CaseFolding.Fold(text))],
                cased
            );

        public override void Write(CacheWriter to)
        {
            to.Number((int)TestKind.Runs);
            to.Texts(_segments);
            to.Flag(_cased);
        }

        public override string? Literal => _segments.MaxBy(segment => segment.Length);

        public override bool IsWhole => _segments.Length == 1;

        public override IReadOnlyList<string>? Segments => _cased ? null : _segments;

        public override Predicate? Over(Field field)
        {
            if (field.Type == ColumnType.Time)
            {
                return null;
            }

            return _segments switch
            {
                [var whole] => Text(TextMatch.Equals, whole),
                ["", ""] => new Predicate.Not(new Predicate.IsNull(field)),
                [var start, ""] => Text(TextMatch.StartsWith, start),
                ["", var end] => Text(TextMatch.EndsWith, end),
                ["", var part, ""] => Text(TextMatch.Contains, part),
                _ => new Predicate.Regex(
                    field,
                    $@"(?s)\A{string.Join(".*", _segments.Select(Re2Pattern.Quote))}\z",
                    !_cased
                ),
            };

            Predicate Text(TextMatch match, string text) =>
                new Predicate.Text(field, match, text, !_cased);
        }

        public override bool Holds(string text)
        {
            // Ordinal search is vectorised; one that ignores case is not, without a culture's data.
            ReadOnlySpan<char> rest = _cased ? text : CaseFolding.Fold(text);
            if (_segments.Length == 1)
            {
                return rest.SequenceEqual(_segments[0]);
            }

            var (first, last) = (_segments[0], _segments[^1]);
            if (
                rest.Length < first.Length + last.Length
                || !rest.StartsWith(first)
                || !rest[first.Length..].EndsWith(last)
            )
            {
                return false;
            }

            rest = rest[first.Length..^last.Length];
            for (var index = 1; index < _segments.Length - 1; index++)
            {
                var at = rest.IndexOf(_segments[index]);
                if (at < 0)
                {
                    return false;
                }

                rest = rest[(at + _segments[index].Length)..];
            }

            return true;
        }
    }

    /// <summary>Token by token, going back to the last run only: quadratic at worst, never exponential.</summary>
    sealed class TokenTest(Token[] tokens, bool cased) : ValueTest
    {
        public override void Write(CacheWriter to)
        {
            to.Number((int)TestKind.Tokens);
            to.List(
                tokens,
                static (to, token) =>
                {
                    to.Number((int)token.Kind);
                    to.Number(token.Rune.Value);
                }
            );
            to.Flag(cased);
        }

        public override Predicate? Over(Field field) =>
            field.Type == ColumnType.Time
                ? null
                : new Predicate.Regex(
                    field,
                    $@"(?s)\A{string.Concat(tokens.Select(token => token.Kind switch
                    {
                        Kind.Run => ".*",
                        Kind.One => ".",
                        _ => Re2Pattern.Quote(token.Rune.ToString()),
                    }))}\z",
                    !cased
                );

        public override string? Literal { get; } = LongestText(tokens);

        static string LongestText(Token[] tokens)
        {
            var (longest, text) = ("", new StringBuilder());
            foreach (var token in tokens)
            {
                if (token.Kind != Kind.Text)
                {
                    text.Clear();
                }
                else if (text.Append(token.Rune.ToString()).Length > longest.Length)
                {
                    longest = text.ToString();
                }
            }

            return longest;
        }

        public override bool Holds(string text)
        {
            var (at, token, run, mark) = (0, 0, -1, 0);
            while (at < text.Length)
            {
                _ = Rune.TryGetRuneAt(text, at, out var rune);
                var length = Math.Max(1, rune.Utf16SequenceLength);
                if (token < tokens.Length && tokens[token].Kind == Kind.Run)
                {
                    run = token++;
                    mark = at;
                }
                else if (token < tokens.Length && Takes(tokens[token], rune))
                {
                    token++;
                    at += length;
                }
                else if (run >= 0)
                {
                    _ = Rune.TryGetRuneAt(text, mark, out var skipped);
                    mark += Math.Max(1, skipped.Utf16SequenceLength);
                    at = mark;
                    token = run + 1;
                }
                else
                {
                    return false;
                }
            }

            while (token < tokens.Length && tokens[token].Kind == Kind.Run)
            {
                token++;
            }

            return token == tokens.Length;
        }

        bool Takes(Token token, Rune rune) =>
            token.Kind == Kind.One
            || token.Rune == rune
            || !cased && CaseFolding.Fold(token.Rune) == CaseFolding.Fold(rune);
    }
}
