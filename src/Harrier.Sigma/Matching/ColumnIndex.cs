using System.Buffers;
using System.Numerics;
using System.Text;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>All tests that rules ask of one column, found for a value in one pass over it.</summary>
/// <remarks>
/// A test that means the whole value is looked up by it; another one by four letters of a text that every value which passes has
/// (those that fewest of the column's tests share): a bitmap says whether four letters are anybody's, a table says whose, and the
/// test itself decides. Values and texts are compared folded, so that a letter has one form.
/// </remarks>
sealed class ColumnIndex(KnownValues known) : ValueIndex(known)
{
    /// <summary>Letters of a gram, seven bits each.</summary>
    const int Gram = 4;
    const uint GramMask = (1u << (7 * Gram)) - 1;

    readonly List<(ValueTest Test, int Predicate)> _tests = [];
    readonly Dictionary<string, List<int>> _whole = new(StringComparer.Ordinal);
    readonly Dictionary<uint, int[]> _byGram = [];
    readonly List<int> _hits = [];
    ulong[] _bitmap = [];
    int _bitmapShift;
    int[] _seen = [];
    char[] _folded = [];
    int _value;

    /// <summary>Whether a test can be found here; others must be asked.</summary>
    public static bool Takes(ValueTest test) =>
        test.Literal is { } literal && (test.IsWhole || GramsOf(literal).Count > 0);

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
        var grams = new List<uint>[_tests.Count];
        for (var index = 0; index < _tests.Count; index++)
        {
            var test = _tests[index].Test;
            grams[index] = test.IsWhole ? [] : GramsOf(test.Literal!);
            foreach (var gram in grams[index])
            {
                shared[gram] = shared.GetValueOrDefault(gram) + 1;
            }
        }

        var lists = new Dictionary<uint, List<int>>();
        for (var index = 0; index < _tests.Count; index++)
        {
            if (_tests[index].Test is { IsWhole: true, Literal: { } literal })
            {
                Listed(_whole, CaseFolding.Fold(literal)).Add(index);
            }
            else
            {
                Listed(lists, grams[index].MinBy(gram => shared[gram])).Add(index);
            }
        }

        // Few bits are set, so that most places of a text are done with after one look.
        var bits = Math.Clamp(
            (int)BitOperations.RoundUpToPowerOf2((uint)lists.Count * 64),
            64,
            1 << 18
        );
        _bitmap = new ulong[bits / 64];
        _bitmapShift = 32 - BitOperations.Log2((uint)bits);
        foreach (var (gram, list) in lists)
        {
            _byGram[gram] = [.. list];
            var bit = Bit(gram);
            _bitmap[bit >> 6] |= 1ul << (int)(bit & 63);
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

    protected override int[] Search(ReadOnlySpan<byte> utf8)
    {
        _value++;
        _hits.Clear();
        if (_folded.Length < utf8.Length)
        {
            _folded = new char[Math.Max(256, utf8.Length * 2)];
        }

        string? text = null;
        if (Ascii.ToLower(utf8, _folded, out var length) != OperationStatus.Done)
        {
            text = Encoding.UTF8.GetString(utf8);
            CaseFolding.Fold(text).CopyTo(_folded);
            length = text.Length;
        }

        var folded = _folded.AsSpan(0, length);
        if (
            _whole.Count > 0
            && _whole.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(folded, out var whole)
        )
        {
            foreach (var test in whole)
            {
                Ask(test, text ??= Encoding.UTF8.GetString(utf8), folded);
            }
        }

        if (_byGram.Count == 0)
        {
            return InOrder(_hits);
        }

        var gram = 0u;
        var letters = 0;
        foreach (var c in folded)
        {
            if (c is '\0' or > '\x7F')
            {
                letters = 0;
                continue;
            }

            gram = ((gram << 7) | c) & GramMask;
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
                text ??= Encoding.UTF8.GetString(utf8);
                foreach (var test in tests)
                {
                    Ask(test, text, folded);
                }
            }
        }

        return InOrder(_hits);
    }

    void Ask(int test, string text, ReadOnlySpan<char> folded)
    {
        if (_seen[test] != _value)
        {
            _seen[test] = _value;
            if (_tests[test].Test.Holds(text, folded))
            {
                _hits.Add(_tests[test].Predicate);
            }
        }
    }

    /// <summary>Each four letters of a text that stand together once it is folded; only ASCII makes grams.</summary>
    static List<uint> GramsOf(string literal)
    {
        var grams = new List<uint>();
        var gram = 0u;
        var letters = 0;
        foreach (var c in CaseFolding.Fold(literal))
        {
            letters = c is '\0' or > '\x7F' ? 0 : letters + 1;
            gram = ((gram << 7) | c) & GramMask;
            if (letters >= Gram && !grams.Contains(gram))
            {
                grams.Add(gram);
            }
        }

        return grams;
    }

    uint Bit(uint gram) => unchecked(gram * 0x9E37_79B1u) >> _bitmapShift;
}
