using CsCheck;
using Harrier.Analytics.Counting;

namespace Harrier.Tests.Analytics;

public class RobustZTests
{
    [Fact]
    public void One_giant_among_ten_is_found_although_the_classic_z_cannot_pass_2_85()
    {
        double[] values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100];

        var scale = RobustZ.Scale(values);

        Assert.Equal(SpreadBasis.MedianDeviation, scale.Basis);
        Assert.Equal(5.5, scale.Median);
        Assert.Equal(2.5, scale.Spread);
        Assert.Equal(25.4961, scale.Z(100), 4);
    }

    [Fact]
    public void When_over_half_are_equal_the_mean_absolute_deviation_stands_in_and_is_named()
    {
        double[] values = [5, 5, 5, 5, 5, 5, 25];

        var scale = RobustZ.Scale(values);

        Assert.Equal(SpreadBasis.MeanDeviation, scale.Basis);
        Assert.Equal(20.0 / 7, scale.Spread, 12);
        Assert.Equal(20 / (1.253314 * 20 / 7), scale.Z(25), 12);
    }

    [Theory]
    [InlineData(new double[] { })]
    [InlineData(new double[] { 7 })]
    [InlineData(new double[] { 0, 0, 0, 0 })]
    [InlineData(new double[] { 7, 7, 7 })]
    public void Zeros_or_one_value_only_name_no_outlier(double[] values)
    {
        var scale = RobustZ.Scale(values);

        Assert.Equal(SpreadBasis.None, scale.Basis);
        Assert.Equal(0, scale.Z(1_000_000));
    }

    [Fact]
    public void Order_does_not_matter_and_z_grows_with_the_value() =>
        Gen.Double[-1e6, 1e6]
            .Array[1, 60]
            .Sample(values =>
            {
                var scale = RobustZ.Scale(values);
                var reversed = values.Reverse().ToArray();
                return scale == RobustZ.Scale(reversed)
                    && scale.Z(2e6) >= scale.Z(1e6)
                    && scale.Z(scale.Median) == 0;
            });

    [Fact]
    public void The_median_equals_that_of_a_slow_reference() =>
        Gen.Double[-1e6, 1e6]
            .Array[1, 60]
            .Sample(values =>
            {
                var sorted = values.OrderBy(value => value).ToList();
                var n = sorted.Count;
                var slow = n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
                return Math.Abs(slow - Quantiles.Median(values))
                    <= 1e-9 * Math.Max(1, Math.Abs(slow));
            });
}
