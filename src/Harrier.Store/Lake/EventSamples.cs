using System.IO.Hashing;
using System.Text;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>
/// Samples of the events of source files: the 256 smallest hashes of what an event says. Two files with the same events in
/// other bytes (an EVTX and its export) have the same sample, and how much of two files is the same can be told from theirs.
/// </summary>
/// <remarks>
/// An event with a number of its source's own, as Windows' have, is its host, channel, number, class and second: exports write
/// the same values in other forms (0x3e7, 0x00000000000003e7) and cut times. Any other event is all its columns but those that
/// say where it was read: import, file, record, source map, and the fields without a column. Nulls count nothing, so that a
/// class may gain columns.
/// The method is the k minimum values of Bar-Yossef et al., Counting Distinct Elements in a Data Stream, 2002.
/// </remarks>
sealed class EventSamples
{
    /// <summary>Hashes kept of a file; one with fewer distinct events is known whole.</summary>
    public const int Size = 256;

    const long Second = 1_000_000;

    readonly Dictionary<string, Sample> _files = new(StringComparer.Ordinal);

    public void Add(EventBatch batch)
    {
        var hashes = Hashes(batch);
        var files = batch.Text(CommonColumns.File);
        var samples = new Sample?[files.DistinctCount];
        for (var row = 0; row < batch.Count; row++)
        {
            var file = files.Indices[row];
            if (file >= 0)
            {
                (samples[file] ??= Of(files.DistinctText(file))).Add(hashes[row]);
            }
        }
    }

    /// <summary>Takes over the samples of other events, also of the same files.</summary>
    public void TakeFrom(EventSamples other)
    {
        foreach (var (file, sample) in other._files)
        {
            foreach (var hash in sample.InOrder())
            {
                Of(file).Add(hash);
            }
        }

        other._files.Clear();
    }

    /// <summary>The sample of a file, in order; it is forgotten.</summary>
    public IReadOnlyList<long> Take(string file) =>
        _files.Remove(file, out var sample) ? sample.InOrder() : [];

    Sample Of(string file)
    {
        if (!_files.TryGetValue(file, out var sample))
        {
            _files[file] = sample = new Sample();
        }

        return sample;
    }

    /// <summary>A hash a row, from 0 up.</summary>
    static long[] Hashes(EventBatch batch)
    {
        var hosts = batch.Text(CommonColumns.Host);
        var channels = batch.Text(CommonColumns.Channel);
        var numbers = batch.Int(CommonColumns.EventId).Present;
        // Most batches are of one kind; sums are worked out for those there are.
        ulong[]? whole = null;
        ulong[]? numbered = null;
        var hashes = new long[batch.Count];
        for (var row = 0; row < hashes.Length; row++)
        {
            var isNumbered = numbers[row] && !hosts.IsNull(row) && !channels.IsNull(row);
            var sums = isNumbered
                ? numbered ??= Sums(batch, IsNumber)
                : whole ??= Sums(batch, IsContent);
            hashes[row] = (long)(Mix(sums[row]) >> 1);
        }

        return hashes;
    }

    static bool IsNumber(int ordinal) =>
        ordinal
            is CommonColumns.Time
                or CommonColumns.Host
                or CommonColumns.Channel
                or CommonColumns.EventId;

    static bool IsContent(int ordinal) =>
        ordinal
            is not (
                CommonColumns.Import
                or CommonColumns.File
                or CommonColumns.Record
                or CommonColumns.Source
                or CommonColumns.Extra
            );

    /// <summary>A sum of hashes a row, of its values in some columns.</summary>
    static ulong[] Sums(EventBatch batch, Func<int, bool> counts)
    {
        var sums = new ulong[batch.Count];
        Array.Fill(sums, Hash(batch.Class.Name));
        foreach (var column in batch.Class.Columns.Where(column => counts(column.Ordinal)))
        {
            var seed = Hash(column.Name);
            if (batch[column.Ordinal] is TextColumn text)
            {
                AddText(sums, text, seed);
            }
            else
            {
                AddNumbers(
                    sums,
                    batch.Int(column.Ordinal),
                    seed,
                    column.Type == ColumnType.Time ? Second : 1
                );
            }
        }

        return sums;
    }

    static void AddText(ulong[] sums, TextColumn text, ulong seed)
    {
        var values = new ulong[text.DistinctCount];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = Mix(seed ^ HashInLowerCase(text.Distinct(index)));
        }

