using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;

namespace Harrier.Schema;

/// <summary>A column of a batch while it is filled, and read afterwards. One value a row; rows not set are null.</summary>
public abstract class ColumnBuilder
{
    /// <summary>Rows that are complete.</summary>
    public abstract int Count { get; }

    public abstract bool IsNull(int row);

    /// <summary>Appends nulls until the column has <paramref name="rows"/> rows.</summary>
    internal abstract void PadTo(int rows);

    /// <summary>Appends the rows of a column of the same type.</summary>
    internal abstract void Append(ColumnBuilder column);

    internal abstract void Clear();
}

/// <summary>
/// Text as (distinct values, indices): each distinct value is kept once, so that it is hashed, written and matched once.
/// </summary>
/// <remarks>
/// Interning is XXH3 and open addressing over UTF-8 spans; a null has index -1. Where the table is too large for the processor's
/// caches, some rows are put aside and interned together: the memory that one alone would wait for comes for all at once.
/// </remarks>
public sealed class TextColumn : ColumnBuilder
{
    /// <summary>Slots from which on rows are put aside.</summary>
    const int LargeTable = 1 << 15;
    const int MostAside = 32;
    const int LongestAside = 256;

    int[] _indices = new int[64];
    int _count;
    readonly TextBlocks _texts = new();
    TextPlace[] _places = new TextPlace[32];
    int _distinct;

    // A hash above, an index below, of which one is zero where the slot is free: looking a value up touches its text only when it is there.
    ulong[] _slots = new ulong[64];

    // Logs repeat themselves: the value set last is looked at first.
    int _last = -1;

    readonly (int Row, int Length)[] _aside = new (int, int)[MostAside];
    byte[] _asideBytes = [];
    int _asideCount;

    public override int Count => _count;

    /// <summary>Index into the distinct values for each row; -1 is null.</summary>
    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, _count);

    public int DistinctCount => _distinct;

    /// <summary>Bytes of all distinct values together.</summary>
    public int DistinctBytes
    {
        get
        {
            InternAside();
            return _texts.Bytes;
        }
    }

    /// <summary>UTF-8 of a distinct value; valid until the next change of the column.</summary>
    public ReadOnlySpan<byte> Distinct(int index) => _texts[_places[index]];

    public string DistinctText(int index) => Encoding.UTF8.GetString(Distinct(index));

    public override bool IsNull(int row) => Indices[row] < 0;

    /// <summary>UTF-8 of a row; empty for null.</summary>
    public ReadOnlySpan<byte> Value(int row) =>
        Indices[row] < 0 ? default : Distinct(_indices[row]);

    public string? Text(int row) => Indices[row] < 0 ? null : DistinctText(_indices[row]);

    /// <summary>Sets the value of <paramref name="row"/>, which is the last one or the next one.</summary>
    public void Set(int row, ReadOnlySpan<byte> utf8)
    {
        if (_slots.Length < LargeTable || utf8.Length > LongestAside)
        {
            SetIndex(row, Intern(utf8));
        }
        else
        {
            PutAside(row, utf8);
        }
    }

    /// <summary>Sets a row to a distinct value that <see cref="Intern"/> gave, or to null (-1).</summary>
    public void SetIndex(int row, int index)
    {
        if (row >= _count)
        {
            Pad(row);
            Ensure(row + 1);
            _count = row + 1;
        }

        _indices[row] = index;
    }

    /// <summary>Appends rows by the indices that <see cref="Intern"/> gave; -1 is null.</summary>
    public void AppendIndices(ReadOnlySpan<int> indices)
    {
        Ensure(_count + indices.Length);
        indices.CopyTo(_indices.AsSpan(_count));
        _count += indices.Length;
    }

    /// <summary>Index of a distinct value, added if it is new.</summary>
    /// <remarks>What is no UTF-8 gets its stray bytes replaced, as engines refuse it.</remarks>
    public int Intern(ReadOnlySpan<byte> utf8)
    {
        InternAside();
        return _last >= 0 && Distinct(_last).SequenceEqual(utf8)
            ? _last
            : IndexOf(utf8, HashOf(utf8));
    }

    static uint HashOf(ReadOnlySpan<byte> utf8) => unchecked((uint)XxHash3.HashToUInt64(utf8));

    int IndexOf(ReadOnlySpan<byte> utf8, uint hash)
    {
        var mask = _slots.Length - 1;
        var slot = unchecked((int)hash) & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var index = IndexIn(_slots[slot]);
            if (HashIn(_slots[slot]) == hash && Distinct(index).SequenceEqual(utf8))
            {
                return _last = index;
            }
        }

        // Only values that are new need a look: all that are here are valid.
        return Utf8.IsValid(utf8)
            ? _last = Add(utf8, hash, slot)
            : InternRepaired(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8)));
    }

    int InternRepaired(byte[] utf8) => IndexOf(utf8, HashOf(utf8));

    void PutAside(int row, ReadOnlySpan<byte> utf8)
    {
        if (_asideCount == MostAside)
        {
            InternAside();
        }

        if (_asideBytes.Length == 0)
        {
            _asideBytes = new byte[MostAside * LongestAside];
        }

        SetIndex(row, -1);
        utf8.CopyTo(_asideBytes.AsSpan(_asideCount * LongestAside));
        _aside[_asideCount++] = (row, utf8.Length);
    }

    ReadOnlySpan<byte> Aside(int place) =>
        _asideBytes.AsSpan(place * LongestAside, _aside[place].Length);

    /// <summary>Interns what was put aside, in its order, after all the slots that it looks at first are on their way from memory.</summary>
    void InternAside()
    {
        if (_asideCount == 0)
        {
            return;
        }

        Span<uint> hashes = stackalloc uint[MostAside];
        for (var place = 0; place < _asideCount; place++)
        {
            hashes[place] = HashOf(Aside(place));
        }

        for (var place = 0; place < _asideCount; place++)
        {
            Volatile.Read(ref _slots[unchecked((int)hashes[place]) & (_slots.Length - 1)]);
        }

        for (var place = 0; place < _asideCount; place++)
        {
            _indices[_aside[place].Row] = IndexOf(Aside(place), hashes[place]);
        }

        _asideCount = 0;
    }

    static uint HashIn(ulong slot) => (uint)(slot >> 32);

    static int IndexIn(ulong slot) => unchecked((int)slot) - 1;

    int Add(ReadOnlySpan<byte> utf8, uint hash, int slot)
    {
        if (_distinct == _places.Length)
        {
            Array.Resize(ref _places, _places.Length * 2);
        }

        _places[_distinct++] = _texts.Add(utf8);
        _slots[slot] = ((ulong)hash << 32) | (uint)_distinct;
        if (_distinct * 2 > _slots.Length)
        {
            Grow();
        }

        return _distinct - 1;
    }

    void Grow()
    {
        var slots = new ulong[_slots.Length * 2];
        var mask = slots.Length - 1;
        foreach (var taken in _slots)
        {
            if (taken != 0)
            {
                var slot = unchecked((int)HashIn(taken)) & mask;
                while (slots[slot] != 0)
                {
                    slot = (slot + 1) & mask;
                }

                slots[slot] = taken;
            }
        }

        _slots = slots;
    }

    internal override void PadTo(int rows)
    {
        InternAside();
        Pad(rows);
    }

    void Pad(int rows)
    {
        if (_count < rows)
        {
            Ensure(rows);
            _indices.AsSpan(_count, rows - _count).Fill(-1);
            _count = rows;
        }
    }

    void Ensure(int rows)
    {
        if (_indices.Length < rows)
        {
            Array.Resize(ref _indices, Math.Max(_indices.Length * 2, rows));
        }
    }

    internal override void Append(ColumnBuilder column)
    {
        var from = (TextColumn)column;
        if (_count == 0 && _distinct == 0)
        {
            CopyFrom(from);
            return;
        }

        var renumbered = new int[from.DistinctCount];
        for (var index = 0; index < renumbered.Length; index++)
        {
            renumbered[index] = Intern(from.Distinct(index));
        }

        Ensure(_count + from._count);
        foreach (var index in from.Indices)
        {
            _indices[_count++] = index < 0 ? -1 : renumbered[index];
        }
    }

    void CopyFrom(TextColumn column)
    {
        _indices = [.. column.Indices];
        _count = column._count;
        _places = new TextPlace[column._places.Length];
        for (_distinct = 0; _distinct < column._distinct; _distinct++)
        {
            _places[_distinct] = _texts.Add(column.Distinct(_distinct));
        }

        _slots = [.. column._slots];
    }

    internal override void Clear()
    {
        _count = 0;
        _distinct = 0;
        _texts.Clear();
        _asideCount = 0;
        _last = -1;
        Array.Clear(_slots);
    }
}

