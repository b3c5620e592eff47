using System.Text;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Clocks;

/// <summary>
/// What the Windows events of one log say about the clocks that stamped them, host by host: Sysmon writes its own time (UtcTime)
/// into each of its events, beside the stamp of the log or the collector.
/// </summary>
/// <remarks>
/// Two questions are kept apart. Events other than 3 and 22 carry the system's UTC: what a log's stamp differs from it is the stamp's error.
/// Events 3 and 22 come from the kernel's tracing, whose clock is wrong after the machine slept or was restored: what their UtcTime differs
/// from the corrected stamp is its error.
/// </remarks>
sealed class ClockEvidence(ReadOptions options) : IRecordHandler
{
    const int MostHosts = 4096;

    readonly Dictionary<string, HostEvidence> _hosts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, HostEvidence> Hosts => _hosts;

    /// <summary>A Sysmon event was seen: more of the log is worth reading for evidence.</summary>
    public bool IsAny => _hosts.Count > 0;

    public void Accept(Record record)
    {
        if (
            !Stamps.IsSysmon(record)
            || !record.TryGet(Stamps.Utc, out var text)
            || !TimeText.TryParse(text, LogClock.Utc, out var utc)
        )
        {
            return;
        }

        var host = Stamps.Host(record);
        if (!_hosts.TryGetValue(host, out var evidence))
        {
            if (_hosts.Count == MostHosts)
            {
                return;
            }

            _hosts[host] = evidence = new HostEvidence();
        }

        var isDriver = Stamps.IsDriverEvent(record);
        if (!isDriver)
        {
            evidence.SeeOwn(utc);
        }

        for (var stamp = 0; stamp < Stamps.Logged.Length; stamp++)
        {
            if (
                record.TryGet(Stamps.Logged[stamp], out var loggedText)
                && TimeText.TryParse(loggedText, options.Clock, out var logged)
            )
            {
                evidence.See(stamp, logged - utc, isDriver);
            }
        }
    }

    /// <summary>A sample is cut out of a log: what its edges break is no news.</summary>
    public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

    public void Warn(string sentence) { }
}

/// <summary>The differences seen on one host, in microseconds.</summary>
sealed class HostEvidence
{
    const int MostDifferences = 50_000;
    const long OutOfOrderMicros = 3600L * 1_000_000;

    readonly List<long>[] _own =
    [
        [],
        [],
        [],
    ];
    readonly List<long>[] _driver =
    [
        [],
        [],
        [],
    ];
    readonly long?[] _lastQuarter = new long?[Stamps.Logged.Length];
    long _last;
    long _events;
    long _stepsBack;

    /// <summary>Sysmon's first own time; 0 where there was none.</summary>
    public long First { get; private set; }

    /// <summary>Own times come in order but for one in a hundred.</summary>
    public bool IsInOrder => _stepsBack * 100 <= _events;

    /// <summary>Stamp less UtcTime of events other than 3 and 22.</summary>
    public IReadOnlyList<long> Own(int stamp) => _own[stamp];

    /// <summary>Corrected stamp less UtcTime of events 3 and 22.</summary>
    public IReadOnlyList<long> Driver(int stamp) => _driver[stamp];

    public void SeeOwn(long utc)
    {
        First = First == 0 ? utc : First;
        _events++;
        _stepsBack += utc < _last - OutOfOrderMicros ? 1 : 0;
        _last = utc;
    }

    public void See(int stamp, long difference, bool isDriver)
    {
        if (!isDriver)
        {
            _lastQuarter[stamp] = Quarters.Nearest(difference);
            Add(_own[stamp], difference);
        }
        else if (_lastQuarter[stamp] is { } quarter)
        {
            Add(_driver[stamp], difference - quarter);
        }
    }

    static void Add(List<long> differences, long difference)
    {
        if (differences.Count < MostDifferences)
        {
            differences.Add(difference);
        }
    }
}

/// <summary>Zones differ by whole quarters of an hour; logs come late by anything.</summary>
static class Quarters
{
    public const long Micros = 15L * 60 * 1_000_000;

    /// <summary>The whole quarters of an hour nearest to a difference, in microseconds.</summary>
    public static long Nearest(long difference) =>
        (long)Math.Round(difference / (double)Micros) * Micros;
}

/// <summary>The fields of Windows records that hold times, and whose they are.</summary>
static class Stamps
{
    static readonly ValueFunction s_host = ValueFunctions.Get("host", null).Function;

    /// <summary>Sysmon's own.</summary>
    public static ReadOnlySpan<byte> Utc => "UtcTime"u8;

    /// <summary>Those that a log or its collector wrote.</summary>
    public static readonly byte[][] Logged =
    [
        .. new[] { "TimeCreated", "@timestamp", "EventTime" }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Place of the receipt's stamp, and of the local time that stands beside it, in <see cref="Logged"/>.</summary>
    public const int Received = 1;
    public const int EventTime = 2;

    public static int IndexOf(ReadOnlySpan<byte> field)
    {
        for (var stamp = 0; stamp < Logged.Length; stamp++)
        {
            if (field.SequenceEqual(Logged[stamp]))
            {
                return stamp;
            }
        }

        return -1;
    }

    public static string Name(int stamp) => Encoding.UTF8.GetString(Logged[stamp]);

    public static bool IsSysmon(Record record) =>
        record.TryGet("Provider"u8, out var provider)
        && provider.SequenceEqual("Microsoft-Windows-Sysmon"u8);

    /// <summary>Network connections (3) and name queries (22), which the kernel's tracing times.</summary>
    public static bool IsDriverEvent(Record record) =>
        record.TryGet("EventID"u8, out var id)
        && (id.SequenceEqual("3"u8) || id.SequenceEqual("22"u8));

    /// <summary>Short name of the record's machine, lower case; empty where it names none.</summary>
    public static string Host(Record record) =>
        record.TryGet("Computer"u8, out var computer) || record.TryGet("hostname"u8, out computer)
            ? Encoding.UTF8.GetString(s_host(computer, new Scratch()))
            : "";
}
