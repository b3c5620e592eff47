using System.Globalization;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Formats.WindowsJson;

/// <summary>Compares a collector's time stamps with Sysmon's own clock (UtcTime) and says when they disagree.</summary>
/// <remarks>
/// Some collectors write local time with a Z. The most frequent whole quarter of an hour between the two, over Sysmon events
/// other than 3 and 22 (whose own stamps are known to be off), is taken for the collector's offset; a late collector scatters,
/// a wrong zone does not. The sentence names the offset; repairing it is the hunter's choice (<c>--timezone</c>).
/// </remarks>
sealed class ClockCheck
{
    const long QuarterMicroseconds = 15 * TimeSpan.MicrosecondsPerMinute;
    const int LeastEvents = 20;
    const double LeastShare = 0.9;

    readonly Dictionary<long, int> _byQuarter = [];
    int _events;

    public void See(Record record)
    {
        if (
            !record.TryGet("UtcTime"u8, out var own)
            || !(
                record.TryGet("TimeCreated"u8, out var collected)
                || record.TryGet("@timestamp"u8, out collected)
            )
            || (
                record.TryGet("EventID"u8, out var id)
                && (id.SequenceEqual("3"u8) || id.SequenceEqual("22"u8))
            )
            || !TimeText.TryParse(own, TimeSpan.Zero, 1970, out var ownTime)
            || !TimeText.TryParse(collected, TimeSpan.Zero, 1970, out var collectedTime)
        )
        {
            return;
        }

        _events++;
        var quarter = (long)Math.Round((collectedTime - ownTime) / (double)QuarterMicroseconds);
        _byQuarter[quarter] = _byQuarter.GetValueOrDefault(quarter) + 1;
    }

    public void Report(IRecordHandler handler)
    {
        if (_events < LeastEvents)
        {
            return;
        }

        var (quarter, count) = _byQuarter
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key)
            .First();
        if (quarter == 0 || count < LeastShare * _events)
        {
            return;
        }

        var hours = (quarter / 4.0).ToString("+0.##;-0.##", CultureInfo.InvariantCulture);
        handler.Warn(
            $"The collector's clock is {hours} h off: {count} of {_events} Sysmon events differ so from their own UtcTime. Sysmon events use UtcTime; events of other logs in this file keep the collector's time."
        );
    }
}
