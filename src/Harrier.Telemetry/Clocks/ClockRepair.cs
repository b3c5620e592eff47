using Harrier.Schema;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Clocks;

/// <summary>What is known of the clocks of one log before its records are read.</summary>
/// <param name="Hosts">Verdicts by host; empty where nothing was compared.</param>
/// <param name="IsSampled">Not all of the log was looked at.</param>
sealed record LogClocks(IReadOnlyDictionary<string, HostVerdict> Hosts, bool IsSampled)
{
    public static LogClocks None { get; } =
        new(new Dictionary<string, HostVerdict>(StringComparer.Ordinal), false);

    /// <summary>There is something to repair or to say.</summary>
    public bool IsOfInterest =>
        Hosts.Values.Any(host =>
            host.Driver.State is ClockState.Off or ClockState.Unclear
            || host.Stamps.Any(stamp => stamp.State is ClockState.Off or ClockState.Unclear)
        );

    /// <summary>A stamp has several offsets: which one holds, the records before tell.</summary>
    public bool NeedOrder =>
        Hosts.Values.Any(host => host.Stamps.Any(stamp => stamp.Offsets.Count > 1));

    /// <summary>The verdict on hosts that have no Sysmon: what all others agree on; null where they don't.</summary>
    public HostVerdict? OfOthers()
    {
        var first = Hosts.Values.FirstOrDefault();
        return
            first is not null
            && Hosts.Values.All(host =>
                host.Stamps.Zip(first.Stamps)
                    .All(pair =>
                        pair.First.State == pair.Second.State
                        && pair.First.Offsets.SequenceEqual(pair.Second.Offsets)
                    )
            )
            ? first with
            {
                Driver = StampVerdict.Unknown,
            }
            : null;
    }
}

