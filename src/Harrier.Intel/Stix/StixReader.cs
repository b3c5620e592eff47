using System.Text.Json;
using System.Text.RegularExpressions;
using Harrier.Intel.Indicators;

namespace Harrier.Intel.Stix;

/// <summary>Reads STIX 2.0 and 2.1: a bundle, a TAXII envelope, a list of objects, or one object.</summary>
/// <remarks>
/// <para>Taken: indicators whose patterns compare with values, the objects that describe adversaries and their tools,
/// relationships, markings. Everything else (observed data, sightings, custom objects) is counted and not kept.</para>
/// <para>Real bundles break the specification in many ways; what is missing is left empty, and what can't be used is rejected
/// by itself, never the whole file.</para>
/// </remarks>
static partial class StixReader
{
    public const int MaximumDepth = 64;

    static readonly HashSet<string> s_described =
    [
        "malware",
        "intrusion-set",
        "threat-actor",
        "attack-pattern",
        "campaign",
        "tool",
        "report",
        "identity",
        "vulnerability",
        "infrastructure",
        "course-of-action",
        "grouping",
    ];

    static readonly HashSet<string> s_adversaries =
    [
        "malware",
        "intrusion-set",
        "threat-actor",
        "campaign",
        "tool",
        "infrastructure",
    ];

    // Identifiers fixed by the STIX 2.1 specification and by FIRST's TLP 2.0 definitions.
    static readonly Dictionary<string, string> s_tlpMarkings = new(StringComparer.Ordinal)
    {
        ["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"] = "CLEAR",
        ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"] = "GREEN",
        ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"] = "AMBER",
        ["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"] = "RED",
        ["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"] = "CLEAR",
        ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"] = "GREEN",
        ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"] = "AMBER",
        ["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"] = "AMBER+STRICT",
        ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"] = "RED",
    };

    /// <summary>Whether a JSON document has one of the shapes that this reads.</summary>
    public static bool Is(JsonElement root) => ObjectsOf(root) is not null;

    static IEnumerable<JsonElement>? ObjectsOf(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return root.GetArrayLength() > 0 && IsStixObject(root[0])
                ? root.EnumerateArray()
                : null;
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (
            root.TryGetProperty("objects", out var objects)
            && objects.ValueKind == JsonValueKind.Array
        )
        {
            var isBundle = Text(root, "type") == "bundle";
            return isBundle || (objects.GetArrayLength() > 0 && IsStixObject(objects[0]))
                ? objects.EnumerateArray()
                : null;
        }

        if (Text(root, "type") == "bundle")
        {
            return [];
        }

        return IsStixObject(root) ? [root] : null;
    }

