using System.Diagnostics.CodeAnalysis;
using Harrier.Schema;

namespace Harrier.Sigma.Correlations;

/// <summary>Where an event stands; its order is that of time, then of the input (file, record), whatever the order of arrival.</summary>
/// <param name="Time">UTC, microseconds since 1970.</param>
/// <param name="Class">Event class, or another name of the kind of event.</param>
/// <param name="File">File it was read from.</param>
/// <param name="Record">Record number in that file.</param>
[SuppressMessage(
    "Design",
    "CA1036:Override methods on comparable types",
    Justification = "An order to sort by: nobody asks whether one reference is less than another."
)]
public readonly record struct SigmaEventReference(long Time, string Class, string File, long Record)
    : IComparable<SigmaEventReference>
{
    /// <summary>Where a row of a batch stands.</summary>
    public static SigmaEventReference Of(EventBatch batch, int row) =>
        Of(batch, row, batch.Text(CommonColumns.File).Text(row));

    internal static SigmaEventReference Of(EventBatch batch, int row, string? file) =>
        new(
            batch.Int(CommonColumns.Time).Value(row) ?? 0,
            batch.Class.Name,
            file ?? "",
            batch.Int(CommonColumns.Record).Value(row) ?? 0
        );

    public int CompareTo(SigmaEventReference other)
    {
        var order = Time.CompareTo(other.Time);
        order = order != 0 ? order : string.CompareOrdinal(File, other.File);
        order = order != 0 ? order : Record.CompareTo(other.Record);
        return order != 0 ? order : string.CompareOrdinal(Class, other.Class);
    }
}

/// <summary>An event that met rules, with the fields that correlations ask for.</summary>
/// <param name="Rules">Places in <see cref="CompiledCorrelations.Rules"/>, ascending, each once.</param>
/// <param name="Values">A text for each of <see cref="CompiledCorrelations.Fields"/>; null where the event has none. Kept, not copied.</param>
public readonly record struct SigmaCorrelationEvent(
    SigmaEventReference Reference,
    IReadOnlyList<int> Rules,
    string?[] Values
);

/// <summary>A correlation that holds of a group, told when it begins to.</summary>
/// <param name="Group">Fields or aliases of group-by with their values.</param>
/// <param name="First">Time of the first contributing event, microseconds.</param>
/// <param name="Last">Time of the last one, with which the condition began to hold.</param>
/// <param name="Count">Events (or alerts of other correlations) that contribute.</param>
/// <param name="Value">What the condition compares: the number of events, values or rules, the sum, mean or percentile.</param>
/// <param name="Events">The contributing events in order of time; of many, the last <see cref="SigmaCorrelationLimits.References"/>.</param>
public sealed record SigmaCorrelationHit(
    Language.SigmaCorrelation Correlation,
    IReadOnlyList<KeyValuePair<string, string>> Group,
    long First,
    long Last,
    long Count,
    decimal Value,
    IReadOnlyList<SigmaEventReference> Events
);

/// <summary>What is held at most. What is given up for it is counted in <see cref="SigmaCorrelationLosses"/>.</summary>
/// <param name="LatenessMicroseconds">How much older than the newest event one may arrive; later ones are left out and counted. All are waited for by default.</param>
/// <param name="Waiting">Events waiting for earlier ones; beyond, the older half is worked on without waiting any longer.</param>
/// <param name="GroupEvents">Events in a group's window, at most a million, so that sums fit; beyond, the oldest leave it.</param>
/// <param name="Events">Events in all windows together; beyond, the groups that were silent longest go.</param>
/// <param name="Groups">Groups of all correlations together; as for events.</param>
/// <param name="References">Contributing events that a hit names.</param>
public sealed record SigmaCorrelationLimits(
    long LatenessMicroseconds = long.MaxValue,
    int Waiting = 4_000_000,
    int GroupEvents = 1_000_000,
    long Events = 8_000_000,
    int Groups = 1_000_000,
    int References = 50
);

/// <summary>What was left out, so that silence is not taken for an answer.</summary>
/// <param name="Late">Events that came later than the lateness allows.</param>
/// <param name="Ungrouped">Events without a field of group-by, which are in no group; counted for each correlation.</param>
/// <param name="Unread">Events without the field whose values are counted, or with no number in it; counted for each correlation.</param>
/// <param name="EvictedEvents">Events that left a window before their time, because of a limit.</param>
/// <param name="EvictedGroups">Groups that were given up, because of a limit.</param>
public sealed record SigmaCorrelationLosses(
    long Late,
    long Ungrouped,
    long Unread,
    long EvictedEvents,
    long EvictedGroups
);
