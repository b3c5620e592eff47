using System.Text;

namespace Harrier.Telemetry.Maps;

/// <summary>A wanted text in which <c>*</c> stands for anything: <c>aws*</c>, <c>*.amazonaws.com</c>, <c>*sign-in*</c>. ASCII letters match in either case.</summary>
/// <remarks>A lone star wants something: an empty text does not match. The parts between stars are looked for from left to right, which is right and linear in the number of parts.</remarks>
public sealed class ValuePattern
{
    readonly byte[][] _parts;

    public ValuePattern(string text)
    {
        Text = text;
        _parts = [.. text.Split('*').Select(part => Encoding.UTF8.GetBytes(part))];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Matches whatever is not empty.</summary>
    public bool IsAny => Text == "*";

    /// <summary>Has no star: one text only.</summary>
    public bool IsExact => _parts.Length == 1;

    public bool Matches(ReadOnlySpan<byte> value)
    {
        if (IsExact)
        {
            return Same(_parts[0], value);
        }

        if (IsAny)
        {
            return value.Length > 0;
        }

        var (first, last) = (_parts[0], _parts[^1]);
        if (
            value.Length < first.Length + last.Length
            || !Same(first, value[..first.Length])
            || !Same(last, value[^last.Length..])
        )
        {
            return false;
        }

        value = value[first.Length..^last.Length];
        foreach (var part in _parts.AsSpan(1, _parts.Length - 2))
        {
            var at = IndexOf(value, part);
            if (at < 0)
            {
                return false;
            }

            value = value[(at + part.Length)..];
        }

        return true;
    }

    static int IndexOf(ReadOnlySpan<byte> value, ReadOnlySpan<byte> part)
    {
        for (var at = 0; at + part.Length <= value.Length; at++)
        {
            if (Same(part, value.Slice(at, part.Length)))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Equal but for the case of ASCII letters.</summary>
    static bool Same(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> value)
    {
        // The fast comparison says no to all that is not ASCII, equal or not.
        if (Ascii.IsValid(wanted))
        {
            return Ascii.EqualsIgnoreCase(wanted, value);
        }

        if (wanted.Length != value.Length)
        {
            return false;
        }

        for (var at = 0; at < wanted.Length; at++)
        {
            if (Lower(wanted[at]) != Lower(value[at]))
            {
                return false;
            }
        }

        return true;
    }

    static byte Lower(byte letter) =>
        letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
