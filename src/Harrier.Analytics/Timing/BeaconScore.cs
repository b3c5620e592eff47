using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;

namespace Harrier.Analytics.Timing;

/// <summary>How much a series of connections from one source to one destination looks like a machine that calls home.</summary>
/// <remarks>
/// The idea: people come in bursts with long pauses, machines keep a beat. Five pieces of evidence, each the
/// negative decimal logarithm of "how often would an innocent series show as much", are added; they are bounded, so that none
/// decides alone, and grow with the number of beats, so that four lucky connections prove nothing. The first three prove the
/// same, a machine, and share one bound of 6; rarity counts up to 2, newness up to 1.
/// <list type="number">
/// <item><b>Regularity</b>, against random (Poisson) arrivals. W = ln(mean interval) - mean(ln interval) is 0 for a perfect
/// beat, Euler's 0.5772 for random arrivals, more for bursts; with n intervals its standard deviation is about
/// sqrt((pi^2/6 - 1)/n). (Moran 1951, the likelihood ratio of gamma shape.) Jitter of half a period gives about 0.05, a log
/// that lost every second beat 0.18: both are far from 0.58 once there are enough intervals.</item>
/// <item><b>Size</b>: beats whose bytes lie within 5 % (or 16 bytes) of the median, against the share that is usual in the
/// same network (binomial).</item>
/// <item><b>Steadiness</b>: hours with a connection among the hours in which the host was on, against the hours that as many
/// random arrivals would fill. Exponential sleep has no beat, but it goes on all night, and people don't.</item>
/// <item><b>Rarity</b>: share of the hosts that use the destination. Updates and telemetry call home from everywhere.</item>
/// <item><b>Newness</b>: hours in which the host was on before the first beat. Software polls from the first hour on.</item>
/// </list>
/// <para>
/// Made fair first: connections that follow within a second or a twentieth of the median are one beat (retries, several
/// sockets); pauses of over an hour and eight medians are the machine's sleep, at most two a day, and are left out.
/// </para>
/// <para>
/// Worked example: 60 beats 60 s apart, each 500 bytes, on one of 200 hosts. W = 0, z = -0.577/sqrt(0.645/59) = -5.5,
/// p = 2e-8.
/// </para>
/// </remarks>
public static class BeaconScore
{
    const double PoissonLogRatio = 0.5772156649;
    const double LogRatioVariance = 0.6449340668;
    const long Second = 1_000_000;
    const long Hour = 3_600 * Second;
    const long Day = 24 * Hour;

    /// <summary>Measures one series.</summary>
    /// <param name="times">Starts of connections in order, microseconds.</param>
    /// <param name="sizes">Bytes sent with each, or empty where the source has none; a negative size is unknown.</param>
    /// <param name="activeHours">Hours since 1970, in order, in which the source did anything at all; empty: unknown.</param>
    /// <returns>Null when there are fewer than four beats.</returns>
    public static BeaconMeasure? Measure(
        ReadOnlySpan<long> times,
        ReadOnlySpan<double> sizes,
        ReadOnlySpan<long> activeHours
    )
    {
        var beats = Beats(times, out var together);
        if (beats.Count < 4)
        {
            return null;
        }

        var intervals = new double[beats.Count - 1];
        for (var i = 0; i < intervals.Length; i++)
        {
            intervals[i] = (times[beats[i + 1]] - times[beats[i]]) / (double)Second;
        }

        var span = times[beats[^1]] - times[beats[0]];
        var kept = WithoutSleep(intervals, span, out var sleeps);
        Array.Sort(kept);
        var median = Quantiles.OfSorted(kept, 0.5);
        var scale = RobustZ.Scale(kept);
        var logRatio = LogRatio(kept, together / (double)Second);
        var (sizeMedian, sizeKnown, sizeSame) = Sizes(beats, sizes);
        var (filled, hours, before) = Hours(times, beats, activeHours);
        return new BeaconMeasure(
            times.Length,
            beats.Count,
            span / (double)Second,
            median,
            scale.Basis == SpreadBasis.MedianDeviation ? scale.Spread : 0,
            Skew(kept),
            sleeps,
            logRatio,
            Tails.Normal((logRatio - PoissonLogRatio) / Math.Sqrt(LogRatioVariance / kept.Length)),
            sizeMedian,
            sizeKnown,
            sizeSame,
            filled,
            hours,
            before
        );
    }

