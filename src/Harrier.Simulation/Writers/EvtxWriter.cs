using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Harrier.Simulation.Writers;

/// <summary>Writes Windows event log files (.evtx, version 3.1): chunks with checksums, templates with substitutions, names shared by offset.</summary>
/// <remarks>
/// Made from the format's description alone, not from Harrier's reader, so that a mistake of the one can't hide in the other;
/// libevtx's evtxexport reads what it writes. Source: [MS-EVEN6] 2.2.12 to 2.2.17; J. Metz, Windows XML Event Log (EVTX) format.
/// </remarks>
public sealed class EvtxWriter : IDisposable
{
    const int FileHeaderBytes = 4096;
    const int ChunkBytes = 65_536;
    const int ChunkHeaderBytes = 512;

    /// <summary>Longest value that is sure to fit into a chunk beside everything else.</summary>
    public const int MaxValueCharacters = 12_000;

    readonly Stream _output;
    readonly byte[] _chunk = new byte[ChunkBytes];
    readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _templates = new(StringComparer.Ordinal);
    int _position = ChunkHeaderBytes;
    int _lastRecord;
    long _firstNumber = 1;
    long _nextNumber = 1;
    int _chunks;

    public EvtxWriter(Stream output)
    {
        _output = output;
        output.Write(new byte[FileHeaderBytes]);
    }

