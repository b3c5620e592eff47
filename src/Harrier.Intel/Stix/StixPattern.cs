using System.Text;
using Harrier.Intel.Indicators;

namespace Harrier.Intel.Stix;

/// <summary>What this version can use of a STIX pattern: the values it compares with, each an indicator of its own.</summary>
/// <param name="Values">Type and value, in order.</param>
/// <param name="Note">What was lost by flattening; null if the pattern is one comparison or alternatives.</param>
/// <param name="Unused">Comparisons that were left out, as written, each with the reason.</param>
sealed record StixPattern(
    IReadOnlyList<(IndicatorType Type, string Value)> Values,
    string? Note,
    IReadOnlyList<(string Comparison, string Reason)> Unused
)
{
    /// <summary>Reads a pattern (STIX 2.1, part 9; the plain START/STOP of 2.0 included).</summary>
    /// <exception cref="FormatException">It is no pattern; the message says what was expected, and where.</exception>
    public static StixPattern Parse(string text) => new StixPatternReader(text).Read();
}

/// <summary>A recursive-descent reader of the grammar; depth and length are bounded.</summary>
sealed class StixPatternReader(string text)
{
    const int MaximumLength = 1_000_000;
    const int MaximumDepth = 64;
    const string NotMatched = "comparison not matched by this version";

    readonly List<(IndicatorType Type, string Value)> _values = [];
    readonly List<(string, string)> _unused = [];
    int _at;
    int _depth;
    bool _sequence;
    bool _qualified;
    bool _and;

    public StixPattern Read()
    {
        if (text.Length > MaximumLength)
        {
            throw new FormatException($"the pattern is longer than {MaximumLength} characters");
        }

        Observations();
        SkipBlanks();
        if (_at < text.Length)
        {
            throw Expected("the end of the pattern");
        }

        var values = _values.Distinct().ToList();
        // MISP writes "this name and this hash": the hash says it all, and the name alone would match by chance.
        if (_and && values.Any(v => IsHash(v.Type)))
        {
            foreach (var (_, name) in values.Where(v => v.Type == IndicatorType.FileName))
            {
                _unused.Add(
                    (
                        name,
                        "a file name that the pattern wants only together with a hash, which is kept"
                    )
                );
            }

            values.RemoveAll(v => v.Type == IndicatorType.FileName);
        }

        var notes = new List<string>();
        if (_and)
        {
            notes.Add(
                "the pattern wants several conditions at once; each value is matched by itself"
            );
        }

        if (_sequence)
        {
            notes.Add("the pattern wants several observations; each value is matched by itself");
        }

        if (_qualified)
        {
            notes.Add("the pattern's limits of time or repetition are not applied");
        }

        return new StixPattern(values, notes.Count > 0 ? string.Join("; ", notes) : null, _unused);
    }

    static bool IsHash(IndicatorType type) =>
        type is IndicatorType.Md5 or IndicatorType.Sha1 or IndicatorType.Sha256;

    // observations: observation ((AND | OR | FOLLOWEDBY) observation)*
    void Observations()
    {
        Deeper();
        Observation();
        while (true)
        {
            if (Word("AND") || Word("FOLLOWEDBY"))
            {
                _sequence = true;
            }
            else if (!Word("OR"))
            {
                break;
            }

            Observation();
        }

        _depth--;
    }

    // observation: ('[' comparisons ']' | '(' observations ')') qualifier*
    void Observation()
    {
        if (Sign('('))
        {
            Observations();
            Need(')');
        }
        else
        {
            Need('[');
            Comparisons();
            Need(']');
        }

        while (true)
        {
            if (Word("WITHIN"))
            {
                Number();
                NeedWord("SECONDS");
            }
            else if (Word("REPEATS"))
            {
                Number();
                NeedWord("TIMES");
            }
            else if (Word("START"))
            {
                Literal();
                NeedWord("STOP");
                Literal();
            }
            else
            {
                return;
            }

            _qualified = true;
        }
    }

