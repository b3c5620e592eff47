using System.Globalization;
using System.Text;

namespace Harrier.Reporting;

/// <summary>Makes control, bidi and invisible characters of log text visible, and bounds its length, before any form escapes it.</summary>
public static class Visible
{
    /// <summary>Characters of one value that a report shows; what is cut is said.</summary>
    public const int MostCharacters = 600;

    public static string Text(string? text, int most = MostCharacters)
    {
        if (text is null)
        {
            return "";
        }

        var visible = new StringBuilder(Math.Min(text.Length, most) + 32);
        var taken = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (taken >= most)
            {
                visible.Append(
                    CultureInfo.InvariantCulture,
                    $"… ({text.Length - taken} more characters)"
                );
                break;
            }

            taken += rune.Utf16SequenceLength;
            Append(visible, rune);
        }

        return visible.ToString();
    }

    static void Append(StringBuilder visible, Rune rune)
    {
        switch (rune.Value)
        {
            case < 0x20:
                // The control pictures block: ESC is ␛, a line feed ␊.
                visible.Append((char)(0x2400 + rune.Value));
                break;
            case 0x7f:
                visible.Append('␡');
                break;
            default:
                if (
                    Rune.GetUnicodeCategory(rune)
                    is UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
                )
                {
                    visible.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
                }
                else
                {
                    visible.Append(rune.ToString());
                }

                break;
        }
    }
}