    static bool IsStixObject(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && Text(element, "type") is { } type
        && Text(element, "id") is { } id
        && id.StartsWith(type + "--", StringComparison.Ordinal);

    public static void Read(JsonElement root, IntelDocument document)
    {
        var context = new Bundle();
        foreach (var element in ObjectsOf(root)!)
        {
            context.Learn(element, document);
        }

        foreach (var relationship in context.Relationships)
        {
            document.Relationships.Add(relationship);
        }

        foreach (var indicator in context.Indicators)
        {
            ReadIndicator(indicator, context, document);
        }

        AddTechniques(context, document);
        document.Detections.AddRange(
            AttackDetections.Of(ObjectsOf(root)!, context.Objects, context.Relationships)
        );
        var report = context.Reports.Count == 1 ? context.Reports[0] : null;
        document.Title = report?.Name;
        document.Published = report?.Published;
        document.Tlp = context.Indicators.Count == 0 ? report?.Marking : document.Tlp;
    }

    sealed record Report(string Name, long? Published, string? Marking);

    /// <summary>Everything that indicators and techniques refer to.</summary>
    sealed class Bundle
    {
        public Dictionary<string, IntelObject> Objects { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, string> TlpByMarking { get; } =
            new(s_tlpMarkings, StringComparer.Ordinal);
        public List<JsonElement> Indicators { get; } = [];
        public HashSet<IntelRelationship> Relationships { get; } = [];
        public ILookup<string, IntelRelationship> RelationshipsFrom =>
            field ??= Relationships.ToLookup(r => r.From, StringComparer.Ordinal);
        public List<Report> Reports { get; } = [];
        public Dictionary<string, string> ReportByObject { get; } = new(StringComparer.Ordinal);
        public bool IsCatalogue { get; private set; }

        public void Learn(JsonElement element, IntelDocument document)
        {
            if (
                element.ValueKind != JsonValueKind.Object
                || Text(element, "type") is not { Length: > 0 and <= 100 } type
            )
            {
                document.Count("without type");
                document.Reject("object", element.ValueKind.ToString(), "an object without a type");
                return;
            }

            document.Count(type);
            var id = Text(element, "id");
            // ATT&CK itself describes all techniques: it names none as seen.
            IsCatalogue |= type is "x-mitre-matrix" or "x-mitre-tactic" or "x-mitre-collection";
            switch (type)
            {
                case "indicator":
                    Indicators.Add(element);
                    return;
                case "relationship":
                    LearnRelationship(element, document);
                    return;
                case "marking-definition":
                    LearnMarking(element, id);
                    return;
            }

            if (!s_described.Contains(type))
            {
                return;
            }

            if (id is null)
            {
                document.Reject(
                    type,
                    Text(element, "name") ?? "",
                    "an object without an identifier"
                );
                return;
            }

            if (Objects.Count >= IntelDocument.MaximumObjects)
            {
                document.Reject(
                    id,
                    type,
                    $"the file has more than {IntelDocument.MaximumObjects} objects"
                );
                return;
            }

            var name = Text(element, "name") ?? id;
            var described = new IntelObject(
                id,
                type,
                name,
                IntelDocument.Cut(Text(element, "description")),
                [
                    .. Texts(element, "aliases")
                        .Concat(Texts(element, "x_mitre_aliases"))
                        .Where(a => a != name)
                        .Distinct(),
                ],
                AttackId(element, type, name)
            );
            // The newest version of an object stands last in a bundle, by custom.
            if (Objects.TryAdd(id, described))
            {
                document.AddObject(described);
            }

            if (type is "report" or "grouping")
            {
                Reports.Add(new Report(name, Time(element, "published"), TlpOf(element)));
                foreach (var reference in Texts(element, "object_refs"))
                {
                    ReportByObject.TryAdd(reference, name);
                }
            }
        }

        void LearnRelationship(JsonElement element, IntelDocument document)
        {
            if (
                Text(element, "source_ref") is { } from
                && Text(element, "target_ref") is { } to
                && Text(element, "relationship_type") is { } kind
            )
            {
                Relationships.Add(new IntelRelationship(from, kind, to));
            }
            else
            {
                document.Reject(
                    Text(element, "id") ?? "relationship",
                    "relationship",
                    "a relationship without both ends and a type"
                );
            }
        }

        void LearnMarking(JsonElement element, string? id)
        {
            string? tlp = null;
            if (
                element.TryGetProperty("definition", out var definition)
                && definition.ValueKind == JsonValueKind.Object
            )
            {
                tlp = Tlp.Parse(Text(definition, "tlp"));
            }

            if (
                tlp is null
                && element.TryGetProperty("extensions", out var extensions)
                && extensions.ValueKind == JsonValueKind.Object
            )
            {
                tlp = extensions
                    .EnumerateObject()
                    .Where(e => e.Value.ValueKind == JsonValueKind.Object)
                    .Select(e => Tlp.Parse(Text(e.Value, "tlp_2_0")))
                    .FirstOrDefault(t => t is not null);
            }

            tlp ??= Tlp.Parse(Text(element, "name"));
            if (id is not null && tlp is not null)
            {
                TlpByMarking.TryAdd(id, tlp);
            }
        }

        public string? TlpOf(JsonElement element) =>
            Texts(element, "object_marking_refs")
                .Select(id => TlpByMarking.GetValueOrDefault(id))
                .Aggregate((string?)null, Tlp.Stricter);
    }

    static void ReadIndicator(JsonElement element, Bundle bundle, IntelDocument document)
    {
        var id = Text(element, "id") ?? "indicator without id";
        if (Text(element, "pattern") is not { } pattern)
        {
            document.Reject(id, Text(element, "name") ?? "", "an indicator without a pattern");
            return;
        }

        if (Text(element, "pattern_type") is { } patternType && patternType != "stix")
        {
            document.Reject(
                id,
                pattern,
                $"a pattern in the language '{patternType}' is not matched by this version"
            );
            return;
        }

        if (
            element.TryGetProperty("revoked", out var revoked)
            && revoked.ValueKind == JsonValueKind.True
        )
        {
            document.Reject(id, pattern, "revoked by its source");
            return;
        }

        StixPattern parsed;
        try
        {
            parsed = StixPattern.Parse(pattern);
        }
        catch (FormatException e)
        {
            document.Reject(id, pattern, $"not a STIX pattern: {e.Message}");
            return;
        }

        foreach (var (comparison, reason) in parsed.Unused)
        {
            document.Reject(id, comparison, reason);
        }

        if (parsed.Values.Count == 0 && parsed.Unused.Count == 0)
        {
            document.Reject(id, pattern, "pattern not matched by this version");
        }

        var name = Text(element, "name");
        var description = Text(element, "description");
        var tlp = bundle.TlpOf(element);
        document.Tlp = Tlp.Stricter(document.Tlp, tlp);
        var context = new IndicatorContext(
            (name, description) switch
            {
                (null, _) => description,
                (_, null) => name,
                _ => $"{name}: {description}",
            },
            Time(element, "valid_from"),
            Time(element, "valid_until"),
            Number(element, "confidence") is { } confidence
                ? (int)Math.Clamp(confidence, 0, 100)
                : null,
            tlp,
            [
                .. bundle
                    .RelationshipsFrom[id]
                    .Where(r => r.Kind is "indicates" or "related-to" or "based-on")
                    .Select(r => bundle.Objects.GetValueOrDefault(r.To))
                    .OfType<IntelObject>()
                    .Where(o => s_adversaries.Contains(o.Kind))
                    .Select(o => o.Name)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            bundle.ReportByObject.GetValueOrDefault(id)
                ?? (bundle.Reports.Count == 1 ? bundle.Reports[0].Name : null)
        );
        foreach (var (type, value) in parsed.Values)
        {
            document.Add(type, value, id, context, parsed.Note);
        }
    }

    static void AddTechniques(Bundle bundle, IntelDocument document)
    {
        if (bundle.IsCatalogue)
        {
            return;
        }

        var techniques = bundle
            .Objects.Values.Where(o => o is { Kind: "attack-pattern", AttackId: not null })
            .ToList();
        var users = bundle
            .Relationships.Where(r => r.Kind == "uses")
            .ToLookup(
                r => r.To,
                r => bundle.Objects.GetValueOrDefault(r.From)?.Name,
                StringComparer.Ordinal
            );
        foreach (var technique in techniques)
        {
            var who = users[technique.Id].OfType<string>().Distinct().ToList();
            foreach (var name in who.Count > 0 ? who : [""])
            {
                document.AddTechnique(technique.AttackId!, name, technique.Id);
            }
        }
    }

    static string? AttackId(JsonElement element, string type, string name)
    {
        if (
            element.TryGetProperty("external_references", out var references)
            && references.ValueKind == JsonValueKind.Array
        )
        {
            foreach (var reference in references.EnumerateArray())
            {
                if (
                    reference.ValueKind == JsonValueKind.Object
                    && Text(reference, "source_name") is { } source
                    && source.StartsWith("mitre", StringComparison.OrdinalIgnoreCase)
                    && Text(reference, "external_id") is { Length: < 20 } id
                )
                {
                    return id;
                }
            }
        }

        // MISP exports write 'Process Injection - T1055' and no reference.
        return
            type == "attack-pattern"
            && name.Length < 500
            && TechniqueId().Match(name) is { Success: true } match
            ? match.Value
            : null;
    }

    [GeneratedRegex(@"\bT1\d{3}(?:\.\d{3})?\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TechniqueId();

    internal static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String
            ? SafeText(value)
            : null;

    /// <summary>Null for text with half of a surrogate pair, which JSON can write and no text can hold.</summary>
    static string? SafeText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    internal static IEnumerable<string> Texts(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Array
            ? value
                .EnumerateArray()
                .Where(v => v.ValueKind == JsonValueKind.String)
                .Select(SafeText)
                .OfType<string>()
            : [];

    static double? Number(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number)
            ? number
            : null;

    static long? Time(JsonElement element, string property) =>
        IntelTime.Parse(Text(element, property));
}
