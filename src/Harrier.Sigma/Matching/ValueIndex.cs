using System.IO.Hashing;

namespace Harrier.Sigma.Matching;

/// <summary>Which predicates of a column a value passes: searched for once, then known.</summary>
abstract class ValueIndex(KnownValues known)
{
    readonly long _seed = KnownValues.NewSeed();
    readonly List<int> _found = [];

    /// <summary>What is known of the values of all columns.</summary>
    public KnownValues Known => known;

    /// <summary>The number of the set of predicates that a value passes.</summary>
    public int SetOf(ReadOnlySpan<byte> utf8)
    {
        var hash = XxHash128.HashToUInt128(utf8, _seed);
        if (known.Find(hash) is >= 0 and var set)
        {
            return set;
        }

        _found.Clear();
        Search(utf8, _found);
        return known.Keep(hash, _found);
    }

    /// <summary>Appends what is found in a value (<see cref="KnownValues.NewFinding"/>), in any order, twice or more where that comes easier.</summary>
    protected abstract void Search(ReadOnlySpan<byte> utf8, List<int> found);
}
