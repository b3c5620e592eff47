namespace Harrier.Telemetry.Clocks;

/// <summary>What is to be thought of a clock.</summary>
enum ClockState
{
    /// <summary>Too little was seen to say anything.</summary>
    Unknown,
    Right,

    /// <summary>It is off by what <see cref="StampVerdict.Offsets"/> say, and the evidence is strong.</summary>
    Off,

    /// <summary>It seems off, and the evidence is too weak to change anything.</summary>
    Unclear,
}

/// <summary>One stamp of one host, judged.</summary>
/// <param name="Offsets">How far it is ahead of UTC, microseconds, most frequent first: several where its zone or its half of the day changes within the log.</param>
/// <param name="Agreeing">Events that differ by one of the offsets...</param>
/// <param name="Seen">... of so many compared.</param>
/// <param name="Reason">Why it is unclear.</param>
sealed record StampVerdict(
    ClockState State,
    IReadOnlyList<long> Offsets,
    int Agreeing,
    int Seen,
    string Reason = ""
)
{
    public static StampVerdict Unknown { get; } = new(ClockState.Unknown, [], 0, 0);
}

/// <summary>A host's clocks, judged.</summary>
/// <param name="Stamps">As <see cref="Clocks.Stamps.Logged"/>.</param>
/// <param name="Driver">UtcTime of events 3 and 22; its offsets are how far it is ahead.</param>
/// <param name="Lag">Median of how much later than Sysmon's time the receipt's stamp is, microseconds.</param>
/// <param name="First">Sysmon's first own time.</param>
sealed record HostVerdict(
    IReadOnlyList<StampVerdict> Stamps,
    StampVerdict Driver,
    long Lag,
    long First
);

/// <summary>Judges evidence. Repairs change what a hunter sees, so that little is enough to say something and much is needed to do it.</summary>
static class ClockVerdict
{
    /// <summary>Events that must agree before a stamp is changed.</summary>
    const int LeastEvents = 20;
    const double LeastShare = 0.9;

    /// <summary>Events of a second offset: where it is half a day from the first, fewer say a twelve-hour clock.</summary>
    const int LeastOfHalfDay = 3;
    const int MostOffsets = 6;
    const long HalfDayMicros = 12L * 3600 * 1_000_000;

    /// <summary>A wrong zone is whole quarters of an hour off but for this; a late collector is not.</summary>
    const long TightMicros = 60L * 1_000_000;

    /// <summary>Events 3 and 22 are written late by seconds; from two minutes on, it is the clock.</summary>
    const int LeastDriverEvents = 5;
    const long LeastDriverMicros = 120L * 1_000_000;
    const long DriverGapMicros = 120L * 1_000_000;
    const long DriverWidthMicros = 300L * 1_000_000;

    public static HostVerdict Of(HostEvidence evidence)
    {
        var stamps = new StampVerdict[Stamps.Logged.Length];
        for (var stamp = 0; stamp < stamps.Length; stamp++)
        {
            stamps[stamp] = OfStamp(evidence.Own(stamp), evidence.IsInOrder);
        }

        // The first stamp that can be trusted, corrected or not, judges the kernel's clock.
        var judge = Array.FindIndex(
            stamps,
            stamp => stamp.State is ClockState.Right or ClockState.Off
        );
        var lags = evidence.Own(Stamps.Received).Order().ToArray();
        return new HostVerdict(
            stamps,
            judge < 0 ? StampVerdict.Unknown : OfDriver(evidence.Driver(judge)),
            lags.Length == 0 ? 0 : lags[lags.Length / 2],
            evidence.First
        );
    }

