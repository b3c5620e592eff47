using System.Buffers;
using System.Globalization;

namespace Harrier.Intel.Indicators;

/// <summary>
/// Brings values to the one form that is stored and compared: what is equal for an adversary is equal as text.
/// </summary>
/// <remarks>
/// Addresses canonical; domains lower case, international ones in their xn-- form, so that look-alikes stay different;
/// URLs with lower-case scheme and host, without default port, user and fragment; hashes lower case; file names lower
/// case and without folder.
/// </remarks>
public static class IndicatorValue
{
    const int MaximumLength = 2048;
    static readonly SearchValues<char> s_neverInNames = SearchValues.Create("*?<>|\"\0\n\r\t");
    static readonly SearchValues<char> s_dateCharacters = SearchValues.Create("0123456789.-_");
    static readonly SearchValues<char> s_neverInMailboxes = SearchValues.Create(" \t<>\"");
    static readonly IdnMapping s_idn = new();
    static readonly SearchValues<char> s_hostCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-_."
    );

    /// <summary>The normalised value, or null with the reason why it can't be an indicator of this type.</summary>
    public static string? Normalise(
        IndicatorType type,
        string text,
        out string reason,
        bool allowPrivate = false
    )
    {
        reason = "";
        text = text.Trim();
        if (text.Length is 0 or > MaximumLength)
        {
            reason = text.Length == 0 ? "no value" : $"longer than {MaximumLength} characters";
            return null;
        }

        return type switch
        {
            IndicatorType.Ipv4 or IndicatorType.Ipv6 => Address(text, allowPrivate, out reason),
            IndicatorType.Network => Network(text, allowPrivate, out reason),
            IndicatorType.Domain => DomainIndicator(text, out reason),
            IndicatorType.Url => UrlIndicator(text, out reason),
            IndicatorType.Email => Email(text, out reason),
            IndicatorType.FileName => FileName(text, out reason),
            IndicatorType.Md5 or IndicatorType.ImpHash => Hash(text, 32, out reason),
            IndicatorType.Sha1 => Hash(text, 40, out reason),
            IndicatorType.Sha256 => Hash(text, 64, out reason),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
    }

    static string? Address(string text, bool allowPrivate, out string reason)
    {
        reason = "no address";
        if (
            text.EndsWith("/32", StringComparison.Ordinal)
            || text.EndsWith("/128", StringComparison.Ordinal)
        )
        {
            text = text[..text.IndexOf('/')];
        }

        if (!Addresses.TryAddress(text, out var address))
        {
            return null;
        }

        if (!allowPrivate && Addresses.ReservedBecause(address) is { } why)
        {
            reason = $"{why}: says nothing about an adversary outside";
            return null;
        }

        return Addresses.Text(address);
    }

    static string? Network(string text, bool allowPrivate, out string reason)
    {
        reason = "no network in CIDR notation";
        if (!Addresses.TryNetwork(text, out var first, out var prefix))
        {
            return null;
        }

        // A /8 of IPv4 or a /16 of IPv6 is a continent, and would match half of all traffic.
        if (prefix < (Addresses.IsIpv4(first) ? 96 + 9 : 17))
        {
            reason = "a network so large that it says nothing";
            return null;
        }

        if (!allowPrivate && Addresses.ReservedBecause(first) is { } why)
        {
            reason = $"{why}: says nothing about an adversary outside";
            return null;
        }

        return Addresses.NetworkText(first, prefix);
    }

    static string? DomainIndicator(string text, out string reason)
    {
        if (Host(text) is not { } host)
        {
            reason = "no domain name";
            return null;
        }

        var lastDot = host.LastIndexOf('.');
        if (lastDot < 0)
        {
            reason = "a single label: it would match a whole top-level domain";
            return null;
        }

        if (!IsTopLevel(host.AsSpan(lastDot + 1)))
        {
            reason = "its last label is no top-level domain";
            return null;
        }

        if (PublicSuffixes.Contains(host))
        {
            reason = "a public suffix: everybody can have a name below it";
            return null;
        }

        reason = "";
        return host;
    }

    /// <summary>A host name in lower case and its xn-- form, without final dot; null if it can't be one. Single labels pass.</summary>
    internal static string? Host(string text)
    {
        text = text.TrimEnd('.').ToLowerInvariant();
        if (text.StartsWith("*.", StringComparison.Ordinal))
        {
            text = text[2..];
        }

        if (text.Length is 0 or > 253)
        {
            return null;
        }

        if (!System.Text.Ascii.IsValid(text))
        {
            try
            {
                text = s_idn.GetAscii(text).ToLowerInvariant();
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        if (text.AsSpan().ContainsAnyExcept(s_hostCharacters))
        {
            return null;
        }

        var label = 0;
        foreach (var c in text)
        {
            label = c == '.' ? 0 : label + 1;
            if (label > 63)
            {
                return null;
            }
        }

        return text[0] is '.' or '-' || text.Contains("..", StringComparison.Ordinal) ? null : text;
    }

    static bool IsTopLevel(ReadOnlySpan<char> label) =>
        label.StartsWith("xn--")
        || (label.Length is >= 2 and <= 24 && !label.ContainsAnyExceptInRange('a', 'z'));

    static string? UrlIndicator(string text, out string reason)
    {
        reason = "no URL";
        if (Url(text) is not { } url)
        {
            return null;
        }

        reason = "";
        return url.Text;
    }

    /// <summary>A URL in the form that is compared, and its host; null if it is none.</summary>
    /// <remarks>A scheme is not needed, but then a path is. Matching ignores the scheme: see <see cref="NormalUrl.Key"/>.</remarks>
    internal static NormalUrl? Url(string text)
    {
        // MISP escapes percent signs in the patterns that it exports.
        text = text.Replace("\\%", "%", StringComparison.Ordinal);
        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = "";
        var rest = text;
        if (schemeEnd > 0)
        {
            scheme = text[..schemeEnd].ToLowerInvariant();
            rest = text[(schemeEnd + 3)..];
            if (
                scheme.Length > 16
                || scheme.AsSpan().ContainsAnyExcept(s_hostCharacters)
                || !char.IsAsciiLetter(scheme[0])
            )
            {
                return null;
            }
        }

        if (rest.IndexOf('#') is var fragment and >= 0)
        {
            rest = rest[..fragment];
        }

        var pathStart = rest.AsSpan().IndexOfAny('/', '?', '\\');
        var authority = pathStart < 0 ? rest : rest[..pathStart];
        var path = pathStart < 0 ? "/" : rest[pathStart..];
        path = path[0] == '?' ? "/" + path : path;
        if (scheme.Length == 0 && pathStart < 0 && !authority.Contains(':'))
        {
            return null;
        }

        if (authority.LastIndexOf('@') is var at and >= 0)
        {
            authority = authority[(at + 1)..];
        }

        var port = "";
        var colon = authority.LastIndexOf(':');
        if (colon >= 0 && colon > authority.LastIndexOf(']'))
        {
            port = authority[(colon + 1)..];
            authority = authority[..colon];
            if (
                port.Length > 5
                || port.AsSpan().ContainsAnyExceptInRange('0', '9')
                || (port.Length > 0 && int.Parse(port) > 65535)
            )
            {
                return null;
            }
        }

        string host;
        if (Addresses.TryAddress(authority, out var address))
        {
            host = Addresses.Text(address);
            host = host.Contains(':') ? $"[{host}]" : host;
        }
        else if (Host(authority) is { } name && (name.Contains('.') || scheme.Length > 0))
        {
            host = name;
        }
        else
        {
            return null;
        }

        port = port is "" || (scheme, port) is ("http", "80") or ("https", "443") ? "" : ":" + port;
        var key = host + port + path;
        return new NormalUrl(scheme.Length == 0 ? key : $"{scheme}://{key}", key, host);
    }

    static string? Email(string text, out string reason)
    {
        reason = "no e-mail address";
        text = text.ToLowerInvariant();
        if (text.StartsWith("mailto:", StringComparison.Ordinal))
        {
            text = text[7..];
        }

        var at = text.LastIndexOf('@');
        if (
            at is < 1 or > 64
            || text.AsSpan(0, at).ContainsAny(s_neverInMailboxes)
            || Host(text[(at + 1)..]) is not { } host
            || !host.Contains('.')
        )
        {
            return null;
        }

        reason = "";
        return text[..at] + "@" + host;
    }

    static string? FileName(string text, out string reason)
    {
        reason = "no file name";
        var name = LastComponent(text.AsSpan().Trim(" \"'")).ToString().ToLowerInvariant();
        if (name.Length is < 3 or > 255 || name.AsSpan().ContainsAny(s_neverInNames))
        {
            return null;
        }

        var stem = name.AsSpan(0, name.LastIndexOf('.') is > 0 and var dot ? dot : name.Length);
        if (stem.Length < 10 && !stem.ContainsAnyExcept(s_dateCharacters))
        {
            reason = "a number or a date as a file name, which matches by chance";
            return null;
        }

        // 'update' or 'x' would match by chance; a name tells something from its extension on.
        if (name.Length < 6 && !name.Contains('.'))
        {
            reason = "a name so short that it matches by chance";
            return null;
        }

        reason = "";
        return name;
    }

    /// <summary>What follows the last separator of folders, of either system.</summary>
    internal static ReadOnlySpan<char> LastComponent(ReadOnlySpan<char> path) =>
        path[(path.LastIndexOfAny('\\', '/') + 1)..];

    static string? Hash(string text, int digits, out string reason)
    {
        if (text.Length != digits || !IsHex(text))
        {
            reason = $"not {digits} hexadecimal digits";
            return null;
        }

        reason = "";
        return text.ToLowerInvariant();
    }

    internal static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(s_hex);

    static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");
}

/// <param name="Text">Canonical form, with its scheme if it has one.</param>
/// <param name="Key">Form without scheme, by which URLs are compared: proxies and sensors differ in what they write.</param>
sealed record NormalUrl(string Text, string Key, string Host);
