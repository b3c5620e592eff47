using System.Text.Json;

namespace Harrier.Intel.Stix;

/// <summary>
/// What ATT&amp;CK's own bundle says of seeing techniques. Since v18 a detection strategy detects a technique by analytics, each of which
/// reads data components (log source references); before, data components detect techniques directly. Both become
/// <see cref="AttackDetection"/>s.
/// </summary>
static class AttackDetections
{
    const int MostComponents = 64;

    public static IEnumerable<AttackDetection> Of(
        IEnumerable<JsonElement> objects,
        IReadOnlyDictionary<string, IntelObject> described,
        IEnumerable<IntelRelationship> relationships
    )
    {
        var components = new Dictionary<string, string>(StringComparer.Ordinal);
        var analytics = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var strategies = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var element in objects.Where(IsCurrent))
        {
            var id = StixReader.Text(element, "id");
            switch (StixReader.Text(element, "type"))
            {
                case "x-mitre-data-component" when id is not null:
                    components.TryAdd(id, StixReader.Text(element, "name") ?? id);
                    break;
                case "x-mitre-analytic" when id is not null:
                    analytics.TryAdd(id, element);
                    break;
                case "x-mitre-detection-strategy" when id is not null:
                    strategies.TryAdd(id, element);
                    break;
            }
        }

        foreach (var detects in relationships.Where(relationship => relationship.Kind == "detects"))
        {
            if (described.GetValueOrDefault(detects.To)?.AttackId is not { } technique)
            {
                continue;
            }

            if (components.TryGetValue(detects.From, out var component))
            {
                yield return new AttackDetection(technique, component, [component]);
            }
            else if (strategies.TryGetValue(detects.From, out var strategy))
            {
                foreach (var analytic in StixReader.Texts(strategy, "x_mitre_analytic_refs"))
                {
                    if (
                        analytics.TryGetValue(analytic, out var element)
                        && ComponentsOf(element, components) is { Count: > 0 } needed
                    )
                    {
                        yield return new AttackDetection(technique, analytic, needed);
                    }
                }
            }
        }
    }

    static bool IsCurrent(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && !IsTrue(element, "revoked")
        && !IsTrue(element, "x_mitre_deprecated");

    static bool IsTrue(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.True;

    static List<string> ComponentsOf(JsonElement analytic, Dictionary<string, string> components) =>
        analytic.TryGetProperty("x_mitre_log_source_references", out var references)
        && references.ValueKind == JsonValueKind.Array
            ?
            [
                .. references
                    .EnumerateArray()
                    .Where(reference => reference.ValueKind == JsonValueKind.Object)
                    .Select(reference => StixReader.Text(reference, "x_mitre_data_component_ref"))
                    .OfType<string>()
                    .Select(id => components.GetValueOrDefault(id))
                    .OfType<string>()
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .Take(MostComponents),
            ]
            : [];
}
