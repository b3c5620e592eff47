using System.Runtime.InteropServices;
using System.Text;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Where a reader of Windows event XML stands, and what the value there is called as a field.</summary>
/// <remarks>Names: <see cref="FieldNames"/>. Text in front of a child element is a field of its own, as is the text behind it.</remarks>
sealed class FieldPath
{
    /// <summary>Names and values of one event together: readers refuse an event with more.</summary>
    public const int MaxCharacters = 8 << 20;

    const int MaxDepth = 64;

    readonly List<(string Element, string? DataName)> _open = [];
    readonly StringBuilder _text = new();
    readonly StringBuilder _attribute = new();

    // Names of the record, each with the number that its last namesake got.
    readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    string? _attributeName;
    bool _hasText;
    int _unnamed;

    /// <summary>Characters of names and values so far: what reading the event has cost.</summary>
    public long Characters { get; private set; }

    public void Reset()
    {
        Characters = 0;
        _open.Clear();
        _text.Clear();
        _used.Clear();
        _attributeName = null;
        _hasText = false;
        _unnamed = 0;
    }

    public void Open(ReadOnlySpan<byte> utf16, Record record) => Open(Text(utf16), record);

    public void Open(string name, Record record)
    {
        EndText(record);
        Characters += name.Length;
        _open.Add((_open.Count < MaxDepth ? name : "", null));
    }

    /// <summary>Something else follows the text so far: it is a field of its own.</summary>
    public void EndText(Record record)
    {
        if (_hasText)
        {
            Add(record, DataName ?? Element, _text.ToString());
        }

        _text.Clear();
        _hasText = false;
    }

    public void BeginAttribute(ReadOnlySpan<byte> utf16) => BeginAttribute(Text(utf16));

    public void BeginAttribute(string name)
    {
        Characters += name.Length;
        _attributeName = name;
        _attribute.Clear();
    }

    public void EndAttribute(Record record)
    {
        var name = _attributeName!;
        _attributeName = null;
        var value = _attribute.ToString();
        if (value.Length == 0)
        {
            return;
        }

        if (name == "Name" && FieldNames.IsNamedByAttribute(Element))
        {
            _open[^1] = (Element, value);
        }
        else if (FieldNames.OfAttribute(Element, Parent == "System", name) is { } field)
        {
            Add(record, field, value);
        }
    }

    public void Close(Record record)
    {
        Emit(record);
        _open.RemoveAt(_open.Count - 1);
        _text.Clear();
        _hasText = false;
    }

    /// <summary>Between two texts of an array: Windows repeats the element for each.</summary>
    public void NextOfArray(Record record)
    {
        Emit(record);
        _text.Clear();
        _hasText = false;
    }

    void Emit(Record record)
    {
        var element = Element;
        if (DataName is { } named)
        {
            Add(record, named, _text.ToString());
            return;
        }

        var name = element;
        if (element == "Data")
        {
            // An empty one counts too: which value stands where is all that tells them apart.
            _unnamed++;
            name = _unnamed == 1 ? "Data" : $"Data_{_unnamed}";
        }

        if (_hasText)
        {
            Add(record, name, _text.ToString());
        }
    }

    public void AppendUtf16(ReadOnlySpan<byte> utf16) =>
        Append(MemoryMarshal.Cast<byte, char>(utf16[..(utf16.Length & ~1)]));

    public void Append(ReadOnlySpan<char> text)
    {
        Characters += text.Length;
        (_attributeName is null ? _text : _attribute).Append(text);
        _hasText |= _attributeName is null && (text.Length > 0);
    }

    public void AppendCharacter(ushort code) => Append([(char)code]);

    public void AppendEntity(ReadOnlySpan<byte> utf16) => Append(FieldNames.OfEntity(Text(utf16)));

    string Element => _open.Count > 0 ? _open[^1].Element : "";

    string Parent => _open.Count > 1 ? _open[^2].Element : "";

    /// <summary>What the attribute Name of the element says, if it is a Data.</summary>
    string? DataName => _open.Count > 0 ? _open[^1].DataName : null;

    void Add(Record record, string name, string value)
    {
        // A second field of the same name gets a number, so that nothing is lost.
        var unique = name;
        if (!_used.TryAdd(name, 1))
        {
            var number = _used[name];
            do
            {
                unique = $"{name}_{++number}";
            } while (!_used.TryAdd(unique, 1));
            _used[name] = number;
        }

        Characters += unique.Length;
        record.Add(unique, value);
    }

    static string Text(ReadOnlySpan<byte> utf16) =>
        new(MemoryMarshal.Cast<byte, char>(utf16[..(utf16.Length & ~1)]));
}
