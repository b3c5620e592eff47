using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace Harrier.Schema.Yaml;

/// <summary>Numbers of YAML 1.2's core schema as decimal text.</summary>
public static class YamlNumber
{
    const int MaxDigits = 300;

    static readonly SearchValues<char> FloatCharacters = SearchValues.Create("0123456789.eE+-");

    /// <summary>The number as decimal text; null where the text is none.</summary>
    public static string? Canonical(string text)
    {
        if (text.Length is 0 or > MaxDigits)
        {
            return null;
        }

        var digits = text[0] is '-' or '+' ? text.AsSpan(1) : text;
        if (digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9'))
        {
            return BigInteger
                .Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture);
        }

        if (
            text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(
                text.AsSpan(2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var hex
            )
        )
        {
            return hex.ToString(CultureInfo.InvariantCulture);
        }

        if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            var octal = BigInteger.Zero;
            foreach (var digit in text.AsSpan(2))
            {
                if (digit is < '0' or > '7')
                {
                    return null;
                }

                octal = (octal * 8) + (digit - '0');
            }

            return text.Length == 2 ? null : octal.ToString(CultureInfo.InvariantCulture);
        }

        return
            digits.Length > 0
            && (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
            && !digits.ContainsAnyExcept(FloatCharacters)
            && double.TryParse(
                text,
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            )
            && double.IsFinite(number)
            ? Decimal(number)
            : null;
    }

    static string Decimal(double number) =>
        Math.Abs(number) is >= 1e-7 and < 1e15 or 0
            ? ((decimal)number).ToString(
                "0.############################",
                CultureInfo.InvariantCulture
            )
            : number.ToString("R", CultureInfo.InvariantCulture);
}
