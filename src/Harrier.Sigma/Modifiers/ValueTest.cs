using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Harrier.Sigma.Modifiers;

/// <summary>A question about one value of an event, as text.</summary>
abstract class ValueTest
{
    public abstract bool Holds(string text);
}

/// <summary>A regular expression, found anywhere in the text.</summary>
/// <remarks>
/// Runs in linear time where .NET can (no look-around, no back references), else with a limit of one second a value. After
/// <see cref="MaxTimeouts"/> values that took longer it is given up, so that a hostile log can't hold a hunt.
/// </remarks>
sealed class RegexTest : ValueTest
{
    const int MaxTimeouts = 3;

    readonly Regex _regex;
    int _timeouts;

    /// <exception cref="ArgumentException">No regular expression.</exception>
    public RegexTest(string pattern, RegexOptions options)
    {
        options |= RegexOptions.CultureInvariant;
        var limit = TimeSpan.FromSeconds(1);
        try
        {
            _regex = new Regex(pattern, options | RegexOptions.NonBacktracking, limit);
        }
        catch (NotSupportedException)
        {
            _regex = new Regex(pattern, options, limit);
        }
    }

    public bool GaveUp => Volatile.Read(ref _timeouts) >= MaxTimeouts;

    public override bool Holds(string text)
    {
        if (GaveUp)
        {
            return false;
        }

        try
        {
            return _regex.IsMatch(text);
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
    readonly byte[] _network;
    readonly int _prefix;

    /// <exception cref="FormatException">No network.</exception>
    public CidrTest(string network)
    {
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var address = IPAddress.Parse(slash < 0 ? network : network[..slash]);
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
    }

    public override bool Holds(string text)
    {
        if (!IPAddress.TryParse(text, out var address))
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

/// <summary>The text is a number that compares so; other text fails.</summary>
sealed class NumberTest(NumberOrder order, string number) : ValueTest
{
    readonly decimal? _exact = Exact(number);
    readonly double _near = double.Parse(number, CultureInfo.InvariantCulture);

    public override bool Holds(string text)
    {
        int sign;
        if (_exact is { } mine && Exact(text) is { } theirs)
        {
            sign = theirs.CompareTo(mine);
        }
        else if (
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && !double.IsNaN(value)
        )
        {
            sign = value.CompareTo(_near);
        }
        else
        {
            return false;
        }

        return order switch
        {
            NumberOrder.Less => sign < 0,
            NumberOrder.LessOrEqual => sign <= 0,
            NumberOrder.Greater => sign > 0,
            _ => sign >= 0,
        };
    }

    static decimal? Exact(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}

enum NumberOrder
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
