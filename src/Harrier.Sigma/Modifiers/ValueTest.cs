using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Harrier.Schema;
using Harrier.Sigma.Caching;
using Harrier.Sigma.Predicates;

namespace Harrier.Sigma.Modifiers;

/// <summary>A question about one value of an event, as text.</summary>
abstract class ValueTest
{
    public abstract bool Holds(string text);

    /// <summary>A text that every value which passes has in it, in letters of any case; null where none is known.</summary>
    public virtual string? Literal => null;

    /// <summary>Whether a value that passes is <see cref="Literal"/> whole, in letters of any case.</summary>
    public virtual bool IsWhole => false;

    /// <summary>
    /// Texts, folded, of which the first begins a value, the last ends it and the others stand between them, one after the other
    /// (a single one is the value), where that is all that is asked; null where there is more.
    /// </summary>
    public virtual IReadOnlyList<string>? Segments => null;

    /// <summary>Texts, folded, of which every value that passes has one in it, where there is no <see cref="Literal"/>; null where none are known.</summary>
    public virtual IReadOnlyList<string>? Required => null;

    /// <summary>The predicate that holds where a value of a field passes; null where none is exact.</summary>
    public virtual Predicate? Over(Field field) => null;

    /// <summary>Writes which kind of test this is and what it is made of, for <see cref="Read"/>.</summary>
    public abstract void Write(CacheWriter to);

    /// <exception cref="InvalidDataException">There is no test here.</exception>
    public static ValueTest Read(CacheReader from) =>
        (TestKind)from.Number() switch
        {
            TestKind.Runs => WildcardPattern.ReadRuns(from),
            TestKind.Tokens => WildcardPattern.ReadTokens(from),
            TestKind.Regex => RegexTest.Read(from),
            TestKind.Cidr => new CidrTest(from.NeededText()),
            TestKind.Number => NumberTest.Read(from),
            TestKind.TimePart => TimePartTest.Read(from),
            _ => throw CacheReader.Damaged(),
        };
}

/// <summary>Kinds of tests in the cache.</summary>
enum TestKind
{
    Runs,
    Tokens,
    Regex,
    Cidr,
    Number,
    TimePart,
}

/// <summary>A regular expression, found anywhere in the text.</summary>
/// <remarks>
/// Runs in linear time (no look-around, no back references), with a limit of one second a value. After
/// <see cref="MaxTimeouts"/> values that took longer it is given up, so that a hostile log can't hold a hunt.
/// </remarks>
sealed class RegexTest : ValueTest
{
    const int MaxTimeouts = 3;

    readonly Lazy<Regex> _regex;
    readonly string _pattern;
    readonly RegexOptions _options;
    int _timeouts;

    /// <param name="isChecked">The expression was built by this runtime before.</param>
    /// <exception cref="ArgumentException">No regular expression.</exception>
    /// <exception cref="NotSupportedException">One that can't be run in linear time.</exception>
    public RegexTest(string pattern, RegexOptions options, bool isChecked = false)
    {
        (_pattern, _options) = (pattern, options);
        options |= RegexOptions.CultureInvariant;
        _regex = new Lazy<Regex>(() =>
            new Regex(
                AsciiClasses.In(pattern),
                options | RegexOptions.NonBacktracking,
                TimeSpan.FromSeconds(1)
            )
        );
        if (isChecked)
        {
            return;
        }

        // To build one takes a hundred times as long as to read it, and most are never asked.
        var written = AsciiClasses.In(pattern);
        if (RegexShape.IsPlain(written))
        {
            _ = new Regex(written, options, TimeSpan.FromSeconds(1));
        }
        else
        {
            _ = _regex.Value;
        }
    }

    public override void Write(CacheWriter to)
    {
        to.Number((int)TestKind.Regex);
        to.Text(_pattern);
        to.Number((int)_options);
    }

    public static new RegexTest Read(CacheReader from) =>
        new(from.NeededText(), (RegexOptions)from.Below(int.MaxValue), isChecked: true);

    /// <remarks>A time in a column is no text there.</remarks>
    public override Predicate? Over(Field field) =>
        field.Type != ColumnType.Time && Re2Pattern.Of(_pattern, _options) is { } pattern
            ? new Predicate.Regex(field, pattern, IgnoreCase: false)
            : null;

    public override IReadOnlyList<string>? Required => RequiredTexts.Of(_pattern, _options);

    public bool GaveUp => Volatile.Read(ref _timeouts) >= MaxTimeouts;

