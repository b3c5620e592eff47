using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Telemetry.Carried;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// What the maps of a format mean for records of one shape: which maps and events can take them as far as that depends on the fields
/// there are, and in which slot each expression finds its fields. Worked out once a shape, so that mapping a record looks up no name.
/// </summary>
sealed class ShapePlan
{
    const int MostNamed = 16;

    readonly RecordShape _shape;
    readonly PlacedMap[] _maps;
    readonly byte[]?[] _properties;

    public ShapePlan(RecordShape shape, IReadOnlyList<SourceMap> maps, FieldExpression[] anyTime)
    {
        _shape = shape;
        _properties = new byte[]?[shape.Count];
        _maps =
        [
            .. maps.Select((map, index) => (map, index))
                .Where(pair =>
                    PlacedConditions.CanHold(pair.map.Conditions, shape, pair.map.Inside)
                )
                .Select(pair => new PlacedMap(pair.map, pair.index, shape, anyTime)),
        ];
        Unmapped = new PlacedEvent(null, EventMap.Unmapped, shape);
        AnyTimes = PlacedExpression.All(
            [.. anyTime, .. Named(shape), .. OfCarrier(shape)],
            shape,
            Wrappers.None
        );
    }

    /// <summary>Fields whose names speak of a time: the record's own before those of what it holds.</summary>
    static IEnumerable<FieldExpression> Named(RecordShape shape) =>
        shape
            .NamesBySlot.Where(name => TimeNames.Has(name))
            .Distinct(Utf8Names.Equal)
            .OrderBy(name => name.AsSpan().Count((byte)'.'))
            .Take(MostNamed)
            .Select(FieldExpression.OfField);

    /// <summary>Times that what carried the record has.</summary>
    internal static IReadOnlyList<FieldExpression> OfCarrier(RecordShape shape) =>
        CarrierFields.AreIn(shape) ? CarrierFields.Times : [];

    /// <summary>What records become that no map takes.</summary>
    public PlacedEvent Unmapped { get; }

    public PlacedExpression[] AnyTimes { get; }

    /// <summary>The first map that takes the record, or null.</summary>
    public PlacedMap? MapOf(Record record, Scratch scratch)
    {
        foreach (var map in _maps)
        {
            if (map.Conditions.Hold(record, scratch))
            {
                return map;
            }
        }

        return null;
    }

    /// <summary>The slot's name as the start of a JSON property, <c>,"Name":</c>, as <see cref="JsonText.Property"/> wants it.</summary>
    public byte[] Property(int slot) =>
        _properties[slot] ??= [
            (byte)',',
            (byte)'"',
            .. JsonEncodedText
                .Encode(
                    EventMapper.ValidText(_shape.NamesBySlot[slot]),
                    JavaScriptEncoder.UnsafeRelaxedJsonEscaping
                )
                .EncodedUtf8Bytes,
            (byte)'"',
            (byte)':',
        ];
}

/// <summary>A map, its conditions and times placed in a shape.</summary>
/// <param name="index">Which of the format's maps it is.</param>
sealed class PlacedMap(SourceMap map, int index, RecordShape shape, FieldExpression[] anyTime)
{
    readonly PlacedEvent?[] _events = new PlacedEvent?[map.Events.Count + 1];
    (int Event, PlacedConditions Conditions)[]? _choices;

    public int Index => index;

    public byte[] Source { get; } = Encoding.UTF8.GetBytes(map.Id);

    public PlacedConditions Conditions { get; } = new(map.Conditions, shape, map.Inside);

    public PlacedExpression[] Times { get; } =
        PlacedExpression.All(
            [.. map.Times.Count > 0 ? map.Times : anyTime, .. ShapePlan.OfCarrier(shape)],
            shape,
            map.Inside
        );

    /// <summary>The first event whose conditions hold; class other where none do.</summary>
    public PlacedEvent EventOf(Record record, Scratch scratch)
    {
        foreach (var (index, conditions) in _choices ??= Choices())
        {
            if (conditions.Hold(record, scratch))
            {
                return _events[index] ??= new PlacedEvent(map, map.Events[index], shape);
            }
        }

        return _events[^1] ??= new PlacedEvent(map, EventMap.Unmapped, shape);
    }

    (int, PlacedConditions)[] Choices() =>
        [
            .. map
                .Events.Select((one, index) => (one, index))
                .Where(pair => PlacedConditions.CanHold(pair.one.Conditions, shape, map.Inside))
                .Select(pair =>
                    (pair.index, new PlacedConditions(pair.one.Conditions, shape, map.Inside))
                ),
        ];
}

/// <summary>An event's own columns, then those common to the map that its class has; those only that can have a value.</summary>
sealed class PlacedEvent
{
    public PlacedEvent(SourceMap? map, EventMap one, RecordShape shape)
    {
        Class = one.Class;
        IsUnknown = ReferenceEquals(one, EventMap.Unmapped);
        var inside = map?.Inside ?? Wrappers.None;
        var placed = one
            .Columns.Concat(
                (map?.Common ?? [])
                    .Where(pair => one.Class.Find(pair.Column) is not null)
                    .Select(pair => (Column: one.Class.Find(pair.Column)!, pair.Value))
            )
            .Concat(CarrierFields.AreIn(shape) ? CarrierFields.ColumnsOf(one.Class) : [])
            .Select(pair => (pair.Column, Value: new PlacedExpression(pair.Value, shape, inside)))
            .Where(pair => pair.Value.CanHaveValue)
            .ToArray();
        Columns =
        [
            .. placed.Select(pair => new PlacedColumn(
                pair.Column,
                pair.Value,
                placed.Count(other => other.Column == pair.Column) > 1
            )),
        ];
        IsNamed = new bool[shape.Count];
        var fields = (map?.Common ?? [])
            .Select(pair => pair.Value)
            .Concat(one.Columns.Select(pair => pair.Value))
            .SelectMany(value => value.Fields)
            .ToHashSet(Utf8Names.Equal);
        for (var slot = 0; slot < shape.Count; slot++)
        {
            IsNamed[slot] = fields.Contains(shape.NamesBySlot[slot]);
        }

        foreach (var slot in fields.Select(field => inside.Find(shape, field)))
        {
            if (slot >= 0)
            {
                IsNamed[slot] = true;
            }
        }
    }

