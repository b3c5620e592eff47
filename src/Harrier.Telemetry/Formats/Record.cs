using System.Text;

namespace Harrier.Telemetry.Formats;

/// <summary>How a field's bytes are meant, for writing it into <c>extra</c> as JSON.</summary>
public enum FieldKind : byte
{
    Text,

    /// <summary>A JSON number as it stands.</summary>
    Number,

    /// <summary>true, false or null.</summary>
    Literal,

    /// <summary>A JSON array or object, already bounded in depth.</summary>
    Json,

    /// <summary>The shape has the field, this record does not: a slot that was not set.</summary>
    Absent,
}

/// <summary>One record of a log as named fields, in its own order. One instance is filled again and again.</summary>
/// <remarks>
/// A reader fills it in one of two ways. Where every record names its fields (JSON, XML): <see cref="Clear"/>, then
/// <see cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte}, FieldKind)"/> for each. Where names are known before the values (a header of
/// columns, a template): <see cref="ShapeOf"/> once, then for each record <see cref="Begin(RecordShape)"/> and
/// <see cref="Set(int, ReadOnlySpan{byte}, FieldKind)"/> by slot, in any order; a slot that is not set is no field of this record.
/// Values that are parts of one line need not be copied one by one: <see cref="Begin(RecordShape, ReadOnlySpan{byte})"/>.
/// Fields may be added after either.
/// Values are UTF-8 in one buffer; spans are valid until the record is filled again. A name may occur twice; the first wins when looked up.
/// </remarks>
public sealed class Record
{
    /// <summary>Shapes kept; a hostile log could have new names in every record.</summary>
    const int MaxShapes = 100_000;

    RecordShape _empty = RecordShape.Empty();
    RecordShape _shape;
    FieldSlot[] _fields = new FieldSlot[64];
    byte[] _buffer = new byte[4096];
    int _length;
    int _made;

    public Record() => _shape = _empty;

    /// <summary>Number of the record in its file: EVTX record identifier, or line from 1.</summary>
    public long Number { get; set; }

    /// <summary>Where it stands, for messages: byte offset of binary formats, line of text.</summary>
    public long Position { get; set; }

    /// <summary>The names of its fields. The same object for all records with these names.</summary>
    public RecordShape Shape => _shape;

    /// <summary>Left over of older use of the file, not one of its live records: only where <see cref="ReadOptions.Recovers"/> asked for these.</summary>
    public bool IsRecovered { get; set; }

    /// <summary>Bytes of all names and values.</summary>
    public int Bytes => _shape.NameBytes + _length;

    /// <summary>Slots: fields, and those of the shape that this record has not (<see cref="FieldKind.Absent"/>).</summary>
    public int Count => _shape.Count;

    public ReadOnlySpan<byte> Name(int field) => _shape.NamesBySlot[field];

    /// <summary>Empty also where the field is absent.</summary>
    public ReadOnlySpan<byte> Value(int field) =>
        _buffer.AsSpan(_fields[field].Start, _fields[field].Length);

    public FieldKind Kind(int field) => _fields[field].Kind;

    public bool Has(int field) => _fields[field].Kind != FieldKind.Absent;

    public void Clear()
    {
        _length = 0;
        if (_made > MaxShapes)
        {
            _empty = RecordShape.Empty();
            _made = 0;
        }

        _shape = _empty;
        IsRecovered = false;
    }

    public void Add(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value,
        FieldKind kind = FieldKind.Text
    )
    {
        var field = _shape.Count;
        _shape = _shape.Then(name, ref _made);
        if (field == _fields.Length)
        {
            Array.Resize(ref _fields, _fields.Length * 2);
        }

        Put(field, value, kind);
    }

    public void Add(string name, string value, FieldKind kind = FieldKind.Text) =>
        Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value), kind);

    /// <summary>The shape with these names, to begin records with. Of a name that stands twice only the first slot is found by its name.</summary>
    public RecordShape ShapeOf(IEnumerable<byte[]> names)
    {
        var shape = _empty;
        foreach (var name in names)
        {
            shape = shape.Then(name, ref _made);
        }

        return shape;
    }

    /// <summary>Empties the record and gives it all slots of a shape, none of which is set yet.</summary>
    /// <param name="shape">Of this record's own <see cref="ShapeOf"/>.</param>
    public void Begin(RecordShape shape)
    {
        _length = 0;
        _shape = shape;
        if (_fields.Length < shape.Count)
        {
            Array.Resize(ref _fields, Math.Max(shape.Count, _fields.Length * 2));
        }

        Array.Fill(_fields, new FieldSlot(0, 0, FieldKind.Absent), 0, shape.Count);
    }

    /// <summary>Begins a record of which most values are parts of a line.</summary>
    /// <param name="shape">Of this record's own <see cref="ShapeOf"/>.</param>
    public void Begin(RecordShape shape, ReadOnlySpan<byte> line)
    {
        Begin(shape);
        Append(line);
    }

    /// <summary>Sets the field of a slot to a part of the line that the record began with.</summary>
    public void Set(int slot, int start, int length, FieldKind kind = FieldKind.Text) =>
        _fields[slot] = new FieldSlot(start, length, kind);

    /// <summary>Sets the field of a slot.</summary>
    public void Set(int slot, ReadOnlySpan<byte> value, FieldKind kind = FieldKind.Text) =>
        Put(slot, value, kind);

    /// <summary>Gives the fields other names, in the same order: values stay as they are.</summary>
    /// <param name="shape">Of this record, with as many names as it has fields.</param>
    public void Rename(RecordShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(shape.Count, _shape.Count);
        _shape = shape;
    }

    /// <summary>Takes away the fields from this index on.</summary>
    public void Truncate(int count)
    {
        while (_shape.Count > count)
        {
            _shape = _shape.Before!;
        }
    }

    /// <summary>Index of the first field of that name, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        var field = _shape.Find(name);
        return field < 0 || Has(field) ? field : FindLater(name, field + 1);
    }

    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var field = Find(name);
        value = field < 0 ? default : Value(field);
        return field >= 0;
    }

    /// <summary>A second field of a name whose first slot is not set.</summary>
    int FindLater(ReadOnlySpan<byte> name, int field)
    {
        for (; field < Count; field++)
        {
            if (Has(field) && Name(field).SequenceEqual(name))
            {
                return field;
            }
        }

        return -1;
    }

    void Put(int field, ReadOnlySpan<byte> value, FieldKind kind)
    {
        _fields[field] = new FieldSlot(_length, value.Length, kind);
        Append(value);
    }

    void Append(ReadOnlySpan<byte> value)
    {
        if (_buffer.Length - _length < value.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + value.Length));
        }

        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    readonly record struct FieldSlot(int Start, int Length, FieldKind Kind);
}
