using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Harrier.Schema.Yaml;

namespace Harrier.Schema;

/// <summary>A JSON object as fields with texts: what rules and queries see of <c>extra</c>, and of records as they are.</summary>
/// <remarks>
/// Nested objects are reached by dots where no key has the dotted name itself, lists by each of their members. Names are
/// compared exactly. Numbers are their decimal text. A null is a field without a value.
/// </remarks>
public sealed class FlatJson
{
    const int MaxDepth = 64;

    readonly Dictionary<string, List<string>> _fields = new(StringComparer.Ordinal);
    readonly HashSet<string> _dotted = new(StringComparer.Ordinal);

    FlatJson() { }

    /// <summary>The fields of a JSON text; null where it is none: the lake writes valid JSON, what another engine kept may not be.</summary>
    public static FlatJson? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Of(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static FlatJson Of(JsonElement json)
    {
        var flat = new FlatJson();
        if (json.ValueKind == JsonValueKind.Object)
        {
            flat._dotted.UnionWith(
                json.EnumerateObject()
                    .Select(NameOf)
                    .Where(name => name.Contains('.', StringComparison.Ordinal))
            );
        }

        flat.Flatten("", json, 0);
        return flat;
    }

    /// <summary>Fields that are there already; a null is a field without a value.</summary>
    public static FlatJson Of(IReadOnlyDictionary<string, string?> fields)
    {
        var flat = new FlatJson();
        foreach (var (name, value) in fields)
        {
            var values = flat.ValuesAt(name);
            if (value is not null)
            {
                values.Add(value);
            }
        }

        return flat;
    }

    /// <summary>Values of a field; none where it is not there, or null.</summary>
    public IReadOnlyList<string> Values(string field) =>
        _fields.TryGetValue(field, out var values) ? values : [];

    /// <summary>Whether a field is there, with a value or null.</summary>
    public bool Has(string field) => _fields.ContainsKey(field);

    /// <summary>Values of all fields.</summary>
    public IEnumerable<string> AllValues => _fields.Values.SelectMany(values => values);

    void Flatten(string path, JsonElement json, int depth)
    {
        if (depth > MaxDepth)
        {
            return;
        }

        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    var name = path.Length == 0 ? NameOf(property) : $"{path}.{NameOf(property)}";
                    // A key of exactly the dotted name goes before the path of that name.
                    if (depth == 0 || !_dotted.Contains(name))
                    {
                        Flatten(name, property.Value, depth + 1);
                    }
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    Flatten(path, item, depth + 1);
                }

                break;
            case JsonValueKind.String:
                Add(path, TextOf(json));
                break;
            case JsonValueKind.Number:
                var number = json.GetRawText();
                Add(path, YamlNumber.Canonical(number) ?? number);
                break;
            case JsonValueKind.True:
                Add(path, "true");
                break;
            case JsonValueKind.False:
                Add(path, "false");
                break;
            default:
                _ = ValuesAt(path);
                break;
        }
    }

    /// <summary>A text; half a surrogate pair, which JSON lets through, stays as it is written.</summary>
    static string TextOf(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return json.GetRawText();
        }
    }

    /// <inheritdoc cref="TextOf"/>
    static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property));
        }
    }

    void Add(string path, string value) => ValuesAt(path).Add(value);

    /// <summary>The values of a field; an empty list is a field that is there, and null.</summary>
    List<string> ValuesAt(string path)
    {
        if (!_fields.TryGetValue(path, out var values))
        {
            _fields[path] = values = [];
            if (path.Contains(' ', StringComparison.Ordinal))
            {
                // Sigma writes the name of a Data element without its spaces: Threat Name is ThreatName.
                _fields.TryAdd(path.Replace(" ", "", StringComparison.Ordinal), values);
            }
        }

        return values;
    }
}