    public EventClass Class { get; }

    /// <summary>No condition of an event held: a map took the record, if any, and does not know more.</summary>
    public bool IsUnknown { get; }

    public PlacedColumn[] Columns { get; }

    /// <summary>By slot: an expression of the event or of the map names the field.</summary>
    public bool[] IsNamed { get; }
}

/// <param name="HasOthers">The column has further expressions.</param>
sealed record PlacedColumn(Column Column, PlacedExpression Value, bool HasOthers);

/// <summary>An expression, and the slots of its fields.</summary>
sealed class PlacedExpression(FieldExpression expression, RecordShape shape, Wrappers inside)
{
    // A name that stands twice may be absent in its first slot and there in its second: such names are looked up in each record.
    readonly bool _isLookedUp = shape.HasTwins;
    readonly int[] _slots = [.. expression.Fields.Select(field => inside.Find(shape, field))];
    readonly ValueMemo? _memo = expression.HasFunctions ? new ValueMemo() : null;

    readonly byte[]? _always = expression.Always;
    readonly bool _hasFunctions = expression.HasFunctions;
    readonly ulong _usesOneField = expression.KeepsAll ? 1UL : 0;

    /// <summary>The slot of the one field that the expression reads, as most do; else -1.</summary>
    readonly int _slot =
        expression.IsOfOneField && !shape.HasTwins ? inside.Find(shape, expression.Fields[0]) : -1;

    public FieldExpression Expression => expression;

    public bool CanHaveValue =>
        expression.Fields.Count == 0
        || expression.HasConstant
        || Array.Exists(_slots, slot => slot >= 0);

    public static PlacedExpression[] All(
        IReadOnlyList<FieldExpression> expressions,
        RecordShape shape,
        Wrappers inside
    ) => [.. expressions.Select(one => new PlacedExpression(one, shape, inside))];

    /// <summary>As <see cref="FieldExpression.TryGet"/>, into a scratch that is reset first.</summary>
    public bool TryGet(Record record, Scratch scratch, out ReadOnlySpan<byte> value, out ulong used)
    {
        if (_slot >= 0)
        {
            value = record.Value(_slot);
            used = _usesOneField;
            if (FieldExpression.IsNothing(value))
            {
                return false;
            }

            if (_hasFunctions)
            {
                scratch.Reset();
                value = expression.Apply(value, scratch, _memo);
            }

            return value.Length > 0;
        }

        if (_always is not null)
        {
            value = _always;
            used = 0;
            return value.Length > 0;
        }

        scratch.Reset();
        if (_isLookedUp)
        {
            for (var field = 0; field < _slots.Length; field++)
            {
                _slots[field] = inside.Find(record, expression.Fields[field]);
            }
        }

        return expression.TryGet(record, _slots, scratch, out value, out used, _memo);
    }

    /// <summary>Marks the slots of the fields that were used.</summary>
    public void MarkUsed(ulong used, bool[] isUsed)
    {
        if (_slot >= 0)
        {
            isUsed[_slot] |= used != 0;
            return;
        }

        for (var field = 0; used != 0; field++, used >>= 1)
        {
            if ((used & 1) != 0 && _slots[field] >= 0)
            {
                isUsed[_slots[field]] = true;
            }
        }
    }
}

/// <summary>Conditions and the slots of their fields.</summary>
sealed class PlacedConditions(RecordConditions conditions, RecordShape shape, Wrappers inside)
{
    readonly bool _isLookedUp = shape.HasTwins;
    readonly (int Slot, FieldCondition Condition)[] _when = Place(conditions.When, shape, inside);
    readonly (int Slot, FieldCondition Condition)[] _unless =
    [
        .. Place(conditions.Unless, shape, inside).Where(placed => placed.Slot >= 0),
    ];

    /// <summary>Whether a record of the shape could meet them: it has every field that a value is wanted of.</summary>
    public static bool CanHold(RecordConditions conditions, RecordShape shape, Wrappers inside) =>
        conditions.When.All(condition => inside.Find(shape, condition.Field.Name) >= 0);

    public bool Hold(Record record, Scratch scratch)
    {
        if (_isLookedUp)
        {
            return conditions.Hold(record, scratch, inside);
        }

        foreach (var (slot, condition) in _when)
        {
            if (!record.Has(slot) || !condition.Holds(record.Value(slot), scratch))
            {
                return false;
            }
        }

        foreach (var (slot, condition) in _unless)
        {
            if (record.Has(slot) && condition.Holds(record.Value(slot), scratch))
            {
                return false;
            }
        }

        return true;
    }

    static (int Slot, FieldCondition Condition)[] Place(
        IReadOnlyList<FieldCondition> conditions,
        RecordShape shape,
        Wrappers inside
    ) => [.. conditions.Select(condition => (inside.Find(shape, condition.Field.Name), condition))];
}
