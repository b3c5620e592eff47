using System.Buffers.Binary;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>A position in untrusted bytes. Every read checks the end here, and nowhere else.</summary>
ref struct ByteCursor(ReadOnlySpan<byte> bytes, int position)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; set; } = position;

    public readonly int Left => _bytes.Length - Position;

    public byte Byte()
    {
        Require(1);
        return _bytes[Position++];
    }

    public ushort UInt16()
    {
        Require(2);
        var value = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[Position..]);
        Position += 2;
        return value;
    }

    public uint UInt32()
    {
        Require(4);
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[Position..]);
        Position += 4;
        return value;
    }

    /// <summary>An offset from the chunk's start, which must lie inside it.</summary>
    public int ChunkOffset()
    {
        var offset = UInt32();
        return offset < _bytes.Length || offset < 65_536
            ? (int)offset
            : throw new EvtxException($"offset {offset} in a chunk of 65536 bytes", Position - 4);
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        Require(count);
        var span = _bytes.Slice(Position, count);
        Position += count;
        return span;
    }

    public void Skip(int count)
    {
        Require(count);
        Position += count;
    }

    readonly void Require(int count)
    {
        if (count < 0 || count > Left)
        {
            throw Short(count);
        }
    }

    // Apart, so that the check stands in the reads themselves.
    readonly EvtxException Short(int count) =>
        new($"{count} bytes are wanted where {Math.Max(0, Left)} are left", Position);
}

/// <summary>A record or chunk is not what [MS-EVEN6] and its kin say: with the offset inside the chunk.</summary>
sealed class EvtxException(string message, int offset) : Exception(message)
{
    /// <summary>Offset inside the chunk, bytes.</summary>
    public int Offset { get; } = offset;
}
