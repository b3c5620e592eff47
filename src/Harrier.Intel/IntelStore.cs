using System.Text.Json;
using Harrier.Intel.Indicators;
using Harrier.Intel.Matching;
using Harrier.Knowledge;

namespace Harrier.Intel;

/// <summary>What to list; everything that is null lets all through.</summary>
/// <param name="Type">One kind only.</param>
/// <param name="Contains">Text that the value, a name or a source must contain, case ignored.</param>
/// <param name="Limit">At most so many, in order of type and value.</param>
public sealed record IndicatorFilter(
    IndicatorType? Type = null,
    string? Contains = null,
    int Limit = int.MaxValue
)
{
    public static IndicatorFilter All { get; } = new();
}

/// <summary>A file of intelligence that was imported.</summary>
/// <param name="Published">When its authors published it, as the file says; microseconds UTC.</param>
public sealed record IntelSourceFile(
    long Id,
    string Path,
    string Format,
    string? Title,
    string? Tlp,
    long? Published,
    long Imported,
    long Indicators,
    long Rejected
)
{
    /// <summary>Title, else the file's name.</summary>
    public string Name => Title ?? System.IO.Path.GetFileName(Path);
}

/// <summary>An ATT&amp;CK technique that reports name: what proposes the hunts that cover it.</summary>
/// <param name="Technique">T1059 or T1059.001.</param>
/// <param name="Who">Groups, malware, campaigns that use it, as the reports say.</param>
/// <param name="Sources">Reports that name it.</param>
public sealed record NamedTechnique(
    string Technique,
    IReadOnlyList<string> Who,
    IReadOnlyList<string> Sources
);

/// <summary>Everything known about a value.</summary>
/// <param name="Indicator">The indicator itself, or null if only others cover the value.</param>
/// <param name="Sources">What each source says of it.</param>
/// <param name="Covering">Other indicators that match the value: a parent domain, a network, the URL's host.</param>
/// <param name="Objects">Malware, groups ... whose name or alias it is, or that sources connect with it.</param>
/// <param name="Techniques">Techniques of those.</param>
public sealed record IndicatorKnowledge(
    string Value,
    Indicator? Indicator,
    IReadOnlyList<IndicatorSource> Sources,
    IReadOnlyList<Indicator> Covering,
    IReadOnlyList<IntelObject> Objects,
    IReadOnlyList<NamedTechnique> Techniques,
    IReadOnlyList<Sighting> Sightings,
    string? TooCommonBecause
);

/// <summary>The workspace's threat intelligence, in the knowledge database.</summary>
/// <remarks>What a person can mend comes as <see cref="Harrier.Schema.HarrierFault"/>.</remarks>
public sealed class IntelStore
{
    readonly KnowledgeDb _db;

    IntelStore(KnowledgeDb db, TooCommon tooCommon)
    {
        _db = db;
        TooCommon = tooCommon;
    }

    /// <param name="tooCommonFile">Path of <c>intel/too-common.yaml</c>; null: nothing is too common.</param>
    public static IntelStore Open(KnowledgeDb db, string? tooCommonFile = null) =>
        IntelFaults.Translate(() =>
        {
            db.Migrate("intel", typeof(IntelStore).Assembly, "Harrier.Intel.Migrations.");
            return new IntelStore(
                db,
                tooCommonFile is null ? TooCommon.Nothing : TooCommon.Load(tooCommonFile)
            );
        });

    public TooCommon TooCommon { get; }

    /// <summary>Indicators in order of type and value.</summary>
    public IReadOnlyList<Indicator> Indicators(IndicatorFilter? filter = null) =>
        IntelFaults.Translate(() => ReadIndicators(filter ?? IndicatorFilter.All));

    /// <summary>A matcher over all indicators as they are now.</summary>
    public IndicatorMatcher Matcher() => new(Indicators());

