using System.Runtime.InteropServices;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>A name, by its offset in the chunk: next name, hash, count of characters, UTF-16, zero.</summary>
static class BinXmlName
{
    public static ReadOnlySpan<char> Read(ref ByteCursor cursor, ReadOnlySpan<byte> chunk)
    {
        var offset = cursor.ChunkOffset();
        var name = new ByteCursor(chunk, offset);
        name.Skip(6); // Next name, hash.
        var characters = name.UInt16();
        var utf16 = name.Bytes(characters * 2);
        // A name used for the first time stands right here.
        if (offset == cursor.Position)
        {
            cursor.Skip(8 + characters * 2 + 2);
        }

        return MemoryMarshal.Cast<byte, char>(utf16);
    }
}
