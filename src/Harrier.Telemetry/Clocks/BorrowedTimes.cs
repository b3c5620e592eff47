using System.Globalization;

namespace Harrier.Telemetry.Clocks;

/// <summary>
/// Times for records of one log that have none, since a record is not to be lost for that: that of the record before it, which is likely
/// near, else that of the file. Rows say it in <c>extra</c>, the receipt how many.
/// </summary>
/// <param name="ofFile">When the file was written last; null where that is not known.</param>
sealed class BorrowedTimes(DateTime? ofFile)
{
    long? _before;
    long _fromBefore;
    long _fromFile;

    /// <summary>A record without a time came before all that have one: in a part of a log, the parts before it would tell its time.</summary>
    public bool IsStartUnknown { get; private set; }

    /// <summary>Says the time of a record that has one: microseconds since 1970 UTC.</summary>
    public void See(long time) => _before = time;

    /// <summary>False where neither is known.</summary>
    /// <param name="from">Whose time it is.</param>
    public bool TryGet(out long time, out string? from)
    {
        IsStartUnknown |= _before is null;
        if (_before is { } before)
        {
            _fromBefore++;
            (time, from) = (before, "record before");
            return true;
        }

        if (ofFile is { } written)
        {
            _fromFile++;
            time = (written.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            from = "file";
            return true;
        }

        (time, from) = (0, null);
        return false;
    }

    /// <summary>Counts those of a later part of the same log.</summary>
    public void Join(BorrowedTimes later)
    {
        _fromBefore += later._fromBefore;
        _fromFile += later._fromFile;
    }

    /// <summary>What the receipt says.</summary>
    public IEnumerable<string> Sentences()
    {
        if (_fromBefore > 0)
        {
            yield return $"Records without a time that is read: {_fromBefore}. They have that of the record before, and extra says so in _time_from.";
        }

        if (_fromFile > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Records without a time that is read, before any that has one: {_fromFile}. They have that of the file, {ofFile:yyyy-MM-dd HH:mm:ss} UTC, which may be that of its copying, and extra says so in _time_from."
            );
        }
    }
}
