using CsCheck;
using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Analytics.Novelty;

namespace Harrier.Tests.Analytics;

public class SurpriseTests
{
    [Theory]
    [InlineData(1e-3, 10_000, 0.2403)]
    [InlineData(1e-4, 10_000, 0.5)]
    [InlineData(1e-5, 10_000, 0.7597)]
    [InlineData(2e-5, 500, 0.9091)]
    public void The_score_says_how_many_chance_alone_would_give(
        double p,
        long examined,
        double score
    ) => Assert.Equal(score, Surprise.Score(p, examined), 4);

    [Fact]
    public void More_values_examined_never_raise_a_score() =>
        Gen.Select(Gen.Double[1e-10, 1], Gen.Long[1, 1_000_000], Gen.Long[1, 1_000_000])
            .Sample(
                (p, a, b) => Surprise.Score(p, Math.Min(a, b)) >= Surprise.Score(p, Math.Max(a, b))
            );

    [Fact]
    public void Sidak_is_the_chance_of_at_least_one()
    {
        Assert.Equal(1 - (0.95 * 0.95), Surprise.Sidak(0.05, 2), 12);
        Assert.Equal(1e-9, Surprise.Sidak(1e-12, 1_000), 15);
    }

    [Fact]
    public void Fisher_combines_two_of_5_percent_to_1_75() =>
        Assert.Equal(0.0175, Surprise.Combine(0.05, 0.05), 4);

    [Fact]
    public void The_empirical_tail_counts_like_a_slow_reference() =>
        Gen.Select(Gen.Int[0, 20].Array[0, 40], Gen.Int[-1, 21])
            .Sample(
                (values, x) =>
                {
                    var tail = new EmpiricalTail([.. values.Select(value => (double)value)]);
                    var slow = values.Count(value => value >= x);
                    return tail.AtLeast(x) == slow
                        && tail.Upper(x) == (slow + 1.0) / (values.Length + 1.0);
                }
            );

    [Theory]
    // From R: ppois(4, 0.5, lower.tail = FALSE), ppois(9, 10, FALSE), pt(3.5, 3, lower.tail = FALSE), pt(10, 3, FALSE), pnorm(-5).
    [InlineData("poisson", 5, 0.5, 1.721156e-4)]
    [InlineData("poisson", 10, 10, 0.5420703)]
    [InlineData("poisson", 300, 10, 0)]
    [InlineData("student", 3.5, 0, 0.01974)]
    [InlineData("student", 10, 0, 1.064e-3)]
    [InlineData("normal", -5, 0, 2.866516e-7)]
    [InlineData("normal", 1.96, 0, 0.9750021)]
    public void Tails_equal_published_values(string tail, double x, double mean, double expected)
    {
        var p = tail switch
        {
            "poisson" => Tails.Poisson((int)x, mean),
            "student" => Tails.StudentThree(x),
            _ => Tails.Normal(x),
        };

        Assert.InRange(p, expected * 0.999 - 1e-300, (expected * 1.001) + 1e-200);
    }

    [Fact]
    public void The_heavy_tail_is_continuous_where_its_form_changes() =>
        Assert.InRange(Tails.StudentThree(1_000.01) / Tails.StudentThree(999.99), 0.99, 1.01);

    [Fact]
    public void Good_and_Turing_give_the_chance_of_a_new_value()
    {
        Assert.Equal(6.0 / 1_001, GoodTuring.NewValue(5, 1_000));
        Assert.Equal(1, GoodTuring.NewValue(0, 0));
    }

    [Fact]
    public void Rarity_is_the_share_of_sightings_that_are_as_rare()
    {
        var rarity = new Rarity([(12, 36), (12, 30), (1, 1), (1, 1)]);

        Assert.Equal(2.0 / 68, rarity.P(1, 1), 12);
        Assert.Equal(2, rarity.AsRare(1, 1));
        Assert.Equal(32.0 / 68, rarity.P(12, 30), 12);
        Assert.Equal(1, rarity.P(12, 36));
    }

    [Fact]
    public void Rarity_equals_a_slow_reference() =>
        Gen.Select(Gen.Long[1, 5], Gen.Long[1, 9])
            .Array[1, 30]
            .Sample(values =>
            {
                var rarity = new Rarity(values);
                return values.All(value =>
                {
                    var slow = values.Where(other => other.CompareTo(value) <= 0).Sum(o => o.Item2);
                    return Math.Abs(
                            rarity.P(value.Item1, value.Item2)
                                - (slow / (double)values.Sum(o => o.Item2))
                        ) < 1e-12;
                });
            });
}
