using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Which value was seen on which subject on which day: what stack counting and first seen are worked out from.</summary>
/// <remarks>
/// A sighting is a value on a subject on a day, however many events say so. Where subjects are hosts or, failing that,
/// addresses (host|src_ip), public addresses are left out.
/// </remarks>
sealed class Sightings
{
    const int MostRows = 2_000_000;
    const long Day = 86_400_000_000;

    public Dictionary<string, Value> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Days with data of the class, as numbers since 1970.</summary>
    public SortedSet<long> Days { get; } = [];

    /// <summary>Subjects by peer group.</summary>
    public SortedDictionary<string, SortedSet<string>> Groups { get; } =
        new(StringComparer.Ordinal);

    public bool TooMany { get; private set; }

    /// <summary>A distinct value and where it was seen.</summary>
    public sealed class Value(string text)
    {
        public string Text { get; } = text;
        public SortedDictionary<string, Use> Uses { get; } = new(StringComparer.Ordinal);
        public long Events => Uses.Values.Sum(use => use.Events);
        public long First => Uses.Values.Min(use => use.First);
        public long Last => Uses.Values.Max(use => use.Last);
        public long SightingCount => Uses.Values.Sum(use => use.DayEvents.Count);
    }

    /// <summary>A value on one subject.</summary>
    public sealed class Use
    {
        public SortedDictionary<long, long> DayEvents { get; } = [];
        public long Events { get; set; }
        public long First { get; set; } = long.MaxValue;
        public long Last { get; set; } = long.MinValue;

        /// <summary>First event in the recent part, where one was asked for.</summary>
        public long FirstRecent { get; set; } = long.MaxValue;

        public SortedSet<string> RawSubjects { get; } = new(StringComparer.Ordinal);

        /// <summary>The values as they stand in the log, at most five tuples.</summary>
        public List<string[]> Raw { get; } = [];
    }

    public static string GroupOf(TechniqueContext context, bool peers, string subject) =>
        peers ? context.Peers.Of(subject) : "all";

    public static Sightings Count(
        TechniqueContext context,
        ValueQuestion question,
        CancellationToken cancel
    )
    {
        var names = Subjects.CanBeAddress(question.By)
            ? Subjects.Learn(context, cancel)
            : Subjects.None;
        var micros = context.Store.Dialect.Micros("time");
        var columns = question.Columns.Select((column, i) => $"{column.Sql} as c{i}").ToList();
        var keys = Enumerable.Range(0, columns.Count).Select(i => $"c{i}").ToList();
        var sql = $"""
            select s, {string.Join(", ", keys)}, d, count(*) as n, min(t) as a, max(t) as z
            from (
              select {question.By.Sql} as s, {string.Join(", ", columns)}, {micros} as t,
                cast(floor({micros} / 86400000000.0) as bigint) as d
              from {question.Class.Name}{question.Where}
            ) as e
            where s is not null and {string.Join(" and ", keys.Select(key => key + " is not null"))}
            group by s, {string.Join(", ", keys)}, d
            order by s, {string.Join(", ", keys)}, d
            limit {MostRows + 1}
            """;
        var sightings = new Sightings();
        using var rows = context.Store.Query(sql, context.Window, [], cancel);
        var read = 0;
        while (rows.Read())
        {
            if (++read > MostRows)
            {
                sightings.TooMany = true;
                break;
            }

            sightings.Add(context, question, names, rows);
        }

        return sightings;
    }

    void Add(TechniqueContext context, ValueQuestion question, Subjects names, Store.Rows rows)
    {
        var width = question.Columns.Count;
        var rawSubject = rows.Text(0)!;
        var subject = names.Name(rawSubject);
        if (question.By.Columns.Count > 1 && !Subjects.IsInside(subject))
        {
            return;
        }

        var raw = new string[width];
        var form = new string[width];
        for (var i = 0; i < width; i++)
        {
            raw[i] = rows.Text(i + 1)!;
            form[i] = question.Normalise
                ? ValueForm.Of(question.Columns[i].Columns[0], raw[i])
                : raw[i];
        }

        var text = string.Join(" | ", form);
        if (!Values.TryGetValue(text, out var value))
        {
            Values[text] = value = new Value(text);
        }

        if (!value.Uses.TryGetValue(subject, out var use))
        {
            value.Uses[subject] = use = new Use();
        }

        var day = rows.Int(width + 1);
        var events = rows.Int(width + 2);
        use.DayEvents[day] = use.DayEvents.GetValueOrDefault(day) + events;
        use.Events += events;
        use.First = Math.Min(use.First, rows.Int(width + 3));
        use.Last = Math.Max(use.Last, rows.Int(width + 4));
        use.RawSubjects.Add(rawSubject);
        if (use.Raw.Count < 5 && !use.Raw.Any(other => other.AsSpan().SequenceEqual(raw)))
        {
            use.Raw.Add(raw);
        }

        Days.Add(day);
        var group = GroupOf(context, question.Peers, subject);
        if (!Groups.TryGetValue(group, out var members))
        {
            Groups[group] = members = new SortedSet<string>(StringComparer.Ordinal);
        }

        members.Add(subject);
    }

