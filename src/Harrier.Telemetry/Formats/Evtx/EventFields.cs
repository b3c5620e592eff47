namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Adds fields to the record of one event after the other, so that no two of an event have one name.</summary>
/// <remarks>A second field of a name gets a number, so that nothing is lost: Computer, Computer_2.</remarks>
sealed class EventFields(FieldNames names)
{
    /// <summary>Marks a record as recovered; a live one that has a field of this name by itself gets another for it.</summary>
    public static ReadOnlySpan<byte> Recovered => "_recovered"u8;

    readonly int _reserved = names.Of("_recovered");

    /// <summary>The name of the field that says when the event was.</summary>
    public int Time { get; } = names.Of("TimeCreated");

    public bool HasTime => UseOf(Time).Event == _event;

    Record _record = new();
    Use[] _uses = new Use[256];
    long _event;
    int _unnamed;

    public void Begin(Record record)
    {
        _record = record;
        _event++;
        _unnamed = 0;
        UseOf(_reserved) = new Use(_event, 1);
    }

    /// <summary>Data, Data_2, Data_3 ...: the name of the next that has none.</summary>
    /// <param name="data">The name Data.</param>
    public int NextUnnamed(int data) => names.Numbered(data, ++_unnamed);

    /// <summary>Adds a field, and returns how many bytes its name has.</summary>
    public int Add(int name, ReadOnlySpan<byte> value)
    {
        ref var use = ref UseOf(name);
        if (use.Event == _event)
        {
            name = Free(name);
            use = ref UseOf(name);
        }

        use = new Use(_event, 1);
        var utf8 = names.Utf8(name);
        _record.Add(utf8, value);
        return utf8.Length;
    }

    int Free(int name)
    {
        var last = UseOf(name).Last;
        int free;
        do
        {
            free = names.Numbered(name, ++last);
        } while (UseOf(free).Event == _event);

        UseOf(name).Last = last;
        return free;
    }

    ref Use UseOf(int name)
    {
        if (name >= _uses.Length)
        {
            Array.Resize(ref _uses, Math.Max(names.Count, _uses.Length * 2));
        }

        return ref _uses[name];
    }

    /// <summary>The event that had the name last, and the number its last namesake got there.</summary>
    record struct Use(long Event, int Last);
}