    /// <summary>Appends an event and gives its record number.</summary>
    /// <param name="time">When it was written, UTC.</param>
    /// <param name="fields">The EventData, in order.</param>
    public long Write(
        WindowsLogEvent logEvent,
        DateTime time,
        IReadOnlyList<(string Name, string Value)> fields
    )
    {
        var room =
            2_400
            + fields.Sum(field =>
                80 + 2 * field.Name.Length + 2 * Math.Min(field.Value.Length, MaxValueCharacters)
            );
        if (_position + room > ChunkBytes)
        {
            FinishChunk();
        }

        var start = _position;
        var number = _nextNumber++;
        Put32(0x2a2a);
        Put32(0);
        Put64(number);
        Put64(time.ToFileTimeUtc());
        WriteBinXml(logEvent, time, number, fields);
        var size = _position - start + 4;
        Put32(size);
        BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(start + 4), size);
        _lastRecord = start;
        return number;
    }

    public void Dispose()
    {
        FinishChunk();
        WriteFileHeader();
        _output.Dispose();
    }

    void WriteBinXml(
        WindowsLogEvent logEvent,
        DateTime time,
        long number,
        IReadOnlyList<(string Name, string Value)> fields
    )
    {
        Fragment();
        PutByte(0x0c);
        PutByte(0x01);
        var shape =
            logEvent.Provider
            + "\n"
            + logEvent.Channel
            + "\n"
            + string.Join('\n', fields.Select(field => field.Name));
        var identifier = unchecked((int)XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(shape)));
        Put32(identifier);
        if (_templates.TryGetValue(shape, out var definition))
        {
            Put32(definition);
        }
        else
        {
            definition = _position + 4;
            Put32(definition);
            _templates.Add(shape, definition);
            WriteTemplate(logEvent, identifier, fields);
        }

        WriteValues(logEvent, time, number, fields);
        PutByte(0x00);
    }

    // The holes of every template, in this order; the fields of EventData follow.
    const int EventIdHole = 0,
        LevelHole = 1,
        TaskHole = 2,
        TimeHole = 3,
        NumberHole = 4,
        ProcessHole = 5,
        ThreadHole = 6,
        ComputerHole = 7,
        FirstFieldHole = 8;

    void WriteTemplate(
        WindowsLogEvent logEvent,
        int identifier,
        IReadOnlyList<(string Name, string Value)> fields
    )
    {
        Put32(0);
        Put32(identifier);
        Put64(0x4861_7272_6965_7200);
        Put32(0);
        var size = Reserve32();
        Fragment();
        Element(
            "Event",
            [("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")],
            () =>
            {
                Element(
                    "System",
                    [],
                    () =>
                    {
                        Element("Provider", [("Name", logEvent.Provider)], null);
                        Element("EventID", [], () => Hole(EventIdHole, 0x06));
                        Element("Version", [], () => Text("0"));
                        Element("Level", [], () => Hole(LevelHole, 0x04));
                        Element("Task", [], () => Hole(TaskHole, 0x06));
                        Element("TimeCreated", [("SystemTime", TimeHole, (byte)0x11)]);
                        Element("EventRecordID", [], () => Hole(NumberHole, 0x0a));
                        Element(
                            "Execution",
                            [
                                ("ProcessID", ProcessHole, (byte)0x08),
                                ("ThreadID", ThreadHole, (byte)0x08),
                            ]
                        );
                        Element("Channel", [], () => Text(logEvent.Channel));
                        Element("Computer", [], () => Hole(ComputerHole, 0x01));
                    }
                );
                Element(
                    "EventData",
                    [],
                    () =>
                    {
                        for (var index = 0; index < fields.Count; index++)
                        {
                            var hole = FirstFieldHole + index;
                            Element("Data", [("Name", fields[index].Name)], () => Hole(hole, 0x01));
                        }
                    }
                );
            }
        );
        PutByte(0x00);
        Patch32(size);
    }

    void WriteValues(
        WindowsLogEvent logEvent,
        DateTime time,
        long number,
        IReadOnlyList<(string Name, string Value)> fields
    )
    {
        var values = new List<(byte Type, byte[] Bytes)>
        {
            (0x06, BitConverter.GetBytes((ushort)logEvent.EventId)),
            (0x04, [logEvent.Level]),
            (0x06, BitConverter.GetBytes((ushort)logEvent.EventId)),
            (0x11, BitConverter.GetBytes(time.ToFileTimeUtc())),
            (0x0a, BitConverter.GetBytes((ulong)number)),
            (0x08, BitConverter.GetBytes(logEvent.ProcessId)),
            (0x08, BitConverter.GetBytes(logEvent.ProcessId + 4)),
            (0x01, Encoding.Unicode.GetBytes(logEvent.Computer)),
        };
        values.AddRange(
            fields.Select(field =>
                (
                    (byte)0x01,
                    Encoding.Unicode.GetBytes(
                        field.Value.Length > MaxValueCharacters
                            ? field.Value[..MaxValueCharacters]
                            : field.Value
                    )
                )
            )
        );
        Put32(values.Count);
        foreach (var (type, bytes) in values)
        {
            Put16(bytes.Length);
            PutByte(type);
            PutByte(0);
        }

        foreach (var (_, bytes) in values)
        {
            Put(bytes);
        }
    }

    void Fragment()
    {
        PutByte(0x0f);
        PutByte(0x01);
        PutByte(0x01);
        PutByte(0x00);
    }

    void Element(
        string name,
        IReadOnlyList<(string Name, string Value)> attributes,
        Action? content
    ) =>
        WriteElement(
            name,
            attributes.Count,
            index =>
                Attribute(
                    attributes[index].Name,
                    index < attributes.Count - 1,
                    () => Text(attributes[index].Value)
                ),
            content
        );

    void Element(string name, IReadOnlyList<(string Name, int Hole, byte Type)> attributes) =>
        WriteElement(
            name,
            attributes.Count,
            index =>
                Attribute(
                    attributes[index].Name,
                    index < attributes.Count - 1,
                    () => Hole(attributes[index].Hole, attributes[index].Type)
                ),
            null
        );

    void WriteElement(string name, int attributeCount, Action<int> attribute, Action? content)
    {
        PutByte(attributeCount > 0 ? (byte)0x41 : (byte)0x01);
        Put16(0xffff);
        var size = Reserve32();
        Name(name);
        if (attributeCount > 0)
        {
            var list = Reserve32();
            for (var index = 0; index < attributeCount; index++)
            {
                attribute(index);
            }

            Patch32(list);
        }

        if (content is null)
        {
            PutByte(0x03);
        }
        else
        {
            PutByte(0x02);
            content();
            PutByte(0x04);
        }

        Patch32(size);
    }

    void Attribute(string name, bool more, Action value)
    {
        PutByte(more ? (byte)0x46 : (byte)0x06);
        Name(name);
        value();
    }

    void Text(string text)
    {
        PutByte(0x05);
        PutByte(0x01);
        Put16(text.Length);
        Put(Encoding.Unicode.GetBytes(text));
    }

    void Hole(int index, byte type)
    {
        PutByte(0x0d);
        Put16(index);
        PutByte(type);
    }

    /// <summary>A name's offset; its first use in the chunk carries the name itself.</summary>
    void Name(string name)
    {
        if (_names.TryGetValue(name, out var offset))
        {
            Put32(offset);
            return;
        }

        offset = _position + 4;
        _names.Add(name, offset);
        Put32(offset);
        uint hash = 0;
        foreach (var character in name)
        {
            hash = unchecked(hash * 65599 + character);
        }

        // The header's table of 64 buckets leads to the newest name of a bucket, which leads to the one before.
        var bucket = 128 + (int)((hash & 0xffff) % 64) * 4;
        Put32(BinaryPrimitives.ReadInt32LittleEndian(_chunk.AsSpan(bucket)));
        BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(bucket), offset);
        Put16((int)(hash & 0xffff));
        Put16(name.Length);
        Put(Encoding.Unicode.GetBytes(name));
        Put16(0);
    }

    void FinishChunk()
    {
        if (_position == ChunkHeaderBytes)
        {
            return;
        }

        var header = _chunk.AsSpan(0, ChunkHeaderBytes);
        "ElfChnk\0"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], _firstNumber);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], _nextNumber - 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], _firstNumber);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], _nextNumber - 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], 128);
        BinaryPrimitives.WriteInt32LittleEndian(header[44..], _lastRecord);
        BinaryPrimitives.WriteInt32LittleEndian(header[48..], _position);
        BinaryPrimitives.WriteUInt32LittleEndian(
            header[52..],
            Crc32.HashToUInt32(_chunk.AsSpan(ChunkHeaderBytes, _position - ChunkHeaderBytes))
        );
        var crc = new Crc32();
        crc.Append(_chunk.AsSpan(0, 120));
        crc.Append(_chunk.AsSpan(128, ChunkHeaderBytes - 128));
        BinaryPrimitives.WriteUInt32LittleEndian(header[124..], crc.GetCurrentHashAsUInt32());
        _output.Write(_chunk);
        _chunk.AsSpan().Clear();
        _names.Clear();
        _templates.Clear();
        _position = ChunkHeaderBytes;
        _firstNumber = _nextNumber;
        _chunks++;
    }

    void WriteFileHeader()
    {
        var header = new byte[128];
        "ElfFile\0"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), Math.Max(0, _chunks - 1));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), _nextNumber);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(32), 128);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(36), 1);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(38), 3);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(40), FileHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(42), (ushort)_chunks);
        BinaryPrimitives.WriteUInt32LittleEndian(
            header.AsSpan(124),
            Crc32.HashToUInt32(header.AsSpan(0, 120))
        );
        _output.Position = 0;
        _output.Write(header);
    }

    void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_chunk.AsSpan(_position));
        _position += bytes.Length;
    }

    void PutByte(byte value) => _chunk[_position++] = value;

    void Put16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_chunk.AsSpan(_position), (ushort)value);
        _position += 2;
    }

    void Put32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(_position), value);
        _position += 4;
    }

    void Put64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_chunk.AsSpan(_position), value);
        _position += 8;
    }

    int Reserve32()
    {
        _position += 4;
        return _position - 4;
    }

    /// <summary>Writes how many bytes stand behind a reserved size.</summary>
    void Patch32(int at) =>
        BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(at), _position - at - 4);
}

/// <summary>The System part of a Windows event.</summary>
public sealed record WindowsLogEvent(
    string Provider,
    string Channel,
    int EventId,
    byte Level,
    string Computer,
    uint ProcessId
);
