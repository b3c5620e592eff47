namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Use of a template: where its definition stands; its values are beside it.</summary>
/// <param name="Definition">Offset of the definition in the chunk: next, GUID, size, content.</param>
/// <param name="Identifier">First four bytes of the definition's GUID, as the instance says them.</param>
readonly record struct TemplateInstance(int Definition, uint Identifier)
{
    public const int DefinitionHeaderBytes = 24;
    const int MaxSubstitutions = 4096;

    /// <summary>Reads an instance behind its token, and adds its values.</summary>
    public static TemplateInstance Read(
        ref ByteCursor cursor,
        ReadOnlySpan<byte> chunk,
        List<SubstitutionValue> values
    )
    {
        cursor.Skip(1); // Always 1.
        var identifier = cursor.UInt32();
        var definition = cursor.ChunkOffset();
        // A definition that is new stands right here, in the instance's own bytes.
        if (definition == cursor.Position)
        {
            cursor.Skip(DefinitionHeaderBytes - 4);
            cursor.Skip(checked((int)Math.Min(cursor.UInt32(), int.MaxValue)));
        }

        var count = cursor.UInt32();
        if (count > MaxSubstitutions)
        {
            throw new EvtxException($"{count} substitutions", cursor.Position - 4);
        }

        var sizes = cursor.Bytes((int)count * 4);
        for (; sizes.Length > 0; sizes = sizes[4..])
        {
            var size = sizes[0] | (sizes[1] << 8);
            values.Add(new SubstitutionValue(cursor.Position, size, sizes[2]));
            cursor.Skip(size);
        }

        return new TemplateInstance(definition, identifier);
    }

    /// <summary>Whether the definition has the identifier that the instance says.</summary>
    public bool IsOfItsDefinition(ReadOnlySpan<byte> chunk)
    {
        var header = new ByteCursor(chunk, Definition);
        header.Skip(4);
        return header.UInt32() == Identifier;
    }

    /// <summary>Where the definition's elements stand.</summary>
    public (int Start, int End) Content(ReadOnlySpan<byte> chunk)
    {
        var header = new ByteCursor(chunk, Definition);
        header.Skip(DefinitionHeaderBytes - 4);
        var length = header.UInt32();
        return length <= header.Left
            ? (header.Position, header.Position + (int)length)
            : throw new EvtxException(
                $"a template of {length} bytes where {header.Left} are left",
                Definition
            );
    }
}

/// <summary>A value for a substitution: where its bytes stand in the chunk, and its type (<see cref="BinXmlValue"/>).</summary>
readonly record struct SubstitutionValue(int Offset, int Size, byte Type)
{
    public bool IsEmpty => Type == BinXmlValue.Null || Size == 0;

    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> chunk) => chunk.Slice(Offset, Size);
}
