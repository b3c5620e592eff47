using System.IO.Hashing;

namespace Harrier.Telemetry.Maps;

/// <summary>What functions made of values they saw before: machines, addresses and names come again and again, and reading an address costs more than finding it here.</summary>
/// <remarks>
/// A table of fixed size in which a value takes the place of another one with its hash: a log of ever new values costs no memory.
/// Where values hardly ever come again, as durations, it is given up.
/// </remarks>
sealed class ValueMemo
{
    const int Places = 128;

    /// <summary>Longer values are worked out each time.</summary>
    const int LongestBytes = 48;

    /// <summary>Values of which half must have been known for it to go on.</summary>
    const int TrialValues = 1024;

    readonly (int Value, int Made)[] _lengths = new (int, int)[Places];
    byte[] _bytes = [];
    long _asked;
    long _known;

    /// <summary>What was made of the value; left alone where it is not known.</summary>
    public bool TryGet(ReadOnlySpan<byte> value, ref ReadOnlySpan<byte> made)
    {
        if (value.Length > LongestBytes || _bytes.Length == 0 || IsGivenUp)
        {
            return false;
        }

        _asked++;
        var place = PlaceOf(value);
        var lengths = _lengths[place];
        if (!ValueAt(place)[..lengths.Value].SequenceEqual(value))
        {
            return false;
        }

        _known++;
        made = MadeAt(place)[..lengths.Made];
        return true;
    }

    public void Keep(ReadOnlySpan<byte> value, ReadOnlySpan<byte> made)
    {
        if (value.Length > LongestBytes || made.Length > LongestBytes || IsGivenUp)
        {
            return;
        }

        if (_bytes.Length == 0)
        {
            _bytes = new byte[2 * Places * LongestBytes];
        }

        var place = PlaceOf(value);
        _lengths[place] = (value.Length, made.Length);
        value.CopyTo(ValueAt(place));
        made.CopyTo(MadeAt(place));
    }

    bool IsGivenUp => _asked >= TrialValues && _known * 2 < _asked;

    static int PlaceOf(ReadOnlySpan<byte> value) => (int)(XxHash3.HashToUInt64(value) % Places);

    Span<byte> ValueAt(int place) => _bytes.AsSpan(2 * place * LongestBytes, LongestBytes);

    Span<byte> MadeAt(int place) => _bytes.AsSpan((2 * place + 1) * LongestBytes, LongestBytes);
}
