using System.Text;

namespace Harrier.Telemetry.Formats.AwsText;

/// <summary>Values of a line with spaces between them; <c>"quoted"</c> and <c>[bracketed]</c> ones hold spaces.</summary>
/// <remarks>A quote ends at the one that a space or the line's end follows: clients write quotes into their names.</remarks>
sealed class SpacedValues
{
    const int MaxValues = 200;

    readonly List<(int Start, int Length, byte Opened)> _values = [];
    byte[] _line = [];

    public int Count => _values.Count;

    public ReadOnlySpan<byte> this[int value] =>
        _line.AsSpan(_values[value].Start, _values[value].Length);

    public string Text(int value) => Encoding.UTF8.GetString(this[value]);

    public bool IsBracketed(int value) => _values[value].Opened == '[';

    /// <summary>Splits a line; false where a quote or bracket stays open, or there are more than 200 values.</summary>
    public bool TrySplit(ReadOnlySpan<byte> line)
    {
        _line = line.ToArray();
        _values.Clear();
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == ' ')
            {
                continue;
            }

            var opened = line[at] is (byte)'"' or (byte)'[' ? line[at] : (byte)0;
            var start = opened == 0 ? at : at + 1;
            var length = Length(line[start..], opened);
            if (length < 0 || _values.Count == MaxValues)
            {
                return false;
            }

            _values.Add((start, length, opened));
            at = start + length + (opened == 0 ? 0 : 1);
        }

        return true;
    }

    static int Length(ReadOnlySpan<byte> rest, byte opened)
    {
        if (opened == 0)
        {
            var space = rest.IndexOf((byte)' ');
            return space < 0 ? rest.Length : space;
        }

        var closing = opened == '"' ? (byte)'"' : (byte)']';
        for (var at = 0; at < rest.Length; at++)
        {
            if (rest[at] == closing && (at + 1 == rest.Length || rest[at + 1] == ' '))
            {
                return at;
            }
        }

        return -1;
    }
}