/// <summary>Puts the times of one log right, as the verdicts on its clocks or a person say, and keeps count. Not for several threads.</summary>
/// <param name="offsets">What a person said of this file and of hosts; of the file, the last one holds.</param>
/// <param name="isOn">Verdicts are acted on; else they are only said.</param>
sealed class ClockRepair(
    LogClocks clocks,
    IReadOnlyList<ClockOffset> offsets,
    bool isOn,
    LogClock clock
)
{
    const int MostHosts = 4096;

    /// <summary>Lines come in order but for this.</summary>
    const long SlackMicros = 10L * 60 * 1_000_000;

    /// <summary>A kernel's time further than this from all its known errors says nothing: the log's stamp is taken.</summary>
    const long DriverSlackMicros = 300L * 1_000_000;

    /// <summary>A receipt that comes later than this is worse than an event's own time in whole seconds.</summary>
    const long LateMicros = 1_500_000;

    readonly ClockOffset? _file = offsets.LastOrDefault(offset => !offset.IsHost);
    readonly ClockOffset[] _hostOffsets = [.. offsets.Where(offset => offset.IsHost)];
    readonly HostVerdict? _others = clocks.OfOthers();
    readonly Dictionary<string, HostState> _states = new(StringComparer.Ordinal);
    byte[] _lastComputer = [];
    HostState? _lastState;
    long _overruled;

    /// <summary>Null where there is nothing to do or to say.</summary>
    public static ClockRepair? Of(
        LogClocks clocks,
        IReadOnlyList<ClockOffset> offsets,
        bool isOn,
        LogClock clock
    ) => clocks.Hosts.Count == 0 && offsets.Count == 0 ? null : new(clocks, offsets, isOn, clock);

    /// <summary>What came of a record depends on those before it.</summary>
    public bool HasMemory => clocks.NeedOrder || clock.HasMemory || _states.Count == MostHosts;

    /// <summary>Counts what was repaired in another part of the same log.</summary>
    public void Join(ClockRepair other)
    {
        _overruled += other._overruled;
        foreach (var (host, theirs) in other._states)
        {
            var state = StateOf(host);
            state.RepairedOfKernel += theirs.RepairedOfKernel;
            for (var stamp = 0; stamp < state.Repaired.Length; stamp++)
            {
                state.Repaired[stamp] += theirs.Repaired[stamp];
            }
        }
    }

    /// <summary>Changes a time that was read from a field of a record; says how, or null where it stays.</summary>
    public string? Repair(Record record, ReadOnlySpan<byte> field, ref long time)
    {
        var state = StateOf(record);
        var lineage =
            _file is not null && !FieldExpression.SaysUtc(field) ? Overrule(_file, field, ref time)
            : state.Verdict is { } verdict ? ByVerdict(record, field, verdict, state, ref time)
            : null;
        return state.Offset is { } offset && Overrule(offset, field, ref time) is { } moved
            ? lineage is null
                ? moved
                : $"{lineage}; {moved}"
            : lineage;
    }

    /// <summary>What was found and done, host by host.</summary>
    public IEnumerable<ClockFinding> Findings()
    {
        foreach (
            var (host, verdict) in clocks.Hosts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
        )
        {
            var state = _states.GetValueOrDefault(host);
            foreach (var finding in OfHost(host, verdict, state))
            {
                yield return finding;
            }
        }

        foreach (
            var (host, state) in _states
                .Where(pair => !clocks.Hosts.ContainsKey(pair.Key) && pair.Value.Repaired.Sum() > 0)
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
        )
        {
            yield return new ClockFinding(
                "stamp",
                host,
                "",
                null,
                0,
                0,
                state.Repaired.Sum(),
                $"{Whose(host)} has no Sysmon events here: {state.Repaired.Sum():N0} of its times were put right as the other hosts' in this file."
            );
        }

        if (_overruled > 0)
        {
            yield return new ClockFinding(
                "overruled",
                "",
                "",
                null,
                0,
                0,
                _overruled,
                $"{_overruled:N0} times were moved as --clock-offset says."
            );
        }
    }

    string? ByVerdict(
        Record record,
        ReadOnlySpan<byte> field,
        HostVerdict verdict,
        HostState state,
        ref long time
    )
    {
        if (field.SequenceEqual(Stamps.Utc))
        {
            if (Stamps.IsSysmon(record) && Stamps.IsDriverEvent(record))
            {
                return isOn ? OfKernel(record, verdict, state, ref time) : null;
            }

            state.True = time;
            return null;
        }

        var stamp = Stamps.IndexOf(field);
        if (!isOn || stamp < 0)
        {
            return null;
        }

        if (
            stamp == Stamps.Received
            && verdict.Lag > LateMicros
            && verdict.Stamps[Stamps.EventTime].State is ClockState.Right or ClockState.Off
            && TryCorrected(record, Stamps.EventTime, verdict, state, out var own)
            && own < time
        )
        {
            state.Repaired[Stamps.EventTime]++;
            var late = time - own;
            time = own;
            return $"EventTime in UTC; {Stamps.Name(stamp)} is {ClockOffset.Length(late)} later";
        }

        if (verdict.Stamps[stamp].State != ClockState.Off)
        {
            return null;
        }

        var offset = Pick(verdict.Stamps[stamp].Offsets, time, state);
        if (offset == 0)
        {
            return null;
        }

        state.Repaired[stamp]++;
        time -= offset;
        return Lineage(field, offset);
    }

    /// <summary>Sysmon's UtcTime of events 3 and 22, of which the log's corrected stamp tells the error.</summary>
    string? OfKernel(Record record, HostVerdict verdict, HostState state, ref long time)
    {
        if (verdict.Driver.State != ClockState.Off)
        {
            return null;
        }

        for (var stamp = 0; stamp < Stamps.Logged.Length; stamp++)
        {
            if (
                verdict.Stamps[stamp].State is not (ClockState.Right or ClockState.Off)
                || !TryCorrected(record, stamp, verdict, state, out var logged)
            )
            {
                continue;
            }

            var written = time;
            var offset = verdict.Driver.Offsets.MinBy(candidate =>
                Math.Abs(written - candidate - logged)
            );
            if (Math.Abs(written - offset - logged) > DriverSlackMicros)
            {
                time = logged;
            }
            else if (offset == 0)
            {
                return null;
            }
            else
            {
                time -= offset;
            }

            state.RepairedOfKernel++;
            return Lineage(Stamps.Utc, written - time);
        }

        return null;
    }

    bool TryCorrected(Record record, int stamp, HostVerdict verdict, HostState state, out long time)
    {
        time = 0;
        if (
            !record.TryGet(Stamps.Logged[stamp], out var text)
            || !TimeText.TryParse(text, clock, out time)
        )
        {
            return false;
        }

        if (verdict.Stamps[stamp].State == ClockState.Off)
        {
            time -= Pick(verdict.Stamps[stamp].Offsets, time, state);
        }

        return true;
    }

    /// <summary>Of several offsets, the one that puts the time next after the last that is surely right.</summary>
    static long Pick(IReadOnlyList<long> offsets, long time, HostState state)
    {
        if (offsets.Count == 1)
        {
            return offsets[0];
        }

        long? next = null;
        foreach (var offset in offsets)
        {
            if (time - offset >= state.True - SlackMicros && (next is null || offset > next))
            {
                next = offset;
            }
        }

        return next ?? offsets.MinBy(offset => Math.Abs(time - offset - state.True));
    }

    string? Overrule(ClockOffset offset, ReadOnlySpan<byte> field, ref long time)
    {
        if (offset.Micros == 0)
        {
            return null;
        }

        _overruled++;
        time -= offset.Micros;
        return Lineage(field, offset.Micros) + " (--clock-offset)";
    }

    static string Lineage(ReadOnlySpan<byte> field, long offset) =>
        $"{System.Text.Encoding.UTF8.GetString(field)} {ClockOffset.InWords(-offset)}";

    HostState StateOf(Record record)
    {
        // Most records are of the same machine as the one before.
        var computer = record.TryGet("Computer"u8, out var name) ? name : default;
        if (_lastState is not null && !computer.IsEmpty && computer.SequenceEqual(_lastComputer))
        {
            return _lastState;
        }

        _lastComputer = computer.ToArray();
        return _lastState = StateOf(Stamps.Host(record));
    }

    HostState StateOf(string host)
    {
        if (_states.TryGetValue(host, out var state))
        {
            return state;
        }

        var verdict = clocks.Hosts.GetValueOrDefault(host) ?? _others;
        state = new HostState
        {
            Verdict = verdict,
            True = verdict?.First ?? 0,
            Offset = Array.FindLast(_hostOffsets, offset => offset.Source == host),
        };
        // Names come from the log: beyond a bound, hosts are new each time.
        if (_states.Count < MostHosts)
        {
            _states.Add(host, state);
        }

        return state;
    }

    IEnumerable<ClockFinding> OfHost(string host, HostVerdict verdict, HostState? state)
    {
        var judged = Enumerable
            .Range(0, Stamps.Logged.Length)
            .Where(stamp => verdict.Stamps[stamp].State is ClockState.Off or ClockState.Unclear)
            .GroupBy(stamp =>
                (
                    verdict.Stamps[stamp].State,
                    string.Join(' ', verdict.Stamps[stamp].Offsets),
                    IsLocal: stamp == Stamps.EventTime
                )
            );
        foreach (var group in judged)
        {
            var one = verdict.Stamps[group.First()];
            var names = string.Join(" and ", group.Select(Stamps.Name));
            var repaired = group.Sum(stamp => state?.Repaired[stamp] ?? 0);
            var isLocal = group.Key.IsLocal;
            yield return new ClockFinding(
                isLocal ? "zone"
                    : one.State == ClockState.Off ? "stamp"
                    : "unclear",
                host,
                names,
                one.Offsets is [var only] ? only / 1e6 : null,
                one.Agreeing,
                one.Seen,
                repaired,
                $"{names} of {Whose(host)} {Is(one, group.Count())}, by {Evidence(one)}; {(isLocal ? Taken(repaired) : Done(one, repaired, "times of events without one"))}"
            );
        }

        if (verdict.Driver.State is ClockState.Off or ClockState.Unclear)
        {
            var driver = verdict.Driver;
            var repaired = state?.RepairedOfKernel ?? 0;
            yield return new ClockFinding(
                driver.State == ClockState.Off ? "kernel" : "unclear",
                host,
                "UtcTime of events 3 and 22",
                driver.Offsets is [var only] ? only / 1e6 : null,
                driver.Agreeing,
                driver.Seen,
                repaired,
                $"UtcTime of Sysmon's events 3 and 22 of {Whose(host)} {Is(driver, 1)}, by the log's own stamp of {driver.Agreeing:N0} of {driver.Seen:N0}{Sampled}; {Done(driver, repaired, "events 3 and 22")}"
            );
        }
    }

    string Sampled => clocks.IsSampled ? " sampled" : "";

    string Evidence(StampVerdict verdict) =>
        $"the UtcTime of {verdict.Agreeing:N0} of {verdict.Seen:N0}{Sampled} Sysmon events";

    static string Is(StampVerdict verdict, int stamps) =>
        verdict.Offsets.Where(offset => offset != 0).ToArray() is { Length: > 0 } offsets
            ? (
                verdict.State == ClockState.Unclear ? (stamps > 1 ? "seem " : "seems ")
                : stamps > 1 ? "are "
                : "is "
            )
                + string.Join(
                    " or ",
                    offsets.Select(offset =>
                        $"{ClockOffset.Length(offset)} {(offset < 0 ? "behind" : "ahead of")}"
                    )
                )
                + " UTC"
        : stamps > 1 ? "seem off"
        : "seems off";

    string Done(StampVerdict verdict, long repaired, string what) =>
        verdict.State == ClockState.Unclear ? $"nothing was changed, since {verdict.Reason}"
        : !isOn ? "nothing was changed, as asked"
        : _file is not null ? "--clock-offset overrules it"
        : $"{repaired:N0} {what} were put right";

    static string Taken(long events) =>
        events == 0
            ? "the receipt's stamp was taken"
            : $"{events:N0} events without one have it, put right, since receipts come late";

    static string Whose(string host) => host.Length > 0 ? host : "the machine";

    sealed class HostState
    {
        public HostVerdict? Verdict { get; init; }
        public ClockOffset? Offset { get; init; }

        /// <summary>The last time that is surely right.</summary>
        public long True { get; set; }
        public long[] Repaired { get; } = new long[Stamps.Logged.Length];
        public long RepairedOfKernel { get; set; }
    }
}
