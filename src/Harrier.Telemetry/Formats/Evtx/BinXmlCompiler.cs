using System.Runtime.InteropServices;
using System.Text;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Walks the elements of a template, or of a record that has elements outside a template, once, and makes slots of them.</summary>
/// <remarks>Tokens: [MS-EVEN6] 2.2.12. Text in front of a child element is a field of its own, as is the text behind it.</remarks>
/// <param name="isTemplate">Elements of a template carry the identifier of the substitution they depend on, others don't.</param>
ref struct BinXmlCompiler(
    ReadOnlySpan<byte> chunk,
    FieldNames names,
    BinXmlWork work,
    bool isTemplate
)
{
    readonly ReadOnlySpan<byte> _chunk = chunk;
    readonly List<Slot> _slots = [];
    readonly List<Part> _parts = [];
    readonly StringBuilder _text = new();
    int _substitutions;

    /// <summary>The fragment between two offsets of the chunk.</summary>
    /// <exception cref="EvtxException">It is not binary XML.</exception>
    public BinXmlTemplate Fragment(int start, int end, bool isInSystem)
    {
        var cursor = new ByteCursor(_chunk[..end], start);
        while (cursor.Left > 0)
        {
            var token = cursor.Byte();
            switch (token & ~BinXmlToken.More)
            {
                case BinXmlToken.EndOfFragment:
                    return Template();
                case BinXmlToken.FragmentHeader:
                    cursor.Skip(3);
                    break;
                case BinXmlToken.TemplateInstance:
                    _slots.Add(new Slot(SlotKind.Instance, cursor.Position, 0, 0, isInSystem));
                    TemplateInstance.Read(ref cursor, _chunk, []);
                    break;
                case BinXmlToken.Element:
                    Element(ref cursor, (token & BinXmlToken.More) != 0, isInSystem, 0);
                    break;
                default:
                    throw BinXmlToken.Unexpected(token, "a fragment, template or element", cursor);
            }
        }

        return Template();
    }

    readonly BinXmlTemplate Template() => new([.. _slots], [.. _parts], _substitutions);

    void Element(ref ByteCursor cursor, bool hasAttributes, bool isInSystem, int depth)
    {
        if (depth >= BinXmlWork.MaxDepth)
        {
            throw new EvtxException($"more than {BinXmlWork.MaxDepth} levels", cursor.Position);
        }

        cursor.Skip(isTemplate ? 2 : 0);
        cursor.Skip(4); // Size of the element.
        var element = new OpenElement(Name(ref cursor));
        if (hasAttributes)
        {
            Attributes(ref cursor, element, isInSystem);
        }

        var token = cursor.Byte();
        switch (token)
        {
            case BinXmlToken.EndOfStartElement:
                Content(ref cursor, element, depth);
                break;
            case BinXmlToken.EndOfEmptyElement:
                End(element, _parts.Count, isLast: true);
                break;
            default:
                throw BinXmlToken.Unexpected(token, "the end of a start element", cursor);
        }
    }

    void Attributes(ref ByteCursor cursor, OpenElement element, bool isInSystem)
    {
        cursor.Skip(4); // Size of the list.
        byte token;
        do
        {
            token = cursor.Byte();
            if ((token & ~BinXmlToken.More) != BinXmlToken.Attribute)
            {
                throw BinXmlToken.Unexpected(token, "an attribute", cursor);
            }

            var name = Name(ref cursor);
            var first = _parts.Count;
            while (cursor.Left > 0 && BinXmlToken.IsValue(cursor))
            {
                Value(ref cursor);
            }

            EndText();
            Attribute(element, isInSystem, name, first);
        } while ((token & BinXmlToken.More) != 0);
    }

    readonly void Attribute(OpenElement element, bool isInSystem, string name, int first)
    {
        var count = _parts.Count - first;
        if (name == "Name" && element.IsData)
        {
            if (count > 0)
            {
                element.NameParts = [.. _parts[first..]];
            }

            _parts.RemoveRange(first, count);
        }
        else if (FieldNames.OfAttribute(element.Name, isInSystem, name) is { } field && count > 0)
        {
            work.Compiled(1, field.Length);
            _slots.Add(new Slot(SlotKind.Attribute, names.Of(field), first, count));
        }
        else
        {
            _parts.RemoveRange(first, count);
        }
    }

    void Content(ref ByteCursor cursor, OpenElement element, int depth)
    {
        var first = _parts.Count;
        while (true)
        {
            var peek = cursor;
            var token = peek.Byte();
            switch (token & ~BinXmlToken.More)
            {
                case BinXmlToken.EndElement:
                    cursor.Skip(1);
                    EndText();
                    End(element, first, isLast: true);
                    return;
                case BinXmlToken.Element:
                    cursor.Skip(1);
                    EndText();
                    End(element, first, isLast: false);
                    Element(
                        ref cursor,
                        (token & BinXmlToken.More) != 0,
                        element.Name == "System",
                        depth + 1
                    );
                    first = _parts.Count;
                    break;
                case BinXmlToken.ProcessingInstruction:
                    cursor.Skip(1);
                    Name(ref cursor);
                    break;
                case BinXmlToken.ProcessingInstructionData:
                    cursor.Skip(1);
                    cursor.Skip(cursor.UInt16() * 2);
                    break;
                default:
                    Value(ref cursor);
                    break;
            }
        }
    }

    /// <summary>A text, a part of one, or a substitution.</summary>
    void Value(ref ByteCursor cursor)
    {
        work.Compiled(1, 0);
        var at = cursor.Position;
        var token = cursor.Byte();
        switch (token & ~BinXmlToken.More)
        {
            case BinXmlToken.ValueText:
                var type = cursor.Byte();
                if (type != BinXmlValue.Utf16)
                {
                    throw new EvtxException($"value text of type 0x{type:x2}", at);
                }

                AppendUtf16(cursor.Bytes(cursor.UInt16() * 2));
                break;
            case BinXmlToken.CharacterData:
                AppendUtf16(cursor.Bytes(cursor.UInt16() * 2));
                break;
            case BinXmlToken.CharacterReference:
                _text.Append((char)cursor.UInt16());
                break;
            case BinXmlToken.EntityReference:
                _text.Append(FieldNames.OfEntity(Name(ref cursor)));
                break;
            case BinXmlToken.NormalSubstitution:
            case BinXmlToken.OptionalSubstitution:
                EndText();
                var substitution = cursor.UInt16();
                cursor.Skip(1); // Type, also with the value.
                _parts.Add(new Part(null, substitution));
                _substitutions = Math.Max(_substitutions, substitution + 1);
                break;
            default:
                throw BinXmlToken.Unexpected(token, "a value", cursor);
        }
    }

    /// <summary>An element's text ends: at its end, or in front of a child.</summary>
    readonly void End(OpenElement element, int first, bool isLast)
    {
        var count = _parts.Count - first;
        if (count == 0 && !(isLast && element.IsData))
        {
            return;
        }

        work.Compiled(1, element.Name.Length);
        var kind =
            !isLast ? SlotKind.Text
            : element.IsNamed ? SlotKind.NamedData
            : element.Name == "Data" ? SlotKind.UnnamedData
            : SlotKind.Text;
        var name = names.Of(element.Name);
        if (element.NameParts is [{ Text: { } text }])
        {
            name = names.Of(Encoding.UTF8.GetString(text));
        }
        else if (element.IsNamed)
        {
            _slots.Add(new Slot(SlotKind.NameOfNext, name, _parts.Count, element.NameParts.Length));
            _parts.AddRange(element.NameParts);
        }

        _slots.Add(new Slot(kind, name, first, count, element.Name == "System"));
    }

    readonly void AppendUtf16(ReadOnlySpan<byte> utf16) =>
        _text.Append(MemoryMarshal.Cast<byte, char>(utf16));

    readonly void EndText()
    {
        if (_text.Length > 0)
        {
            var text = Encoding.UTF8.GetBytes(_text.ToString());
            work.Compiled(0, text.Length);
            _parts.Add(new Part(text, -1));
            _text.Clear();
        }
    }

    readonly string Name(ref ByteCursor cursor)
    {
        var name = BinXmlName.Read(ref cursor, _chunk);
        work.Compiled(1, name.Length);
        return names.Text(names.Of(name));
    }

    /// <summary>An element that has begun.</summary>
    sealed class OpenElement(string name)
    {
        public string Name => name;
        public bool IsData => FieldNames.IsNamedByAttribute(name);

        /// <summary>What the attribute Name of a Data element is made of.</summary>
        public Part[] NameParts { get; set; } = [];
        public bool IsNamed => NameParts.Length > 0;
    }
}
