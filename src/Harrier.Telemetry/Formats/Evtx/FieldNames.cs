using System.Text;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>What the elements and attributes of an event are called as fields, each name kept once as UTF-8 with a number; the texts of templates too.</summary>
/// <remarks>
/// <c>System/Provider@Name</c> is Provider, <c>System/TimeCreated@SystemTime</c> TimeCreated, <c>System/Execution@ProcessID</c>
/// Execution_ProcessID, <c>System/Security@UserID</c> UserID, <c>System/Correlation@ActivityID</c> ActivityID; other elements of
/// System go by their name. <c>EventData/Data@Name=x</c> is x; without a name Data, Data_2 ...; elsewhere the element's name.
/// The same rules serve binary XML and text XML, so that one map fits both.
/// </remarks>
sealed class FieldNames
{
    readonly Dictionary<string, int> _numbers;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    readonly List<byte[]> _utf8 = [];
    readonly List<string> _texts = [];
    readonly Dictionary<(int Name, int Number), int> _numbered = [];
    readonly Dictionary<(int Element, int Attribute), int> _attributes = [];
    readonly Dictionary<(int Element, int Attribute), int> _attributesInSystem = [];

    public FieldNames()
    {
        _numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        _bySpan = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _texts.Count;

    /// <summary>Bytes of all names.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of a name, from 0 in the order of their first use.</summary>
    public int Of(ReadOnlySpan<char> name)
    {
        if (_bySpan.TryGetValue(name, out var number))
        {
            return number;
        }

        number = _texts.Count;
        var text = name.ToString();
        _texts.Add(text);
        _utf8.Add(Encoding.UTF8.GetBytes(text));
        _numbers.Add(text, number);
        Bytes += name.Length;
        return number;
    }

    public ReadOnlySpan<byte> Utf8(int name) => _utf8[name];

    /// <summary>As <see cref="Utf8"/>, to keep: not to be changed.</summary>
    public byte[] Utf8Of(int name) => _utf8[name];

    public string Text(int name) => _texts[name];

    /// <summary>The name that a further field of a name gets.</summary>
    /// <param name="number">1: the name itself.</param>
    public int Numbered(int name, int number)
    {
        if (number == 1)
        {
            return name;
        }

        if (!_numbered.TryGetValue((name, number), out var numbered))
        {
            numbered = Of($"{_texts[name]}_{number}");
            _numbered.Add((name, number), numbered);
        }

        return numbered;
    }

    /// <summary>The field of an attribute, by their numbers; -1 where it says nothing of the event.</summary>
    public int OfAttribute(int element, int attribute, bool isInSystem)
    {
        var fields = isInSystem ? _attributesInSystem : _attributes;
        if (!fields.TryGetValue((element, attribute), out var field))
        {
            var name = OfAttribute(_texts[element], isInSystem, _texts[attribute]);
            field = name is null ? -1 : Of(name);
            fields.Add((element, attribute), field);
        }

        return field;
    }

    /// <summary>An element whose attribute Name says what it is called.</summary>
    public static bool IsNamedByAttribute(string element) => element is "Data" or "ComplexData";

    /// <summary>The field of an attribute; null where it says nothing of the event.</summary>
    public static string? OfAttribute(string element, bool isInSystem, string attribute) =>
        attribute == "xmlns" ? null
        : isInSystem
            ? (element, attribute) switch
            {
                ("Provider", "Name") => "Provider",
                ("TimeCreated", "SystemTime") => "TimeCreated",
                ("Security", "UserID") => "UserID",
                ("Correlation", "ActivityID") => "ActivityID",
                _ => $"{element}_{attribute}",
            }
        : element is "Event" or "EventData" or "UserData" || attribute == "Type" ? null
        : $"{element}_{attribute}";

    /// <summary>What an entity reference of XML stands for; an unknown one stays as it is written.</summary>
    public static string OfEntity(string name) =>
        name switch
        {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => $"&{name};",
        };
}
