using System.Globalization;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Correlations;

/// <summary>A measured number as an exact fraction, so that a window counted up and down is equal to one counted afresh.</summary>
/// <remarks>
/// Numbers of events are fixed point, twelve decimals in 128 bits: a million values of up to 1e20 add up without loss. A mean is
/// a sum over a count, an interpolated percentile a sum over 100,000; they are compared by multiplying out, never by dividing.
/// </remarks>
/// <param name="Scaled">Numerator times <see cref="Scale"/>.</param>
/// <param name="Denominator">From 1 to a million.</param>
readonly record struct CorrelationNumber(Int128 Scaled, long Denominator)
{
    /// <summary>10 to the number of decimals kept.</summary>
    public const long Scale = 1_000_000_000_000;

    /// <summary>Greater numbers are none, as sums of them would not fit.</summary>
    const decimal Greatest = 1e20m;

    const int MaxText = 64;

    public static CorrelationNumber Of(long count) => new(count * (Int128)Scale, 1);

    /// <summary>The number for people: at most 28 digits.</summary>
    public decimal ToDecimal() => (decimal)(Scaled / Scale / Denominator) + Rest();

    decimal Rest()
    {
        var unit = (Int128)Scale * Denominator;
        return (decimal)(Scaled % unit) / (decimal)unit;
    }

    public bool Holds(CorrelationBound bound)
    {
        var order = Scaled.CompareTo(Scaling(bound.Threshold) * Denominator);
        return bound.Operator switch
        {
            CorrelationOperator.Gt => order > 0,
            CorrelationOperator.Gte => order >= 0,
            CorrelationOperator.Lt => order < 0,
            CorrelationOperator.Lte => order <= 0,
            CorrelationOperator.Eq => order == 0,
            CorrelationOperator.Neq => order != 0,
            _ => throw new ArgumentOutOfRangeException(nameof(bound), bound.Operator, null),
        };
    }

    /// <summary>A threshold can be compared.</summary>
    public static bool IsInRange(decimal number) => Math.Abs(number) <= Greatest;

    /// <summary>Reads a number of an event, times <see cref="Scale"/>; a thirteenth decimal is rounded, to even.</summary>
    /// <returns>False where the text is no decimal number, or one beyond 1e20.</returns>
    public static bool TryRead(string text, out Int128 scaled)
    {
        if (
            long.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var whole
            )
        )
        {
            scaled = whole * (Int128)Scale;
            return true;
        }

        scaled = 0;
        if (
            text.Length > MaxText
            || !decimal.TryParse(
                text,
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            )
            || !IsInRange(number)
        )
        {
            return false;
        }

        scaled = Scaling(number);
        return true;
    }

    static Int128 Scaling(decimal number)
    {
        var whole = decimal.Truncate(number);
        return (Int128)whole * Scale + (Int128)decimal.Round((number - whole) * Scale);
    }
}
