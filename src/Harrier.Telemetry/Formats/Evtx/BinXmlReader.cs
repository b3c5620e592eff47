using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Reads the binary XML of records into fields. One a file; its chunks are given one after the other.</summary>
/// <remarks>
/// A record is an instance of a template: a definition (elements with substitutions) and the values for these. Definitions and
/// names are shared inside a chunk by offset. A definition is made ready once (<see cref="BinXmlCompiler"/>); a record then
/// fills its slots: values go as UTF-8 from the chunk to the record, with no XML, string or object between.
/// </remarks>
sealed class BinXmlReader
{
    // No honest log has so many names.
    const int MaxNames = 100_000;
    const long MaxNameBytes = 8 << 20;

    readonly BinXmlWork _work = new();
    readonly List<SubstitutionValue> _values = [];
    readonly ArrayBufferWriter<byte> _text = new(1024);
    readonly Dictionary<(int Offset, bool IsInSystem), BinXmlTemplate> _templates = [];
    FieldNames _names = new();
    EventFields _fields;
    BinXmlCompiler _compiler;
    byte[] _bytes = [];
    int _length;
    int _nameOfNext = -1;
    bool _checksIdentity;

    public BinXmlReader()
    {
        _fields = new EventFields(_names);
        _compiler = new BinXmlCompiler(_names, _work);
    }

    ReadOnlySpan<byte> Chunk => _bytes.AsSpan(0, _length);

    /// <summary>What is read next stands in this chunk.</summary>
    public void BeginChunk(byte[] chunk, int length)
    {
        _bytes = chunk;
        _length = length;
        _work.BeginChunk();
        _templates.Clear();
        if (_names.Count > MaxNames || _names.Bytes > MaxNameBytes)
        {
            _names = new FieldNames();
            _fields = new EventFields(_names);
            _compiler = new BinXmlCompiler(_names, _work);
        }

        _compiler.BeginChunk(chunk, length);
    }

    /// <summary>Reads the fragment between two offsets of the chunk into the record.</summary>
    /// <param name="checkIdentity">Templates must have the identifiers that the record says: a left-over's may have been written over.</param>
    /// <exception cref="EvtxException">It is not binary XML.</exception>
    public void ReadRecord(int start, int end, Record record, bool checkIdentity)
    {
        _checksIdentity = checkIdentity;
        _work.BeginRecord(start);
        _values.Clear();
        _text.ResetWrittenCount();
        _nameOfNext = -1;
        _fields.Begin(record);
        Fragment(start, end, isInSystem: false, 0);
    }

    /// <summary>Adds when the record was written, where the event itself has no time.</summary>
    /// <param name="fileTime">100 ns since 1601.</param>
    public void AddTimeUnlessThere(long fileTime)
    {
        if (!_fields.HasTime)
        {
            BinXmlValue.AppendFileTime(_text, fileTime);
            AddUnlessEmpty(_fields.Time);
        }
    }

    /// <summary>Template instances one after the other, nearly always one; or elements without a template.</summary>
    void Fragment(int start, int end, bool isInSystem, int depth)
    {
        var cursor = new ByteCursor(Chunk[..end], start);
        while (cursor.Left > 0)
        {
            _work.Did(1, 0);
            var at = cursor.Position;
            switch (cursor.Byte() & ~BinXmlToken.More)
            {
                case BinXmlToken.EndOfFragment:
                    return;
                case BinXmlToken.FragmentHeader:
                    cursor.Skip(3);
                    break;
                case BinXmlToken.TemplateInstance:
                    Instance(ref cursor, isInSystem, depth);
                    break;
                default:
                    var elements = _compiler.Fragment(at, end, isInSystem, isTemplate: false);
                    if (elements.Substitutions > 0)
                    {
                        throw new EvtxException("a substitution outside a template", at);
                    }

                    Fill(elements, 0, depth);
                    return;
            }
        }
    }

    void Instance(ref ByteCursor cursor, bool isInSystem, int depth)
    {
        if (depth >= BinXmlWork.MaxDepth)
        {
            throw new EvtxException($"more than {BinXmlWork.MaxDepth} levels", cursor.Position);
        }

        var first = _values.Count;
        var instance = TemplateInstance.Read(ref cursor, Chunk, _values);
        if (_checksIdentity && !instance.IsOfItsDefinition(Chunk))
        {
            throw new EvtxException("a template that was written over", instance.Definition);
        }

        var template = Template(instance, isInSystem);
        _work.Did(_values.Count - first + template.Slots.Length + template.Parts.Length, 0);
        if (template.Substitutions > _values.Count - first)
        {
            throw new EvtxException(
                $"substitution {template.Substitutions - 1} of {_values.Count - first}",
                instance.Definition
            );
        }

        Fill(template, first, depth);
        CollectionsMarshal.SetCount(_values, first);
    }

