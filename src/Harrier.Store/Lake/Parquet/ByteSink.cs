using System.Buffers.Binary;

namespace Harrier.Store.Lake.Parquet;

/// <summary>Bytes that grow: pages and headers before they are compressed or written.</summary>
sealed class ByteSink
{
    byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for <paramref name="count"/> bytes, which count as written.</summary>
    public Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(
                ref _bytes,
                (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + count))
            );
        }

        var room = _bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }

    /// <summary>Gives back the end of what was taken.</summary>
    public void Shorten(int length) => Length = length;

    public void Add(byte value) => Take(1)[0] = value;

    public void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void AddInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void AddVarint(ulong value)
    {
        while (value >= 0x80)
        {
            Add(unchecked((byte)(value | 0x80)));
            value >>= 7;
        }

        Add((byte)value);
    }
}