    /// <param name="differences">Stamp less true time.</param>
    /// <param name="isInOrder">The log is in order of true time, so that of several offsets the fitting one can be told.</param>
    public static StampVerdict OfStamp(IReadOnlyList<long> differences, bool isInOrder)
    {
        if (differences.Count == 0)
        {
            return StampVerdict.Unknown;
        }

        var quarters = differences
            .Where(difference => Math.Abs(difference - Quarters.Nearest(difference)) <= TightMicros)
            .GroupBy(Quarters.Nearest)
            .Select(group => (Offset: group.Key, Count: group.Count()))
            .OrderByDescending(pair => pair.Count)
            .ThenBy(pair => pair.Offset)
            .ToList();
        var main = quarters.Count == 0 ? (Offset: 0L, Count: 0) : quarters[0];
        var accepted = quarters
            .Where(pair =>
                pair.Count >= LeastEvents
                || pair == main
                || (
                    pair.Count >= LeastOfHalfDay && (pair.Offset - main.Offset) % HalfDayMicros == 0
                )
            )
            .Take(MostOffsets)
            .ToList();
        var agreeing = accepted.Sum(pair => pair.Count);
        long[] offsets = [.. accepted.Select(pair => pair.Offset)];
        if (agreeing < LeastShare * differences.Count)
        {
            var far = differences.Count(difference => Math.Abs(difference) > Quarters.Micros / 2);
            return far * 2 > differences.Count
                ? new StampVerdict(
                    ClockState.Unclear,
                    [],
                    agreeing,
                    differences.Count,
                    "they differ by no constant"
                )
                : StampVerdict.Unknown with
                {
                    Seen = differences.Count,
                };
        }

        return offsets switch
        {
            [0] => new(ClockState.Right, [], agreeing, differences.Count),
            _ when main.Count < LeastEvents => new(
                ClockState.Unclear,
                offsets,
                agreeing,
                differences.Count,
                $"fewer than {LeastEvents} events say so"
            ),
            { Length: > 1 } when !isInOrder => new(
                ClockState.Unclear,
                offsets,
                agreeing,
                differences.Count,
                "the log is not in the order of time"
            ),
            _ => new(ClockState.Off, offsets, agreeing, differences.Count),
        };
    }

    /// <param name="differences">True time less UtcTime: negative where the kernel's clock is ahead.</param>
    public static StampVerdict OfDriver(IReadOnlyList<long> differences)
    {
        var clusters = Clusters([.. differences.Order()]);
        var accepted = clusters
            .Where(cluster =>
                cluster.Count >= LeastDriverEvents && cluster[^1] - cluster[0] <= DriverWidthMicros
            )
            .OrderByDescending(cluster => cluster.Count)
            .ToList();
        // Late by seconds is how they come: that is no error.
        long[] offsets =
        [
            .. accepted.Select(cluster =>
                Math.Abs(cluster[cluster.Count / 2]) < LeastDriverMicros
                    ? 0
                    : -cluster[cluster.Count / 2]
            ),
        ];
        var agreeing = accepted.Sum(cluster => cluster.Count);
        if (differences.Count >= LeastDriverEvents && agreeing >= LeastShare * differences.Count)
        {
            return new StampVerdict(
                Array.TrueForAll(offsets, offset => offset == 0)
                    ? ClockState.Right
                    : ClockState.Off,
                offsets,
                agreeing,
                differences.Count
            );
        }

        var far = differences.Count(difference => Math.Abs(difference) >= LeastDriverMicros);
        return far * 2 > differences.Count
            ? new StampVerdict(
                ClockState.Unclear,
                [],
                far,
                differences.Count,
                differences.Count < LeastDriverEvents
                    ? $"fewer than {LeastDriverEvents} events say so"
                    : "they differ by no constant"
            )
            : StampVerdict.Unknown with
            {
                Seen = differences.Count,
            };
    }

    static List<List<long>> Clusters(long[] sorted)
    {
        var clusters = new List<List<long>>();
        foreach (var value in sorted)
        {
            if (clusters.Count == 0 || value - clusters[^1][^1] > DriverGapMicros)
            {
                clusters.Add([]);
            }

            clusters[^1].Add(value);
        }

        return clusters;
    }
}
