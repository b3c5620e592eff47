namespace Harrier.Analytics.Calibration;

/// <summary>Makes surprises of different techniques comparable: one scale, from how often chance gives as much.</summary>
/// <remarks>
/// The idea: a technique that looks at 10,000 values finds one in ten thousand by chance alone, so a tail probability means
/// nothing without the number of values examined. p times that number is the count of equally surprising findings that
/// chance alone gives in such a run (the E-value of sequence search, Bonferroni's bound without its cap; a cap would make
/// ties of all weak findings and lose their order).
/// <para>
/// Worked example: a parent-child pair with p = 2e-5 among 500 pairs: 0.01 such pairs are expected by chance. The score is
/// 1 / (1 + sqrt(0.01)) = 0.91. Scores by expected count: 10: .24, 1: .50, .1: .76, .01: .91, .001: .97. So a reader who
/// works only on leads of .76 and more accepts about one lucky one in ten runs of a step, whichever technique it is.
/// </para>
/// </remarks>
public static class Surprise
{
    /// <summary>Smallest tail probability we speak of: no model of a log deserves to be believed further.</summary>
    public const double Floor = 1e-12;

    /// <summary>Equally surprising findings that chance gives among <paramref name="examined"/> values.</summary>
    public static double Expected(double p, long examined) =>
        Math.Clamp(p, Floor, 1) * Math.Max(1, examined);

    /// <summary>Score in (0, 1): 1 / (1 + sqrt(p * examined)).</summary>
    public static double Score(double p, long examined) =>
        1 / (1 + Math.Sqrt(Expected(p, examined)));

    /// <summary>Chance of at least one such finding in the run, were all of them independent (Šidák).</summary>
    public static double Sidak(double p, long examined) =>
        p < 1e-9
            ? Math.Min(1, p * Math.Max(1, examined))
            : 1 - Math.Pow(1 - Math.Min(1, p), Math.Max(1, examined));

    /// <summary>Two independent tail probabilities as one (Fisher): q - q ln q for their product q.</summary>
    /// <remarks>Example: .05 and .05 give .0175, not .0025.</remarks>
    public static double Combine(double p1, double p2)
    {
        var q = Math.Clamp(p1, Floor, 1) * Math.Clamp(p2, Floor, 1);
        return Math.Min(1, q * (1 - Math.Log(q)));
    }
}
