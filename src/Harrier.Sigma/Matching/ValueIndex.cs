using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Harrier.Sigma.Matching;

/// <summary>Which predicates of a column a value passes: searched for once, then known.</summary>
abstract class ValueIndex(KnownValues known)
{
    readonly long _seed = known.NewSeed();

    /// <summary>Predicates that a value passes, in order.</summary>
    public int[] PassedBy(ReadOnlySpan<byte> utf8)
    {
        var hash = XxHash128.HashToUInt128(utf8, _seed);
        if (known.Find(hash) is { } passed)
        {
            return passed;
        }

        passed = Search(utf8);
        known.Keep(hash, passed);
        return passed;
    }

    protected abstract int[] Search(ReadOnlySpan<byte> utf8);

    protected static int[] InOrder(List<int> predicates)
    {
        if (predicates.Count == 0)
        {
            return [];
        }

        predicates.Sort();
        return [.. predicates.Distinct()];
    }
}

/// <summary>What values were found to pass, by their hash: as many as there is room for, a newer value in the place of an older.</summary>
/// <remarks>Hashes have a seed of their own in each process and for each column, so that no log can be made to collide.</remarks>
sealed class KnownValues
{
    const int Most = 1 << 20;

    long _seed = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    UInt128[] _hashes = new UInt128[1 << 10];
    int[]?[] _passed = new int[1 << 10][];
    int _kept;

    public long NewSeed() => unchecked(_seed++);

    public int[]? Find(UInt128 hash)
    {
        var slot = Slot(hash);
        return _hashes[slot] == hash ? _passed[slot] : null;
    }

    public void Keep(UInt128 hash, int[] passed)
    {
        if (++_kept > _hashes.Length && _hashes.Length < Most)
        {
            Grow();
        }

        var slot = Slot(hash);
        (_hashes[slot], _passed[slot]) = (hash, passed);
    }

    void Grow()
    {
        var (hashes, values) = (_hashes, _passed);
        _hashes = new UInt128[hashes.Length * 4];
        _passed = new int[hashes.Length * 4][];
        for (var old = 0; old < hashes.Length; old++)
        {
            var slot = Slot(hashes[old]);
            (_hashes[slot], _passed[slot]) = (hashes[old], values[old]);
        }
    }

    int Slot(UInt128 hash) => unchecked((int)(ulong)hash) & (_hashes.Length - 1);
}
