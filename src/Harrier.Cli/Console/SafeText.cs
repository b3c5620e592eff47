using System.Globalization;
using System.Text;

namespace Harrier.Cli.Console;

/// <summary>Text that may be shown on a terminal: control, bidi and invisible characters of a log are made visible.</summary>
/// <remarks>A log line can carry escape sequences that clear a screen or hide a line; the console takes nothing but this type for such text.</remarks>
public readonly record struct SafeText(string Value)
{
    /// <summary>Makes text from a log, a file or a person safe, in at most <paramref name="maximum"/> characters.</summary>
    public static SafeText From(string? text, int maximum = int.MaxValue)
    {
        if (text is null)
        {
            return new SafeText("");
        }

        var safe = new StringBuilder(Math.Min(text.Length, maximum) + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= maximum)
            {
                safe.Append('…');
                break;
            }

            Append(safe, rune);
        }

        return new SafeText(safe.ToString());
    }

    public override string ToString() => Value;

    static void Append(StringBuilder safe, Rune rune)
    {
        // The control pictures block shows what was there: ESC as ␛, a line feed as ␊.
        if (rune.Value < 0x20)
        {
            safe.Append((char)(0x2400 + rune.Value));
        }
        else if (rune.Value == 0x7f)
        {
            safe.Append('␡');
        }
        else if (IsInvisible(rune))
        {
            safe.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
        }
        else
        {
            safe.Append(rune.ToString());
        }
    }

    static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.Surrogate;
}
