using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>The slow reference of <see cref="BinXmlReader"/>: walks every template anew for every record, with strings.</summary>
/// <remarks>
/// A record is a template instance: a definition (elements with holes) and the values for the holes. Definitions and names are
/// shared inside a chunk by offset. Elements become fields: what stands under <c>System</c> by its element or attribute
/// (Provider, EventID, TimeCreated, Channel, Computer, UserID ...), <c>EventData/Data</c> by its Name, without a name as Data,
/// Data_2 ..., everything else (UserData ...) by the name of its element.
/// Names follow [MS-EVEN6] 2.2.12 (BinXml grammar).
/// </remarks>
ref struct SlowBinXml(ReadOnlySpan<byte> chunk)
{
    const int MaxDepth = 32;
    const int MaxSubstitutions = 4096;

    // Templates may use templates, and values be used again and again: 64 KiB can ask for work without end. A record of an
    // honest log has some hundred parts, a chunk some ten thousand.
    const int MaxRecordSteps = 100_000;
    const int MaxChunkSteps = 1_000_000;
    const long MaxChunkCharacters = 4 * FieldPath.MaxCharacters;

    readonly ReadOnlySpan<byte> _chunk = chunk;
    readonly FieldPath _path = new();
    int _recordSteps;
    int _chunkSteps;
    long _chunkCharacters;

    /// <summary>Reads the fragment between two offsets of the chunk into the record.</summary>
    /// <exception cref="EvtxException">It is not binary XML.</exception>
    public void ReadRecord(int start, int end, Record record)
    {
        _recordSteps = 0;
        _chunkCharacters += _path.Characters;
        _path.Reset();
        Fragment(start, end, record, default, isTemplate: false, 0);
    }

    void Step(int position, int count = 1)
    {
        _recordSteps += count;
        _chunkSteps += count;
        if (_recordSteps > MaxRecordSteps || _path.Characters > FieldPath.MaxCharacters)
        {
            throw new EvtxException(
                $"a record of more than {MaxRecordSteps} parts or {FieldPath.MaxCharacters} characters",
                position
            );
        }

        if (_chunkSteps > MaxChunkSteps || _chunkCharacters + _path.Characters > MaxChunkCharacters)
        {
            _chunkSteps = MaxChunkSteps;
            throw new EvtxException(
                $"a chunk of more than {MaxChunkSteps} parts or {MaxChunkCharacters} characters",
                position
            );
        }
    }

    void Fragment(
        int start,
        int end,
        Record record,
        scoped ReadOnlySpan<SlowSubstitution> values,
        bool isTemplate,
        int depth
    )
    {
        var cursor = new ByteCursor(_chunk[..end], start);
        while (cursor.Left > 0)
        {
            Step(cursor.Position);
            var token = cursor.Byte();
            switch (token & ~0x40)
            {
                case 0x00:
                    return;
                case 0x0f:
                    cursor.Skip(3);
                    break;
                case 0x0c:
                    TemplateInstance(ref cursor, record, depth);
                    break;
                case 0x01:
                    Element(ref cursor, (token & 0x40) != 0, record, values, isTemplate, depth);
                    break;
                default:
                    throw new EvtxException(
                        $"token 0x{token:x2} where a fragment, template or element is expected",
                        cursor.Position - 1
                    );
            }
        }
    }

    void TemplateInstance(ref ByteCursor cursor, Record record, int depth)
    {
        if (depth >= MaxDepth)
        {
            throw new EvtxException($"more than {MaxDepth} levels", cursor.Position);
        }

        cursor.Skip(1); // Always 1.
        cursor.Skip(4); // Template identifier.
        var definition = cursor.ChunkOffset();
        // A definition that is new stands right here, in the instance's own bytes.
        if (definition == cursor.Position)
        {
            cursor.Skip(20); // Next template, GUID.
            var size = cursor.UInt32();
            cursor.Skip(checked((int)Math.Min(size, int.MaxValue)));
        }

        var header = new ByteCursor(_chunk, definition);
        header.Skip(20);
        var length = header.UInt32();
        if (length > header.Left)
        {
            throw new EvtxException(
                $"a template of {length} bytes where {header.Left} are left",
                definition
            );
        }

        var count = cursor.UInt32();
        if (count > MaxSubstitutions)
        {
            throw new EvtxException($"{count} substitutions", cursor.Position - 4);
        }

        Step(cursor.Position, (int)count);

        var values = new SlowSubstitution[count];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = new SlowSubstitution(cursor.UInt16(), cursor.Byte(), 0);
            cursor.Skip(1);
        }

        for (var index = 0; index < values.Length; index++)
        {
            values[index] = values[index] with { Offset = cursor.Position };
            cursor.Skip(values[index].Size);
        }

        Fragment(
            header.Position,
            header.Position + (int)length,
            record,
            values,
            isTemplate: true,
            depth + 1
        );
    }

    void Element(
        ref ByteCursor cursor,
        bool hasAttributes,
        Record record,
        scoped ReadOnlySpan<SlowSubstitution> values,
        bool isTemplate,
        int depth
    )
    {
        if (depth >= MaxDepth)
        {
            throw new EvtxException($"more than {MaxDepth} levels", cursor.Position);
        }

        // Only elements of a template carry the identifier of the substitution they depend on.
        cursor.Skip(isTemplate ? 2 : 0);
        cursor.Skip(4); // Size of the element.
        var name = Name(ref cursor);
        _path.Open(name, record);
        if (hasAttributes)
        {
            Attributes(ref cursor, record, values, depth);
        }

        var token = cursor.Byte();
        switch (token)
        {
            case 0x02:
                Content(ref cursor, record, values, isTemplate, depth);
                break;
            case 0x03:
                break;
            default:
                throw new EvtxException(
                    $"token 0x{token:x2} where the end of a start element is expected",
                    cursor.Position - 1
                );
        }

        _path.Close(record);
    }

    void Attributes(
        ref ByteCursor cursor,
        Record record,
        scoped ReadOnlySpan<SlowSubstitution> values,
        int depth
    )
    {
        cursor.Skip(4); // Size of the list.
        while (true)
        {
            Step(cursor.Position);
            var token = cursor.Byte();
            if ((token & ~0x40) != 0x06)
            {
                throw new EvtxException(
                    $"token 0x{token:x2} where an attribute is expected",
                    cursor.Position - 1
                );
            }

            var name = Name(ref cursor);
            _path.BeginAttribute(name);
            // An attribute may have several parts: text, entities, substitutions.
            while (cursor.Left > 0 && PeekIsValue(cursor))
            {
                Value(ref cursor, record, values, depth, isAttribute: true);
            }

            _path.EndAttribute(record);
            if ((token & 0x40) == 0)
            {
                return;
            }
        }
    }

    static bool PeekIsValue(ByteCursor cursor) =>
        (cursor.Byte() & ~0x40) is 0x05 or 0x08 or 0x09 or 0x0d or 0x0e;

    void Content(
        ref ByteCursor cursor,
        Record record,
        scoped ReadOnlySpan<SlowSubstitution> values,
        bool isTemplate,
        int depth
    )
    {
        while (true)
        {
            Step(cursor.Position);
            var peek = cursor;
            var token = peek.Byte();
            switch (token & ~0x40)
            {
                case 0x04:
                    cursor.Skip(1);
                    return;
                case 0x01:
                    cursor.Skip(1);
                    Element(ref cursor, (token & 0x40) != 0, record, values, isTemplate, depth + 1);
                    break;
                case 0x0a:
                    cursor.Skip(1);
                    Name(ref cursor);
                    break;
                case 0x0b:
                    cursor.Skip(1);
                    cursor.Skip(cursor.UInt16() * 2);
                    break;
                default:
                    Value(ref cursor, record, values, depth, isAttribute: false);
                    break;
            }
        }
    }

    void Value(
        ref ByteCursor cursor,
        Record record,
        scoped ReadOnlySpan<SlowSubstitution> values,
        int depth,
        bool isAttribute
    )
    {
        var at = cursor.Position;
        Step(at);
        var token = cursor.Byte();
        switch (token & ~0x40)
        {
            case 0x05:
                var type = cursor.Byte();
                if (type != 0x01)
                {
                    throw new EvtxException($"value text of type 0x{type:x2}", at);
                }

                _path.AppendUtf16(cursor.Bytes(cursor.UInt16() * 2));
                break;
            case 0x07:
                _path.AppendUtf16(cursor.Bytes(cursor.UInt16() * 2));
                break;
            case 0x08:
                _path.AppendCharacter(cursor.UInt16());
                break;
            case 0x09:
                _path.AppendEntity(Name(ref cursor));
                break;
            case 0x0d:
            case 0x0e:
                var index = cursor.UInt16();
                cursor.Skip(1); // Type, also with the value.
                if (index >= values.Length)
                {
                    throw new EvtxException($"substitution {index} of {values.Length}", at);
                }

                Substitute(values[index], record, depth, isAttribute);
                break;
            default:
                throw new EvtxException($"token 0x{token:x2} where a value is expected", at);
        }
    }

    void Substitute(SlowSubstitution value, Record record, int depth, bool isAttribute)
    {
        if (value.Type == 0x00 || value.Size == 0)
        {
            return;
        }

        var bytes = _chunk.Slice(value.Offset, value.Size);
        if (value.Type == 0x21)
        {
            // Binary XML inside a value: a fragment of its own, whose elements are children of this one.
            if (!isAttribute)
            {
                _path.EndText(record);
                Fragment(
                    value.Offset,
                    value.Offset + value.Size,
                    record,
                    default,
                    isTemplate: false,
                    depth + 1
                );
            }

            return;
        }

        SlowBinXmlValue.Append(_path, value.Type, bytes, value.Offset, isAttribute ? null : record);
    }

    /// <summary>A name, by its offset in the chunk: hash, count of characters, UTF-16, zero.</summary>
    ReadOnlySpan<byte> Name(ref ByteCursor cursor)
    {
        var offset = cursor.ChunkOffset();
        var name = new ByteCursor(_chunk, Math.Max(0, offset));
        name.Skip(6); // Next name, hash.
        var characters = name.UInt16();
        var bytes = name.Bytes(characters * 2);
        // A name used for the first time stands right here.
        if (offset == cursor.Position)
        {
            cursor.Skip(8 + characters * 2 + 2);
        }

        return bytes;
    }
}

/// <summary>A value for a hole of a template: where its bytes stand in the chunk.</summary>
readonly record struct SlowSubstitution(int Size, byte Type, int Offset);