        var indices = text.Indices;
        for (var row = 0; row < sums.Length; row++)
        {
            sums[row] = unchecked(sums[row] + (indices[row] < 0 ? 0 : values[indices[row]]));
        }
    }

    /// <summary>Some collectors write Security, others security.</summary>
    static ulong HashInLowerCase(ReadOnlySpan<byte> utf8)
    {
        Span<byte> lower =
            utf8.Length <= 512 ? stackalloc byte[utf8.Length] : new byte[utf8.Length];
        for (var done = 0; done < lower.Length; done++)
        {
            // It stops at letters that are not of ASCII; these stay.
            _ = Ascii.ToLower(utf8[done..], lower[done..], out var written);
            done += written;
            if (done < lower.Length)
            {
                lower[done] = utf8[done];
            }
        }

        return XxHash3.HashToUInt64(lower);
    }

    static void AddNumbers(ulong[] sums, IntColumn numbers, ulong seed, long unit)
    {
        var values = numbers.Values;
        var isPresent = numbers.Present;
        for (var row = 0; row < sums.Length; row++)
        {
            sums[row] = unchecked(
                sums[row] + (!isPresent[row] ? 0 : Mix(seed ^ (ulong)(values[row] / unit)))
            );
        }
    }

    static ulong Hash(string name) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name));

    /// <summary>The finaliser of SplitMix64: every bit of a value changes half of the hash's.</summary>
    static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xbf58476d1ce4e5b9);
        value = unchecked((value ^ (value >> 27)) * 0x94d049bb133111eb);
        return value ^ (value >> 31);
    }

    /// <summary>The smallest hashes that were added, each once.</summary>
    sealed class Sample
    {
        readonly SortedSet<long> _hashes = [];

        // The largest of a full sample: nearly all events are above it.
        long _bound = long.MaxValue;

        public void Add(long hash)
        {
            if (hash >= _bound || !_hashes.Add(hash))
            {
                return;
            }

            if (_hashes.Count > Size)
            {
                _hashes.Remove(_hashes.Max);
            }

            if (_hashes.Count == Size)
            {
                _bound = _hashes.Max;
            }
        }

        public IReadOnlyList<long> InOrder() => [.. _hashes];
    }
}

/// <summary>How much of a source file, or of a whole import, was in the lake already under other bytes.</summary>
/// <param name="File">Name of the file; null: of all files of the import together.</param>
/// <param name="Share">Estimated share of its events, in (0, 1].</param>
/// <param name="KnownFile">The earlier file with most of them.</param>
/// <param name="KnownImport">The import that brought it.</param>
public sealed record SharedEvents(string? File, double Share, string KnownFile, string KnownImport)
{
    /// <summary>Less is chance, or events that say the same twice.</summary>
    const double LeastShare = 0.05;

    // Fewer hits of an estimate say nothing; between two files that are known whole the count is exact.
    const int FewestHits = 4;

    /// <summary>A file's sample, and where each of its hashes was seen first: null where nowhere.</summary>
    internal sealed record Sampled(string File, IReadOnlyList<(long Hash, Known? Known)> Hashes);

    /// <summary>An earlier file with some hash, and up to where its own sample reaches.</summary>
    internal sealed record Known(string File, string Import, long Reach);

    /// <summary>Each file that shares enough, and last the import as a whole.</summary>
    /// <remarks>
    /// A hash below the reach of both samples stands for 2^63 / reach events (Horvitz and Thompson). Summed over the files of
    /// an import that finds many small files in one large one, which no single comparison would.
    /// </remarks>
    internal static IReadOnlyList<SharedEvents> Of(IEnumerable<Sampled> files)
    {
        var found = new List<SharedEvents>();
        var all = new Tally();
        foreach (var file in files)
        {
            var tally = new Tally();
            tally.Add(file);
            all.Add(file);
            if (tally.Shared(file.File) is { } shared)
            {
                found.Add(shared);
            }
        }

        return found.Count > 0 || all.Shared(null) is not null ? [.. found, .. all.Whole()] : [];
    }

    internal static long Reach(int count, long largest) =>
        count < EventSamples.Size ? long.MaxValue : largest;

    sealed class Tally
    {
        readonly Dictionary<Known, double> _shared = [];
        double _events;
        int _hits;
        bool _isExact = true;

        public void Add(Sampled file)
        {
            if (file.Hashes.Count == 0)
            {
                return;
            }

            var own = Reach(file.Hashes.Count, file.Hashes[^1].Hash);
            _events += file.Hashes.Count * Weight(own);
            _isExact &= own == long.MaxValue;
            foreach (var (hash, known) in file.Hashes)
            {
                if (known is not null && hash <= Math.Min(own, known.Reach))
                {
                    var weight = Weight(Math.Min(own, known.Reach));
                    _shared[known] = _shared.GetValueOrDefault(known) + weight;
                    _isExact &= known.Reach == long.MaxValue;
                    _hits++;
                }
            }
        }

        static double Weight(long reach) => (double)long.MaxValue / Math.Max(reach, 1);

        public SharedEvents? Shared(string? file)
        {
            var share = Math.Min(1, _shared.Values.Sum() / Math.Max(_events, 1));
            if (share < LeastShare || (_hits < FewestHits && !_isExact))
            {
                return null;
            }

            var most = _shared
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.File, StringComparer.Ordinal)
                .First()
                .Key;
            return new SharedEvents(file, share, most.File, most.Import);
        }

        public IEnumerable<SharedEvents> Whole() => Shared(null) is { } shared ? [shared] : [];
    }
}
