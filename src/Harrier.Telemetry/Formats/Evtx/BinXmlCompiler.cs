using System.Runtime.InteropServices;
using System.Text;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Walks the elements of a template, or of a record that has elements outside a template, once, and makes slots of them.</summary>
/// <remarks>
/// Tokens: [MS-EVEN6] 2.2.12. Text in front of a child element is a field of its own, as is the text behind it.
/// Every chunk brings its templates anew, so that a log of 64 KiB chunks is a tenth templates: one compiler serves a file, and
/// makes no string of a name or text that it has seen.
/// </remarks>
sealed class BinXmlCompiler(FieldNames names, BinXmlWork work)
{
    readonly int _system = names.Of("System");
    readonly int _data = names.Of("Data");
    readonly int _complexData = names.Of("ComplexData");
    readonly int _name = names.Of("Name");
    readonly List<Slot> _slots = [];
    readonly List<Part> _parts = [];
    char[] _text = new char[256];
    int _textLength;
    int _substitutions;
    byte[] _bytes = [];
    int _length;
    bool _isTemplate;

    ReadOnlySpan<byte> Chunk => _bytes.AsSpan(0, _length);

    /// <summary>What is compiled next stands in this chunk.</summary>
    public void BeginChunk(byte[] chunk, int length)
    {
        _bytes = chunk;
        _length = length;
    }

    /// <summary>The fragment between two offsets of the chunk.</summary>
    /// <param name="isTemplate">Elements of a template carry the identifier of the substitution they depend on, others don't.</param>
    /// <exception cref="EvtxException">It is not binary XML.</exception>
    public BinXmlTemplate Fragment(int start, int end, bool isInSystem, bool isTemplate)
    {
        _slots.Clear();
        _parts.Clear();
        _textLength = 0;
        _substitutions = 0;
        _isTemplate = isTemplate;
        var cursor = new ByteCursor(Chunk[..end], start);
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
                    TemplateInstance.Read(ref cursor, Chunk, []);
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

    BinXmlTemplate Template() => new([.. _slots], [.. _parts], _substitutions);

    void Element(ref ByteCursor cursor, bool hasAttributes, bool isInSystem, int depth)
    {
        if (depth >= BinXmlWork.MaxDepth)
        {
            throw new EvtxException($"more than {BinXmlWork.MaxDepth} levels", cursor.Position);
        }

        cursor.Skip(_isTemplate ? 2 : 0);
        cursor.Skip(4); // Size of the element.
        var element = new OpenElement(Name(ref cursor));
        if (hasAttributes)
        {
            Attributes(ref cursor, ref element, isInSystem);
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

    void Attributes(ref ByteCursor cursor, ref OpenElement element, bool isInSystem)
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
            Attribute(ref element, isInSystem, name, first);
        } while ((token & BinXmlToken.More) != 0);
    }

    void Attribute(ref OpenElement element, bool isInSystem, int name, int first)
    {
        var count = _parts.Count - first;
        if (name == _name && IsData(element))
        {
            if (count == 1 && _parts[first].Text is { } text)
            {
                var number = _parts[first].Number;
                element.DataName = number >= 0 ? number : names.Of(Encoding.UTF8.GetString(text));
                element.NameParts = [];
            }
            else if (count > 0)
            {
                element.DataName = -1;
                element.NameParts = [.. CollectionsMarshal.AsSpan(_parts)[first..]];
            }
        }
        else if (
            count > 0
            && names.OfAttribute(element.Name, name, isInSystem) is var field and >= 0
        )
        {
            work.Compiled(1, names.Utf8(field).Length);
            _slots.Add(new Slot(SlotKind.Attribute, field, first, count));
            return;
        }

        CollectionsMarshal.SetCount(_parts, first);
    }

    bool IsData(in OpenElement element) => element.Name == _data || element.Name == _complexData;

    void Content(ref ByteCursor cursor, in OpenElement element, int depth)
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
                        element.Name == _system,
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

                Append(MemoryMarshal.Cast<byte, char>(cursor.Bytes(cursor.UInt16() * 2)));
                break;
            case BinXmlToken.CharacterData:
                Append(MemoryMarshal.Cast<byte, char>(cursor.Bytes(cursor.UInt16() * 2)));
                break;
            case BinXmlToken.CharacterReference:
                Append([(char)cursor.UInt16()]);
                break;
            case BinXmlToken.EntityReference:
                Append(FieldNames.OfEntity(names.Text(Name(ref cursor))));
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
    void End(in OpenElement element, int first, bool isLast)
    {
        var count = _parts.Count - first;
        if (count == 0 && !(isLast && IsData(element)))
        {
            return;
        }

        work.Compiled(1, names.Utf8(element.Name).Length);
        var kind =
            !isLast ? SlotKind.Text
            : element.IsNamed ? SlotKind.NamedData
            : element.Name == _data ? SlotKind.UnnamedData
            : SlotKind.Text;
        var name = element.Name;
        if (element.DataName >= 0)
        {
            name = element.DataName;
        }
        else if (element.IsNamed)
        {
            _slots.Add(new Slot(SlotKind.NameOfNext, name, _parts.Count, element.NameParts.Length));
            _parts.AddRange(element.NameParts);
        }

        _slots.Add(new Slot(kind, name, first, count, element.Name == _system));
    }

    void Append(ReadOnlySpan<char> text)
    {
        if (_text.Length - _textLength < text.Length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + text.Length));
        }

        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
    }

    void EndText()
    {
        if (_textLength == 0)
        {
            return;
        }

        var text = _text.AsSpan(0, _textLength);
        _textLength = 0;
        if (_isTemplate)
        {
            var number = names.Of(text);
            _parts.Add(new Part(names.Utf8Of(number), number));
        }
        else
        {
            // Of one record only, and seldom seen again.
            _parts.Add(new Part(Utf8Of(text), -1));
        }

        work.Compiled(0, _parts[^1].Text!.Length);
    }

    static byte[] Utf8Of(ReadOnlySpan<char> text)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        return utf8;
    }

    int Name(ref ByteCursor cursor)
    {
        var name = BinXmlName.Read(ref cursor, Chunk);
        work.Compiled(1, name.Length);
        return names.Of(name);
    }

    /// <summary>An element that has begun.</summary>
    struct OpenElement(int name)
    {
        public readonly int Name => name;

        /// <summary>What the attribute Name of a Data element says; -1 where values say it.</summary>
        public int DataName { get; set; } = -1;

        /// <summary>What the attribute Name is made of, where values say it.</summary>
        public Part[] NameParts { get; set; } = [];
        public readonly bool IsNamed => DataName >= 0 || NameParts.Length > 0;
    }
}