    void Comparisons()
    {
        Deeper();
        Comparison();
        while (true)
        {
            if (Word("AND"))
            {
                _and = true;
            }
            else if (!Word("OR"))
            {
                break;
            }

            Comparison();
        }

        _depth--;
    }

    void Comparison()
    {
        SkipBlanks();
        if (Sign('('))
        {
            Comparisons();
            Need(')');
            return;
        }

        var start = _at;
        if (Word("EXISTS"))
        {
            Path();
            _unused.Add((text[start.._at].Trim(), NotMatched));
            return;
        }

        var path = Path();
        var negated = Word("NOT");
        var values = new List<string>();
        var op = Operator();
        if (op == "IN")
        {
            Need('(');
            do
            {
                values.Add(Literal());
            } while (Sign(','));
            Need(')');
        }
        else
        {
            values.Add(Literal());
        }

        var written = text[start.._at].Trim();
        if (negated || op is not ("=" or "==" or "IN" or "ISSUBSET"))
        {
            _unused.Add((written, NotMatched));
            return;
        }

        foreach (var value in values)
        {
            var type = StixPath.TypeOf(path, value, out var reason);
            if (
                type is null
                || (op == "ISSUBSET" && type != IndicatorType.Network && !IsAddress(type.Value))
            )
            {
                _unused.Add((written, reason ?? NotMatched));
                return;
            }

            _values.Add((type.Value, value));
        }
    }

    static bool IsAddress(IndicatorType type) => type is IndicatorType.Ipv4 or IndicatorType.Ipv6;

    string Operator()
    {
        SkipBlanks();
        foreach (var op in (string[])["==", "=", "!=", "<>", "<=", ">=", "<", ">"])
        {
            if (text.AsSpan(_at).StartsWith(op))
            {
                _at += op.Length;
                return op;
            }
        }

        foreach (var op in (string[])["IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"])
        {
            if (Word(op))
            {
                return op;
            }
        }

        throw Expected("a comparison operator");
    }

    // path: type ':' step ( '.' step | '[' index ']' )*, steps may be quoted
    string Path()
    {
        SkipBlanks();
        var start = _at;
        Name();
        if (_at == start || _at >= text.Length || text[_at] != ':')
        {
            throw Expected("an object path such as ipv4-addr:value");
        }

        _at++;
        while (true)
        {
            SkipBlanks();
            var step = _at;
            if (_at < text.Length && text[_at] == '\'')
            {
                Literal();
            }
            else
            {
                Name();
            }

            if (_at == step)
            {
                throw Expected("a property");
            }

            while (_at < text.Length && text[_at] == '[')
            {
                var close = text.IndexOf(']', _at);
                if (close < 0 || close - _at > 12)
                {
                    throw Expected("a list index");
                }

                _at = close + 1;
            }

            if (_at < text.Length && text[_at] == '.')
            {
                _at++;
                continue;
            }

            return text[start.._at];
        }
    }

