using System.Text;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// What a column takes: <c>Field</c>, <c>First ?? Second</c>, <c>'constant'</c>, <c>Date + ' ' + Time</c>, <c>list[0].name</c>,
/// each with functions after bars: <c>Computer | host</c>, <c>Hashes | hash MD5</c>, <c>domain_user Domain Name | lower</c>,
/// <c>url_of Host Target</c>. The whole language: docs/maps.md.
/// </summary>
public sealed class FieldExpression
{
    /// <summary>Fields that one expression may read.</summary>
    public const int MaxFields = 64;

    Term[] _terms = [];
    ValueFunction[] _functions = [];
    readonly List<byte[]> _fields = [];
    bool _keepsAll = true;

    FieldExpression(string text) => Text = text;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Fields it may read, by name. Its values are made of their places in a record, in this order.</summary>
    public IReadOnlyList<byte[]> Fields => _fields;

    /// <summary>It may have a value where none of its fields is there.</summary>
    public bool HasConstant => Array.Exists(_terms, term => term is Constant);

    /// <summary>Its value is one whole field, with or without functions.</summary>
    internal bool IsOfOneField => _terms is [OneField { IsWhole: true }];

    /// <summary>The text that it always is; null where fields have a say.</summary>
    internal byte[]? Always =>
        _terms is [Constant constant] && !HasFunctions ? constant.Text : null;

    /// <summary>Functions stand behind it.</summary>
    internal bool HasFunctions => _functions.Length > 0;

    /// <summary>Its value still says all that the fields said.</summary>
    internal bool KeepsAll => _keepsAll;

    /// <summary>Its fields hold UTC, said or not: Sysmon's <c>CreationUtcTime</c> carries no zone.</summary>
    public bool IsUtc { get; private set; }

    /// <summary>Whether a field's name says that its time is UTC.</summary>
    public static bool SaysUtc(ReadOnlySpan<byte> name) =>
        name.IndexOf("Utc"u8) >= 0 || name.IndexOf("_utc"u8) >= 0;

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is none, with the reason.</exception>
    public static FieldExpression Parse(string text)
    {
        var expression = new FieldExpression(text);
        var parts = ExpressionText.Split(text, "|");
        expression._terms = [.. ExpressionText.Split(parts[0], "??").Select(expression.ParseTerm)];

        if (expression._fields.Count > MaxFields)
        {
            throw new FormatException($"an expression reads at most {MaxFields} fields");
        }

        expression.IsUtc = expression._fields.TrueForAll(field => SaysUtc(field));
        var functions = new List<ValueFunction>();
        foreach (var part in parts.Skip(1))
        {
            var words = part.Split(' ', 2, StringSplitOptions.TrimEntries);
            var (function, keepsAll) = ValueFunctions.Get(words[0], words.ElementAtOrDefault(1));
            functions.Add(function);
            expression._keepsAll &= keepsAll;
        }

        expression._functions = [.. functions];
        return expression;
    }

    /// <summary>The value of one field, whatever its name holds.</summary>
    internal static FieldExpression OfField(byte[] name)
    {
        var expression = new FieldExpression(Encoding.UTF8.GetString(name))
        {
            IsUtc = SaysUtc(name),
            _terms = [new OneField(0, new FieldReference(name, null))],
        };
        expression._fields.Add(name);
        return expression;
    }

    /// <summary>The value of a record, UTF-8, valid until the scratch is reset; false where no field has one.</summary>
    /// <param name="places">Where each of <see cref="Fields"/> stands in the record; -1 where it is not there.</param>
    /// <param name="used">A bit for each of <see cref="Fields"/> whose whole content the value holds: it need not go to <c>extra</c>.</param>
    /// <param name="memo">What its functions made of values before; null: each is worked out.</param>
    internal bool TryGet(
        Record record,
        ReadOnlySpan<int> places,
        Scratch scratch,
        out ReadOnlySpan<byte> value,
        out ulong used,
        ValueMemo? memo = null
    )
    {
        foreach (var term in _terms)
        {
            if (term.TryGet(record, places, scratch, out value, out used))
            {
                value = Apply(value, scratch, memo);
                if (value.Length > 0)
                {
                    used = _keepsAll ? used : 0;
                    return true;
                }
            }
        }

        value = default;
        used = 0;
        return false;
    }