    /// <summary>Weighs a measure against its network.</summary>
    /// <param name="hostsOfDestination">Hosts that use the destination, this one included.</param>
    /// <param name="hosts">Hosts there are.</param>
    /// <param name="usualSameSize">Usual share of beats of the same size among pairs of this network, in (0, 1).</param>
    public static BeaconEvidence Weigh(
        BeaconMeasure measure,
        int hostsOfDestination,
        int hosts,
        double usualSameSize
    )
    {
        var regularity = -Math.Log10(Math.Max(measure.PoissonP, 1e-300));
        var size = 0.0;
        if (measure.SizesKnown >= 4)
        {
            var share = measure.SizesSame / (double)measure.SizesKnown;
            size = BinomialEvidence(measure.SizesKnown, share, usualSameSize);
        }

        // All three prove the same thing, a machine, so they share one bound, each by its part: an implant with random sizes
        // and a steady one without a beat are machines as well.
        size = Bounded(size, 3);
        var steadiness = Steadiness(measure);
        regularity = Math.Max(0, regularity);
        var sum = regularity + size + steadiness;
        var part = sum <= 0 ? 0 : Bounded(sum, 6) / sum;
        return new BeaconEvidence(
            regularity * part,
            size * part,
            steadiness * part,
            Math.Min(2, Math.Log10(Math.Max(1, hosts) / (double)Math.Max(1, hostsOfDestination))),
            Newness(measure)
        );
    }

    /// <summary>Median share of same-sized beats among the pairs of a network: what innocent traffic shows; 0.3 without any.</summary>
    public static double UsualSameSize(IEnumerable<BeaconMeasure> measures)
    {
        double[] shares =
        [
            .. measures.Where(m => m.SizesKnown >= 4).Select(measure => measure.SameSizeShare),
        ];
        return shares.Length < 20 ? 0.3 : Math.Clamp(Quantiles.Median(shares), 0.05, 0.8);
    }

    /// <summary>Grows like x at first and never passes the bound: strong evidence keeps its order.</summary>
    static double Bounded(double x, double bound) =>
        x <= 0 ? 0 : bound * (1 - Math.Exp(-x / bound));

    /// <summary>Chernoff's bound of a binomial tail as a negative decimal logarithm: n KL(share, usual) / ln 10.</summary>
    static double BinomialEvidence(int n, double share, double usual)
    {
        usual = Math.Clamp(usual, 0.01, 0.99);
        if (share <= usual)
        {
            return 0;
        }

        var divergence = share * Math.Log(share / usual);
        if (share < 1)
        {
            divergence += (1 - share) * Math.Log((1 - share) / (1 - usual));
        }

        return n * divergence / Math.Log(10);
    }

    /// <summary>
    /// Hours that n random arrivals would fill, less those filled, in standard deviations (occupancy problem). Nothing is
    /// missing: full evidence, in proportion to the hours there were to miss.
    /// </summary>
    static double Steadiness(BeaconMeasure measure)
    {
        if (measure.Hours < 6)
        {
            return 0;
        }

        double hours = measure.Hours;
        var load = measure.Beats / hours;
        var expected = hours * (1 - Math.Exp(-load));
        var variance = hours * (Math.Exp(-load) - ((1 + load) * Math.Exp(-2 * load)));
        var missing = (expected - measure.FilledHours) / Math.Sqrt(Math.Max(variance, 1));
        var plausible = Math.Clamp(1 - (missing / 2), 0, 1);
        // With few connections an hour most hours are empty anyway, and a night's pause would not show.
        var shown = Math.Clamp((2 * measure.FilledHours / hours) - 1, 0, 1);
        return plausible * shown * expected / 24;
    }

    /// <summary>
    /// A series that goes on at its pace would have shown before its first beat if it had existed: hours of silence, with the
    /// host on, in units of five median intervals. At most one power of ten: new destinations are not rare.
    /// </summary>
    static double Newness(BeaconMeasure measure)
    {
        var needed = Math.Max(6, 5 * measure.MedianSeconds / 3_600);
        return Math.Min(1, measure.HoursBefore / needed);
    }

