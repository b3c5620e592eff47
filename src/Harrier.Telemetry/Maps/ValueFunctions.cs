using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;

namespace Harrier.Telemetry.Maps;

/// <summary>Changes a value on its way into a column; an empty result means there is none.</summary>
public delegate ReadOnlySpan<byte> ValueFunction(ReadOnlySpan<byte> value, string? argument);

/// <summary>The functions that maps may use after a bar.</summary>
public static class ValueFunctions
{
    static readonly Dictionary<string, ValueFunction> s_byName = new(StringComparer.Ordinal)
    {
        ["lower"] = static (value, _) => Lower(value),
        ["host"] = static (value, _) => Host(value),
        ["account"] = static (value, _) => Account(value),
        ["domain"] = static (value, _) => Lower(value.TrimEnd((byte)'.')),
        ["email"] = static (value, _) => Lower(value.Trim("<> "u8)),
        ["email_domain"] = static (value, _) => Lower(After(value.Trim("<> "u8), (byte)'@')),
        ["bare"] = static (value, _) => value.Trim("<> "u8),
        ["before"] = static (value, mark) => Before(value, Encoding.UTF8.GetBytes(mark!)),
        ["after"] = static (value, mark) => After(value, Encoding.UTF8.GetBytes(mark!)),
        ["address"] = static (value, _) => Address(value),
        ["hash"] = static (value, name) => Hash(value, name!),
        ["line"] = static (value, _) => Before(value, "\n"u8).Trim(" \t\r"u8),
        ["number"] = static (value, _) => Number(value),
        ["seconds_to_us"] = static (value, _) => SecondsToMicroseconds(value),
        ["basename"] = static (value, _) =>
            value[(value.LastIndexOfAny((byte)'\\', (byte)'/') + 1)..],
        ["match"] = static (value, pairs) => Match(value, pairs!),
    };

    static readonly string[] s_withArgument = ["before", "after", "hash", "match"];

    static readonly string[] s_partial =
    [
        "account",
        "after",
        "basename",
        "before",
        "email_domain",
        "hash",
        "host",
        "line",
    ];

    /// <exception cref="FormatException">There is no such function, or its argument is missing.</exception>
    public static ValueFunction Get(string name, string? argument)
    {
        if (!s_byName.TryGetValue(name, out var function))
        {
            throw new FormatException(
                $"'{name}' is no function; there are: {string.Join(", ", s_byName.Keys.Order(StringComparer.Ordinal))}"
            );
        }

        return argument is { Length: > 0 } || !s_withArgument.Contains(name)
            ? function
            : throw new FormatException($"'{name}' wants an argument: | {name} ARGUMENT");
    }

    /// <summary>Whether what the function gives still says all that the field said.</summary>
    public static bool KeepsAll(string name, string? argument) =>
        name == "match"
            ? !argument!.Split(' ').Any(pair => pair.StartsWith("*=", StringComparison.Ordinal))
            : !s_partial.Contains(name);

