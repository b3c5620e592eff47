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
}

/// <summary>One record of a log as named fields, in its own order. One instance is filled again and again.</summary>
/// <remarks>Names and values are UTF-8 in one buffer; spans are valid until <see cref="Clear"/>. A name may occur twice; the first wins when looked up.</remarks>
public sealed class Record
{
    readonly List<FieldSlot> _fields = [];
    byte[] _buffer = new byte[4096];
    int _length;

    /// <summary>Number of the record in its file: EVTX record identifier, or line from 1.</summary>
    public long Number { get; set; }

    /// <summary>Where it stands, for messages: byte offset of binary formats, line of text.</summary>
    public long Position { get; set; }

    /// <summary>Bytes of all names and values.</summary>
    public int Bytes => _length;

    /// <summary>Fields.</summary>
    public int Count => _fields.Count;

    public ReadOnlySpan<byte> Name(int field) =>
        _buffer.AsSpan(_fields[field].NameStart, _fields[field].NameLength);

    public ReadOnlySpan<byte> Value(int field) =>
        _buffer.AsSpan(_fields[field].ValueStart, _fields[field].ValueLength);

    public FieldKind Kind(int field) => _fields[field].Kind;

    public void Clear()
    {
        _fields.Clear();
        _length = 0;
    }

    public void Add(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value,
        FieldKind kind = FieldKind.Text
    )
    {
        var nameStart = Append(name);
        var valueStart = Append(value);
        _fields.Add(new FieldSlot(nameStart, name.Length, valueStart, value.Length, kind));
    }

    public void Add(string name, string value, FieldKind kind = FieldKind.Text) =>
        Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value), kind);

    /// <summary>Takes away the fields from this index on.</summary>
    public void Truncate(int count) => _fields.RemoveRange(count, _fields.Count - count);

    /// <summary>Index of the first field of that name, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (var field = 0; field < _fields.Count; field++)
        {
            if (Name(field).SequenceEqual(name))
            {
                return field;
            }
        }

        return -1;
    }

    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var field = Find(name);
        value = field < 0 ? default : Value(field);
        return field >= 0;
    }

    int Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _length < bytes.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        return _length - bytes.Length;
    }

    readonly record struct FieldSlot(
        int NameStart,
        int NameLength,
        int ValueStart,
        int ValueLength,
        FieldKind Kind
    );
}
