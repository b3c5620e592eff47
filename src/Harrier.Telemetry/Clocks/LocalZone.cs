using System.Globalization;
using Harrier.Schema;
using NodaTime;

namespace Harrier.Telemetry.Clocks;

/// <summary>The zone of local times that carry none: UTC, an offset, or a place of the IANA database with its summer times.</summary>
/// <remarks>
/// The database comes with NodaTime and not from the machine: the same import gives the same times everywhere.
/// Clocks that are set forward skip times that a log can't hold; such a one is read as if they had not been set yet.
/// </remarks>
public sealed class LocalZone
{
    const int MostHours = 14;

    readonly DateTimeZone? _place;
    readonly long _offset;

    LocalZone(string name, DateTimeZone? place, TimeSpan offset)
    {
        Name = name;
        _place = place;
        _offset = offset.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    public static LocalZone Utc { get; } = new("UTC", null, TimeSpan.Zero);

    /// <summary>As it was named: UTC, +02:00, Europe/Berlin.</summary>
    public string Name { get; }

    /// <summary>Always this much ahead of UTC.</summary>
    public static LocalZone Fixed(TimeSpan offset) =>
        new(
            (offset < TimeSpan.Zero ? "-" : "+")
                + offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture),
            null,
            offset
        );

    /// <summary>Reads UTC, ±HH:MM, ±HHMM, ±HH, or a name of the IANA database in any case.</summary>
    /// <exception cref="HarrierFault">It is none of them (usage).</exception>
    public static LocalZone Parse(string text)
    {
        text = text.Trim();
        if (text.ToUpperInvariant() is "UTC" or "Z" or "GMT")
        {
            return Utc;
        }

        if (text.StartsWith('+') || text.StartsWith('-'))
        {
            return
                TimeSpan.TryParseExact(
                    text[1..],
                    [@"hh\:mm", @"h\:mm", "hhmm", "hh", "%h"],
                    CultureInfo.InvariantCulture,
                    out var offset
                )
                && offset <= TimeSpan.FromHours(MostHours)
                ? Fixed(text[0] == '-' ? -offset : offset)
                : throw new HarrierFault(
                    FaultKind.Usage,
                    $"'{text}' is no offset from UTC.",
                    remedy: "Write it as +02:00 or -05:00, or name a place: Europe/Berlin."
                );
        }

        var ids = DateTimeZoneProviders.Tzdb.Ids;
        var id = ids.FirstOrDefault(known =>
            known.Equals(text, StringComparison.OrdinalIgnoreCase)
        );
        if (id is not null)
        {
            return new LocalZone(id, DateTimeZoneProviders.Tzdb[id], TimeSpan.Zero);
        }

        var near = Nearest.To(text, ids);
        throw new HarrierFault(
            FaultKind.Usage,
            $"'{text}' is no time zone.",
            remedy: (near is null ? "" : $"Did you mean {near}? ")
                + "Zones are offsets (+02:00) or names of the IANA database (Europe/Berlin, America/New_York)."
        );
    }

    /// <summary>A local time in UTC; both in microseconds since 1970.</summary>
    /// <param name="after">UTC of the time before it in the log: where clocks are set back an hour comes twice, and this tells which it is.</param>
    public long ToUtc(long local, long? after = null)
    {
        if (_place is null)
        {
            return local - _offset;
        }

        var mapping = _place.MapLocal(Instant.FromUnixTimeTicks(local * 10).InUtc().LocalDateTime);
        var early = local - Microseconds(mapping.EarlyInterval.WallOffset);
        if (mapping.Count < 2 || after is not { } before)
        {
            return early;
        }

        // Lines come in order, give or take some minutes: a time that goes back by more is of the second hour.
        const long slackMicroseconds = 10L * 60 * 1_000_000;
        return early < before - slackMicroseconds
            ? local - Microseconds(mapping.LateInterval.WallOffset)
            : early;
    }

    static long Microseconds(Offset offset) => offset.Ticks / TimeSpan.TicksPerMicrosecond;
}