/// <summary>Numbers and times (microseconds since 1970 UTC).</summary>
public sealed class IntColumn : ColumnBuilder
{
    long[] _values = new long[64];
    bool[] _present = new bool[64];
    int _count;

    public override int Count => _count;

    /// <summary>A value a row; 0 where null.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, _count);

    /// <summary>Whether there is a value, a row.</summary>
    public ReadOnlySpan<bool> Present => _present.AsSpan(0, _count);

    public override bool IsNull(int row) => !Present[row];

    /// <summary>Appends rows; values of rows that are not present are 0.</summary>
    public void Append(ReadOnlySpan<long> values, ReadOnlySpan<bool> present)
    {
        Ensure(_count + values.Length);
        values.CopyTo(_values.AsSpan(_count));
        present.CopyTo(_present.AsSpan(_count));
        _count += values.Length;
    }

    public long? Value(int row) => Present[row] ? _values[row] : null;

    /// <summary>Sets the value of <paramref name="row"/>, which is the last one or the next one.</summary>
    public void Set(int row, long value)
    {
        if (row >= _count)
        {
            PadTo(row);
            Ensure(row + 1);
            _count = row + 1;
        }

        _values[row] = value;
        _present[row] = true;
    }

    internal override void PadTo(int rows)
    {
        if (_count < rows)
        {
            Ensure(rows);
            _values.AsSpan(_count, rows - _count).Clear();
            _present.AsSpan(_count, rows - _count).Clear();
            _count = rows;
        }
    }

    void Ensure(int rows)
    {
        if (_values.Length < rows)
        {
            var size = Math.Max(_values.Length * 2, rows);
            Array.Resize(ref _values, size);
            Array.Resize(ref _present, size);
        }
    }

    internal override void Append(ColumnBuilder column)
    {
        var from = (IntColumn)column;
        Append(from.Values, from.Present);
    }

    internal override void Clear() => _count = 0;
}
