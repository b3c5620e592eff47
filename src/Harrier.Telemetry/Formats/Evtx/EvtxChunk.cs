using System.Buffers.Binary;
using System.IO.Hashing;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Header of a chunk: 512 bytes, of which the first 128 are fields and the rest tables of strings and templates.</summary>
/// <param name="FirstNumber">Number of the first record, by the chunk's own count.</param>
/// <param name="LastNumber">Number of the last record.</param>
/// <param name="FreeSpace">Offset behind the last record.</param>
readonly record struct EvtxChunkHeader(
    long FirstNumber,
    long LastNumber,
    int FreeSpace,
    bool ChecksumFits
)
{
    public const int Bytes = 512;

    public static bool TryRead(ReadOnlySpan<byte> chunk, out EvtxChunkHeader header)
    {
        header = default;
        if (chunk.Length < Bytes || !chunk.StartsWith("ElfChnk\0"u8))
        {
            return false;
        }

        var freeSpace = (int)
            Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(chunk[48..]), (uint)chunk.Length);
        // The checksum of the header leaves out itself and the field before it.
        var crc = new Crc32();
        crc.Append(chunk[..120]);
        crc.Append(chunk[128..Bytes]);
        var fits =
            crc.GetCurrentHashAsUInt32() == BinaryPrimitives.ReadUInt32LittleEndian(chunk[124..])
            && freeSpace >= Bytes
            && Crc32.HashToUInt32(chunk[Bytes..freeSpace])
                == BinaryPrimitives.ReadUInt32LittleEndian(chunk[52..]);
        header = new EvtxChunkHeader(
            BinaryPrimitives.ReadInt64LittleEndian(chunk[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(chunk[32..]),
            freeSpace,
            fits
        );
        return true;
    }
}

/// <summary>Walks the records of one chunk.</summary>
ref struct EvtxChunk(
    ReadOnlySpan<byte> bytes,
    EvtxChunkHeader header,
    long fileOffset,
    IRecordHandler handler
)
{
    const int RecordHeaderBytes = 24;
    const uint RecordMagic = 0x0000_2a2a;

    readonly ReadOnlySpan<byte> _bytes = bytes;
    readonly Record _record = new();

    public readonly void Read(bool isDirty)
    {
        var xml = new BinXml(_bytes);
        var position = EvtxChunkHeader.Bytes;
        long? previous = null;
        while (position + RecordHeaderBytes <= _bytes.Length)
        {
            var isBehind = position >= header.FreeSpace;
            if (isBehind && !isDirty)
            {
                return;
            }

            if (!TryRecordHeader(position, out var size, out var number))
            {
                if (!isBehind)
                {
                    position = Resume(position, isBehind);
                    continue;
                }

                return;
            }

            // Behind the free-space offset of a file that was not closed, a record is live only where it continues the numbers.
            if (isBehind && number != previous + 1)
            {
                return;
            }

            ReadRecord(ref xml, position, size, number);
            previous = number;
            position += size;
        }
    }

    readonly bool TryRecordHeader(int position, out int size, out long number)
    {
        size = 0;
        number = 0;
        if (BinaryPrimitives.ReadUInt32LittleEndian(_bytes[position..]) != RecordMagic)
        {
            return false;
        }

        var said = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[(position + 4)..]);
        number = BinaryPrimitives.ReadInt64LittleEndian(_bytes[(position + 8)..]);
        if (said < RecordHeaderBytes + 4 || said > _bytes.Length - position)
        {
            return false;
        }

        size = (int)said;
        return true;
    }

    readonly void ReadRecord(ref BinXml xml, int position, int size, long number)
    {
        _record.Clear();
        _record.Number = number;
        _record.Position = fileOffset + position;
        try
        {
            xml.ReadRecord(position + RecordHeaderBytes, position + size - 4, _record);
            if (_record.Find("TimeCreated"u8) < 0)
            {
                var written = BinaryPrimitives.ReadInt64LittleEndian(_bytes[(position + 16)..]);
                BinXmlValue.AddFileTime(_record, "TimeCreated"u8, written);
            }

            handler.Accept(_record);
        }
        catch (EvtxException fault)
        {
            handler.Reject(
                fileOffset + position,
                $"Record {number} can't be read: {fault.Message} at offset {fileOffset + fault.Offset}.",
                _bytes.Slice(position, Math.Min(size, 200))
            );
        }
    }

    /// <summary>Rejects what stands here, and goes to the next record that looks like one.</summary>
    readonly int Resume(int position, bool isBehind)
    {
        var rest = _bytes[(position + 1)..Math.Max(position + 1, header.FreeSpace)];
        var next = rest.IndexOf((ReadOnlySpan<byte>)[0x2a, 0x2a, 0, 0]);
        if (!isBehind)
        {
            handler.Reject(
                fileOffset + position,
                $"No record stands here: '**' and a size of at least 28 bytes are expected{(next < 0 ? ", and none follows in this chunk" : "")}.",
                _bytes.Slice(position, Math.Min(_bytes.Length - position, 64))
            );
        }

        return next < 0 ? _bytes.Length : position + 1 + next;
    }
}