    /// <summary>Records of a value on some subjects.</summary>
    public static IReadOnlyList<Evidence> Evidence(
        TechniqueContext context,
        ValueQuestion question,
        IEnumerable<Use> uses,
        long from,
        CancellationToken cancel
    )
    {
        var parameters = new List<object>();
        var terms = new List<string>();
        foreach (var use in uses.Take(10))
        {
            var subjects = EvidenceRows.Add(parameters, use.RawSubjects.Take(5));
            foreach (var raw in use.Raw)
            {
                var columns = question.Columns.Select(
                    (column, i) => $"{column.Sql} = {EvidenceRows.Add(parameters, [raw[i]])}"
                );
                terms.Add(
                    $"({question.By.Sql} in ({subjects}) and {string.Join(" and ", columns)})"
                );
            }
        }

        var since = "";
        if (from > long.MinValue)
        {
            parameters.Add(from);
            since = $" and {context.Store.Dialect.Micros("time")} >= ${parameters.Count}";
        }

        var filter = question.Filter.Length > 0 ? $"({question.Filter}) and " : "";
        return EvidenceRows.Fetch(
            context,
            question.Class,
            $"{filter}({string.Join(" or ", terms)}){since}",
            parameters,
            question.Columns.SelectMany(column => column.Columns),
            cancel
        );
    }

    /// <summary>The entities a value and its subjects are about; subjects first.</summary>
    public static IReadOnlyList<Entity> Entities(
        ValueQuestion question,
        IEnumerable<string> subjects,
        Use use
    )
    {
        var entities = subjects
            .Take(10)
            .Select(subject => SubjectEntity(question.By, subject, use))
            .ToList();
        for (var i = 0; i < question.Columns.Count; i++)
        {
            var column = question.Columns[i].Columns[0];
            var type = column.Entity ?? (column.Name is "dst_host" ? "domain" : null);
            if (type is not null && use.Raw.Count > 0)
            {
                var value = use.Raw[0][i];
                type = System.Net.IPAddress.TryParse(value, out _) ? "address" : type;
                entities.Add(new Entity(type, value));
            }
        }

        return [.. entities.Distinct()];
    }

    static Entity SubjectEntity(ColumnChoice by, string subject, Use use) =>
        new(
            use.RawSubjects.Contains(subject) && System.Net.IPAddress.TryParse(subject, out _)
                ? "address"
                : by.Columns[0].Entity ?? "host",
            subject
        );

    public static long DayOf(long time) => (long)Math.Floor(time / (double)Day);
}

/// <summary>What is counted: values of columns of a class, on subjects.</summary>
sealed record ValueQuestion(
    EventClass Class,
    IReadOnlyList<ColumnChoice> Columns,
    ColumnChoice By,
    string Filter,
    bool Peers,
    bool Normalise,
    IReadOnlyList<string> Watched,
    double MinScore,
    int Limit
)
{
    public static ValueQuestion Read(StepReader step)
    {
        var eventClass = step.Class();
        return new ValueQuestion(
            eventClass,
            step.Columns("columns", eventClass, null),
            step.Choice(eventClass, step.Text("by", "host")),
            step.Filter(),
            step.Flag("peers", true),
            step.Flag("normalise", true),
            step.Texts("watched", []),
            step.Real("min_score", 0.2, 0, 1),
            step.Number("limit", 20, 1, 1_000)
        );
    }

    public string Where => Filter.Length > 0 ? $" where ({Filter})" : "";

    /// <summary>What a step can't do without: of a choice of columns one is enough, so none of them is named.</summary>
    public IReadOnlyList<DataNeed> Needs =>
        [
            new DataNeed(
                Class,
                [
                    .. Columns
                        .Append(By)
                        .Where(choice => choice.Columns.Count == 1)
                        .Select(choice => choice.Columns[0])
                        .Distinct(),
                ]
            ),
        ];

    /// <summary>The watched word that a value contains, or null.</summary>
    public string? WatchedIn(string value) =>
        Watched.FirstOrDefault(word => value.Contains(word, StringComparison.OrdinalIgnoreCase));

    public string Names => string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>A value as the log has it, where there is one spelling and it was not cut to a domain; else its form.</summary>
    public string Show(Sightings.Value value)
    {
        var spellings = value.Uses.Values.SelectMany(use => use.Raw).ToList();
        var raw = string.Join(" | ", spellings[0]);
        var one = spellings.All(other => string.Join(" | ", other) == raw);
        var text = one && raw.Length <= value.Text.Length + 40 ? raw : value.Text;
        if (Columns.Any(column => column.Columns[0].Entity == "domain"))
        {
            text = value.Text;
        }

        return text.Length > 200 ? text[..200] + "…" : text;
    }
}
