using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Matching;

/// <summary>One event as fields with texts, for trying a rule on records as they are: no mapping of names, no log source.</summary>
/// <remarks>
/// Nested objects are reached by dots where no key has the dotted name itself, lists by each of their members (a test holds
/// when one member passes it). Field names are compared exactly. A null is a missing field for all but <c>exists</c>.
/// </remarks>
public sealed class SigmaEvent
{
    const int MaxDepth = 64;

    readonly Dictionary<string, List<string>> _fields = new(StringComparer.Ordinal);
    readonly HashSet<string> _dotted = new(StringComparer.Ordinal);

    SigmaEvent() { }

    /// <summary>Whether an event meets a rule's condition.</summary>
    public static bool Matches(SigmaRule rule, JsonElement json) => Of(json).Meets(rule);

    /// <inheritdoc cref="Matches(SigmaRule, JsonElement)"/>
    public static bool Matches(SigmaRule rule, IReadOnlyDictionary<string, string?> fields)
    {
        var record = new SigmaEvent();
        foreach (var (name, value) in fields)
        {
            var values = record.ValuesAt(name);
            if (value is not null)
            {
                values.Add(value);
            }
        }

        return record.Meets(rule.Detection);
    }

    /// <summary>The event of a JSON text; null where it is none: the lake writes valid JSON, what another engine kept may not be.</summary>
    internal static SigmaEvent? Parse(string json)
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

    internal static SigmaEvent Of(JsonElement json)
    {
        var record = new SigmaEvent();
        if (json.ValueKind == JsonValueKind.Object)
        {
            record._dotted.UnionWith(
                json.EnumerateObject()
                    .Select(NameOf)
                    .Where(name => name.Contains('.', StringComparison.Ordinal))
            );
        }

        record.Flatten("", json, 0);
        return record;
    }

    internal IReadOnlyList<string> Values(string field) =>
        _fields.TryGetValue(field, out var values) ? values : [];

    /// <summary>The value of a field for correlations; several are one text, as none says which of them it means. Null where there is none.</summary>
    internal string? Joined(string field) =>
        Values(field) is { Count: > 0 } values ? string.Join(", ", values) : null;

    internal IEnumerable<string> AllValues => _fields.Values.SelectMany(values => values);

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

    internal bool Meets(SigmaRule rule) => Meets(rule.Detection);

    bool Meets(SigmaNode node) =>
        node switch
        {
            SigmaNode.And and => and.Terms.All(Meets),
            SigmaNode.Or or => or.Terms.Any(Meets),
            SigmaNode.Not not => !Meets(not.Term),
            SigmaNode.Item item => Values(item.Field) is { Count: > 0 } values
                ? values.Any(value => item.Tests.Any(test => test.Holds(value)))
                : item.OrMissing,
            SigmaNode.Keyword keyword => AllValues.Any(value =>
                keyword.Tests.Any(test => test.Holds(value))
            ),
            SigmaNode.Exists exists => _fields.ContainsKey(exists.Field),
            SigmaNode.Reference reference => Values(reference.Field)
                .Any(value => Values(reference.Other).Any(other => reference.Holds(value, other))),
            _ => false,
        };
}
