using Harrier.Schema;

namespace Harrier.Telemetry.Maps;

/// <summary>How the records of one source become events: a file of <c>maps/</c>, read and checked.</summary>
/// <param name="Id">The file's name; what column <c>source</c> holds.</param>
/// <param name="Formats">Formats whose records it takes.</param>
/// <param name="When">Conditions on fields, all of which hold.</param>
/// <param name="Times">Fields that hold the event's time; the first that parses wins.</param>
public sealed record SourceMap(
    string Id,
    IReadOnlyList<string> Formats,
    IReadOnlyList<FieldCondition> When,
    IReadOnlyList<string> Times,
    IReadOnlyList<(string Column, FieldExpression Value)> Common,
    IReadOnlyList<EventMap> Events
);

/// <summary>Records that become rows of one class.</summary>
public sealed record EventMap(
    EventClass Class,
    IReadOnlyList<FieldCondition> When,
    IReadOnlyList<(Column Column, FieldExpression Value)> Columns
);

/// <summary>A field has one of these values (case-insensitive); <c>'*'</c>: it is there and not empty.</summary>
public sealed record FieldCondition(byte[] Field, IReadOnlyList<byte[]> Values)
{
    public bool Holds(Formats.Record record)
    {
        if (!record.TryGet(Field, out var value))
        {
            return false;
        }

        foreach (var wanted in Values)
        {
            if (
                wanted is [(byte)'*']
                    ? value.Length > 0
                    : System.Text.Ascii.EqualsIgnoreCase(wanted, value)
            )
            {
                return true;
            }
        }

        return false;
    }
}
