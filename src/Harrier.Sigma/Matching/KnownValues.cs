using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Harrier.Sigma.Matching;

/// <summary>What values were found to pass, by their hash: as many as there is room for, a newer value in the place of an older.</summary>
/// <remarks>
/// In most values one of a few sets of things is found: each set is kept once with the predicates that it means, and a value is
/// the number of its set. Each column's hashes have a random seed of their own, so that no log can be made to collide. Seeds that
/// stand near each other will not do: the hash of a short value is one of value and seed put together, and the same comes of
/// another value with another seed.
/// </remarks>
sealed class KnownValues
{
    const int MostValues = 1 << 20;

    /// <summary>Numbers in all sets together after which they are forgotten: a hostile log can make each value pass another set.</summary>
    const long MostKept = 1 << 22;

    readonly List<int[]> _findings = [];
    readonly List<(int[] Findings, int[] Predicates)> _sets = [([], [])];
    readonly Dictionary<int[], int> _numbers = new(SetComparer.Instance);
    readonly Dictionary<int[], int>.AlternateLookup<ReadOnlySpan<int>> _numberOf;
    Entry[] _values = new Entry[1 << 10];
    int _count;
    long _kept;

    /// <param name="Upper">The upper half of the hash.</param>
    /// <param name="Lower">Of its lower half so much as makes a place.</param>
    /// <param name="Set">From 1; 0 where the place is free.</param>
    readonly record struct Entry(ulong Upper, uint Lower, int Set);

    public KnownValues() => _numberOf = _numbers.GetAlternateLookup<ReadOnlySpan<int>>();

    /// <summary>The set of values in which nothing is found.</summary>
    public const int Nothing = 0;

    /// <summary>A seed for the hashes of a column's values.</summary>
    public static long NewSeed() =>
        BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>A number, its own among all columns, for something to be found and the predicates that a value then passes.</summary>
    public int NewFinding(int[] predicates)
    {
        _findings.Add(predicates);
        return _findings.Count - 1;
    }

    /// <summary>What is found in the values of a set, ascending.</summary>
    public int[] Findings(int set) => _sets[set].Findings;

    /// <summary>The predicates that the values of a set pass, ascending.</summary>
    public int[] Predicates(int set) => _sets[set].Predicates;

    /// <summary>The number of a value's set; -1 where it is not known.</summary>
    public int Find(UInt128 hash)
    {
        var (upper, lower) = Halves(hash);
        ref readonly var entry = ref _values[Place(lower)];
        return entry.Upper == upper && entry.Lower == lower ? entry.Set - 1 : -1;
    }

    /// <summary>Keeps what is found in a value; gives the number of its set.</summary>
    public int Keep(UInt128 hash, List<int> found)
    {
        if (++_count > _values.Length / 2 && _values.Length < MostValues)
        {
            Grow();
        }

        var set = NumberOf(found);
        var (upper, lower) = Halves(hash);
        _values[Place(lower)] = new Entry(upper, lower, set + 1);
        return set;
    }

    int NumberOf(List<int> found)
    {
        if (found.Count == 0)
        {
            return Nothing;
        }

        found.Sort();
        var each = CollectionsMarshal.AsSpan(found);
        var count = 0;
        foreach (var one in each)
        {
            if (count == 0 || each[count - 1] != one)
            {
                each[count++] = one;
            }
        }

        if (!_numberOf.TryGetValue(each[..count], out var number))
        {
            var findings = each[..count].ToArray();
            var predicates = findings
                .SelectMany(one => _findings[one])
                .Distinct()
                .Order()
                .ToArray();
            _numbers[findings] = number = _sets.Count;
            _sets.Add((findings, predicates));
            _kept += findings.Length + predicates.Length;
        }

        return number;
    }

    /// <summary>Forgets everything where there is too much; no number of a set may be in use.</summary>
    public void Bound()
    {
        if (_kept > MostKept)
        {
            Array.Clear(_values);
            _numbers.Clear();
            _sets.RemoveRange(1, _sets.Count - 1);
            (_count, _kept) = (0, 0);
        }
    }

    void Grow()
    {
        var values = _values;
        _values = new Entry[values.Length * 4];
        foreach (var entry in values)
        {
            _values[Place(entry.Lower)] = entry;
        }
    }

    static (ulong Upper, uint Lower) Halves(UInt128 hash) =>
        unchecked(((ulong)(hash >> 64), (uint)(ulong)hash));

    uint Place(uint lower) => lower & (uint)(_values.Length - 1);

    sealed class SetComparer
        : IEqualityComparer<int[]>,
            IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
    {
        public static readonly SetComparer Instance = new();

        public bool Equals(int[]? one, int[]? other) => one.AsSpan().SequenceEqual(other);

        public bool Equals(ReadOnlySpan<int> one, int[] other) => one.SequenceEqual(other);

        public int GetHashCode(int[] set) => GetHashCode(set.AsSpan());

        public int GetHashCode(ReadOnlySpan<int> set)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(set));
            return hash.ToHashCode();
        }

        public int[] Create(ReadOnlySpan<int> set) => set.ToArray();
    }
}
