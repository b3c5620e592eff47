using System.Text.Json;
using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>A source whose fields stay in <c>extra</c> because no column of its map takes them.</summary>
/// <param name="Source">Id of its map; empty: no map took the events.</param>
/// <param name="Classes">Classes of the events.</param>
/// <param name="Events">All of its events.</param>
/// <param name="Sampled">Events whose extra was looked at.</param>
/// <param name="File">A file that it was read from.</param>
/// <param name="Fields">The most frequent first, then by name.</param>
public sealed record UnmappedSource(
    string Source,
    IReadOnlyList<string> Classes,
    long Events,
    long Sampled,
    string File,
    IReadOnlyList<UnmappedField> Fields
)
{
    /// <summary>Values that are left in extra, about: by which sources are put in order.</summary>
    public double Values => Events * Fields.Sum(one => one.Share);
}

/// <summary>A field, and how often it is left in <c>extra</c>.</summary>
/// <param name="Events">Events of the sample that have it there.</param>
/// <param name="Share">By the events of the sample, (0, 1].</param>
/// <param name="Samples">Up to three values, cut.</param>
public sealed record UnmappedField(
    string Field,
    long Events,
    double Share,
    IReadOnlyList<string> Samples
);

static class UnmappedSources
{
    /// <summary>Events of a source and class that are looked at.</summary>
    const int Sample = 5_000;

    /// <summary>Letters of extra, of a source and class, after which no more are looked at.</summary>
    const long MostLetters = 64 * 1024 * 1024;

    // A hostile log could have new names in every record.
    const int MostNames = 10_000;
    const int MostFields = 100;
    const int MostSamples = 3;
    const int LongestSample = 80;

    /// <summary>What Harrier itself puts there.</summary>
    static readonly string[] s_own =
    [
        "_cut",
        "_recovered",
        "_time_as_logged",
        "_time_from",
        "_time_repair",
    ];

    public static IReadOnlyList<UnmappedSource> Of(
        LakeStore store,
        string? source,
        CancellationToken cancel
    )
    {
        var sources = new SortedDictionary<string, Counted>(StringComparer.Ordinal);
        foreach (var eventClass in EventClasses.All)
        {
            if (store.Classes.Contains(eventClass.Name))
            {
                Count(store, eventClass.Name, source, sources, cancel);
            }
        }

        return
        [
            .. sources
                .Select(pair => pair.Value.Result(pair.Key))
                .OrderByDescending(one => one.Values)
                .ThenBy(one => one.Source, StringComparer.Ordinal),
        ];
    }

    static void Count(
        LakeStore store,
        string name,
        string? only,
        SortedDictionary<string, Counted> sources,
        CancellationToken cancel
    )
    {
        var table = store.Dialect.Name(name);
        var found = new List<string>();
        using (
            var rows = store.Query(
                $"SELECT coalesce(source, '') AS id, count(*), min(file) FROM {table} GROUP BY id ORDER BY id",
                TimeWindow.All,
                [],
                cancel
            )
        )
        {
            while (rows.Read())
            {
                var id = rows.Text(0)!;
                if (only is not null && id != only)
                {
                    continue;
                }

                if (!sources.TryGetValue(id, out var counted))
                {
                    sources.Add(id, counted = new Counted(rows.Text(2) ?? ""));
                }

                counted.Classes.Add(name);
                counted.Events += rows.Int(1);
                found.Add(id);
            }
        }

        foreach (var id in found)
        {
            var letters = 0L;
            using var rows = store.Query(
                $"SELECT extra FROM {table} WHERE coalesce(source, '') = {store.Dialect.Literal(id)} LIMIT {Sample}",
                TimeWindow.All,
                [],
                cancel
            );
            while (letters < MostLetters && rows.Read())
            {
                var extra = rows.Text(0);
                letters += extra?.Length ?? 0;
                sources[id].Add(extra);
            }
        }
    }

    sealed class Counted(string file)
    {
        readonly Dictionary<string, (long Events, List<string> Samples)> _fields = new(
            StringComparer.Ordinal
        );
        long _sampled;

        public SortedSet<string> Classes { get; } = new(StringComparer.Ordinal);
        public long Events { get; set; }

        public void Add(string? extra)
        {
            _sampled++;
            if (extra is null)
            {
                return;
            }

            using var document = JsonDocument.Parse(extra);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var field in document.RootElement.EnumerateObject())
            {
                if (!s_own.Contains(field.Name) && seen.Add(field.Name))
                {
                    Add(field.Name, field.Value);
                }
            }
        }

        void Add(string name, JsonElement value)
        {
            if (!_fields.TryGetValue(name, out var counted))
            {
                if (_fields.Count >= MostNames)
                {
                    return;
                }

                counted = (0, []);
            }

            _fields[name] = (counted.Events + 1, counted.Samples);
            if (counted.Samples.Count < MostSamples)
            {
                var text = value.ToString();
                var sample = text.Length > LongestSample ? text[..LongestSample] + "…" : text;
                if (!counted.Samples.Contains(sample))
                {
                    counted.Samples.Add(sample);
                }
            }
        }

        public UnmappedSource Result(string source) =>
            new(
                source,
                [.. Classes],
                Events,
                _sampled,
                file,
                [
                    .. _fields
                        .OrderByDescending(pair => pair.Value.Events)
                        .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                        .Take(MostFields)
                        .Select(pair => new UnmappedField(
                            pair.Key,
                            pair.Value.Events,
                            (double)pair.Value.Events / _sampled,
                            pair.Value.Samples
                        )),
                ]
            );
    }
}
