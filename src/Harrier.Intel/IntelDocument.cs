using Harrier.Intel.Indicators;

namespace Harrier.Intel;

/// <summary>Something a source describes: malware, group, tool, report, vulnerability ...</summary>
/// <param name="Kind">STIX type: malware, intrusion-set, attack-pattern ...</param>
/// <param name="AttackId">ATT&amp;CK identifier, T1059.001, G0016, S0154; or null.</param>
public sealed record IntelObject(
    string Id,
    string Kind,
    string Name,
    string? Description,
    IReadOnlyList<string> Aliases,
    string? AttackId
);

public sealed record IntelRelationship(string From, string Kind, string To);

/// <summary>A value that was not taken, and why.</summary>
/// <param name="Where">Line, row or STIX identifier.</param>
public sealed record IntelReject(string Where, string Value, string Reason);

sealed record FoundIndicator(
    IndicatorType Type,
    string Value,
    string Place,
    string? Written,
    IndicatorContext Context,
    string? Note
);

sealed record FoundTechnique(string Technique, string Who, string Place);

/// <summary>What the source says beside the value.</summary>
sealed record IndicatorContext(
    string? Description = null,
    long? FirstSeen = null,
    long? LastSeen = null,
    int? Confidence = null,
    string? Tlp = null,
    IReadOnlyList<string>? Names = null,
    string? Report = null
)
{
    public static IndicatorContext None { get; } = new();
}

/// <summary>What a reader found in one file, before it is stored. Bounds what a hostile file can make us keep.</summary>
sealed class IntelDocument(string format, TooCommon tooCommon, bool allowPrivate)
{
    public const int MaximumIndicators = 2_000_000;
    public const int MaximumObjects = 500_000;
    public const int MaximumRejects = 10_000;
    const int MaximumText = 4_000;

    readonly HashSet<(IndicatorType, string, string)> _seen = [];
    readonly HashSet<(string, string)> _techniques = [];
    readonly HashSet<(string, string)> _rejected = [];
    readonly HashSet<string> _objects = new(StringComparer.Ordinal);

    public string Format { get; } = format;
    public string? Title { get; set; }
    public string? Tlp { get; set; }
    public long? Published { get; set; }
    public List<FoundIndicator> Indicators { get; } = [];
    public List<IntelObject> Objects { get; } = [];
    public List<IntelRelationship> Relationships { get; } = [];
    public List<FoundTechnique> Techniques { get; } = [];
    public List<AttackDetection> Detections { get; } = [];
    public List<IntelReject> Rejects { get; } = [];

    /// <summary>How many there were in all; <see cref="Rejects"/> holds the first <see cref="MaximumRejects"/>.</summary>
    public long RejectCount { get; private set; }

    /// <summary>Objects of the file by type: STIX types, rows, lines.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>Normalises and keeps an indicator, or rejects it with the reason. True if it was kept.</summary>
    /// <param name="place">Where it stands: the line, the row, the identifier.</param>
    public bool Add(
        IndicatorType type,
        string written,
        string place,
        IndicatorContext context,
        string? note = null
    )
    {
        if (IndicatorValue.Normalise(type, written, out var reason, allowPrivate) is not { } value)
        {
            Reject(place, written, reason);
            return false;
        }

        if (type is IndicatorType.Ipv4 or IndicatorType.Ipv6)
        {
            type = value.Contains(':') ? IndicatorType.Ipv6 : IndicatorType.Ipv4;
        }

        if (tooCommon.Because(value) is { } why)
        {
            Reject(place, written, $"too common: {why}");
            return false;
        }

        if (Indicators.Count >= MaximumIndicators)
        {
            Reject(place, written, $"the file has more than {MaximumIndicators} indicators");
            return false;
        }

        if (_seen.Add((type, value, place)))
        {
            Indicators.Add(
                new FoundIndicator(
                    type,
                    value,
                    place,
                    written.Trim() == value ? null : Cut(written.Trim()),
                    context with
                    {
                        Description = Cut(context.Description),
                    },
                    note
                )
            );
        }

        return true;
    }

    public void Reject(string place, string value, string reason)
    {
        value = value.Length > 200 ? value[..200] + "..." : value;
        if (!_rejected.Add((value, reason)))
        {
            return;
        }

        RejectCount++;
        if (Rejects.Count < MaximumRejects)
        {
            Rejects.Add(new IntelReject(place, value, reason));
        }
        else
        {
            _rejected.Remove((value, reason));
        }
    }

    /// <summary>Keeps an object once; false if it was there already or there are too many.</summary>
    public bool AddObject(IntelObject described)
    {
        if (Objects.Count >= MaximumObjects || !_objects.Add(described.Id))
        {
            return false;
        }

        Objects.Add(described);
        return true;
    }

    public void AddTechnique(string technique, string who, string place)
    {
        if (_techniques.Count < MaximumObjects && _techniques.Add((technique, who)))
        {
            Techniques.Add(new FoundTechnique(technique, who, place));
        }
    }

    public void Count(string type) => Counts[type] = Counts.GetValueOrDefault(type) + 1;

    public static string? Cut(string? text) =>
        text is null || text.Length <= MaximumText ? text : text[..MaximumText] + "...";
}
