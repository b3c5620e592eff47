using Harrier.Schema;

namespace Harrier.Telemetry.Maps;

/// <summary>How the records of one source become events: a file of <c>maps/</c>, read and checked.</summary>
/// <param name="Id">The file's name; what column <c>source</c> holds.</param>
/// <param name="Formats">Formats whose records it takes.</param>
/// <param name="Inside">Objects that may wrap its fields, so that <c>UserId</c> is also <c>AuditData.UserId</c>.</param>
/// <param name="Times">What may be the event's time; the first that parses wins.</param>
/// <param name="Common">Columns that every event gets whose class has them; the first expression for a column that has a value wins.</param>
public sealed record SourceMap(
    string Id,
    IReadOnlyList<string> Formats,
    Wrappers Inside,
    RecordConditions Conditions,
    IReadOnlyList<FieldExpression> Times,
    IReadOnlyList<(string Column, FieldExpression Value)> Common,
    IReadOnlyList<EventMap> Events
);

/// <summary>Records that become rows of one class.</summary>
public sealed record EventMap(
    EventClass Class,
    RecordConditions Conditions,
    IReadOnlyList<(Column Column, FieldExpression Value)> Columns
)
{
    /// <summary>What becomes of records that fit no event.</summary>
    public static EventMap Unmapped { get; } = new(EventClasses.Other, RecordConditions.None, []);
}

/// <summary>Which records a map or an event takes: all of <c>when</c> hold, and none of <c>unless</c>.</summary>
public sealed record RecordConditions(
    IReadOnlyList<FieldCondition> When,
    IReadOnlyList<FieldCondition> Unless
)
{
    /// <summary>Every record is taken.</summary>
    public static RecordConditions None { get; } = new([], []);

    public bool Hold(Formats.Record record, Scratch scratch) =>
        Hold(record, scratch, Wrappers.None);

    /// <param name="inside">Where the fields may stand.</param>
    public bool Hold(Formats.Record record, Scratch scratch, Wrappers inside)
    {
        foreach (var condition in When)
        {
            if (!condition.Holds(record, scratch, inside))
            {
                return false;
            }
        }

        foreach (var condition in Unless)
        {
            if (condition.Holds(record, scratch, inside))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A field has one of these values; a star in them stands for anything, alone for anything but nothing.</summary>
public sealed record FieldCondition(FieldReference Field, IReadOnlyList<ValuePattern> Wanted)
{
    readonly ValuePattern[] _wanted = [.. Wanted];

    public bool Holds(Formats.Record record, Scratch scratch, Wrappers inside) =>
        inside.Find(record, Field.Name) is >= 0 and var field
        && Holds(record.Value(field), scratch);

    /// <param name="field">What the record has in the field.</param>
    public bool Holds(ReadOnlySpan<byte> field, Scratch scratch)
    {
        scratch.Reset();
        var value = Field.In(field, scratch);
        foreach (var wanted in _wanted)
        {
            if (wanted.Matches(value))
            {
                return true;
            }
        }

        return false;
    }
}
