namespace Harrier.Analytics.Counting;

/// <summary>How far a number lies from the middle of its own kind, in units that outliers can't stretch.</summary>
/// <remarks>
/// The idea: mean and standard deviation are moved by the very value that is looked for (with n values no |z| can pass
/// (n-1)/sqrt(n), so ten values never show a z above 2.85). Median and MAD are not.
/// <para>
/// Worked example: 1 2 3 4 5 6 7 8 9 100. Median 5.5, distances from it 4.5 3.5 2.5 1.5 .5 .5 1.5 2.5 3.5 94.5, their median
/// (MAD) 2.5. z(100) = 0.6745 * 94.5 / 2.5 = 25.5, while the classic z is 2.84.
/// </para>
/// <para>
/// When over half of the values are equal the MAD is 0. Then the mean absolute deviation stands in, and z is
/// (x - median) / (1.253314 * mean absolute deviation). When all values are equal there is no spread to measure with, and
/// nothing is an outlier: rarity, not distance, is the question to ask then.
/// </para>
/// Formula: Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers", who flag |z| above 3.5; 0.6745 is the upper
/// quartile of the normal distribution, 1.253314 is sqrt(pi/2).
/// </remarks>
public sealed record RobustScale(int Count, double Median, double Spread, SpreadBasis Basis)
{
    /// <summary>Where Iglewicz and Hoaglin put the border.</summary>
    public const double Threshold = 3.5;

    /// <summary>Modified z of a value; 0 where there is no spread to measure with.</summary>
    public double Z(double value) =>
        Basis switch
        {
            SpreadBasis.MedianDeviation => 0.6745 * (value - Median) / Spread,
            SpreadBasis.MeanDeviation => (value - Median) / (1.253314 * Spread),
            _ => 0,
        };
}

/// <summary>What the spread of a <see cref="RobustScale"/> is.</summary>
public enum SpreadBasis
{
    /// <summary>All values are equal, or there is none: no outlier can be named.</summary>
    None,

    /// <summary>Median absolute deviation from the median.</summary>
    MedianDeviation,

    /// <summary>Mean absolute deviation from the median, because over half of the values are equal.</summary>
    MeanDeviation,
}

public static class RobustZ
{
    /// <summary>Middle and spread of some values; they are copied, order does not matter.</summary>
    public static RobustScale Scale(ReadOnlySpan<double> values)
    {
        if (values.Length == 0)
        {
            return new RobustScale(0, double.NaN, 0, SpreadBasis.None);
        }

        var median = Quantiles.Median(values);
        var distances = new double[values.Length];
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            distances[i] = Math.Abs(values[i] - median);
            sum += distances[i];
        }

        var mad = Quantiles.Median(distances);
        if (mad > 0)
        {
            return new RobustScale(values.Length, median, mad, SpreadBasis.MedianDeviation);
        }

        var mean = sum / values.Length;
        return mean > 0
            ? new RobustScale(values.Length, median, mean, SpreadBasis.MeanDeviation)
            : new RobustScale(values.Length, median, 0, SpreadBasis.None);
    }
}
