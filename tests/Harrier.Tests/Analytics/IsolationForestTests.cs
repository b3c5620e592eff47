using Harrier.Analytics.Anomaly;

namespace Harrier.Tests.Analytics;

public class IsolationForestTests
{
    static List<double[]> Crowd(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, rows)
                .Select(_ =>
                    Enumerable.Range(0, columns).Select(_ => random.NextDouble()).ToArray()
                ),
        ];
    }

    [Theory]
    // Liu et al. 2008, formula 1; c(256) as in the paper's implementations.
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1.2073923)]
    [InlineData(256, 10.2447709)]
    public void The_average_path_is_that_of_the_paper(int rows, double expected) =>
        Assert.Equal(expected, IsolationForest.AveragePath(rows), 6);

    [Fact]
    public void The_same_seed_gives_the_same_scores_and_another_seed_others()
    {
        var rows = Crowd(300, 4, 1);

        var first = IsolationForest.Grow(rows, 7).Score(rows[0]);
        var again = IsolationForest.Grow(rows, 7).Score(rows[0]);
        var other = IsolationForest.Grow(rows, 8).Score(rows[0]);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void A_row_far_from_the_crowd_scores_highest_and_its_column_explains_it()
    {
        var rows = Crowd(300, 5, 2);
        rows[17][3] = 25;

        var forest = IsolationForest.Grow(rows, 1);
        var best = Enumerable.Range(0, rows.Count).MaxBy(i => forest.Score(rows[i]));
        var contributions = forest.Contributions(rows[17]);

        Assert.Equal(17, best);
        Assert.True(forest.Score(rows[17]) > 0.65);
        Assert.Equal(3, Enumerable.Range(0, 5).MaxBy(c => contributions[c]));
    }

    [Fact]
    public void Equal_rows_are_all_ordinary()
    {
        var rows = Enumerable.Range(0, 50).Select(_ => new double[] { 1, 2, 3 }).ToList();

        var forest = IsolationForest.Grow(rows, 1);

        Assert.Equal(0.5, forest.Score(rows[0]), 6);
        Assert.All(forest.Contributions(rows[0]), bits => Assert.Equal(0, bits));
    }

    [Fact]
    public void One_row_is_no_crowd()
    {
        var forest = IsolationForest.Grow(
            [
                [1.0, 2.0],
            ],
            1
        );

        Assert.Equal(0.5, forest.Score([1.0, 2.0]));
    }
}
