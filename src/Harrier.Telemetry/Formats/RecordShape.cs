using System.Diagnostics.CodeAnalysis;

namespace Harrier.Telemetry.Formats;

/// <summary>
/// The names of a record's fields in their order, as one object: records with the same names in the same order have the same shape,
/// so that what depends on names only (which map, which column from which field) is worked out once a shape.
/// </summary>
/// <remarks>
/// Shapes are the nodes of a tree: a shape is the one before it and one more name. Adding a field goes down one step, which costs one
/// comparison where the record before went the same way. Identity is exact: no hash that a hostile log could collide.
/// A shape belongs to the <see cref="Record"/> that made it. A name may occur twice; the first wins when looked up.
/// </remarks>
public sealed class RecordShape
{
    readonly byte[] _name;
    RecordShape? _next;
    Dictionary<byte[], RecordShape>? _others;
    byte[][]? _names;
    Dictionary<byte[], int>? _slots;

    RecordShape(RecordShape? before, byte[] name)
    {
        Before = before;
        _name = name;
        Count = before is null ? 0 : before.Count + 1;
        NameBytes = name.Length + (before?.NameBytes ?? 0);
    }

    /// <summary>Fields.</summary>
    public int Count { get; }

    /// <summary>Bytes of all names.</summary>
    public int NameBytes { get; }

    /// <summary>The shape without the last name; null for that of no fields.</summary>
    internal RecordShape? Before { get; }

    /// <summary>A name stands twice.</summary>
    public bool HasTwins => Slots.Count < Count;

    /// <summary>Names by slot, UTF-8.</summary>
    public IReadOnlyList<byte[]> Names => NamesBySlot;

    internal byte[][] NamesBySlot => _names ??= Walk();

    /// <summary>The first slot of that name, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name) =>
        Slots.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var slot) ? slot : -1;

    Dictionary<byte[], int> Slots => _slots ??= FirstSlots();

    internal static RecordShape Empty() => new(null, []);

    /// <summary>This shape and one more name.</summary>
    /// <param name="made">Counted up where the shape is new.</param>
    internal RecordShape Then(ReadOnlySpan<byte> name, ref int made)
    {
        var next = _next;
        return next is not null && name.SequenceEqual(next._name) ? next : Other(name, ref made);
    }

    RecordShape Other(ReadOnlySpan<byte> name, ref int made)
    {
        if (_next is null)
        {
            made++;
            return _next = new RecordShape(this, name.ToArray());
        }

        _others ??= new Dictionary<byte[], RecordShape>(Utf8Names.Equal) { [_next._name] = _next };
        var lookup = _others.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(name, out var other))
        {
            made++;
            var copy = name.ToArray();
            _others.Add(copy, other = new RecordShape(this, copy));
        }

        return _next = other;
    }

    Dictionary<byte[], int> FirstSlots()
    {
        var slots = new Dictionary<byte[], int>(Count, Utf8Names.Equal);
        for (var slot = 0; slot < Count; slot++)
        {
            slots.TryAdd(NamesBySlot[slot], slot);
        }

        return slots;
    }

    byte[][] Walk()
    {
        var names = new byte[Count][];
        var shape = this;
        for (var slot = Count - 1; slot >= 0; slot--)
        {
            names[slot] = shape._name;
            shape = shape.Before!;
        }

        return names;
    }
}

/// <summary>Compares names by their bytes; looked up by spans.</summary>
sealed class Utf8Names
    : IEqualityComparer<byte[]>,
        IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Utf8Names Equal { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) =>
        alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        // Seeded per process by the runtime: no log can be made to collide.
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}
