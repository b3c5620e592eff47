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

    FieldExpression() { }

    /// <summary>Fields it reads: they need not go to <c>extra</c>.</summary>
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
            expression._functions.Add(
                (ValueFunctions.Get(words[0]), words.Length > 1 ? words[1] : null)
            );
        }

        return expression;
    }

    /// <summary>The value of a record, UTF-8; false where no field has one.</summary>
    public bool TryGet(Record record, out ReadOnlySpan<byte> value)
    {
        foreach (var term in _terms)
        {
            if (term.TryGet(record, out value))
            {
                foreach (var (function, argument) in _functions)
                {
                    value = function(value, argument);
                }

                if (value.Length > 0)
                {
                    return true;
                }
            }
        }

        value = default;
        return false;
    }

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

        public bool TryGet(Record record, out ReadOnlySpan<byte> value)
        {
            if (Constant is not null)
            {
                value = Constant;
                return true;
            }

            if (Second is null)
            {
                return record.TryGet(First, out value) && !IsNothing(value);
            }

            if (!record.TryGet(Second, out value) || IsNothing(value))
            {
                return false;
            }

            if (IsUrl)
            {
                return TryUrl(record, ref value);
            }

            if (
                record.TryGet(First, out var domain)
                && !IsNothing(domain)
                && !value.Contains((byte)'\\')
                && !value.Contains((byte)'@')
            )
            {
                var joined = new byte[domain.Length + 1 + value.Length];
                domain.CopyTo(joined);
                joined[domain.Length] = (byte)'\\';
                value.CopyTo(joined.AsSpan(domain.Length + 1));
                value = joined;
            }

            return true;
        }

        /// <summary>The target of a request with its host before it; proxies are asked for whole addresses, which stay.</summary>
        bool TryUrl(Record record, ref ReadOnlySpan<byte> target)
        {
            if (target[0] != '/')
            {
                return true;
            }

            if (!record.TryGet(First, out var host) || IsNothing(host))
            {
                return false;
            }

            target = (byte[])[.. "http://"u8, .. host, .. target];
            return true;
        }

        // Windows, Zeek and others write a dash where they have nothing.
        static bool IsNothing(ReadOnlySpan<byte> value) =>
            value.Length == 0 || value is [(byte)'-'] || value.SequenceEqual("(empty)"u8);
    }
}
