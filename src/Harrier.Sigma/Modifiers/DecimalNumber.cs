using System.Globalization;
using System.Numerics;

namespace Harrier.Sigma.Modifiers;

/// <summary>A decimal number as it is written, digits times a power of ten: nothing is rounded, so numbers of 64 bits and longer keep all digits.</summary>
readonly record struct DecimalNumber(BigInteger Digits, int Exponent) : IComparable<DecimalNumber>
{
    const int MaxLength = 400;
    const int MaxExponent = 400;

    /// <summary>Reads -12, 0.5, .5, 1e3; null for anything else, and for what is longer than a double's decimal form.</summary>
    public static DecimalNumber? Read(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return null;
        }

        var e = text.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (
            e >= 0
            && (
                !int.TryParse(
                    text.AsSpan(e + 1),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out exponent
                )
                || Math.Abs((long)exponent) > MaxExponent
            )
        )
        {
            return null;
        }

        var digits = e < 0 ? text : text[..e];
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= digits.Length - point - 1;
            digits = digits.Remove(point, 1);
        }

        return BigInteger.TryParse(
            digits,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? new DecimalNumber(value, exponent)
            : null;
    }

    public int CompareTo(DecimalNumber other)
    {
        var shared = Math.Min(Exponent, other.Exponent);
        return Scaled(shared).CompareTo(other.Scaled(shared));
    }

    BigInteger Scaled(int exponent) => Digits * BigInteger.Pow(10, Exponent - exponent);
}
