using System.Text.Json;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Matching;

/// <summary>One event as fields with texts, for trying a rule on records as they are: no mapping of names, no log source.</summary>
/// <remarks>
/// Nested objects are reached by dots, lists by each of their members (a test holds when one member passes it). Field names
/// are compared without case, as in the lake. A null is a missing field.
/// </remarks>
public sealed class SigmaEvent
{
    const int MaxDepth = 64;

    readonly Dictionary<string, List<string>> _fields = new(StringComparer.OrdinalIgnoreCase);

    SigmaEvent() { }

    /// <summary>Whether an event meets a rule's condition.</summary>
    public static bool Matches(SigmaRule rule, JsonElement json) => Of(json).Meets(rule.Detection);

    /// <inheritdoc cref="Matches(SigmaRule, JsonElement)"/>
    public static bool Matches(SigmaRule rule, IReadOnlyDictionary<string, string?> fields)
    {
        var record = new SigmaEvent();
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                record.Add(name, value);
            }
        }

        return record.Meets(rule.Detection);
    }

    internal static SigmaEvent Of(JsonElement json)
    {
        var record = new SigmaEvent();
        record.Flatten("", json, 0);
        return record;
    }

    internal IReadOnlyList<string> Values(string field) =>
        _fields.TryGetValue(field, out var values) ? values : [];

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
                    Flatten(
                        path.Length == 0 ? property.Name : $"{path}.{property.Name}",
                        property.Value,
                        depth + 1
                    );
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

    void Add(string path, string value)
    {
        if (!_fields.TryGetValue(path, out var values))
        {
            _fields[path] = values = [];
        }

        values.Add(value);
    }

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
            SigmaNode.Exists exists => Values(exists.Field).Count > 0,
            SigmaNode.Reference reference => Values(reference.Field)
                .Any(value => Values(reference.Other).Any(other => reference.Holds(value, other))),
            _ => false,
        };
}
