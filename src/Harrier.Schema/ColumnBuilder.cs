using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

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
/// <remarks>Interning is XXH3 and open addressing over UTF-8 spans; a null has index -1.</remarks>
public sealed class TextColumn : ColumnBuilder
{
    readonly List<int> _indices = [];
    readonly List<int> _ends = [];
    byte[] _bytes = new byte[256];
    int _length;
    int[] _slots = NewSlots(64);
    uint[] _hashes = new uint[32];

    public override int Count => _indices.Count;

    /// <summary>Index into the distinct values for each row; -1 is null.</summary>
    public ReadOnlySpan<int> Indices => CollectionsMarshal.AsSpan(_indices);

    public int DistinctCount => _ends.Count;

    /// <summary>Bytes of all distinct values together.</summary>
    public int DistinctBytes => _length;

    /// <summary>UTF-8 of a distinct value; valid until the next change of the column.</summary>
    public ReadOnlySpan<byte> Distinct(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _bytes.AsSpan(start, _ends[index] - start);
    }

    public string DistinctText(int index) => Encoding.UTF8.GetString(Distinct(index));

    public override bool IsNull(int row) => _indices[row] < 0;

    /// <summary>UTF-8 of a row; empty for null.</summary>
    public ReadOnlySpan<byte> Value(int row) =>
        _indices[row] < 0 ? default : Distinct(_indices[row]);

    public string? Text(int row) => _indices[row] < 0 ? null : DistinctText(_indices[row]);

    /// <summary>Sets the value of <paramref name="row"/>, which is the last one or the next one.</summary>
    public void Set(int row, ReadOnlySpan<byte> utf8) => SetIndex(row, Intern(utf8));

    /// <summary>Sets a row to a distinct value that <see cref="Intern"/> gave, or to null (-1).</summary>
    public void SetIndex(int row, int index)
    {
        PadTo(row);
        if (_indices.Count == row)
        {
            _indices.Add(index);
        }
        else
        {
            _indices[row] = index;
        }
    }

    /// <summary>Appends rows by the indices that <see cref="Intern"/> gave; -1 is null.</summary>
    public void AppendIndices(ReadOnlySpan<int> indices) => _indices.AddRange(indices);

    /// <summary>Index of a distinct value, added if it is new.</summary>
    public int Intern(ReadOnlySpan<byte> utf8)
    {
        var hash = unchecked((uint)XxHash3.HashToUInt64(utf8));
        var mask = _slots.Length - 1;
        var slot = unchecked((int)hash) & mask;
        while (_slots[slot] >= 0)
        {
            var candidate = _slots[slot];
            if (_hashes[candidate] == hash && Distinct(candidate).SequenceEqual(utf8))
            {
                return candidate;
            }

            slot = (slot + 1) & mask;
        }

        return Add(utf8, hash, slot);
    }

    int Add(ReadOnlySpan<byte> utf8, uint hash, int slot)
    {
        if (_bytes.Length - _length < utf8.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + utf8.Length));
        }

        utf8.CopyTo(_bytes.AsSpan(_length));
        _length += utf8.Length;
        _ends.Add(_length);
        var index = _ends.Count - 1;
        if (index == _hashes.Length)
        {
            Array.Resize(ref _hashes, _hashes.Length * 2);
        }

        _hashes[index] = hash;
        _slots[slot] = index;
        if (_ends.Count * 2 > _slots.Length)
        {
            Grow();
        }

        return index;
    }

    void Grow()
    {
        var slots = NewSlots(_slots.Length * 2);
        var mask = slots.Length - 1;
        for (var index = 0; index < _ends.Count; index++)
        {
            var slot = unchecked((int)_hashes[index]) & mask;
            while (slots[slot] >= 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = index;
        }

        _slots = slots;
    }

    static int[] NewSlots(int size)
    {
        var slots = new int[size];
        Array.Fill(slots, -1);
        return slots;
    }

    internal override void PadTo(int rows)
    {
        var from = _indices.Count;
        if (from < rows)
        {
            CollectionsMarshal.SetCount(_indices, rows);
            CollectionsMarshal.AsSpan(_indices)[from..].Fill(-1);
        }
    }

    internal override void Append(ColumnBuilder column)
    {
        var from = (TextColumn)column;
        var renumbered = new int[from.DistinctCount];
        for (var index = 0; index < renumbered.Length; index++)
        {
            renumbered[index] = Intern(from.Distinct(index));
        }

        foreach (var index in from._indices)
        {
            _indices.Add(index < 0 ? -1 : renumbered[index]);
        }
    }

    internal override void Clear()
    {
        _indices.Clear();
        _ends.Clear();
        _length = 0;
        Array.Fill(_slots, -1);
    }
}

/// <summary>Numbers and times (microseconds since 1970 UTC).</summary>
public sealed class IntColumn : ColumnBuilder
{
    readonly List<long> _values = [];
    readonly List<bool> _present = [];

    public override int Count => _values.Count;

    /// <summary>A value a row; 0 where null.</summary>
    public ReadOnlySpan<long> Values => CollectionsMarshal.AsSpan(_values);

    public override bool IsNull(int row) => !_present[row];

    /// <summary>Appends rows; values of rows that are not present are 0.</summary>
    public void Append(ReadOnlySpan<long> values, ReadOnlySpan<bool> present)
    {
        _values.AddRange(values);
        _present.AddRange(present);
    }

    public long? Value(int row) => _present[row] ? _values[row] : null;

    /// <summary>Sets the value of <paramref name="row"/>, which is the last one or the next one.</summary>
    public void Set(int row, long value)
    {
        PadTo(row);
        if (_values.Count == row)
        {
            _values.Add(value);
            _present.Add(true);
        }
        else
        {
            _values[row] = value;
            _present[row] = true;
        }
    }

    internal override void PadTo(int rows)
    {
        var from = _values.Count;
        if (from < rows)
        {
            CollectionsMarshal.SetCount(_values, rows);
            CollectionsMarshal.AsSpan(_values)[from..].Clear();
            CollectionsMarshal.SetCount(_present, rows);
            CollectionsMarshal.AsSpan(_present)[from..].Clear();
        }
    }

    internal override void Append(ColumnBuilder column)
    {
        var from = (IntColumn)column;
        _values.AddRange(from._values);
        _present.AddRange(from._present);
    }

    internal override void Clear()
    {
        _values.Clear();
        _present.Clear();
    }
}