    public override bool Holds(string text)
    {
        if (GaveUp)
        {
            return false;
        }

        try
        {
            return _regex.Value.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            Interlocked.Increment(ref _timeouts);
            return false;
        }
    }
}

/// <summary>The text is an address inside a network; IPv4 addresses written in IPv6 stay IPv6.</summary>
sealed class CidrTest : ValueTest
{
    readonly string _text;
    readonly byte[] _network;
    readonly int _prefix;

    /// <exception cref="FormatException">No network.</exception>
    public CidrTest(string network)
    {
        _text = network;
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var address =
            Address(slash < 0 ? network : network[..slash])
            ?? throw new FormatException("This is no address.");
        _network = address.GetAddressBytes();
        var bits = _network.Length * 8;
        _prefix =
            slash < 0
                ? bits
                : int.Parse(
                    network.AsSpan(slash + 1),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture
                );
        if (_prefix > bits)
        {
            throw new FormatException($"A prefix has at most {bits} bits.");
        }

        for (var bit = _prefix; bit < bits; bit++)
        {
            if ((_network[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                throw new FormatException($"Bits behind the prefix of {_prefix} are set.");
            }
        }
    }

    public override Predicate? Over(Field field) =>
        field.Type == ColumnType.Text
            ? new Predicate.Cidr(
                field,
                _text.Contains('/', StringComparison.Ordinal)
                    ? _text
                    : $"{_text}/{_network.Length * 8}"
            )
            : null;

    public override void Write(CacheWriter to)
    {
        to.Number((int)TestKind.Cidr);
        to.Text(_text);
    }

    /// <summary>An address as the standards write it: four decimal numbers without leading zeros, or IPv6, whose zone doesn't count.</summary>
    static IPAddress? Address(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return
                !text.Contains('[', StringComparison.Ordinal)
                && IPAddress.TryParse(text, out var six)
                ? six
                : null;
        }

        var octets = text.Split('.');
        return
            octets.Length == 4
            && octets.All(octet =>
                octet.Length is > 0 and <= 3
                && octet.All(char.IsAsciiDigit)
                && (octet.Length == 1 || octet[0] != '0')
            )
            && IPAddress.TryParse(text, out var four)
            ? four
            : null;
    }

    public override bool Holds(string text)
    {
        if (Address(text) is not { } address)
        {
            return false;
        }

        var bytes = address.GetAddressBytes();
        if (bytes.Length != _network.Length)
        {
            return false;
        }

        var whole = _prefix / 8;
        var rest = _prefix % 8;
        return bytes.AsSpan(0, whole).SequenceEqual(_network.AsSpan(0, whole))
            && (rest == 0 || (bytes[whole] ^ _network[whole]) >> (8 - rest) == 0);
    }
}

/// <summary>The text is a number that compares so, exactly; other text fails.</summary>
sealed class NumberTest(NumberOrder order, string number) : ValueTest
{
    /// <summary>Whole numbers that a double holds exactly.</summary>
    const long MaxExact = 1L << 53;

    readonly DecimalNumber _number = DecimalNumber.Read(number)!.Value;

    public override void Write(CacheWriter to)
    {
        to.Number((int)TestKind.Number);
        to.Number((int)order);
        to.Text(number);
    }

    public static new NumberTest Read(CacheReader from) =>
        new(from.Choice<NumberOrder>(), from.NeededText());

    public override Predicate? Over(Field field) =>
        field.Type == ColumnType.Int
        && long.TryParse(
            number,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var whole
        )
        && Math.Abs(whole) <= MaxExact
            ? new Predicate.Number(field, order.Match(), whole)
            : null;

    public override bool Holds(string text)
    {
        if (DecimalNumber.Read(text) is not { } value)
        {
            return false;
        }

        var sign = value.CompareTo(_number);
        return order switch
        {
            NumberOrder.Less => sign < 0,
            NumberOrder.LessOrEqual => sign <= 0,
            NumberOrder.Greater => sign > 0,
            _ => sign >= 0,
        };
    }
}

enum NumberOrder
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

static class NumberOrders
{
    /// <summary>What a predicate calls it.</summary>
    public static NumberMatch Match(this NumberOrder order) =>
        order switch
        {
            NumberOrder.Less => NumberMatch.Less,
            NumberOrder.LessOrEqual => NumberMatch.LessOrEqual,
            NumberOrder.Greater => NumberMatch.Greater,
            _ => NumberMatch.GreaterOrEqual,
        };
}
