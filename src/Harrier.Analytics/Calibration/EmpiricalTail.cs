namespace Harrier.Analytics.Calibration;

/// <summary>The share of a population that is at least as extreme: a tail probability without a model.</summary>
/// <remarks>
/// (number at least as large + 1) / (n + 1): the plus one keeps it above 0, since n values can't show anything rarer than
/// one in n + 1. Example: 40 among {1, 2, 3, 40}: 2/5; a new 41: 1/5.
/// Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", 4.2.
/// </remarks>
public sealed class EmpiricalTail
{
    readonly double[] _sorted;

    public EmpiricalTail(ReadOnlySpan<double> population)
    {
        _sorted = population.ToArray();
        Array.Sort(_sorted);
    }

    public int Count => _sorted.Length;

    public int AtLeast(double value)
    {
        var low = 0;
        var high = _sorted.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_sorted[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return _sorted.Length - low;
    }

    public double Upper(double value) => (AtLeast(value) + 1.0) / (_sorted.Length + 1.0);
}
