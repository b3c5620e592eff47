namespace Harrier.Telemetry.Clocks;

/// <summary>
/// Gives zones and years to times of one log that carry none. The first time without a year gets the given year, or the one before
/// where it would lie after the file was written; later ones follow the lines before them, so that a log goes over New Year.
/// </summary>
/// <param name="zone">Of local times.</param>
/// <param name="year">Year of the first time.</param>
/// <param name="written">When the file was written last: no time lies more than a day after it.</param>
public sealed class LogClock(LocalZone zone, int year, DateTime? written = null)
{
    static readonly TimeSpan HalfYear = TimeSpan.FromDays(183);

    DateTime? _last;
    long? _lastUtc;

    /// <summary>For times that are known to be UTC whether they say so or not.</summary>
    public static LogClock Utc => new(LocalZone.Utc, 1970);

    /// <summary>What local times were read as.</summary>
    public string ZoneName => zone.Name;

    /// <summary>Year of the first time, where one had to be assumed.</summary>
    public int? AssumedYear { get; private set; }

    /// <summary>How many times had no zone of their own.</summary>
    public long WithoutZone { get; private set; }

    /// <summary>Times without a year came: those after them depend on them.</summary>
    internal bool HasMemory => _last is not null;

    /// <summary>Counts what was read with a clock like this one from another part of the same log.</summary>
    internal void Join(LogClock other) => WithoutZone += other.WithoutZone;

    /// <summary>Local time, microseconds since 1970, in UTC.</summary>
    public long ToUtc(long local)
    {
        WithoutZone++;
        return zone.ToUtc(local, _lastUtc);
    }

    /// <summary>Local time in UTC; null where it leaves the calendar.</summary>
    public DateTime? ToUtc(DateTime local)
    {
        WithoutZone++;
        return Shifted(local);
    }

    /// <summary>Says the time of the event just read, UTC: the next one is likely after it.</summary>
    public void Follow(long utc) => _lastUtc = utc;

    /// <summary>UTC of a local time without a year; null where no year near has such a day.</summary>
    public DateTime? WithYear(int month, int day, TimeSpan timeOfDay)
    {
        WithoutZone++;
        if (_last is not { } last)
        {
            return First(month, day, timeOfDay);
        }

        var time = At(last.Year, month, day, timeOfDay);
        if (time is null || last - time > HalfYear)
        {
            time = At(last.Year + 1, month, day, timeOfDay) ?? time;
            _last = time ?? _last;
        }
        else if (time - last > HalfYear)
        {
            // A straggler of December after the turn of the year: it doesn't turn the year back for those after it.
            time = At(last.Year - 1, month, day, timeOfDay) ?? time;
        }
        else
        {
            _last = time;
        }

        return time;
    }

    DateTime? First(int month, int day, TimeSpan timeOfDay)
    {
        var time = At(year, month, day, timeOfDay);
        if (time is null || (written is { } end && time > end.AddDays(1)))
        {
            // 29 February: the latest leap year before; else the year before.
            time = NearestBefore(month, day, timeOfDay) ?? time;
        }

        _last = time;
        AssumedYear ??= time?.Year;
        return time;
    }

    DateTime? NearestBefore(int month, int day, TimeSpan timeOfDay)
    {
        for (var back = 1; back <= 8; back++)
        {
            if (At(year - back, month, day, timeOfDay) is { } time)
            {
                return time;
            }
        }

        return null;
    }

    DateTime? At(int inYear, int month, int day, TimeSpan timeOfDay) =>
        inYear is >= 2 and <= 9998 && day <= DateTime.DaysInMonth(inYear, month)
            ? Shifted(
                new DateTime(inYear, month, day, 0, 0, 0, DateTimeKind.Unspecified) + timeOfDay
            )
            : null;

    DateTime? Shifted(DateTime local)
    {
        var stamp = (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var ticks =
            local.Ticks + (zone.ToUtc(stamp, _lastUtc) - stamp) * TimeSpan.TicksPerMicrosecond;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc)
            : null;
    }
}
