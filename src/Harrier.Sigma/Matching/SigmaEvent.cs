using System.Text.Json;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Matching;

/// <summary>One event as fields with texts, for trying a rule on records as they are: no mapping of names, no log source.</summary>
/// <remarks>Of a field with several values a test holds when one passes it. A null is a missing field for all but <c>exists</c>.</remarks>
public sealed class SigmaEvent
{
    readonly FlatJson _fields;

    SigmaEvent(FlatJson fields) => _fields = fields;

    /// <summary>Whether an event meets a rule's condition.</summary>
    public static bool Matches(SigmaRule rule, JsonElement json) => Of(json).Meets(rule);

    /// <inheritdoc cref="Matches(SigmaRule, JsonElement)"/>
    public static bool Matches(SigmaRule rule, IReadOnlyDictionary<string, string?> fields) =>
        new SigmaEvent(FlatJson.Of(fields)).Meets(rule);

    /// <inheritdoc cref="FlatJson.Parse"/>
    internal static SigmaEvent? Parse(string json) =>
        FlatJson.Parse(json) is { } fields ? new SigmaEvent(fields) : null;

    internal static SigmaEvent Of(JsonElement json) => new(FlatJson.Of(json));

    internal IReadOnlyList<string> Values(string field) => _fields.Values(field);

    /// <summary>The value of a field for correlations; several are one text, as none says which of them it means. Null where there is none.</summary>
    internal string? Joined(string field) =>
        Values(field) is { Count: > 0 } values ? string.Join(", ", values) : null;

    internal IEnumerable<string> AllValues => _fields.AllValues;

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
            SigmaNode.Exists exists => _fields.Has(exists.Field),
            SigmaNode.Reference reference => Values(reference.Field)
                .Any(value => Values(reference.Other).Any(other => reference.Holds(value, other))),
            _ => false,
        };
}
