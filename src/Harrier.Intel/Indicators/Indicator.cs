namespace Harrier.Intel.Indicators;

/// <summary>A value to look for, with what all its sources say together.</summary>
/// <param name="Value">Normalised by <see cref="IndicatorValue"/>.</param>
/// <param name="Confidence">Highest that a source gives, 0 to 100; null if none does.</param>
/// <param name="Tlp">Strictest marking of its sources: CLEAR, GREEN, AMBER, AMBER+STRICT, RED; null if none has one.</param>
/// <param name="FirstSeen">Earliest start of validity or first sight that a source gives, microseconds UTC.</param>
/// <param name="LastSeen">Latest end of validity that a source gives, microseconds UTC; null: open.</param>
/// <param name="Names">Malware, groups, campaigns that sources connect with it, in order.</param>
/// <param name="Sources">Reports, else files, that name it, in order.</param>
/// <param name="Descriptions">What sources say of it, in their words.</param>
public sealed record Indicator(
    IndicatorType Type,
    string Value,
    int? Confidence,
    string? Tlp,
    long? FirstSeen,
    long? LastSeen,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> Descriptions
)
{
    /// <summary>
    /// Whether an event at <paramref name="time"/> (microseconds UTC) lies in the time for which the indicator means something.
    /// </summary>
    /// <remarks>
    /// Reports come after what they report: sources often give the day of publication as the start. So the time reaches back from it by
    /// as long as a value of its kind usually serves an adversary. Open ends stay open.
    /// </remarks>
    public bool IsValidAt(long time) =>
        (FirstSeen is null || time >= FirstSeen - (Type.LifetimeDays() * MicrosecondsPerDay))
        && (LastSeen is null || time <= LastSeen);

    const long MicrosecondsPerDay = 86_400_000_000;

    public override string ToString() => $"{Type.Name()} {Value}";
}

/// <summary>What one source says of an indicator.</summary>
/// <param name="Source">Path of the file.</param>
/// <param name="Place">Line, row or STIX identifier in it.</param>
/// <param name="Written">As the source writes it, if that differs from the normalised value.</param>
/// <param name="Note">What this version made of it: a pattern that was flattened, a port that was cut off.</param>
public sealed record IndicatorSource(
    string Source,
    string Place,
    string? Written,
    string? Description,
    long? FirstSeen,
    long? LastSeen,
    int? Confidence,
    string? Tlp,
    IReadOnlyList<string> Names,
    string? Report,
    string? Note
);

/// <summary>An indicator was found in events.</summary>
/// <param name="First">Time of the first event, microseconds UTC.</param>
/// <param name="Last">Time of the last event, microseconds UTC.</param>
public sealed record Sighting(string RunId, long Count, long First, long Last, long Recorded);

/// <summary>Traffic Light Protocol 1 and 2 as one scale.</summary>
public static class Tlp
{
    static readonly string[] s_scale = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"];

    /// <summary>The name on the scale, or null: <c>TLP:WHITE</c> is CLEAR.</summary>
    public static string? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var name = text.Trim().ToUpperInvariant();
        name = name.StartsWith("TLP:", StringComparison.Ordinal) ? name[4..].Trim() : name;
        name = name == "WHITE" ? "CLEAR" : name;
        return Array.IndexOf(s_scale, name) >= 0 ? name : null;
    }

    /// <summary>The stricter of two; null is below CLEAR.</summary>
    public static string? Stricter(string? a, string? b) =>
        Array.IndexOf(s_scale, a) >= Array.IndexOf(s_scale, b) ? a : b;
}