    /// <summary>Files that were imported, newest first.</summary>
    public IReadOnlyList<IntelSourceFile> Sources() =>
        IntelFaults.Translate(() =>
            _db.Query(
                """
                select id, path, format, title, tlp, published, imported, indicators, rejected
                from intel_source order by id desc
                """,
                row => new IntelSourceFile(
                    row.Long(0),
                    row.Text(1),
                    row.Text(2),
                    row.TextOrNull(3),
                    row.TextOrNull(4),
                    row.LongOrNull(5),
                    row.Long(6),
                    row.Long(7),
                    row.Long(8)
                )
            )
        );

    /// <summary>Techniques that imported reports name, those named by most first; of one source if it is given.</summary>
    public IReadOnlyList<NamedTechnique> Techniques(long? sourceId = null) =>
        IntelFaults.Translate(() =>
            Group(
                _db.Query(
                    """
                    select t.technique, t.who, coalesce(s.title, s.path) from intel_technique t
                    join intel_source s on s.id = t.source_id
                    where ?1 is null or s.id = ?1 order by 1, 2, 3
                    """,
                    row => (row.Text(0), row.Text(1), row.Text(2)),
                    sourceId
                )
            )
        );

    /// <summary>Techniques that sources connect with a group, malware, tool or campaign, by its name.</summary>
    public IReadOnlyList<NamedTechnique> TechniquesOf(string who) =>
        IntelFaults.Translate(() => ReadTechniquesOf([who]));

    /// <summary>Everything known about a value, in whatever form it is written: defanged, upper case, a name of malware.</summary>
    public IndicatorKnowledge Show(string value) =>
        IntelFaults.Translate(() => ReadKnowledge(value));

    /// <summary>Notes that a run saw an indicator in events; a second note of the same run replaces the first.</summary>
    /// <param name="first">Time of the first event, microseconds UTC.</param>
    /// <param name="last">Time of the last event, microseconds UTC.</param>
    public void RecordSighting(
        Indicator indicator,
        string runId,
        long count,
        long first,
        long last
    ) =>
        IntelFaults.Translate(() =>
            _db.Execute(
                """
                insert into sighting (type, value, run_id, count, first, last, recorded) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                on conflict (type, value, run_id) do update
                set count = excluded.count, first = excluded.first, last = excluded.last, recorded = excluded.recorded
                """,
                indicator.Type.Name(),
                indicator.Value,
                runId,
                count,
                first,
                last,
                _db.Now()
            )
        );

    List<Indicator> ReadIndicators(IndicatorFilter filter)
    {
        var found = new List<Indicator>();
        Gathering? open = null;
        _db.ForEach(
            """
            select i.type, i.value, i.description, i.first_seen, i.last_seen, i.confidence, coalesce(i.tlp, s.tlp), i.names,
              coalesce(i.report, s.title, s.path)
            from indicator_source i join intel_source s on s.id = i.source_id
            where (?1 is null or i.type = ?1)
            order by i.type, i.value, i.source_id, i.place
            """,
            row =>
            {
                var (type, value) = (row.Text(0), row.Text(1));
                if (open is null || open.Type != type || open.Value != value)
                {
                    Close();
                    open = new Gathering(type, value);
                }

                open.Add(row);
            },
            filter.Type?.Name()
        );
        Close();
        return found;

        void Close()
        {
            if (
                open is not null
                && found.Count < filter.Limit
                && open.Finish() is var indicator
                && Passes(indicator, filter)
            )
            {
                found.Add(indicator);
            }
        }
    }

