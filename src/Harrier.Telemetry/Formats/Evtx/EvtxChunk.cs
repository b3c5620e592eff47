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

/// <summary>Walks the records of chunks. One a file, given its chunks one after the other.</summary>
/// <param name="recovers">Left-overs of older use are records too, marked as recovered.</param>
sealed class EvtxChunkReader(IRecordHandler handler, bool recovers)
{
    const int RecordHeaderBytes = 24;

    /// <summary>A header, and the size once more behind the content.</summary>
    const int MinRecordBytes = RecordHeaderBytes + 4;

    static ReadOnlySpan<byte> Magic => [0x2a, 0x2a, 0, 0];

    readonly BinXmlReader _xml = new();
    readonly Record _record = new();
    byte[] _bytes = [];
    int _length;
    long _fileOffset;

    /// <summary>Left-overs that look like records and can't be read.</summary>
    public long Lost { get; private set; }

    /// <summary>Reads the live records, then what older use left behind them.</summary>
    /// <param name="isDirty">The file was not closed: the header may be older than the last records.</param>
    /// <param name="isLeftOver">The whole chunk is left over: none of its records is live.</param>
    public void Read(
        byte[] bytes,
        int length,
        EvtxChunkHeader header,
        long fileOffset,
        bool isDirty,
        bool isLeftOver
    )
    {
        _bytes = bytes;
        _length = length;
        _fileOffset = fileOffset;
        _xml.BeginChunk(bytes, length);
        var (end, last) = isLeftOver ? (EvtxChunkHeader.Bytes, -1L) : Live(header, isDirty);
        if (recovers)
        {
            LeftOvers(end, last);
        }
    }

    /// <summary>Where the live records end, and the number of the last.</summary>
    (int End, long Last) Live(EvtxChunkHeader header, bool isDirty)
    {
        var position = EvtxChunkHeader.Bytes;
        var previous = -1L;
        while (position + RecordHeaderBytes <= _length)
        {
            var isBehind = position >= header.FreeSpace;
            if (isBehind && !isDirty)
            {
                break;
            }

            if (!TryRecordHeader(position, out var size, out var number))
            {
                if (isBehind)
                {
                    break;
                }

                position = Resume(position, header.FreeSpace);
                continue;
            }

            // Behind the free-space offset of a file that was not closed, a record is live only where it continues the numbers.
            if (isBehind && (previous < 0 || number != previous + 1))
            {
                break;
            }

            ReadRecord(position, size, number);
            previous = number;
            position += size;
        }

        return (position, previous);
    }

    /// <summary>Records anywhere in a chunk's free space. What they need of the chunk may have been written over, so more is asked of them.</summary>
    /// <param name="last">Number of the last live record: one of that number is a copy of it.</param>
    void LeftOvers(int position, long last)
    {
        while (position + MinRecordBytes <= _length)
        {
            var next = _bytes.AsSpan(position.._length).IndexOf(Magic);
            if (next < 0)
            {
                return;
            }

            position += next;
            if (
                TryRecordHeader(position, out var size, out var number)
                && SizeBehind(position, size) == size
            )
            {
                if (number != last)
                {
                    Recover(position, size, number);
                }

                position += size;
            }
            else
            {
                position += Magic.Length;
            }
        }
    }

    bool TryRecordHeader(int position, out int size, out long number)
    {
        size = 0;
        number = 0;
        if (_length - position < RecordHeaderBytes || !_bytes.AsSpan(position).StartsWith(Magic))
        {
            return false;
        }

        var said = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(position + 4));
        number = BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(position + 8));
        if (said < MinRecordBytes || said > _length - position)
        {
            return false;
        }

        size = (int)said;
        return true;
    }

    int SizeBehind(int position, int size) =>
        BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(position + size - 4));

    void ReadRecord(int position, int size, long number)
    {
        try
        {
            Fields(position, size, number, isRecovered: false);
        }
        catch (EvtxException fault)
        {
            handler.Reject(
                _fileOffset + position,
                $"Record {number} can't be read: {fault.Message} at offset {_fileOffset + fault.Offset}.",
                _bytes.AsSpan(position, Math.Min(size, 200))
            );
            return;
        }

        handler.Accept(_record);
    }

    void Recover(int position, int size, long number)
    {
        try
        {
            Fields(position, size, number, isRecovered: true);
        }
        catch (EvtxException)
        {
            Lost++;
            return;
        }

        handler.Accept(_record);
    }

    void Fields(int position, int size, long number, bool isRecovered)
    {
        _record.Clear();
        _record.Number = number;
        _record.Position = _fileOffset + position;
        _record.IsRecovered = isRecovered;
        _xml.ReadRecord(
            position + RecordHeaderBytes,
            position + size - 4,
            _record,
            checkIdentity: isRecovered
        );
        if (isRecovered)
        {
            _record.Add(EventFields.Recovered, "true"u8, FieldKind.Literal);
        }

        _xml.AddTimeUnlessThere(
            BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(position + 16))
        );
    }

    /// <summary>Rejects what stands here, and goes to the next record that looks like one.</summary>
    int Resume(int position, int freeSpace)
    {
        var next = _bytes.AsSpan((position + 1)..Math.Max(position + 1, freeSpace)).IndexOf(Magic);
        handler.Reject(
            _fileOffset + position,
            $"No record stands here: '**' and a size of at least 28 bytes are expected{(next < 0 ? ", and none follows in this chunk" : "")}.",
            _bytes.AsSpan(position, Math.Min(_length - position, 64))
        );
        return next < 0 ? Math.Max(position + 1, freeSpace) : position + 1 + next;
    }
}
