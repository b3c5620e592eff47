using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;

namespace Harrier.Telemetry.Maps;

/// <summary>Changes a value on its way into a column; an empty result means there is none.</summary>
/// <param name="scratch">Where it writes what is not a part of the value.</param>
public delegate ReadOnlySpan<byte> ValueFunction(ReadOnlySpan<byte> value, Scratch scratch);

/// <summary>The functions that maps may use after a bar.</summary>
public static class ValueFunctions
{
    static readonly Dictionary<string, Entry> s_byName = new(StringComparer.Ordinal)
    {
        ["lower"] = new(Lower),
        ["upper"] = new(Upper),
        ["host"] = new(Host) { IsPart = true },
        ["account"] = new(Account) { IsPart = true },
        ["domain"] = new((value, scratch) => Lower(value.TrimEnd((byte)'.'), scratch)),
        ["email"] = new((value, scratch) => Lower(value.Trim("<> "u8), scratch)),
        ["email_domain"] = new(EmailDomain) { IsPart = true },
        ["bare"] = new((value, _) => value.Trim("<> "u8)),
        ["trim"] = new("CHARACTERS", Trim),
        ["before"] = new("MARK", Before) { IsPart = true },
        ["after"] = new("MARK", After) { IsPart = true },
        ["between"] = new("MARK MARK", Between) { IsPart = true },
        ["split"] = new("MARK NUMBER", Split) { IsPart = true },
        ["replace"] = new("OLD NEW", Replace) { IsPart = true },
        ["json"] = new("PATH", Json) { IsPart = true },
        ["address"] = new(Address),
        ["hash"] = new("NAME", Hash) { IsPart = true },
        ["line"] = new((value, _) => Before(value, "\n"u8).Trim(" \t\r"u8)) { IsPart = true },
        ["number"] = new(Number),
        ["seconds_to_us"] = new((value, scratch) => ToMicroseconds(value, 1e6, scratch)),
        ["ms_to_us"] = new((value, scratch) => ToMicroseconds(value, 1e3, scratch)),
        ["hms_to_us"] = new(HoursToMicroseconds),
        ["time"] = new("FORMAT", Time),
        ["basename"] = new((value, _) => value[(value.LastIndexOfAny((byte)'\\', (byte)'/') + 1)..])
        {
            IsPart = true,
        },
        ["match"] = new("TEXT=RESULT ...", Match),
    };

    /// <summary>A function, and whether what it gives still says all that the field said.</summary>
    /// <param name="argument">What stands behind its name; null: nothing.</param>
    /// <exception cref="FormatException">There is no such function, or its argument is missing or wrong.</exception>
    public static (ValueFunction Function, bool KeepsAll) Get(string name, string? argument)
    {
        if (!s_byName.TryGetValue(name, out var entry))
        {
            throw new FormatException(
                $"'{name}' is no function; there are: {string.Join(", ", s_byName.Keys.Order(StringComparer.Ordinal))}"
            );
        }

        var hasArgument = argument is { Length: > 0 };
        if (hasArgument != (entry.Wants.Length > 0))
        {
            throw new FormatException(
                hasArgument
                    ? $"'{name}' takes no argument"
                    : $"'{name}' wants an argument: | {name} {entry.Wants}"
            );
        }

        var keepsAll = name == "match" ? MatchKeepsAll(argument!) : !entry.IsPart;
        return (entry.Make(argument ?? ""), keepsAll);
    }

