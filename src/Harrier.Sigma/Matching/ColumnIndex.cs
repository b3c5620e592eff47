using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>All tests that rules ask of one column, found for a value in one pass over it.</summary>
/// <remarks>
/// A test that means the whole value is looked up by it; another one by four letters of a text that every value which passes has
/// (those that fewest of the column's tests share): a bitmap of 32 KiB says whether four letters are anybody's, a table says whose,
/// and the test itself decides. What a value passes is kept by its hash, which has a seed of its own in each process, so that no
/// log can be made to collide.
/// </remarks>
sealed class ColumnIndex
{
    /// <summary>Letters of a gram, seven bits each.</summary>
    const int Gram = 4;
    const uint GramMask = (1u << (7 * Gram)) - 1;
    const int MostKept = 1 << 18;

    /// <summary>Letters that some table folds others beyond ASCII into.</summary>
    static readonly SearchValues<char> s_foldedInto = SearchValues.Create("kKsSiI");

    static readonly long s_seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    readonly List<(ValueTest Test, int Predicate)> _tests = [];
    readonly Dictionary<string, List<int>> _whole = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<uint, int[]> _byGram = [];
    readonly ulong[] _bitmap = new ulong[1 << 12];
    readonly Dictionary<UInt128, int[]> _known = [];
    readonly List<int> _hits = [];
    int[] _seen = [];
    int _value;

    /// <summary>Whether a test can be found here; others must be asked.</summary>
    public static bool Takes(ValueTest test) =>
        test.Literal is { Length: > 0 } literal && (IsWhole(test) || GramsOf(literal).Count > 0);

    /// <summary>Looked up as a whole: letters whose case folds differ from one table to the next are not.</summary>
    static bool IsWhole(ValueTest test) =>
        test.IsWhole
        && test.Literal is { } literal
        && literal.All(char.IsAscii)
        && !literal.AsSpan().ContainsAny(s_foldedInto);

    public void Add(int predicate, IReadOnlyList<ValueTest> tests)
    {
        foreach (var test in tests)
        {
            _tests.Add((test, predicate));
        }
    }

    /// <summary>Makes ready to search: after the last <see cref="Add"/>.</summary>
    public void Build()
    {
        _seen = new int[_tests.Count];
        var shared = new Dictionary<uint, int>();
        foreach (var (test, _) in _tests)
        {
            foreach (var gram in GramsOf(test.Literal!).Distinct())
            {
                shared[gram] = shared.GetValueOrDefault(gram) + 1;
            }
        }

        var lists = new Dictionary<uint, List<int>>();
        for (var index = 0; index < _tests.Count; index++)
        {
            var test = _tests[index].Test;
            if (IsWhole(test))
            {
                Listed(_whole, test.Literal!).Add(index);
                continue;
            }

            var gram = GramsOf(test.Literal!).MinBy(one => shared[one]);
            Listed(lists, gram).Add(index);
            var bit = Bit(gram);
            _bitmap[bit >> 6] |= 1ul << (int)(bit & 63);
        }

        foreach (var (gram, list) in lists)
        {
            _byGram[gram] = [.. list];
        }
    }

    static List<int> Listed<TKey>(Dictionary<TKey, List<int>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists[key] = list = [];
        }

        return list;
    }

    /// <summary>Predicates that a value passes, in order.</summary>
    public int[] PassedBy(ReadOnlySpan<byte> utf8)
    {
        var hash = XxHash128.HashToUInt128(utf8, s_seed);
        if (_known.TryGetValue(hash, out var known))
        {
            return known;
        }

        if (_known.Count >= MostKept)
        {
            _known.Clear();
        }

        return _known[hash] = Search(Encoding.UTF8.GetString(utf8));
    }

    int[] Search(string text)
    {
        _value++;
        _hits.Clear();
        if (_whole.TryGetValue(text, out var whole))
        {
            foreach (var test in whole)
            {
                Ask(test, text);
            }
        }

        var gram = 0u;
        var letters = 0;
        foreach (var c in text)
        {
            var folded = Fold(c);
            if (folded == 0)
            {
                letters = 0;
                continue;
            }

            gram = ((gram << 7) | folded) & GramMask;
            if (++letters < Gram)
            {
                continue;
            }

            var bit = Bit(gram);
            if (
                (_bitmap[bit >> 6] >> (int)(bit & 63) & 1) != 0
                && _byGram.TryGetValue(gram, out var tests)
            )
            {
                foreach (var test in tests)
                {
                    Ask(test, text);
                }
            }
        }

        if (_hits.Count == 0)
        {
            return [];
        }

        _hits.Sort();
        return [.. _hits.Distinct()];
    }

    void Ask(int test, string text)
    {
        if (_seen[test] != _value)
        {
            _seen[test] = _value;
            if (_tests[test].Test.Holds(text))
            {
                _hits.Add(_tests[test].Predicate);
            }
        }
    }

    static List<uint> GramsOf(string literal)
    {
        var grams = new List<uint>();
        var gram = 0u;
        var letters = 0;
        foreach (var c in literal)
        {
            var folded = Fold(c);
            letters = folded == 0 ? 0 : letters + 1;
            gram = ((gram << 7) | folded) & GramMask;
            if (letters >= Gram)
            {
                grams.Add(gram);
            }
        }

        return grams;
    }

    /// <summary>A letter without case; 0 for what is not ASCII, but letters beyond it that some table folds into it.</summary>
    static uint Fold(char c) =>
        c switch
        {
            >= 'a' and <= 'z' => (uint)(c - 32),
            < (char)128 => c,
            '\u017F' => 'S',
            '\u212A' => 'K',
            '\u0130' or '\u0131' => 'I',
            _ => 0,
        };

    static uint Bit(uint gram) => unchecked(gram * 0x9E37_79B1u) >> 14;
}
