namespace Harrier.Analytics.Counting;

/// <summary>Tail probabilities that techniques need: how often chance alone gives as much or more.</summary>
public static class Tails
{
    /// <summary>P(X >= count) for a Poisson variable of the given mean.</summary>
    /// <remarks>Example: five new programs on a host where 0.5 are expected: 1.7e-4.</remarks>
    public static double Poisson(int count, double mean)
    {
        if (count <= 0)
        {
            return 1;
        }

        if (mean <= 0)
        {
            return 0;
        }

        // Upwards from count: every term is mean/k times the one before, so the sum is exact far out in the tail.
        var term = Math.Exp((count * Math.Log(mean)) - mean - LogFactorial(count));
        var sum = term;
        for (var k = count + 1; k < count + 10_000 && (k < mean || term > sum * 1e-16); k++)
        {
            term *= mean / k;
            sum += term;
        }

        return Math.Min(1, sum);
    }

    /// <summary>Upper tail of Student's t with three degrees of freedom: P(T >= t).</summary>
    /// <remarks>
    /// Counts of logs have heavy tails; a normal tail would call z = 10 a miracle of 1e-23 where real fleets show one in a
    /// thousand. Three degrees of freedom give z 3.5: 2.0 %, z 10: 0.11 %, z 100: one in a million.
    /// Closed form: 1/2 - (atan(u) + u / (1 + u^2)) / pi with u = t / sqrt(3).
    /// </remarks>
    public static double StudentThree(double t)
    {
        if (t > 1e3)
        {
            // The difference below loses its digits out here; the leading term is right to t^-2.
            return 2 * Math.Sqrt(3) / (Math.PI * t * t * t);
        }

        var u = t / Math.Sqrt(3);
        return Math.Clamp(0.5 - ((Math.Atan(u) + (u / (1 + (u * u)))) / Math.PI), 0, 1);
    }

    /// <summary>Lower tail of the normal distribution, by the complementary error function.</summary>
    /// <remarks>Numerical Recipes' erfcc: relative error below 1.2e-7 everywhere, so small tails stay right.</remarks>
    public static double Normal(double z)
    {
        var x = Math.Abs(z) / Math.Sqrt(2);
        var t = 1 / (1 + (0.5 * x));
        var sum = 0.0;
        foreach (var coefficient in Erfcc)
        {
            sum = (sum * t) + coefficient;
        }

        var erfc = t * Math.Exp((-x * x) + sum);
        return z <= 0 ? erfc / 2 : 1 - (erfc / 2);
    }

    static readonly double[] Erfcc =
    [
        0.17087277,
        -0.82215223,
        1.48851587,
        -1.13520398,
        0.27886807,
        -0.18628806,
        0.09678418,
        0.37409196,
        1.00002368,
        -1.26551223,
    ];

    static double LogFactorial(int n)
    {
        if (n < 20)
        {
            var sum = 0.0;
            for (var k = 2; k <= n; k++)
            {
                sum += Math.Log(k);
            }

            return sum;
        }

        // Stirling's series; at 20 the error is below 1e-12.
        double x = n;
        return (x * Math.Log(x))
            - x
            + (0.5 * Math.Log(2 * Math.PI * x))
            + (1 / (12 * x))
            - (1 / (360 * x * x * x))
            + (1 / (1260 * x * x * x * x * x));
    }
}
