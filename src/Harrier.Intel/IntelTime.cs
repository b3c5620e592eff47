using System.Globalization;

namespace Harrier.Intel;

/// <summary>Times as intelligence files write them.</summary>
static class IntelTime
{
    static readonly string[] s_formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd HH:mm:ss 'UTC'",
        "yyyy-MM-dd",
        "yyyy/MM/dd",
    ];

    /// <summary>Microseconds since 1970 UTC, or null; times without a zone are taken as UTC, and forms with day and month in doubt are not read.</summary>
    public static long? Parse(string? text) =>
        text is { Length: < 64 }
        && DateTimeOffset.TryParseExact(
            text.Trim(),
            s_formats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? (time - DateTimeOffset.UnixEpoch).Ticks / 10
            : null;
}