    /// <summary>What the functions make of a value.</summary>
    internal ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> value, Scratch scratch, ValueMemo? memo)
    {
        var made = value;
        if (_functions.Length == 0 || (memo is not null && memo.TryGet(value, ref made)))
        {
            return made;
        }

        foreach (var function in _functions)
        {
            made = function(made, scratch);
        }

        memo?.Keep(value, made);
        return made;
    }

    /// <summary>Windows, Zeek and others write a dash where they have nothing.</summary>
    public static bool IsNothing(ReadOnlySpan<byte> value) =>
        value.Length switch
        {
            0 => true,
            1 => value[0] == '-',
            7 => value.SequenceEqual("(empty)"u8),
            _ => false,
        };

    Term ParseTerm(string text)
    {
        var sum = ExpressionText.Split(text, " + ");
        if (sum.Count > 1)
        {
            return new Sum([.. sum.Select(ParsePart)]);
        }

        return text.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["domain_user", var domain, var user] => new DomainUser(Field(domain), Field(user)),
            ["url_of", var host, var target] => new UrlOf(Field(host), Field(target)),
            ["domain_user" or "url_of", ..] => throw new FormatException(
                $"'{text}' wants two fields: domain_user Domain Name, url_of Host Target"
            ),
            _ => ParsePart(text),
        };
    }

    Term ParsePart(string text) =>
        ExpressionText.Quoted(text, '\'') is { } constant
            ? new Constant(Encoding.UTF8.GetBytes(constant))
            : Field(text);

    OneField Field(string text)
    {
        var reference = FieldReference.Parse(text);
        var index = _fields.FindIndex(known => known.AsSpan().SequenceEqual(reference.Name));
        if (index < 0)
        {
            index = _fields.Count;
            _fields.Add(reference.Name);
        }

        return new OneField(index, reference);
    }

    /// <summary>One way to a value.</summary>
    abstract class Term
    {
        public abstract bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        );
    }

    sealed class Constant(byte[] text) : Term
    {
        public byte[] Text => text;

        public override bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        )
        {
            used = 0;
            value = text;
            return true;
        }
    }

    sealed class OneField(int field, FieldReference reference) : Term
    {
        public bool IsWhole => reference.Path is null;

        public override bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        )
        {
            value = places[field] < 0 ? default : record.Value(places[field]);
            value = reference.In(value, scratch);
            used = reference.Path is null ? 1UL << field : 0;
            return !IsNothing(value);
        }
    }

    /// <summary>DOMAIN\name; the name alone where it has a domain already or there is none.</summary>
    sealed class DomainUser(OneField domain, OneField name) : Term
    {
        public override bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        )
        {
            if (!name.TryGet(record, places, scratch, out value, out used))
            {
                return false;
            }

            if (
                !value.Contains((byte)'\\')
                && !value.Contains((byte)'@')
                && domain.TryGet(record, places, scratch, out var before, out var usedBefore)
            )
            {
                value = Join(scratch, before, "\\"u8, value);
                used |= usedBefore;
            }

            return true;
        }
    }

    /// <summary>The target of a request with its host before it; proxies are asked for whole addresses, which stay.</summary>
    sealed class UrlOf(OneField host, OneField target) : Term
    {
        public override bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        )
        {
            if (!target.TryGet(record, places, scratch, out value, out used))
            {
                return false;
            }

            var isThere = host.TryGet(record, places, scratch, out var before, out var usedBefore);
            if (value[0] != '/')
            {
                used |= isThere ? usedBefore : 0;
                return true;
            }

            value = isThere ? Join(scratch, "http://"u8, before, value) : default;
            used |= usedBefore;
            return isThere;
        }
    }

    /// <summary>Fields and constants one after another; no value where a field has none.</summary>
    sealed class Sum(Term[] parts) : Term
    {
        public override bool TryGet(
            Record record,
            ReadOnlySpan<int> places,
            Scratch scratch,
            out ReadOnlySpan<byte> value,
            out ulong used
        )
        {
            value = default;
            used = 0;
            foreach (var part in parts)
            {
                if (!part.TryGet(record, places, scratch, out var next, out var usedNext))
                {
                    return false;
                }

                value = Join(scratch, value, default, next);
                used |= usedNext;
            }

            return true;
        }
    }

    static ReadOnlySpan<byte> Join(
        Scratch scratch,
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third
    )
    {
        var joined = scratch.Take(first.Length + second.Length + third.Length);
        first.CopyTo(joined);
        second.CopyTo(joined[first.Length..]);
        third.CopyTo(joined[(first.Length + second.Length)..]);
        return joined;
    }
}