    /// <summary>Positions that start a beat.</summary>
    static List<int> Beats(ReadOnlySpan<long> times, out long together)
    {
        together = Second;
        var apart = new List<double>();
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] - times[i - 1] >= Second)
            {
                apart.Add(times[i] - times[i - 1]);
            }
        }

        var beats = new List<int>();
        if (apart.Count == 0)
        {
            return beats;
        }

        var median = Quantiles.Median(
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(apart)
        );
        together = Math.Max(Second, (long)(median / 20));
        for (var i = 0; i < times.Length; i++)
        {
            if (i == 0 || times[i] - times[beats[^1]] >= together)
            {
                beats.Add(i);
            }
        }

        return beats;
    }

    static double[] WithoutSleep(double[] intervals, long span, out int sleeps)
    {
        var median = Quantiles.Median(intervals);
        var border = Math.Max(8 * median, 3_600);
        var allowed = 1 + (int)(2 * span / Day);
        var sorted = intervals.ToArray();
        Array.Sort(sorted);
        sleeps = 0;
        while (sleeps < allowed && sorted.Length - sleeps > 3 && sorted[^(sleeps + 1)] > border)
        {
            sleeps++;
        }

        return sorted[..^sleeps];
    }

    /// <summary>
    /// W. Joining near connections took away all intervals below <paramref name="least"/>, which alone would make random
    /// arrivals look regular; what is left above that border is again random (the exponential has no memory), so it is counted from there.
    /// </summary>
    static double LogRatio(double[] intervals, double least)
    {
        // Time stamps of whole seconds make equal times; a tenth of a second stands for "at once".
        const double AtOnce = 0.1;
        var sum = 0.0;
        var logs = 0.0;
        foreach (var interval in intervals)
        {
            var rest = Math.Max(AtOnce, interval - least);
            sum += rest;
            logs += Math.Log(rest);
        }

        return Math.Max(0, Math.Log(sum / intervals.Length) - (logs / intervals.Length));
    }

    /// <summary>Bowley's skewness of the quartiles, in [-1, 1]; 0 is symmetric.</summary>
    static double Skew(double[] sorted)
    {
        var q1 = Quantiles.OfSorted(sorted, 0.25);
        var q2 = Quantiles.OfSorted(sorted, 0.5);
        var q3 = Quantiles.OfSorted(sorted, 0.75);
        return q3 - q1 <= 0 ? 0 : (q1 + q3 - (2 * q2)) / (q3 - q1);
    }

    static (double Median, int Known, int Same) Sizes(List<int> beats, ReadOnlySpan<double> sizes)
    {
        var known = new List<double>();
        if (sizes.Length > 0)
        {
            foreach (var beat in beats)
            {
                if (sizes[beat] >= 0)
                {
                    known.Add(sizes[beat]);
                }
            }
        }

        if (known.Count == 0)
        {
            return (double.NaN, 0, 0);
        }

        var median = Quantiles.Median(
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(known)
        );
        var near = Math.Max(16, median * 0.05);
        return (median, known.Count, known.Count(size => Math.Abs(size - median) <= near));
    }

    static (int Filled, int Hours, int Before) Hours(
        ReadOnlySpan<long> times,
        List<int> beats,
        ReadOnlySpan<long> activeHours
    )
    {
        var filled = 0;
        var last = long.MinValue;
        foreach (var beat in beats)
        {
            var hour = times[beat] / Hour;
            if (hour != last)
            {
                filled++;
                last = hour;
            }
        }

        var from = times[beats[0]] / Hour;
        var to = times[beats[^1]] / Hour;
        if (activeHours.IsEmpty)
        {
            return (filled, (int)(to - from + 1), 0);
        }

        var hours = 0;
        var before = 0;
        foreach (var hour in activeHours)
        {
            before += hour < from ? 1 : 0;
            if (hour >= from && hour <= to)
            {
                hours++;
            }
        }

        return (filled, Math.Max(filled, hours), before);
    }
}

/// <summary>What a series of connections shows.</summary>
/// <param name="Connections">Connections, before near ones became one beat.</param>
/// <param name="SpanSeconds">From the first beat to the last.</param>
/// <param name="MedianSeconds">Median interval, sleeps left out.</param>
/// <param name="MadSeconds">Median absolute deviation of the intervals.</param>
/// <param name="Skew">Bowley's skewness of the intervals.</param>
/// <param name="Sleeps">Long pauses left out.</param>
/// <param name="LogRatio">W: 0 perfect beat, 0.58 random arrivals, more for bursts.</param>
/// <param name="PoissonP">Chance that random arrivals are as regular.</param>
/// <param name="SizesKnown">Beats with a size.</param>
/// <param name="SizesSame">Beats within 5 % or 16 bytes of the median size.</param>
/// <param name="FilledHours">Hours with a beat.</param>
/// <param name="Hours">Hours between first and last in which the host was on.</param>
/// <param name="HoursBefore">Hours before the first beat in which the host was on.</param>
public sealed record BeaconMeasure(
    int Connections,
    int Beats,
    double SpanSeconds,
    double MedianSeconds,
    double MadSeconds,
    double Skew,
    int Sleeps,
    double LogRatio,
    double PoissonP,
    double SizeMedian,
    int SizesKnown,
    int SizesSame,
    int FilledHours,
    int Hours,
    int HoursBefore
)
{
    public double SameSizeShare => SizesKnown == 0 ? 0 : SizesSame / (double)SizesKnown;
}

/// <summary>Evidence for a beacon in powers of ten.</summary>
public sealed record BeaconEvidence(
    double Regularity,
    double Size,
    double Steadiness,
    double Rarity,
    double Newness
)
{
    public double Total => Regularity + Size + Steadiness + Rarity + Newness;

    /// <summary>Tail probability that stands for the four together.</summary>
    public double P => Math.Max(Surprise.Floor, Math.Pow(10, -Total));
}
