using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>All tests that rules ask of one column, found for a value in one pass over its bytes.</summary>
/// <remarks>
/// Each test has a text that every value which passes has in it. It is looked for by four bytes of it, those likely to be the
/// rarest: a bitmap says of four bytes of a value whether they are anybody's, a table says whose, and the text is compared where
/// it would have to stand; that decides most tests, the others are then asked. Texts of less than four bytes are found by their
/// first two. Values and texts are compared as folded UTF-8, so that a letter has one form and a place needs no decoding.
/// </remarks>
sealed class ColumnIndex(KnownValues known) : ValueIndex(known)
{
    const int Gram = sizeof(uint);

    /// <summary>What stands most often in paths and command lines, commonest first; Zipf's law makes a frequency of the place.</summary>
    const string Common = "e\\stionarcdlmwp.u2h3- gyfx:0vbk1\"_/4z6j5q8=79,";

    static readonly double[] s_frequency =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(letter => Common.IndexOf((char)letter))
            .Select(place => 1.0 / ((place < 0 ? Common.Length : place) + 1)),
    ];

    readonly Dictionary<(string Text, TextPart Part, ValueTest? Test), List<int>> _tests = [];
    readonly List<int> _hits = [];
    readonly Dictionary<uint, Needle[]> _byStart = [];
    Needle[] _empty = [];
    ulong[] _bitmap = [];
    ulong[] _starts = [];
    Slot[] _slots = [];
    Needle[] _needles = [];
    int _bitmapShift;
    int[] _seen = [];
    byte[] _folded = [];
    int _value;
    int _count;

    /// <summary>A text to be found.</summary>
    /// <param name="Offset">Where its four bytes stand in it.</param>
    /// <param name="Test">What is asked where it is found; null where that is all.</param>
    readonly record struct Needle(
        int Number,
        byte[] Text,
        int Offset,
        TextPart Part,
        ValueTest? Test,
        int[] Predicates
    );

    /// <summary>The needles of four bytes; none where <paramref name="Count"/> is 0.</summary>
    readonly record struct Slot(uint Gram, int First, int Count);

    /// <summary>Whether a test can be found here; others must be asked.</summary>
    public static bool Takes(ValueTest test) => test.Literal is { Length: > 0 } || test.IsWhole;

    public void Add(int predicate, IReadOnlyList<ValueTest> tests)
    {
        foreach (var test in tests)
        {
            var part = test.Part ?? (test.IsWhole ? TextPart.Whole : TextPart.Contains);
            var key = (CaseFolding.Fold(test.Literal!), part, test.Part is null ? test : null);
            if (!_tests.TryGetValue(key, out var predicates))
            {
                _tests[key] = predicates = [];
            }

            predicates.Add(predicate);
        }
    }

    /// <summary>Makes ready to search: after the last <see cref="Add"/>.</summary>
    public void Build()
    {
        var needles = _tests
            .Select(
                (test, number) =>
                    new Needle(
                        number,
                        Encoding.UTF8.GetBytes(test.Key.Text),
                        0,
                        test.Key.Part,
                        test.Key.Test,
                        [.. test.Value]
                    )
            )
            .ToList();
        _tests.Clear();
        _count = needles.Count;
        _seen = new int[needles.Count];
        _empty = [.. needles.Where(needle => needle.Text.Length == 0)];
        BuildStarts([.. needles.Where(needle => needle.Text.Length is > 0 and < Gram)]);
        BuildGrams([.. needles.Where(needle => needle.Text.Length >= Gram)]);
    }

    void BuildStarts(IReadOnlyList<Needle> needles)
    {
        _starts = needles.Count == 0 ? [] : new ulong[1 << 10];
        foreach (
            var byStart in needles.SelectMany(Starts).ToLookup(one => one.Start, one => one.Needle)
        )
        {
            _byStart[byStart.Key] = [.. byStart];
            _starts[byStart.Key >> 6] |= 1ul << (int)(byStart.Key & 63);
        }

        // A single byte starts with it and any other, and with it and the end.
        static IEnumerable<(uint Start, Needle Needle)> Starts(Needle needle) =>
            needle.Text.Length > 1
                ? [(Pair(needle.Text[0], needle.Text[1]), needle)]
                : Enumerable
                    .Range(0, 256)
                    .Select(next => (Pair(needle.Text[0], (byte)next), needle));
    }

    static uint Pair(byte first, byte second) => first | ((uint)second << 8);

    void BuildGrams(IReadOnlyList<Needle> needles)
    {
        var shared = new Dictionary<uint, int>();
        foreach (var needle in needles)
        {
            for (var at = 0; at <= needle.Text.Length - Gram; at++)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(
                    shared,
                    GramAt(needle.Text, at),
                    out _
                )++;
            }
        }

        var byGram = needles
            .Select(needle => needle with { Offset = Rarest(needle.Text, shared) })
            .GroupBy(needle => GramAt(needle.Text, needle.Offset))
            .ToList();
        // Few bits are set, so that most places of a text are done with after one look.
        var bits = BitOperations.RoundUpToPowerOf2(
            (uint)Math.Clamp(byGram.Count * 64, 64, 1 << 18)
        );
        _bitmap = byGram.Count == 0 ? [] : new ulong[bits / 64];
        _bitmapShift = 32 - BitOperations.Log2(bits);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)byGram.Count * 2 + 1)];
        _needles = new Needle[needles.Count];
        var first = 0;
        foreach (var one in byGram)
        {
            var bit = Bit(one.Key);
            _bitmap[bit >> 6] |= 1ul << (int)(bit & 63);
            var count = 0;
            foreach (var needle in one)
            {
                _needles[first + count++] = needle;
            }

            _slots[FreeSlot(one.Key)] = new Slot(one.Key, first, count);
            first += count;
        }
    }

    /// <summary>Where the four bytes stand that are likely to be the rarest in values: in few other texts, and of rare letters.</summary>
    static int Rarest(byte[] text, Dictionary<uint, int> shared)
    {
        var (best, least) = (0, double.MaxValue);
        for (var at = 0; at <= text.Length - Gram; at++)
        {
            var frequency = (double)shared[GramAt(text, at)];
            foreach (var letter in text.AsSpan(at, Gram))
            {
                frequency *= s_frequency[letter];
            }

            if (frequency < least)
            {
                (best, least) = (at, frequency);
            }
        }

        return best;
    }

    static uint GramAt(ReadOnlySpan<byte> text, int at) =>
        Unsafe.ReadUnaligned<uint>(ref Unsafe.AsRef(in text[at]));

    uint Bit(uint gram) => unchecked(gram * 0x9E37_79B1u) >> _bitmapShift;

    uint FreeSlot(uint gram)
    {
        var slot = SlotOf(gram);
        while (_slots[slot].Count > 0)
        {
            slot = (slot + 1) & (uint)(_slots.Length - 1);
        }

        return slot;
    }

    uint SlotOf(uint gram) => unchecked((gram * 0x85EB_CA6Bu) >> 12) & (uint)(_slots.Length - 1);

    protected override void Search(ReadOnlySpan<byte> utf8, List<int> passed)
    {
        if (_count == 0)
        {
            return;
        }

        var value = new Value(utf8, Fold(utf8));
        _value++;
        if (value.Folded.IsEmpty)
        {
            AskAll(_empty, ref value, 0, passed);
        }

        if (_starts.Length > 0)
        {
            SearchShort(ref value, passed);
        }

        if (_bitmap.Length > 0)
        {
            SearchGrams(ref value, passed);
        }
    }

    ReadOnlySpan<byte> Fold(ReadOnlySpan<byte> utf8)
    {
        if (_folded.Length < utf8.Length)
        {
            _folded = new byte[Math.Max(256, utf8.Length * 2)];
        }

        return Ascii.ToLower(utf8, _folded, out var length) == OperationStatus.Done
            ? _folded.AsSpan(0, length)
            : Encoding.UTF8.GetBytes(CaseFolding.Fold(Encoding.UTF8.GetString(utf8)));
    }

    void SearchShort(ref Value value, List<int> passed)
    {
        var folded = value.Folded;
        for (var at = 0; at < folded.Length; at++)
        {
            var start = Pair(folded[at], at + 1 < folded.Length ? folded[at + 1] : (byte)0);
            if ((_starts[start >> 6] >> (int)(start & 63) & 1) != 0)
            {
                AskAll(_byStart[start], ref value, at, passed);
            }
        }
    }

    void SearchGrams(ref Value value, List<int> passed)
    {
        var folded = value.Folded;
        for (var at = 0; at <= folded.Length - Gram; at++)
        {
            var gram = GramAt(folded, at);
            var bit = Bit(gram);
            if ((_bitmap[bit >> 6] >> (int)(bit & 63) & 1) == 0)
            {
                continue;
            }

            for (
                var slot = SlotOf(gram);
                _slots[slot].Count > 0;
                slot = (slot + 1) & (uint)(_slots.Length - 1)
            )
            {
                if (_slots[slot].Gram == gram)
                {
                    var needles = _needles.AsSpan(_slots[slot].First, _slots[slot].Count);
                    AskAll(needles, ref value, at, passed);
                    break;
                }
            }
        }
    }

    void AskAll(ReadOnlySpan<Needle> needles, ref Value value, int at, List<int> passed)
    {
        foreach (ref readonly var needle in needles)
        {
            if (
                StandsAt(needle, value.Folded, at - needle.Offset)
                && _seen[needle.Number] != _value
            )
            {
                _seen[needle.Number] = _value;
                if (needle.Test?.Holds(value.Text) != false)
                {
                    passed.AddRange(needle.Predicates);
                }
            }
        }
    }

    static bool StandsAt(in Needle needle, ReadOnlySpan<byte> folded, int start)
    {
        var end = start + needle.Text.Length;
        return start >= 0
            && end <= folded.Length
            && (start == 0 || needle.Part is not (TextPart.Start or TextPart.Whole))
            && (end == folded.Length || needle.Part is not (TextPart.End or TextPart.Whole))
            && folded[start..end].SequenceEqual(needle.Text);
    }

    /// <summary>A value while it is searched; its text is made when a test asks for it.</summary>
    ref struct Value(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> folded)
    {
        readonly ReadOnlySpan<byte> _utf8 = utf8;

        public ReadOnlySpan<byte> Folded { get; } = folded;

        public string Text => field ??= Encoding.UTF8.GetString(_utf8);
    }
}