    static byte[] Lower(ReadOnlySpan<byte> value)
    {
        if (Ascii.IsValid(value))
        {
            var lower = new byte[value.Length];
            Ascii.ToLower(value, lower, out _);
            return lower;
        }

        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value).ToLowerInvariant());
    }

    /// <summary>Short name of a machine, lower case: WS1.corp.example and WS1$ are ws1; an address stays whole.</summary>
    static ReadOnlySpan<byte> Host(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart((byte)'\\').TrimEnd((byte)'$');
        if (IPAddress.TryParse(Encoding.UTF8.GetString(value), out _))
        {
            return Address(value);
        }

        var dot = value.IndexOf((byte)'.');
        return Lower(dot > 0 ? value[..dot] : value);
    }

    /// <summary>Short account name, lower case: CORP\Anna, anna@corp.example and Anna are anna.</summary>
    static ReadOnlySpan<byte> Account(ReadOnlySpan<byte> value)
    {
        value = value[(value.LastIndexOf((byte)'\\') + 1)..].Trim("<> "u8);
        var at = value.IndexOf((byte)'@');
        return Lower(at > 0 ? value[..at] : value);
    }

    static ReadOnlySpan<byte> After(ReadOnlySpan<byte> value, byte mark)
    {
        var at = value.LastIndexOf(mark);
        return at < 0 ? default : value[(at + 1)..];
    }

    /// <summary>What stands before the first mark; all, where there is none.</summary>
    static ReadOnlySpan<byte> Before(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mark)
    {
        var at = value.IndexOf(mark);
        return at < 0 ? value : value[..at];
    }

    /// <summary>What stands after the first mark; nothing, where there is none.</summary>
    static ReadOnlySpan<byte> After(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mark)
    {
        var at = value.IndexOf(mark);
        return at < 0 ? default : value[(at + mark.Length)..];
    }

    /// <summary>An address in its usual form; IPv4 inside IPv6 is unwrapped. Anything else is no address.</summary>
    static ReadOnlySpan<byte> Address(ReadOnlySpan<byte> value)
    {
        if (
            value.Length > 64
            || !IPAddress.TryParse(Encoding.UTF8.GetString(value), out var address)
        )
        {
            return default;
        }

        // Four parts of digits only: IPAddress also takes '1' and '0x7f.1', which no log means.
        if (!value.Contains((byte)':') && value.Count((byte)'.') != 3)
        {
            return default;
        }

        return Encoding.UTF8.GetBytes(
            (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        );
    }

    /// <summary>One hash out of <c>SHA1=..,MD5=..,IMPHASH=..</c>, lower case.</summary>
    static ReadOnlySpan<byte> Hash(ReadOnlySpan<byte> value, string name)
    {
        foreach (var range in value.Split((byte)','))
        {
            var part = value[range].Trim((byte)' ');
            var equals = part.IndexOf((byte)'=');
            if (
                equals > 0
                && Encoding
                    .UTF8.GetString(part[..equals])
                    .Equals(name, StringComparison.OrdinalIgnoreCase)
            )
            {
                return Lower(part[(equals + 1)..]);
            }
        }

        return default;
    }

    /// <summary>A whole number, decimal or 0x-hexadecimal, with thousands separators and decimals dropped.</summary>
    static ReadOnlySpan<byte> Number(ReadOnlySpan<byte> value)
    {
        value = value.Trim((byte)' ');
        if (value.StartsWith("0x"u8) || value.StartsWith("0X"u8))
        {
            return
                Utf8Parser.TryParse(value[2..], out ulong hex, out var used, 'x')
                && used == value.Length - 2
                && hex <= long.MaxValue
                ? Encoding.UTF8.GetBytes(hex.ToString(CultureInfo.InvariantCulture))
                : default;
        }

        return
            Utf8Parser.TryParse(value, out long number, out var length)
            && (length == value.Length || value[length] == (byte)'.')
            ? Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))
            : default;
    }

    static ReadOnlySpan<byte> SecondsToMicroseconds(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out double seconds, out var length)
        && length == value.Length
        && Math.Abs(seconds) < 1e12
            ? Encoding.UTF8.GetBytes(
                ((long)Math.Round(seconds * 1e6)).ToString(CultureInfo.InvariantCulture)
            )
            : default;

    /// <summary>Translates: <c>match 1=create 2=delete *=other</c>; without a star, what is not named is dropped.</summary>
    static ReadOnlySpan<byte> Match(ReadOnlySpan<byte> value, string pairs)
    {
        var text = Encoding.UTF8.GetString(value);
        foreach (var pair in pairs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (
                equals > 0
                && (
                    pair[..equals] == "*"
                    || pair[..equals].Equals(text, StringComparison.OrdinalIgnoreCase)
                )
            )
            {
                return Encoding.UTF8.GetBytes(pair[(equals + 1)..]);
            }
        }

        return default;
    }
}
