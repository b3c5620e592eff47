namespace Harrier.Telemetry.Archives;

/// <summary>The last bytes of what went by.</summary>
sealed class TailBytes(int most)
{
    readonly byte[] _bytes = new byte[most];
    int _count;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[Math.Max(bytes.Length - most, 0)..];
        var kept = Math.Min(_count, most - bytes.Length);
        _bytes.AsSpan(_count - kept, kept).CopyTo(_bytes);
        bytes.CopyTo(_bytes.AsSpan(kept));
        _count = kept + bytes.Length;
    }
}
