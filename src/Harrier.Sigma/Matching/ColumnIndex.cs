using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>All tests that rules ask of one column, found for a value in one pass over its bytes.</summary>
/// <remarks>
/// Each test has a text that every value which passes has in it. It is looked for by four bytes of it, those likely to be the
/// rarest, and compared where it would have to stand; that decides most tests, the others are then asked. Texts of less than
/// four bytes are found by their first two. Values and texts are compared as folded UTF-8, so that a letter has one form and a
/// place needs no decoding.
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
            .Select(letter => Common.IndexOf((char)letter, StringComparison.Ordinal))
            .Select(place => 1.0 / ((place < 0 ? Common.Length : place) + 1)),
    ];

    readonly Dictionary<SoughtText, List<int>> _texts = [];
    Needle[] _empty = [];
    GramTable<Needle> _byStart = new([]);
    GramTable<Needle> _byGram = new([]);
    readonly List<int> _finds = [];
    int[] _seen = [];
    byte[] _folded = [];
    int _value;

    /// <summary>A text to be found.</summary>
    /// <param name="Place">Among the needles of this column.</param>
    /// <param name="Number">Of <see cref="KnownValues.NewFinding"/>.</param>
    /// <param name="Offset">Where its four bytes stand in it.</param>
    /// <param name="Sequence">Texts that have to stand one after the other; null where one is all.</param>
    /// <param name="Test">What is asked where it is found; null where that is all.</param>
    readonly record struct Needle(
        int Place,
        int Number,
        byte[] Text,
        int Offset,
        TextPart Part,
        byte[][]? Sequence,
        ValueTest? Test
    );

    public void Add(int predicate, IEnumerable<SoughtText> texts)
    {
        foreach (var text in texts)
        {
            if (!_texts.TryGetValue(text, out var predicates))
            {
                _texts[text] = predicates = [];
            }

            predicates.Add(predicate);
        }
    }

    /// <summary>Makes ready to search: after the last <see cref="Add"/>.</summary>
    public void Build()
    {
        var needles = _texts
            .Select(
                (text, place) =>
                    new Needle(
                        place,
                        Known.NewFinding([.. text.Value]),
                        Encoding.UTF8.GetBytes(text.Key.Folded),
                        0,
                        text.Key.Part,
                        text.Key.Test?.Segments?.Select(Encoding.UTF8.GetBytes).ToArray(),
                        text.Key.Test
                    )
            )
            .ToList();
        _texts.Clear();
        _seen = new int[needles.Count];
        _empty = [.. needles.Where(needle => needle.Text.Length == 0)];
        _byStart = new GramTable<Needle>(
            needles.Where(needle => needle.Text.Length is > 0 and < Gram).SelectMany(Starts)
        );
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

        _byGram = new GramTable<Needle>(
            needles
                .Where(needle => needle.Text.Length >= Gram)
                .Select(needle => needle with { Offset = Rarest(needle.Text, shared) })
                .Select(needle => (GramAt(needle.Text, needle.Offset), needle))
        );
    }

    // A text of one byte starts with it and any other; behind the last byte of a value there is a zero.
    static IEnumerable<(uint Start, Needle Needle)> Starts(Needle needle) =>
        needle.Text.Length > 1
            ? [(Pair(needle.Text[0], needle.Text[1]), needle)]
            : Enumerable.Range(0, 256).Select(next => (Pair(needle.Text[0], (byte)next), needle));

    static uint Pair(byte first, byte second) => first | ((uint)second << 8);

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

    /// <summary>Whether anything is found in a value that nobody keeps.</summary>
    public bool Finds(ReadOnlySpan<byte> utf8)
    {
        _finds.Clear();
        Search(utf8, _finds);
        return _finds.Count > 0;
    }

    protected override void Search(ReadOnlySpan<byte> utf8, List<int> found)
    {
        if (_seen.Length == 0)
        {
            return;
        }

        var value = new Value(utf8, Fold(utf8));
        _value++;
        if (value.Folded.IsEmpty)
        {
            Compare(_empty, ref value, 0, found);
        }

        if (!_byStart.IsEmpty)
        {
            SearchShort(ref value, found);
        }

        for (var at = 0; at <= value.Folded.Length - Gram; at++)
        {
            Compare(_byGram.Of(GramAt(value.Folded, at)), ref value, at, found);
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

    void SearchShort(ref Value value, List<int> found)
    {
        var folded = value.Folded;
        for (var at = 0; at < folded.Length - 1; at++)
        {
            Compare(_byStart.Of(Pair(folded[at], folded[at + 1])), ref value, at, found);
        }

        if (!folded.IsEmpty)
        {
            Compare(_byStart.Of(Pair(folded[^1], 0)), ref value, folded.Length - 1, found);
        }
    }

    void Compare(ReadOnlySpan<Needle> needles, ref Value value, int at, List<int> found)
    {
        foreach (ref readonly var needle in needles)
        {
            if (StandsAt(needle, value.Folded, at - needle.Offset) && _seen[needle.Place] != _value)
            {
                _seen[needle.Place] = _value;
                if (
                    needle.Sequence is { } sequence
                        ? StandInOrder(sequence, value.Folded)
                        : needle.Test?.Holds(value.Text) != false
                )
                {
                    found.Add(needle.Number);
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

    /// <summary>Whether a value begins with the first of the texts, ends with the last, and has the others between them, one after the other.</summary>
    static bool StandInOrder(byte[][] texts, ReadOnlySpan<byte> rest)
    {
        var (first, last) = (texts[0], texts[^1]);
        if (
            rest.Length < first.Length + last.Length
            || !rest.StartsWith(first)
            || !rest.EndsWith(last)
        )
        {
            return false;
        }

        rest = rest[first.Length..^last.Length];
        foreach (var text in texts.AsSpan(1..^1))
        {
            var at = rest.IndexOf(text);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + text.Length)..];
        }

        return true;
    }

    /// <summary>A value while it is searched; its text is made when a test asks for it.</summary>
    ref struct Value(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> folded)
    {
        readonly ReadOnlySpan<byte> _utf8 = utf8;

        public ReadOnlySpan<byte> Folded { get; } = folded;

        public string Text => field ??= Encoding.UTF8.GetString(_utf8);
    }
}
