using System.Numerics;

namespace Harrier.Sigma.Matching;

/// <summary>What is looked for by a few bytes of it: a bitmap says whether bytes are anybody's, a table says whose.</summary>
sealed class GramTable<T>
{
    const int MostBits = 1 << 18;

    readonly ulong[] _bitmap;
    readonly int _shift;
    readonly Slot[] _slots;
    readonly T[] _all;

    /// <summary>Those of some bytes stand together; none where <paramref name="Count"/> is 0.</summary>
    readonly record struct Slot(uint Gram, int First, int Count);

    public GramTable(IEnumerable<(uint Gram, T Value)> values)
    {
        var byGram = values.ToLookup(value => value.Gram, value => value.Value);
        // Few bits are set, so that most places of a text are done with after one look.
        var bits = BitOperations.RoundUpToPowerOf2(
            (uint)Math.Clamp(byGram.Count * 64, 64, MostBits)
        );
        _bitmap = new ulong[bits / 64];
        _shift = 32 - BitOperations.Log2(bits);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)byGram.Count * 2 + 1)];
        _all = [.. byGram.SelectMany(one => one)];
        var first = 0;
        foreach (var one in byGram)
        {
            var hash = Hash(one.Key);
            _bitmap[hash >> _shift >> 6] |= 1ul << (int)((hash >> _shift) & 63);
            var slot = Place(hash);
            while (_slots[slot].Count > 0)
            {
                slot = Next(slot);
            }

            _slots[slot] = new Slot(one.Key, first, one.Count());
            first += one.Count();
        }
    }

    public bool IsEmpty => _all.Length == 0;

    public ReadOnlySpan<T> Of(uint gram)
    {
        var hash = Hash(gram);
        var bit = hash >> _shift;
        if ((_bitmap[bit >> 6] >> (int)(bit & 63) & 1) == 0)
        {
            return [];
        }

        for (var slot = Place(hash); _slots[slot].Count > 0; slot = Next(slot))
        {
            if (_slots[slot].Gram == gram)
            {
                return _all.AsSpan(_slots[slot].First, _slots[slot].Count);
            }
        }

        return [];
    }

    static uint Hash(uint gram) => unchecked(gram * 0x9E37_79B1u);

    uint Place(uint hash) => (hash >> 8) & (uint)(_slots.Length - 1);

    uint Next(uint slot) => (slot + 1) & (uint)(_slots.Length - 1);
}
