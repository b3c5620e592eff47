using Harrier.Schema;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Clocks;

/// <summary>Watches the events of a log for clocks that were set (Security 4616, System 1) and for times that have not come yet.</summary>
/// <param name="now">Time of the import, microseconds since 1970 UTC.</param>
sealed class ClockWatch(long now)
{
    const int MostHosts = 4096;

    /// <summary>Clocks that differ by less are usual, and none of a hunter's business.</summary>
    const long FutureMicros = 3600L * 1_000_000;

    /// <summary>Time services correct by seconds all day.</summary>
    const long LeastChangeMicros = 60L * 1_000_000;

    readonly SortedDictionary<string, Changes> _changes = new(StringComparer.Ordinal);
    long _future;
    long _latest;

    /// <summary>Looks at the record and at the row that it just became.</summary>
    public void See(Record record, EventBatch batch)
    {
        var time = batch.Int(CommonColumns.Time).Values[^1];
        if (time > now + FutureMicros)
        {
            _future++;
            _latest = Math.Max(_latest, time);
        }

        if (
            record.TryGet("EventID"u8, out var id)
            && (id.SequenceEqual("4616"u8) || id.SequenceEqual("1"u8))
            && record.TryGet("NewTime"u8, out var newText)
            && (
                record.TryGet("PreviousTime"u8, out var oldText)
                || record.TryGet("OldTime"u8, out oldText)
            )
            && TimeText.TryParse(oldText, LogClock.Utc, out var before)
            && TimeText.TryParse(newText, LogClock.Utc, out var after)
            && Math.Abs(after - before) >= LeastChangeMicros
        )
        {
            Changed(Stamps.Host(record), after - before, time);
        }
    }

    /// <summary>Further hosts are not counted: which ones, the order of the records says.</summary>
    public bool IsFull => _changes.Count == MostHosts;

    /// <summary>Takes what was seen in a later part of the same log.</summary>
    public void Join(ClockWatch later)
    {
        _future += later._future;
        _latest = Math.Max(_latest, later._latest);
        foreach (var (host, changes) in later._changes)
        {
            Changed(host, changes.Largest, changes.At, changes.Count);
        }
    }

    /// <param name="clock">The log's, which knows how many times had no zone.</param>
    /// <param name="isRepaired">What the clock said was changed afterwards.</param>
    public IEnumerable<ClockFinding> Findings(LogClock clock, bool isRepaired)
    {
        foreach (var (host, changes) in _changes)
        {
            yield return new ClockFinding(
                "set",
                host,
                "",
                changes.Largest / 1e6,
                changes.Count,
                changes.Count,
                0,
                $"The clock of {host} was set {changes.Count:N0} times by a minute or more, at most by {ClockOffset.InWords(changes.Largest)} at {Iso(changes.At)}: around then, times of this host are out of order."
            );
        }

        if (_future > 0)
        {
            yield return new ClockFinding(
                "future",
                "",
                "",
                (_latest - now) / 1e6,
                _future,
                _future,
                0,
                $"{_future:N0} times lie after the import, up to {Iso(_latest)}: a clock, a zone or a year is wrong."
            );
        }

        if (clock.WithoutZone > 0)
        {
            yield return new ClockFinding(
                "zone",
                "",
                "",
                null,
                clock.WithoutZone,
                clock.WithoutZone,
                0,
                $"{clock.WithoutZone:N0} times carry no zone and were read as {clock.ZoneName}{(isRepaired ? ", before any was put right" : "")}."
            );
        }
    }

    void Changed(string host, long change, long at, long count = 1)
    {
        if (!_changes.TryGetValue(host, out var changes))
        {
            if (_changes.Count == MostHosts)
            {
                return;
            }

            _changes.Add(host, changes = new Changes());
        }

        changes.Count += count;
        if (Math.Abs(change) > Math.Abs(changes.Largest))
        {
            (changes.Largest, changes.At) = (change, at);
        }
    }

    static string Iso(long time) =>
        DateTime.UnixEpoch.AddMicroseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    sealed class Changes
    {
        public long Count { get; set; }
        public long Largest { get; set; }
        public long At { get; set; }
    }
}
