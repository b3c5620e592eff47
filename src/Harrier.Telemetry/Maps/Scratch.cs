namespace Harrier.Telemetry.Maps;

/// <summary>Room for the bytes that expressions make, used again for each expression. Not for several threads.</summary>
/// <remarks>Spans stay valid until <see cref="Reset"/>: growing takes a new array and leaves the old one to those who hold it.</remarks>
public sealed class Scratch
{
    byte[] _bytes = new byte[4096];
    int _used;

    public void Reset() => _used = 0;

    /// <summary>Room for <paramref name="length"/> bytes, not cleared.</summary>
    public Span<byte> Take(int length)
    {
        if (_bytes.Length - _used < length)
        {
            _bytes = new byte[Math.Max(length, _bytes.Length * 2)];
            _used = 0;
        }

        _used += length;
        return _bytes.AsSpan(_used - length, length);
    }

    public ReadOnlySpan<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = Take(bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }
}