    static bool Passes(Indicator indicator, IndicatorFilter filter) =>
        filter.Contains is not { } text
        || indicator.Value.Contains(text, StringComparison.OrdinalIgnoreCase)
        || indicator.Names.Any(n => n.Contains(text, StringComparison.OrdinalIgnoreCase))
        || indicator.Sources.Any(s => s.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Brings the rows of one indicator together.</summary>
    sealed class Gathering(string type, string value)
    {
        readonly SortedSet<string> _names = new(StringComparer.Ordinal);
        readonly SortedSet<string> _sources = new(StringComparer.Ordinal);
        readonly List<string> _descriptions = [];
        int? _confidence;
        string? _tlp;
        long? _first;
        long? _last;
        bool _open;

        public string Type => type;
        public string Value => value;

        public void Add(KnowledgeRow row)
        {
            if (
                row.TextOrNull(2) is { } description
                && _descriptions.Count < 20
                && !_descriptions.Contains(description)
            )
            {
                _descriptions.Add(description);
            }

            _first = row.LongOrNull(3) is { } first
                ? Math.Min(first, _first ?? long.MaxValue)
                : _first;
            _last = row.LongOrNull(4) is { } last ? Math.Max(last, _last ?? long.MinValue) : _last;
            // One source without an end leaves the end open.
            _open |= row.IsNull(4);
            _confidence = row.IntOrNull(5) is { } confidence
                ? Math.Max(confidence, _confidence ?? 0)
                : _confidence;
            _tlp = Tlp.Stricter(_tlp, row.TextOrNull(6));
            _names.UnionWith(SplitNames(row.TextOrNull(7)));
            _sources.Add(row.Text(8));
        }

        public Indicator Finish() =>
            new(
                IndicatorTypes.Parse(type),
                value,
                _confidence,
                _tlp,
                _first,
                _open ? null : _last,
                [.. _names],
                [.. _sources],
                _descriptions
            );
    }

    static string[] SplitNames(string? names) => names is null ? [] : names.Split('\n');

    IndicatorKnowledge ReadKnowledge(string written)
    {
        var value = Text.Refang.Line(written.Trim()).Text;
        var type = Text.IndicatorGuess.Of(value, isCertain: true);
        // A private address is asked for like any other.
        var normal =
            (
                type is null
                    ? null
                    : IndicatorValue.Normalise(type.Value, value, out _, allowPrivate: true)
            ) ?? value.ToLowerInvariant();
        var self = IndicatorsOf(normal);
        // The form alone does not tell a file name from a domain, or an import hash from an MD5.
        var covering = type is null
            ? []
            : MatcherFor(type.Value, normal)
                .MatchValue(normal, new IndicatorMatcher.ColumnKind(EntityOf(type.Value)))
                .Where(i => i.Value != normal)
                .ToList();
        var names = self.Concat(covering)
            .SelectMany(i => i.Names)
            .Append(written.Trim())
            .Distinct()
            .ToList();
        return new IndicatorKnowledge(
            normal,
            self.FirstOrDefault(),
            ReadSources(normal),
            covering,
            ReadObjects(names),
            ReadTechniquesOf(names),
            _db.Query(
                "select run_id, count, first, last, recorded from sighting where value = ?1 order by recorded, run_id",
                row => new Sighting(
                    row.Text(0),
                    row.Long(1),
                    row.Long(2),
                    row.Long(3),
                    row.Long(4)
                ),
                normal
            ),
            TooCommon.Because(normal)
        );
    }

    /// <summary>A matcher over the few indicators that can match one value.</summary>
    IndicatorMatcher MatcherFor(IndicatorType type, string value)
    {
        var candidates = new List<string>();
        var host = value;
        if (type == IndicatorType.Url && IndicatorValue.Url(value) is { } url)
        {
            host = url.Host.Trim('[', ']');
            var withoutQuery = url.Key.Split('?')[0];
            foreach (var key in (string[])[url.Key, withoutQuery])
            {
                candidates.AddRange([key, $"http://{key}", $"https://{key}"]);
            }
        }
        else if (type == IndicatorType.Email)
        {
            host = value[(value.IndexOf('@') + 1)..];
        }

        candidates.Add(value);
        for (var name = host; name.Contains('.'); name = name[(name.IndexOf('.') + 1)..])
        {
            candidates.Add(name);
        }

        var networks = Addresses.TryAddress(host, out _)
            ? ReadIndicators(new IndicatorFilter(IndicatorType.Network))
            : [];
        return new IndicatorMatcher([
            .. candidates.Append(host).Distinct().SelectMany(IndicatorsOf),
            .. networks,
        ]);
    }

    static string EntityOf(IndicatorType type) =>
        type switch
        {
            IndicatorType.Ipv4 or IndicatorType.Ipv6 or IndicatorType.Network => "address",
            IndicatorType.Domain => "domain",
            IndicatorType.Url => "url",
            IndicatorType.Email => "email",
            IndicatorType.FileName => "file",
            IndicatorType.ImpHash => "imphash",
            IndicatorType.Md5 or IndicatorType.Sha1 or IndicatorType.Sha256 => "hash",
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };

    List<Indicator> IndicatorsOf(string value)
    {
        var gatherings = new List<Gathering>();
        _db.ForEach(
            """
            select i.type, i.value, i.description, i.first_seen, i.last_seen, i.confidence, coalesce(i.tlp, s.tlp), i.names,
              coalesce(i.report, s.title, s.path)
            from indicator_source i join intel_source s on s.id = i.source_id
            where i.type in (select value from json_each(?1)) and i.value = ?2
            order by i.type, i.source_id, i.place
            """,
            row =>
            {
                if (gatherings.Count == 0 || gatherings[^1].Type != row.Text(0))
                {
                    gatherings.Add(new Gathering(row.Text(0), row.Text(1)));
                }

                gatherings[^1].Add(row);
            },
            s_allTypes,
            value
        );
        return [.. gatherings.Select(g => g.Finish())];
    }

    // Naming the types lets SQLite use the key (type, value) for a value of unknown type.
    static readonly string s_allTypes =
        "[" + string.Join(',', IndicatorTypes.All.Select(t => $"\"{t.Name()}\"")) + "]";

    IReadOnlyList<IndicatorSource> ReadSources(string value) =>
        _db.Query(
            """
            select s.path, i.place, i.written, i.description, i.first_seen, i.last_seen, i.confidence, coalesce(i.tlp, s.tlp), i.names,
              coalesce(i.report, s.title), i.note
            from indicator_source i join intel_source s on s.id = i.source_id
            where i.type in (select value from json_each(?1)) and i.value = ?2 order by s.id, i.place
            """,
            row => new IndicatorSource(
                row.Text(0),
                row.Text(1),
                row.TextOrNull(2),
                row.TextOrNull(3),
                row.LongOrNull(4),
                row.LongOrNull(5),
                row.IntOrNull(6),
                row.TextOrNull(7),
                SplitNames(row.TextOrNull(8)),
                row.TextOrNull(9),
                row.TextOrNull(10)
            ),
            s_allTypes,
            value
        );

    IReadOnlyList<IntelObject> ReadObjects(IReadOnlyList<string> names) =>
        _db.Query(
            """
            select o.id, o.kind, o.name, o.description, o.aliases, o.attack_id from intel_object o
            where lower(o.name) in (select lower(value) from json_each(?1)) or o.attack_id in (select value from json_each(?1))
              or exists (
                select 1 from json_each(coalesce(o.aliases, '[]')) a
                where lower(a.value) in (select lower(value) from json_each(?1)))
            group by o.id order by o.kind, o.name limit 100
            """,
            row => new IntelObject(
                row.Text(0),
                row.Text(1),
                row.Text(2),
                row.TextOrNull(3),
                row.TextOrNull(4) is { } aliases
                    ? JsonSerializer.Deserialize(aliases, IntelJson.Default.StringArray)!
                    : [],
                row.TextOrNull(5)
            ),
            Json(names)
        );

    NamedTechnique[] ReadTechniquesOf(IReadOnlyList<string> names) =>
        Group(
            _db.Query(
                """
                select t.technique, t.who, coalesce(s.title, s.path) from intel_technique t
                join intel_source s on s.id = t.source_id
                where t.who <> '' and lower(t.who) in (select lower(value) from json_each(?1))
                union
                select p.attack_id, a.name, coalesce(s.title, s.path) from intel_object a
                join intel_relationship r on r.source_id = a.source_id and r.from_id = a.id and r.kind = 'uses'
                join intel_object p on p.source_id = a.source_id and p.id = r.to_id and p.kind = 'attack-pattern'
                join intel_source s on s.id = a.source_id
                where p.attack_id is not null and lower(a.name) in (select lower(value) from json_each(?1))
                order by 1, 2, 3
                """,
                row => (row.Text(0), row.Text(1), row.Text(2)),
                Json(names)
            )
        );

    /// <summary>How ATT&amp;CK sees each technique, of the bundle imported last that says so; empty where none was imported.</summary>
    public IReadOnlyList<AttackDetection> AttackDetections() =>
        [
            .. _db.Query(
                    """
                    select technique, analytic, component from attack_detection
                    where source_id = (select max(source_id) from attack_detection)
                    order by technique, analytic, component
                    """,
                    row => (Technique: row.Text(0), Analytic: row.Text(1), Component: row.Text(2))
                )
                .GroupBy(row => (row.Technique, row.Analytic))
                .Select(group => new AttackDetection(
                    group.Key.Technique,
                    group.Key.Analytic,
                    [.. group.Select(row => row.Component)]
                )),
        ];

    /// <summary>Names of ATT&amp;CK's techniques by their identifiers, as imported.</summary>
    public IReadOnlyDictionary<string, string> TechniqueNames() =>
        _db.Query(
                "select attack_id, min(name) from intel_object where kind = 'attack-pattern' and attack_id is not null group by attack_id",
                row => (Id: row.Text(0), Name: row.Text(1))
            )
            .ToDictionary(row => row.Id, row => row.Name, StringComparer.Ordinal);

    static NamedTechnique[] Group(
        IReadOnlyList<(string Technique, string Who, string Source)> rows
    ) =>
        [
            .. rows.GroupBy(row => row.Technique)
                .Select(group => new NamedTechnique(
                    group.Key,
                    [.. group.Select(row => row.Who).Where(who => who.Length > 0).Distinct()],
                    [.. group.Select(row => row.Source).Distinct()]
                ))
                .OrderByDescending(technique => technique.Sources.Count)
                .ThenBy(technique => technique.Technique, StringComparer.Ordinal),
        ];

    static string Json(IEnumerable<string> values) =>
        JsonSerializer.Serialize([.. values], IntelJson.Default.StringArray);

    /// <summary>The receipt of content that was imported before, or null.</summary>
    internal IntelFileReceipt? ReceiptOf(string path, string sha256)
    {
        var known = _db.Query(
            "select id, path, format, indicators, rejected, objects from intel_source where sha256 = ?1",
            row =>
                (
                    Id: row.Long(0),
                    Path: row.Text(1),
                    Format: row.Text(2),
                    Indicators: row.Long(3),
                    Rejected: row.Long(4),
                    Objects: row.Text(5)
                ),
            sha256
        );
        if (known.Count == 0)
        {
            return null;
        }

        var first = known[0];
        return new IntelFileReceipt(
            path,
            sha256,
            first.Format,
            JsonSerializer.Deserialize(
                first.Objects,
                IntelJson.Default.SortedDictionaryStringInt64
            )!,
            first.Indicators,
            _db.Query(
                "select place, value, reason from intel_reject where source_id = ?1 order by number",
                row => new IntelReject(row.Text(0), row.Text(1), row.Text(2)),
                first.Id
            ),
            first.Rejected,
            first.Id,
            first.Path
        );
    }

    /// <summary>Stores what was found in one file, in one transaction, with its audit entry.</summary>
    internal IntelFileReceipt Add(IntelDocument document, string path, string sha256) =>
        _db.Transaction(() =>
        {
            var indicators = document
                .Indicators.Select(i => (i.Type, i.Value))
                .Distinct()
                .LongCount();
            var sourceId = _db.Query(
                """
                insert into intel_source (sha256, path, format, title, tlp, published, imported, indicators, rejected, objects)
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) returning id
                """,
                row => row.Long(0),
                sha256,
                path,
                document.Format,
                document.Title,
                document.Tlp,
                document.Published,
                _db.Now(),
                indicators,
                document.RejectCount,
                JsonSerializer.Serialize(
                    document.Counts,
                    IntelJson.Default.SortedDictionaryStringInt64
                )
            )[0];
            AddIndicators(document, sourceId);
            AddObjects(document, sourceId);
            _db.Audit(
                "intel import",
                "imported intelligence",
                path,
                after: $"{document.Format}, {indicators} indicators, {document.RejectCount} rejected, sha256 {sha256}"
            );
            return new IntelFileReceipt(
                path,
                sha256,
                document.Format,
                document.Counts,
                indicators,
                document.Rejects,
                document.RejectCount,
                sourceId,
                null
            );
        });

    void AddIndicators(IntelDocument document, long sourceId)
    {
        // In order of the key: twice as fast into a tree that is the table.
        foreach (
            var found in document
                .Indicators.OrderBy(i => i.Type.Name(), StringComparer.Ordinal)
                .ThenBy(i => i.Value, StringComparer.Ordinal)
        )
        {
            var type = found.Type.Name();
            _db.Execute(
                "insert or ignore into indicator (type, value) values (?1, ?2)",
                type,
                found.Value
            );
            _db.Execute(
                """
                insert or ignore into indicator_source (type, value, source_id, place, written, description, first_seen, last_seen,
                  confidence, tlp, names, report, note)
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                """,
                type,
                found.Value,
                sourceId,
                found.Place,
                found.Written,
                found.Context.Description,
                found.Context.FirstSeen,
                found.Context.LastSeen,
                found.Context.Confidence,
                found.Context.Tlp,
                found.Context.Names is { Count: > 0 } names
                    ? string.Join('\n', names.Select(n => n.ReplaceLineEndings(" ")))
                    : null,
                found.Context.Report,
                found.Note
            );
        }
    }

    void AddObjects(IntelDocument document, long sourceId)
    {
        foreach (var described in document.Objects)
        {
            _db.Execute(
                "insert or ignore into intel_object (source_id, id, kind, name, description, aliases, attack_id) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                sourceId,
                described.Id,
                described.Kind,
                described.Name,
                described.Description,
                described.Aliases.Count > 0 ? Json(described.Aliases) : null,
                described.AttackId
            );
        }

        foreach (var relationship in document.Relationships)
        {
            _db.Execute(
                "insert or ignore into intel_relationship (source_id, from_id, kind, to_id) values (?1, ?2, ?3, ?4)",
                sourceId,
                relationship.From,
                relationship.Kind,
                relationship.To
            );
        }

        foreach (var technique in document.Techniques)
        {
            _db.Execute(
                "insert or ignore into intel_technique (source_id, technique, who, place) values (?1, ?2, ?3, ?4)",
                sourceId,
                technique.Technique,
                technique.Who,
                technique.Place
            );
        }

        foreach (var detection in document.Detections)
        {
            foreach (var component in detection.Components)
            {
                _db.Execute(
                    "insert or ignore into attack_detection (source_id, technique, analytic, component) values (?1, ?2, ?3, ?4)",
                    sourceId,
                    detection.Technique,
                    detection.Analytic,
                    component
                );
            }
        }

        for (var i = 0; i < document.Rejects.Count; i++)
        {
            var reject = document.Rejects[i];
            _db.Execute(
                "insert into intel_reject (source_id, number, place, value, reason) values (?1, ?2, ?3, ?4, ?5)",
                sourceId,
                i + 1,
                reject.Where,
                reject.Value,
                reject.Reason
            );
        }
    }
}
