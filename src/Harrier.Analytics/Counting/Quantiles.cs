namespace Harrier.Analytics.Counting;

/// <summary>Quantiles by sorting a copy: for the thousands of values a lead is judged by, not for streams.</summary>
/// <remarks>Linear between neighbours (type 7 of Hyndman and Fan 1996): the quarter point of 1 2 3 4 is 1.75.</remarks>
public static class Quantiles
{
    public static double Median(ReadOnlySpan<double> values) => At(values, 0.5);

    /// <summary>Quantile of unsorted values; NaN of none.</summary>
    public static double At(ReadOnlySpan<double> values, double share)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return OfSorted(sorted, share);
    }

    public static double OfSorted(ReadOnlySpan<double> sorted, double share)
    {
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        var place = share * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