    static ReadOnlySpan<byte> Lower(ReadOnlySpan<byte> value, Scratch scratch)
    {
        if (!Ascii.IsValid(value))
        {
            return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value).ToLowerInvariant());
        }

        var lower = scratch.Take(value.Length);
        Ascii.ToLower(value, lower, out _);
        return lower;
    }

    static ReadOnlySpan<byte> Upper(ReadOnlySpan<byte> value, Scratch scratch)
    {
        if (!Ascii.IsValid(value))
        {
            return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value).ToUpperInvariant());
        }

        var upper = scratch.Take(value.Length);
        Ascii.ToUpper(value, upper, out _);
        return upper;
    }

    /// <summary>Short name of a machine, lower case: WS1.corp.example and WS1$ are ws1; an address stays whole.</summary>
    static ReadOnlySpan<byte> Host(ReadOnlySpan<byte> value, Scratch scratch)
    {
        value = value.TrimStart((byte)'\\').TrimEnd((byte)'$');
        if (IPAddress.TryParse(Encoding.UTF8.GetString(value), out _))
        {
            return Address(value, scratch);
        }

        var dot = value.IndexOf((byte)'.');
        return Lower(dot > 0 ? value[..dot] : value, scratch);
    }

    /// <summary>Short account name, lower case: CORP\Anna, anna@corp.example and Anna are anna.</summary>
    static ReadOnlySpan<byte> Account(ReadOnlySpan<byte> value, Scratch scratch)
    {
        value = value[(value.LastIndexOf((byte)'\\') + 1)..].Trim("<> "u8);
        var at = value.IndexOf((byte)'@');
        return Lower(at > 0 ? value[..at] : value, scratch);
    }

    static ReadOnlySpan<byte> EmailDomain(ReadOnlySpan<byte> value, Scratch scratch)
    {
        value = value.Trim("<> "u8);
        var at = value.LastIndexOf((byte)'@');
        return at < 0 ? default : Lower(value[(at + 1)..], scratch);
    }

    /// <summary>Four numbers up to 255 without zeros before them: as an address is written out.</summary>
    static bool IsPlainIpv4(ReadOnlySpan<byte> value)
    {
        var points = 0;
        var number = -1;
        foreach (var letter in value)
        {
            if (letter == '.' && number >= 0 && ++points <= 3)
            {
                number = -1;
            }
            else if (!char.IsAsciiDigit((char)letter) || number == 0)
            {
                return false;
            }
            else
            {
                number = Math.Max(number, 0) * 10 + (letter - '0');
                if (number > 255)
                {
                    return false;
                }
            }
        }

        return points == 3 && number >= 0;
    }

    static ValueFunction Trim(string characters)
    {
        var set = Encoding.UTF8.GetBytes(Unquoted(characters) + " ");
        return (value, _) => value.Trim(set);
    }

    static ValueFunction Before(string text)
    {
        var mark = Encoding.UTF8.GetBytes(Unquoted(text));
        return (value, _) => Before(value, mark);
    }

    static ValueFunction After(string text)
    {
        var mark = Encoding.UTF8.GetBytes(Unquoted(text));
        return (value, _) => After(value, mark);
    }

    /// <summary>What stands between the first mark and the next second one; nothing, where either is missing.</summary>
    static ValueFunction Between(string argument)
    {
        var words = TwoWords("between", argument);
        var (first, second) = (Encoding.UTF8.GetBytes(words[0]), Encoding.UTF8.GetBytes(words[1]));
        return (value, _) =>
        {
            var rest = After(value, first);
            var end = rest.IndexOf(second);
            return end < 0 ? default : rest[..end];
        };
    }

    /// <summary>The so-many-th part between marks, from 1; -1 is the last.</summary>
    static ValueFunction Split(string argument)
    {
        var words = TwoWords("split", argument);
        var mark = Encoding.UTF8.GetBytes(words[0]);
        if (!int.TryParse(words[1], CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw new FormatException(
                $"'{words[1]}' is no part: split MARK NUMBER counts from 1, and from the end with -1"
            );
        }

        return (value, _) =>
        {
            var part = number > 0 ? number : value.Count(mark) + 2 + number;
            for (; part > 1 && value.Length > 0; part--)
            {
                value = After(value, mark);
            }

            return part == 1 ? Before(value, mark) : default;
        };
    }

    static ValueFunction Replace(string argument)
    {
        var words = TwoWords("replace", argument);
        var (old, replacement) = (
            Encoding.UTF8.GetBytes(words[0]),
            Encoding.UTF8.GetBytes(words[1])
        );
        return (value, scratch) =>
        {
            var count = value.Count(old);
            if (count == 0)
            {
                return value;
            }

            var replaced = scratch.Take(value.Length + count * (replacement.Length - old.Length));
            var rest = replaced;
            for (int at; (at = value.IndexOf(old)) >= 0; value = value[(at + old.Length)..])
            {
                value[..at].CopyTo(rest);
                replacement.CopyTo(rest[at..]);
                rest = rest[(at + replacement.Length)..];
            }

            value.CopyTo(rest);
            return replaced;
        };
    }

    static ValueFunction Json(string argument)
    {
        var path = JsonPath.Parse(argument[0] is '.' or '[' ? argument : "." + argument);
        return path.Find;
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
    static ReadOnlySpan<byte> Address(ReadOnlySpan<byte> value, Scratch scratch)
    {
        if (IsPlainIpv4(value))
        {
            return value;
        }

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

        var text = scratch.Take(64);
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryFormat(
            text,
            out var length
        );
        return text[..length];
    }

    /// <summary>One hash out of <c>SHA1=..,MD5=..,IMPHASH=..</c>, lower case.</summary>
    static ValueFunction Hash(string name)
    {
        var wanted = Encoding.UTF8.GetBytes(name);
        return (value, scratch) =>
        {
            foreach (var range in value.Split((byte)','))
            {
                var part = value[range].Trim((byte)' ');
                var equals = part.IndexOf((byte)'=');
                if (equals > 0 && Ascii.EqualsIgnoreCase(part[..equals], wanted))
                {
                    return Lower(part[(equals + 1)..], scratch);
                }
            }

            return default;
        };
    }

    /// <summary>A whole number, decimal or 0x-hexadecimal, with thousands separators and decimals dropped.</summary>
    static ReadOnlySpan<byte> Number(ReadOnlySpan<byte> value, Scratch scratch)
    {
        value = value.Trim((byte)' ');
        if (value.StartsWith("0x"u8) || value.StartsWith("0X"u8))
        {
            return
                Utf8Parser.TryParse(value[2..], out ulong hex, out var used, 'x')
                && used == value.Length - 2
                && hex <= long.MaxValue
                ? Written((long)hex, scratch)
                : default;
        }

        return
            Utf8Parser.TryParse(value, out long number, out var length)
            && (length == value.Length || value[length] == (byte)'.')
            ? Written(number, scratch)
            : default;
    }

    static ReadOnlySpan<byte> ToMicroseconds(
        ReadOnlySpan<byte> value,
        double unit,
        Scratch scratch
    ) =>
        Utf8Parser.TryParse(value, out double number, out var length)
        && length == value.Length
        && Math.Abs(number) < 1e18 / unit
            ? Written((long)Math.Round(number * unit), scratch)
            : default;

    /// <summary>A duration as hours, minutes and seconds, 92:24:20 or 0:00:01.5.</summary>
    static ReadOnlySpan<byte> HoursToMicroseconds(ReadOnlySpan<byte> value, Scratch scratch)
    {
        double seconds = 0;
        var parts = 0;
        foreach (var range in value.Split((byte)':'))
        {
            if (
                ++parts > 3
                || !Utf8Parser.TryParse(value[range], out double part, out var length)
                || length != value[range].Length
                || part is < 0 or > 1e9
            )
            {
                return default;
            }

            seconds = seconds * 60 + part;
        }

        return parts == 3 ? Written((long)Math.Round(seconds * 1e6), scratch) : default;
    }

    static ReadOnlySpan<byte> Written(long number, Scratch scratch)
    {
        var text = scratch.Take(20);
        Utf8Formatter.TryFormat(number, text, out var length);
        return text[..length];
    }

    /// <summary>A time that is written in a form of its own, as ISO; without a zone where the format has none.</summary>
    static ValueFunction Time(string argument)
    {
        const int longest = 64;
        var format = Unquoted(argument);
        var hasZone = format.IndexOfAny(['z', 'Z', 'K']) >= 0;
        try
        {
            _ = DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
        }
        catch (FormatException fault)
        {
            throw new FormatException(
                $"'{format}' is no format of a time: time 'dd/MM/yyyy HH:mm:ss' (y year, M month, d day, H hour, m minute, s second, f fraction, zzz zone)",
                fault
            );
        }

        return (value, scratch) =>
        {
            Span<char> text = stackalloc char[longest];
            if (
                value.Length > longest
                || !Encoding.UTF8.TryGetChars(value, text, out var length)
                || !DateTimeOffset.TryParseExact(
                    text[..length],
                    format,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces,
                    out var time
                )
            )
            {
                return default;
            }

            var iso = scratch.Take(longest);
            time.UtcDateTime.TryFormat(
                iso,
                out var written,
                hasZone ? "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fffffff",
                CultureInfo.InvariantCulture
            );
            return iso[..written];
        };
    }

    /// <summary>
    /// Translates: <c>match 1=create 2=delete Get*=read *=other</c>, the first that fits; what is not named is dropped,
    /// and a result <c>*</c> is the value itself.
    /// </summary>
    static ValueFunction Match(string argument)
    {
        var pairs = Pairs(argument);
        return (value, _) =>
        {
            foreach (var (pattern, result) in pairs)
            {
                if (pattern.Matches(value))
                {
                    return result is [(byte)'*'] ? value : result;
                }
            }

            return default;
        };
    }

    static bool MatchKeepsAll(string argument) =>
        Pairs(argument).All(pair => pair.Pattern.IsExact || pair.Result is [(byte)'*']);

    static (ValuePattern Pattern, byte[] Result)[] Pairs(string argument) =>
        [
            .. ExpressionText
                .Words(argument)
                .Select(word =>
                    word.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
                        ? (
                            new ValuePattern(word[..equals]),
                            Encoding.UTF8.GetBytes(word[(equals + 1)..])
                        )
                        : throw new FormatException(
                            $"'{word}' is no pair: match TEXT=RESULT, in quotes where the text has spaces ('Log on'=logon)"
                        )
                ),
        ];

    /// <summary>A mark that is one quoted text loses its quotes; any other is taken as it stands, spaces and all.</summary>
    static string Unquoted(string argument) => ExpressionText.Quoted(argument, '\'') ?? argument;

    static List<string> TwoWords(string name, string argument)
    {
        var words = ExpressionText.Words(argument);
        return words.Count == 2 && words[0].Length > 0
            ? words
            : throw new FormatException(
                $"'{name}' wants two arguments: | {name} {s_byName[name].Wants}, in quotes where they have spaces"
            );
    }

    /// <summary>A function as the list has it.</summary>
    /// <param name="Wants">Its arguments, for messages; empty: none.</param>
    sealed record Entry(string Wants, Func<string, ValueFunction> Make)
    {
        public Entry(ValueFunction function)
            : this("", _ => function) { }

        /// <summary>It takes a part of the value, so that the field goes to <c>extra</c> as well.</summary>
        public bool IsPart { get; init; }
    }
}
