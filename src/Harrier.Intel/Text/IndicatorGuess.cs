using Harrier.Intel.Indicators;

namespace Harrier.Intel.Text;

/// <summary>What kind of indicator a lone value is, by its form.</summary>
static class IndicatorGuess
{
    /// <param name="isCertain">Whether an author said that it is one: defanged, or alone in its cell or line. Prose needs a known top-level domain.</param>
    /// <param name="isDefanged">Nobody defangs a file name: transfer[.]sh is a domain, transfer.sh a script.</param>
    public static IndicatorType? Of(string value, bool isCertain, bool isDefanged = false)
    {
        if (value.Length is < 3 or > 2048)
        {
            return null;
        }

        if (HashType(value) is { } hash)
        {
            return hash;
        }

        if (Addresses.TryAddress(value, out _))
        {
            return value.Contains(':') ? IndicatorType.Ipv6 : IndicatorType.Ipv4;
        }

        if (value.Contains("://", StringComparison.Ordinal))
        {
            return IndicatorType.Url;
        }

        if (value.Contains('/') && Addresses.TryNetwork(value, out _, out _))
        {
            return IndicatorType.Network;
        }

        if (value.AsSpan(Math.Min(2, value.Length)).Contains(':'))
        {
            return null;
        }

        if (value.IndexOfAny(['\\', '%']) >= 0)
        {
            return value.Contains('.') && FileExtensions.IsFile(value)
                ? IndicatorType.FileName
                : null;
        }

        var slash = value.IndexOf('/');
        if (slash == 0)
        {
            return FileExtensions.IsFile(value) ? IndicatorType.FileName : null;
        }

        if (slash > 0)
        {
            return IsDomain(value[..slash].Split(':')[0], isCertain) ? IndicatorType.Url : null;
        }

        if (value.IndexOf('@') is var at and > 0)
        {
            return IsDomain(value[(at + 1)..], isCertain: true) ? IndicatorType.Email : null;
        }

        if (!value.Contains('.'))
        {
            return null;
        }

        if (
            isDefanged
            && TopLevelDomains.Contains(value[(value.LastIndexOf('.') + 1)..].ToLowerInvariant())
        )
        {
            return IndicatorType.Domain;
        }

        return FileExtensions.IsFile(value) ? IndicatorType.FileName
            : IsDomain(value, isCertain) ? IndicatorType.Domain
            : null;
    }

    public static IndicatorType? HashType(string value) =>
        !IndicatorValue.IsHex(value)
            ? null
            : value.Length switch
            {
                32 => IndicatorType.Md5,
                40 => IndicatorType.Sha1,
                64 => IndicatorType.Sha256,
                _ => null,
            };

    public static bool IsDomain(string value, bool isCertain)
    {
        if (
            IndicatorValue.Host(value) is not { } host
            || host.LastIndexOf('.') is not (> 0 and var dot)
        )
        {
            return false;
        }

        var top = host[(dot + 1)..];
        return TopLevelDomains.Contains(top)
            ? isCertain
                || value.AsSpan().IndexOfAnyInRange('A', 'Z') < 0
                || value.AsSpan().IndexOfAnyInRange('a', 'z') < 0
            : isCertain
                && top.Length is >= 2 and <= 24
                && !top.AsSpan().ContainsAnyExceptInRange('a', 'z');
    }
}
