using System.Text;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// What a column takes: <c>Field</c>, <c>First ?? Second</c>, <c>'constant'</c>, each with functions after bars:
/// <c>Computer | host</c>, <c>Hashes | hash MD5</c>, <c>domain_user Domain Name | lower</c>, <c>url_of Host Target</c>.
/// </summary>
public sealed class FieldExpression
{
    readonly List<Term> _terms = [];
    readonly List<(ValueFunction Function, string? Argument)> _functions = [];
    bool _keepsAll = true;

    FieldExpression() { }

    /// <summary>Fields it may read.</summary>
    public IEnumerable<byte[]> Fields =>
        _terms.SelectMany(term =>
            term.Second is null ? [term.First] : new[] { term.First, term.Second }
        );

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is none, with the reason.</exception>
    public static FieldExpression Parse(string text)
    {
        var expression = new FieldExpression();
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        foreach (var alternative in parts[0].Split("??", StringSplitOptions.TrimEntries))
        {
            expression._terms.Add(Term.Parse(alternative));
        }

        foreach (var part in parts.Skip(1))
        {
            var words = part.Split(' ', 2, StringSplitOptions.TrimEntries);
            var argument = words.Length > 1 ? words[1] : null;
            expression._functions.Add((ValueFunctions.Get(words[0], argument), argument));
            expression._keepsAll &= ValueFunctions.KeepsAll(words[0], argument);
        }

        return expression;
    }

    /// <summary>The value of a record, UTF-8; false where no field has one.</summary>
    /// <param name="used">Fields whose whole content the value holds: they need not go to <c>extra</c>.</param>
    public bool TryGet(Record record, out ReadOnlySpan<byte> value, out UsedFields used)
    {
        foreach (var term in _terms)
        {
            if (term.TryGet(record, out value, out used))
            {
                foreach (var (function, argument) in _functions)
                {
                    value = function(value, argument);
                }

                if (value.Length > 0)
                {
                    used = _keepsAll ? used : UsedFields.None;
                    return true;
                }
            }
        }

        value = default;
        used = UsedFields.None;
        return false;
    }

    /// <summary>Windows, Zeek and others write a dash where they have nothing.</summary>
    public static bool IsNothing(ReadOnlySpan<byte> value) =>
        value.Length == 0 || value is [(byte)'-'] || value.SequenceEqual("(empty)"u8);

    sealed record Term(byte[]? Constant, byte[] First, byte[]? Second, bool IsUrl = false)
    {
        public static Term Parse(string text)
        {
            if (text.Length > 1 && text[0] == '\'' && text[^1] == '\'')
            {
                return new Term(Encoding.UTF8.GetBytes(text[1..^1]), [], null);
            }

            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words switch
            {
                ["domain_user", var domain, var user] => new Term(
                    null,
                    Encoding.UTF8.GetBytes(domain),
                    Encoding.UTF8.GetBytes(user)
                ),
                ["url_of", var host, var target] => new Term(
                    null,
                    Encoding.UTF8.GetBytes(host),
                    Encoding.UTF8.GetBytes(target),
                    IsUrl: true
                ),
                [var field] => new Term(null, Encoding.UTF8.GetBytes(field), null),
                _ => throw new FormatException(
                    $"'{text}' is no field, no 'constant', no domain_user Domain Name and no url_of Host Target"
                ),
            };
        }

        public bool TryGet(Record record, out ReadOnlySpan<byte> value, out UsedFields used)
        {
            used = UsedFields.None;
            if (Constant is not null)
            {
                value = Constant;
                return true;
            }

            var field = record.Find(Second ?? First);
            value = field < 0 ? default : record.Value(field);
            if (IsNothing(value))
            {
                return false;
            }

            used = new UsedFields(field, -1);
            if (Second is null)
            {
                return true;
            }

            var other = record.Find(First);
            var before = other < 0 ? default : record.Value(other);
            if (IsUrl ? !TryUrl(before, ref value) : !TryJoin(before, ref value))
            {
                return !IsUrl;
            }

            used = new UsedFields(field, other);
            return true;
        }

        /// <summary>DOMAIN\name; false where the name stays alone, since it has a domain or there is none.</summary>
        static bool TryJoin(ReadOnlySpan<byte> domain, ref ReadOnlySpan<byte> name)
        {
            if (IsNothing(domain) || name.Contains((byte)'\\') || name.Contains((byte)'@'))
            {
                return false;
            }

            name = (byte[])[.. domain, (byte)'\\', .. name];
            return true;
        }

        /// <summary>The target of a request with its host before it; proxies are asked for whole addresses, which stay.</summary>
        static bool TryUrl(ReadOnlySpan<byte> host, ref ReadOnlySpan<byte> target)
        {
            if (target[0] != '/')
            {
                return true;
            }

            if (IsNothing(host))
            {
                return false;
            }

            target = (byte[])[.. "http://"u8, .. host, .. target];
            return true;
        }
    }
}

/// <summary>Indices of the fields of a record that a value was made of; -1 is none.</summary>
public readonly record struct UsedFields(int First, int Second)
{
    public static UsedFields None { get; } = new(-1, -1);
}