    /// <summary>The definition, made ready when it is used for the first time.</summary>
    BinXmlTemplate Template(TemplateInstance instance, bool isInSystem)
    {
        if (_templates.TryGetValue((instance.Definition, isInSystem), out var template))
        {
            return template;
        }

        var (start, end) = instance.Content(Chunk);
        template = _compiler.Fragment(start, end, isInSystem, isTemplate: true);
        _templates.Add((instance.Definition, isInSystem), template);
        return template;
    }

    void Fill(BinXmlTemplate template, int firstValue, int depth)
    {
        foreach (ref readonly var slot in template.Slots.AsSpan())
        {
            var parts = template.Parts.AsSpan(slot.FirstPart, slot.PartCount);
            switch (slot.Kind)
            {
                case SlotKind.Attribute:
                    Attribute(parts, firstValue);
                    AddUnlessEmpty(slot.Name);
                    break;
                case SlotKind.NameOfNext:
                    Attribute(parts, firstValue);
                    _nameOfNext =
                        _text.WrittenCount > 0
                            ? _names.Of(Encoding.UTF8.GetString(_text.WrittenSpan))
                            : -1;
                    _text.ResetWrittenCount();
                    break;
                case SlotKind.Instance:
                    var cursor = new ByteCursor(Chunk, slot.Name);
                    Instance(ref cursor, slot.IsInSystem, depth + 1);
                    break;
                default:
                    Text(slot, parts, firstValue, depth);
                    break;
            }
        }
    }

    void Attribute(ReadOnlySpan<Part> parts, int firstValue)
    {
        foreach (ref readonly var part in parts)
        {
            if (part.Text is not null)
            {
                _text.Write(part.Text);
                continue;
            }

            var value = _values[firstValue + part.Number];
            if (!value.IsEmpty && value.Type != BinXmlValue.BinXml)
            {
                BinXmlValue.Append(_text, value, Chunk);
                BinXmlWork.CheckText(_text.WrittenCount, value.Offset);
            }
        }
    }

    /// <summary>The text of an element: its parts joined, but each text of an array, and what stands in front of binary XML, is a field of its own.</summary>
    void Text(in Slot slot, ReadOnlySpan<Part> parts, int firstValue, int depth)
    {
        var name = slot.Name;
        var kind = slot.Kind;
        if (_nameOfNext >= 0)
        {
            name = _nameOfNext;
            kind = SlotKind.NamedData;
            _nameOfNext = -1;
        }

        foreach (ref readonly var part in parts)
        {
            if (part.Text is not null)
            {
                _text.Write(part.Text);
                continue;
            }

            var value = _values[firstValue + part.Number];
            if (value.IsEmpty)
            {
                continue;
            }

            switch (value.Type)
            {
                case BinXmlValue.BinXml:
                    AddUnlessEmpty(name);
                    Fragment(value.Offset, value.Offset + value.Size, slot.IsInSystem, depth + 1);
                    break;
                case BinXmlValue.ArrayOf | BinXmlValue.Utf16:
                    Texts(kind, name, value);
                    break;
                default:
                    BinXmlValue.Append(_text, value, Chunk);
                    break;
            }

            BinXmlWork.CheckText(_text.WrittenCount, value.Offset);
        }

        Add(kind, name);
    }

    void Texts(SlotKind kind, int name, SubstitutionValue value)
    {
        var texts = value.Bytes(Chunk);
        while (true)
        {
            var length = BinXmlValue.TextLength(texts);
            BinXmlValue.AppendUtf16(_text, texts[..length]);
            texts = texts[length..];
            if (texts.Length == 0)
            {
                return;
            }

            Add(kind, name);
        }
    }

    void Add(SlotKind kind, int name)
    {
        switch (kind)
        {
            case SlotKind.NamedData:
                Add(name);
                break;
            case SlotKind.UnnamedData:
                AddUnlessEmpty(_fields.NextUnnamed(name));
                break;
            default:
                AddUnlessEmpty(name);
                break;
        }
    }

    void AddUnlessEmpty(int name)
    {
        if (_text.WrittenCount > 0)
        {
            Add(name);
        }
    }

    void Add(int name)
    {
        _work.Did(1, _text.WrittenCount + _fields.Add(name, _text.WrittenSpan));
        _text.ResetWrittenCount();
    }
}
