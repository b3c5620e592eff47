using Harrier.Analytics.Timing;

namespace Harrier.Tests.Analytics;

public class BeaconScoreTests
{
    const long Second = 1_000_000;
    const long Start = 1_767_571_200 * Second;

    /// <summary>Three days of a source that is always on, from one hour before its series.</summary>
    static readonly long[] Hours =
    [
        .. Enumerable.Range(0, 72).Select(hour => (Start / (3_600 * Second)) + hour),
    ];

    static BeaconEvidence Weigh(IEnumerable<double> seconds, Func<int, double> size)
    {
        var times = seconds.Select(s => Start + (long)(s * Second)).ToArray();
        var sizes = Enumerable.Range(0, times.Length).Select(size).ToArray();
        var measure = BeaconScore.Measure(times, sizes, Hours);
        Assert.NotNull(measure);
        return BeaconScore.Weigh(measure, 1, 100, 0.3);
    }

    static IEnumerable<double> Beat(double period, double jitter, int count, int seed)
    {
        var random = new Random(seed);
        var t = 0.0;
        for (var i = 0; i < count; i++)
        {
            yield return t;
            t += period * (1 + (jitter * ((2 * random.NextDouble()) - 1)));
        }
    }

    static IEnumerable<double> Exponential(double mean, int count, int seed)
    {
        var random = new Random(seed);
        var t = 0.0;
        for (var i = 0; i < count; i++)
        {
            yield return t;
            t += 1 - (mean * Math.Log(1 - random.NextDouble()));
        }
    }

    /// <summary>Page loads of a person: bursts of requests, minutes to hours apart, in working hours.</summary>
    static IEnumerable<double> Person(int seed)
    {
        var random = new Random(seed);
        for (var day = 0; day < 3; day++)
        {
            for (
                var t = 8 * 3_600.0;
                t < 17 * 3_600;
                t += 60 + (3_000 * Math.Pow(random.NextDouble(), 3))
            )
            {
                var at = (day * 86_400) + t;
                for (var i = random.Next(1, 12); i >= 0; i--)
                {
                    yield return at;
                    at += 1 + (5 * random.NextDouble());
                }
            }
        }
    }

    [Fact]
    public void A_perfect_beat_has_no_spread_and_full_evidence()
    {
        var times = Beat(60, 0, 60, 1).Select(s => Start + (long)(s * Second)).ToArray();

        var measure = BeaconScore.Measure(times, new double[60], Hours)!;

        Assert.Equal(60, measure.MedianSeconds);
        Assert.Equal(0, measure.LogRatio, 9);
        // z = -0.5772 / sqrt(0.6449 / 59) = -5.52
        Assert.InRange(measure.PoissonP, 1e-8, 3e-8);
    }

    [Theory]
    [InlineData("jitter 20 %", 0.2)]
    [InlineData("jitter 50 %", 0.5)]
    public void Jitter_does_not_hide_a_beat(string kind, double jitter)
    {
        var evidence = Weigh(Beat(120, jitter, 200, 3), _ => 512);

        Assert.True(evidence.Regularity > 2, kind);
        Assert.True(evidence.Total > 6, kind);
    }

    [Fact]
    public void Lost_beats_do_not_hide_a_beat()
    {
        var random = new Random(4);
        var evidence = Weigh(
            Beat(120, 0.1, 400, 3).Where(_ => random.NextDouble() > 0.4),
            _ => 512
        );

        Assert.True(evidence.Regularity > 2);
    }

    [Fact]
    public void A_night_of_sleep_does_not_hide_a_beat()
    {
        var evidence = Weigh(
            Beat(300, 0.1, 800, 5).Where(s => s % 86_400 is > 28_800 and < 64_800),
            _ => 512
        );

        Assert.True(evidence.Regularity > 2);
    }

    [Fact]
    public void Several_connections_a_beat_count_as_one()
    {
        var evidence = Weigh(
            Beat(300, 0.1, 200, 5).SelectMany(s => new[] { s, s + 0.1, s + 0.4 }),
            _ => 512
        );

        Assert.True(evidence.Regularity > 2);
    }

    [Fact]
    public void Exponential_sleep_has_no_beat_but_is_steady()
    {
        var evidence = Weigh(Exponential(300, 800, 6), _ => 512);

        Assert.True(evidence.Steadiness > evidence.Regularity);
        Assert.True(evidence.Total > 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_person_is_no_beacon(int seed)
    {
        var random = new Random(seed);
        var evidence = Weigh(Person(seed), _ => random.Next(200, 4_000));

        Assert.True(evidence.Regularity + evidence.Steadiness < 1);
    }

    [Fact]
    public void Few_connections_prove_little_however_regular()
    {
        var evidence = Weigh(Beat(3_600, 0, 5, 1), _ => 512);

        Assert.True(evidence.Regularity < 2);
    }

    [Fact]
    public void A_destination_of_everybody_has_no_rarity()
    {
        var times = Beat(60, 0, 60, 1).Select(s => Start + (long)(s * Second)).ToArray();
        var measure = BeaconScore.Measure(times, new double[60], Hours)!;

        Assert.Equal(0, BeaconScore.Weigh(measure, 100, 100, 0.3).Rarity);
        Assert.Equal(2, BeaconScore.Weigh(measure, 1, 100, 0.3).Rarity);
    }

    [Fact]
    public void Three_connections_and_simultaneous_ones_are_not_measured()
    {
        Assert.Null(BeaconScore.Measure([Start, Start + Second, Start + (2 * Second)], [], []));
        Assert.Null(BeaconScore.Measure([Start, Start, Start, Start, Start], [], []));
    }

    [Theory]
    [InlineData(0.1, 0.577)]
    [InlineData(0.5, 0.577)]
    public void Random_arrivals_have_the_log_ratio_of_the_exponential(double mean, double expected)
    {
        var times = Exponential(mean * 3_600, 4_000, 9)
            .Select(s => Start + (long)(s * Second))
            .ToArray();

        var measure = BeaconScore.Measure(times, [], [])!;

        Assert.InRange(measure.LogRatio, expected - 0.1, expected + 0.05);
    }
}
