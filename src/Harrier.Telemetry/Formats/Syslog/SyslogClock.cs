namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Gives years and zones to times that carry none. The first time gets the given year, or the one before where it would lie
/// after the file was written; later ones follow the lines before them, so that a log goes over New Year.
/// </summary>
/// <param name="zone">Offset from UTC of the local times.</param>
/// <param name="year">Year of the first time.</param>
/// <param name="written">When the file was written last: no time lies more than a day after it.</param>
sealed class SyslogClock(TimeSpan zone, int year, DateTime? written)
{
    static readonly TimeSpan HalfYear = TimeSpan.FromDays(183);

    DateTime? _last;

    /// <summary>Year of the first time, where one had to be assumed.</summary>
    public int? AssumedYear { get; private set; }

    /// <summary>Local time in UTC; null where no such day exists or it leaves the calendar.</summary>
    public DateTime? ToUtc(DateTime local) => Shift(local, zone);

    public static DateTime? Shift(DateTime local, TimeSpan offset)
    {
        var ticks = local.Ticks - offset.Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc)
            : null;
    }

    public DateTime? WithYear(int month, int day, TimeSpan timeOfDay)
    {
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
            ? ToUtc(new DateTime(inYear, month, day, 0, 0, 0, DateTimeKind.Unspecified) + timeOfDay)
            : null;
}