    void Name()
    {
        while (
            _at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '-' or '_')
        )
        {
            _at++;
        }
    }

    /// <summary>A string with its escapes undone, or a number, truth value, timestamp, hex or binary literal as written.</summary>
    string Literal()
    {
        SkipBlanks();
        var start = _at;
        if (_at + 1 < text.Length && text[_at] is 't' or 'h' or 'b' && text[_at + 1] == '\'')
        {
            _at++;
        }

        if (_at < text.Length && text[_at] == '\'')
        {
            _at++;
            var value = new StringBuilder();
            while (_at < text.Length && text[_at] != '\'')
            {
                if (text[_at] == '\\' && _at + 1 < text.Length)
                {
                    _at++;
                }

                value.Append(text[_at++]);
            }

            if (_at >= text.Length)
            {
                throw Expected("the closing quote of the string");
            }

            _at++;
            return value.ToString();
        }

        while (
            _at < text.Length
            && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '.' or '-' or '+')
        )
        {
            _at++;
        }

        var word = text[start.._at];
        if (
            word is "true" or "false"
            || (word.Length > 0 && (char.IsAsciiDigit(word[0]) || word[0] is '-' or '+'))
        )
        {
            return word;
        }

        _at = start;
        throw Expected("a value in single quotes or a number");
    }

    void Number()
    {
        SkipBlanks();
        var start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] == '.'))
        {
            _at++;
        }

        if (_at == start)
        {
            throw Expected("a number");
        }
    }

    bool Word(string word)
    {
        SkipBlanks();
        var end = _at + word.Length;
        if (
            end > text.Length
            || !text.AsSpan(_at, word.Length).SequenceEqual(word)
            || (
                end < text.Length
                && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-' or ':')
            )
        )
        {
            return false;
        }

        _at = end;
        return true;
    }

    void NeedWord(string word)
    {
        if (!Word(word))
        {
            throw Expected(word);
        }
    }

    bool Sign(char sign)
    {
        SkipBlanks();
        if (_at < text.Length && text[_at] == sign)
        {
            _at++;
            return true;
        }

        return false;
    }

    void Need(char sign)
    {
        if (!Sign(sign))
        {
            throw Expected($"'{sign}'");
        }
    }

    void SkipBlanks()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }

    void Deeper()
    {
        if (++_depth > MaximumDepth)
        {
            throw new FormatException($"the pattern is nested more than {MaximumDepth} deep");
        }
    }

    FormatException Expected(string what) => new($"expected {what} at character {_at + 1}");
}

/// <summary>Which indicator a property of a STIX object is.</summary>
static class StixPath
{
    /// <param name="reason">Why it is none, if more can be said than that this version does not match it.</param>
    public static IndicatorType? TypeOf(string path, string value, out string? reason)
    {
        reason = null;
        var colon = path.IndexOf(':');
        var type = path[..colon].ToLowerInvariant();
        var property = path[(colon + 1)..].Replace("'", "").ToLowerInvariant();
        if (
            property.StartsWith("hashes.", StringComparison.Ordinal)
            || property.Contains(".hashes.", StringComparison.Ordinal)
        )
        {
            var algorithm = property[(property.LastIndexOf('.') + 1)..]
                .Replace("-", "")
                .Replace("_", "");
            IndicatorType? hash = algorithm switch
            {
                "md5" => IndicatorType.Md5,
                "sha1" => IndicatorType.Sha1,
                "sha256" => IndicatorType.Sha256,
                "imphash" => IndicatorType.ImpHash,
                _ => null,
            };
            reason = hash is null
                ? $"no event column holds {algorithm.ToUpperInvariant()} hashes"
                : null;
            return hash;
        }

        return (type, property) switch
        {
            ("ipv4-addr" or "ipv6-addr", "value") => AddressOrNetwork(value),
            ("domain-name", "value") => IndicatorType.Domain,
            ("url", "value") => IndicatorType.Url,
            ("email-addr", "value") => IndicatorType.Email,
            ("email-message", "from_ref.value" or "sender_ref.value") => IndicatorType.Email,
            ("email-message", _)
                when property.EndsWith("body_raw_ref.name", StringComparison.Ordinal) =>
                IndicatorType.FileName,
            ("file" or "process", "name") => IndicatorType.FileName,
            ("process", "image_ref.name" or "binary_ref.name") => IndicatorType.FileName,
            ("domain-name", _)
                when property.StartsWith("resolves_to_refs", StringComparison.Ordinal)
                    && property.EndsWith(".value", StringComparison.Ordinal) => Reference(value),
            ("network-traffic", "dst_ref.value" or "src_ref.value") => Reference(value),
            _ => null,
        };
    }

    static IndicatorType AddressOrNetwork(string value)
    {
        var slash = value.IndexOf('/');
        var whole = value.Contains(':') ? "/128" : "/32";
        return slash > 0 && value[slash..] != whole ? IndicatorType.Network : IndicatorType.Ipv4;
    }

    static IndicatorType Reference(string value) =>
        Addresses.TryAddress(value.Split('/')[0], out _)
            ? AddressOrNetwork(value)
            : IndicatorType.Domain;
}
