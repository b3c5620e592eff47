using System.Globalization;

namespace Harrier.Store.Lake;

/// <summary>Days of events, by which files are named and put together.</summary>
static class LakeDays
{
    public const long Micros = 86_400_000_000;

    /// <summary>Days since 1970-01-01 UTC.</summary>
    public static long Of(long micros) =>
        unchecked((micros - (micros < 0 ? Micros - 1 : 0)) / Micros);

    /// <summary>The first microsecond of a day; the ends of the scale for days beyond them.</summary>
    public static long Start(long day) =>
        day <= long.MinValue / Micros ? long.MinValue
        : day > long.MaxValue / Micros ? long.MaxValue
        : day * Micros;

    /// <summary>yyyy-MM-dd. Times out of the calendar's range (a hostile log's) still need a folder: the nearest day there is.</summary>
    public static string Name(long micros)
    {
        var day = Math.Clamp(
            Of(micros),
            Of(DateTime.MinValue.Ticks / 10 - DateTime.UnixEpoch.Ticks / 10),
            Of((DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / 10)
        );
        return DateOnly
            .FromDateTime(DateTime.UnixEpoch.AddDays(day))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
