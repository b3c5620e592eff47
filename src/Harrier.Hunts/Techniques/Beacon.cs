using Harrier.Analytics.Calibration;
using Harrier.Analytics.Timing;
using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Connections that come like a clock's: a program that calls home.</summary>
/// <remarks>
/// Every series (source, destination, port) of at least 'min' connections is measured (<see cref="BeaconScore"/>): beat, size,
/// steadiness, rarity of the destination, newness. Where two sources saw the same series (Zeek and Sysmon) the one with more
/// connections is taken, since both together would halve every interval.
/// <para>
/// Two facts keep updates and telemetry, which are as regular as any implant, from drowning the list. What the beat proves is
/// taken times the share of hosts that do NOT use the destination, and destinations of more than 'max_share' of the fleet are
/// only counted. And the tail probability is the geometric mean of the model's (against random arrivals) and the place among
/// the network's own series: in a network full of clocks a clock is ordinary.
/// </para>
/// Parameters: class (network or http), source (host|src_ip), destination (dst_ip, or url_host for http), min (12), max (200000),
/// max_share (0.5), filter, least (3: powers of ten of evidence for a finding), min_score (0.2), limit (20).
/// </remarks>
sealed class Beacon : ITechnique
{
    public string Name => "beacon";

    sealed record Parameters(
        EventClass Class,
        ColumnChoice Source,
        ColumnChoice Destination,
        int Min,
        int Max,
        double MaxShare,
        string Filter,
        double Least,
        double MinScore,
        int Limit
    );

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var eventClass = EventClasses.Find(step.Text("class", "network")) ?? step.Class();
        if (eventClass.Find("dst_port") is null || eventClass.Find("src_ip") is null)
        {
            throw step.Wrong(
                $"The class {eventClass.Name} has no connections.",
                "'class' is network, http, tls or dns."
            );
        }

        var destination = eventClass.Name == "http" ? "url_host|dst_ip" : "dst_ip|dst_host";
        var read = new Parameters(
            eventClass,
            step.Choice(eventClass, step.Text("source", "host|src_ip")),
            step.Choice(
                eventClass,
                step.Text(
                    "destination",
                    eventClass.Name == "dns" ? "query"
                        : destination.Contains("dst_host", StringComparison.Ordinal)
                        && eventClass.Find("dst_host") is null
                            ? "dst_ip"
                        : destination
                )
            ),
            step.Number("min", 12, 6, 100_000),
            step.Number("max", 200_000, 100, 10_000_000),
            step.Real("max_share", 0.5, 0, 1),
            step.Filter(),
            step.Real("least", 3, 0, 12),
            step.Real("min_score", 0.2, 0, 1),
            step.Number("limit", 20, 1, 1_000)
        );
        step.Done();
        return read;
    }

    public IReadOnlyList<DataNeed> Needs(StepParameters parameters)
    {
        var read = Read(parameters);
        return
        [
            new DataNeed(read.Class, [read.Destination.Columns[0], read.Class.Find("src_ip")!]),
        ];
    }

    sealed record Key(string Source, string Destination, long Port);

    sealed class Series
    {
        public List<long> Times { get; } = [];
        public List<double> Sizes { get; } = [];
        public SortedSet<string> Raw { get; } = new(StringComparer.Ordinal);
    }

    sealed record Judged(
        Key Key,
        Series Series,
        string Sensor,
        BeaconMeasure Measure,
        BeaconEvidence Evidence,
        int Users,
        double Total
    );

    public TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    )
    {
        var read = Read(parameters);
        var names = Subjects.Learn(context, cancel);
        var (hours, users) = Background(context, read, names, cancel);
        if (hours.Count < 2)
        {
            return new TechniqueResult(
                [],
                0,
                $"{Wording.Count(hours.Count, "source", "sources")} of {read.Class.Name} events: a beacon is judged among at least two.",
                []
            );
        }

        var measured = Measure(context, read, names, hours, cancel);
        var usual = BeaconScore.UsualSameSize(measured.Select(item => item.Measure));
        var judged = new List<Judged>();
        foreach (var item in measured)
        {
            var count = users.GetValueOrDefault(item.Key.Destination, 1);
            var evidence = BeaconScore.Weigh(item.Measure, count, hours.Count, usual);
            var share = (count - 1) / (double)Math.Max(1, hours.Count - 1);
            var total =
                ((evidence.Regularity + evidence.Size + evidence.Steadiness) * (1 - share))
                + evidence.Rarity
                + evidence.Newness;
            judged.Add(item with { Evidence = evidence, Users = count, Total = total });
        }

        var tail = new EmpiricalTail([.. judged.Select(item => item.Total)]);
        var findings = judged
            .Where(item =>
                item.Total >= read.Least
                && item.Evidence.Regularity + item.Evidence.Steadiness >= 1
                && item.Users <= Math.Max(1, read.MaxShare * hours.Count)
                && !context.Known.Contains("all", ValueOf(item.Key))
            )
            .OrderByDescending(item => item.Total)
            .ThenBy(item => ValueOf(item.Key), StringComparer.Ordinal)
            .Take(read.Limit)
            .Select(item => Find(context, read, item, tail, hours.Count, usual, cancel))
            .Where(finding => finding.Score >= read.MinScore)
            .ToList();
        return new TechniqueResult(
            Techniques.Ordered(findings),
            judged.Count,
            null,
            Normal(judged)
        );
    }

    static string ValueOf(Key key) => $"{key.Source} | {key.Destination} | {key.Port}";

    static IReadOnlyList<NormalValue> Normal(List<Judged> judged) =>
        [
            .. judged
                .OrderByDescending(item => item.Total)
                .ThenBy(item => ValueOf(item.Key), StringComparer.Ordinal)
                .Take(1_000)
                .Select(item => new NormalValue(
                    "all",
                    ValueOf(item.Key),
                    item.Measure.Connections,
                    item.Users,
                    item.Series.Times[0],
                    item.Series.Times[^1]
                )),
        ];

    /// <summary>Hours in which each source was on, and how many sources use each destination.</summary>
    static (Dictionary<string, long[]> Hours, Dictionary<string, int> Users) Background(
        TechniqueContext context,
        Parameters read,
        Subjects names,
        CancellationToken cancel
    )
    {
        var micros = context.Store.Dialect.Micros("time");
        var hours = new SortedDictionary<string, SortedSet<long>>(StringComparer.Ordinal);
        var active = $"""
            select distinct {read.Source.Sql} as s, cast(floor({micros} / 3600000000.0) as bigint) as h
            from {read.Class.Name} where {read.Source.Sql} is not null order by s, h
            """;
        using (var rows = context.Store.Query(active, context.Window, [], cancel))
        {
            while (rows.Read())
            {
                var source = names.Name(rows.Text(0)!);
                if (!Subjects.IsInside(source))
                {
                    continue;
                }

                if (!hours.TryGetValue(source, out var set))
                {
                    hours[source] = set = [];
                }

                set.Add(rows.Int(1));
            }
        }

        var users = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var pairs = $"""
            select distinct {read.Source.Sql} as s, {read.Destination.Sql} as d
            from {read.Class.Name}
            where {read.Source.Sql} is not null and {read.Destination.Sql} is not null
            """;
        using (var rows = context.Store.Query(pairs, context.Window, [], cancel))
        {
            while (rows.Read())
            {
                var destination = rows.Text(1)!;
                if (!hours.ContainsKey(names.Name(rows.Text(0)!)))
                {
                    continue;
                }

                if (!users.TryGetValue(destination, out var set))
                {
                    users[destination] = set = new HashSet<string>(StringComparer.Ordinal);
                }

                set.Add(names.Name(rows.Text(0)!));
            }
        }

        return (
            hours.ToDictionary(
                item => item.Key,
                item => item.Value.ToArray(),
                StringComparer.Ordinal
            ),
            users.ToDictionary(item => item.Key, item => item.Value.Count, StringComparer.Ordinal)
        );
    }

    /// <summary>Streams the times of every series that is long enough, one series at a time in memory but its numbers.</summary>
    static List<Judged> Measure(
        TechniqueContext context,
        Parameters read,
        Subjects names,
        Dictionary<string, long[]> hours,
        CancellationToken cancel
    )
    {
        var micros = context.Store.Dialect.Micros("time");
        var bytes = read.Class.Find("bytes_out") is null
            ? "cast(-1 as bigint)"
            : "coalesce(bytes_out, -1)";
        var filter = read.Filter.Length > 0 ? $" and ({read.Filter})" : "";
        var sql = $"""
            with e as (
              select {read.Source.Sql} as s, {read.Destination.Sql} as d, coalesce(dst_port, 0) as p,
                coalesce(source, '') as m, {micros} as t, {bytes} as b
              from {read.Class.Name}
              where {read.Source.Sql} is not null and {read.Destination.Sql} is not null{filter}
            ), k as (
              select s, d, p, m from e group by s, d, p, m
              having count(*) >= {read.Min} and count(*) <= {read.Max}
            )
            select e.s, e.d, e.p, e.m, e.t, e.b
            from e join k on e.s = k.s and e.d = k.d and e.p = k.p and e.m = k.m
            order by e.s, e.d, e.p, e.m, e.t, e.b
            """;
        var best = new Dictionary<Key, Judged>();
        using var rows = context.Store.Query(sql, context.Window, [], cancel);
        (Key Key, string Raw, string Sensor)? open = null;
        var series = new Series();
        while (rows.Read())
        {
            var raw = rows.Text(0)!;
            var key = new Key(names.Name(raw), rows.Text(1)!, rows.Int(2));
            var next = (key, raw, rows.Text(3)!);
            if (open is { } last && last != next)
            {
                Close(last.Key, last.Sensor, series, hours, best);
                series = new Series();
            }

            open = next;
            series.Raw.Add(raw);
            series.Times.Add(rows.Int(4));
            series.Sizes.Add(rows.Real(5));
        }

        if (open is { } end)
        {
            Close(end.Key, end.Sensor, series, hours, best);
        }

        return [.. best.Values.OrderBy(item => ValueOf(item.Key), StringComparer.Ordinal)];
    }

    static void Close(
        Key key,
        string sensor,
        Series series,
        Dictionary<string, long[]> hours,
        Dictionary<Key, Judged> best
    )
    {
        // A public source has no hours: it is none of ours.
        if (!hours.TryGetValue(key.Source, out var active))
        {
            return;
        }

        var measure = BeaconScore.Measure([.. series.Times], [.. series.Sizes], active);
        if (measure is null)
        {
            return;
        }

        // Only first, last and the raw names are kept of the series itself.
        var kept = new Series();
        kept.Times.Add(series.Times[0]);
        kept.Times.Add(series.Times[^1]);
        kept.Raw.UnionWith(series.Raw);
        if (
            !best.TryGetValue(key, out var other)
            || other.Measure.Connections < measure.Connections
        )
        {
            best[key] = new Judged(
                key,
                kept,
                sensor,
                measure,
                new BeaconEvidence(0, 0, 0, 0, 0),
                1,
                0
            );
        }
    }

    static Finding Find(
        TechniqueContext context,
        Parameters read,
        Judged item,
        EmpiricalTail tail,
        int sources,
        double usual,
        CancellationToken cancel
    )
    {
        var (key, measure, evidence) = (item.Key, item.Measure, item.Evidence);
        var model = Math.Max(Surprise.Floor, Math.Pow(10, -item.Total));
        var p = Math.Sqrt(model * tail.Upper(item.Total));
        var target = key.Port > 0 ? $"{key.Destination}:{key.Port}" : key.Destination;
        var reasons = new List<string>
        {
            $"{Wording.Count(measure.Connections, "connection", "connections")} in {Wording.Span(measure.SpanSeconds)}; median interval {Wording.Span(measure.MedianSeconds)}, median deviation {Wording.Span(measure.MadSeconds)}.",
        };
        if (evidence.Regularity >= 1)
        {
            reasons.Add(
                $"Its intervals spread {Wording.Number(measure.LogRatio)} (0 is a perfect beat, 0.58 random arrivals, people more): the chance that random arrivals are as regular is {(measure.PoissonP < 1e-12 ? "below 1E-12" : Wording.Number(measure.PoissonP))}."
            );
        }

        if (evidence.Steadiness >= 0.5)
        {
            reasons.Add(
                $"It came in {measure.FilledHours} of the {measure.Hours} hours in which the source was on."
            );
        }

        if (measure.SizesKnown > 0)
        {
            reasons.Add(
                $"{Wording.Number(100 * measure.SameSizeShare)} % of its requests have {Wording.Bytes(measure.SizeMedian)} within 5 %; {Wording.Number(100 * usual)} % is usual here."
            );
        }

        reasons.Add(
            $"{Wording.Count(item.Users, "source uses", "sources use")} this destination, of {sources}; what the beat proves is lowered by that share."
        );
        if (evidence.Newness >= 1)
        {
            reasons.Add(
                $"The source was on for {Wording.Count(measure.HoursBefore, "hour", "hours")} before the first connection: it is new."
            );
        }

        reasons.Add(
            $"Of {tail.Count:#,0} series measured, {tail.AtLeast(item.Total):#,0} show as much. {Wording.Chance(Surprise.Expected(p, tail.Count))}"
        );
        var parameters = new List<object>();
        var subjects = EvidenceRows.Add(parameters, item.Series.Raw);
        var destination = EvidenceRows.Add(parameters, [key.Destination]);
        var sensor = EvidenceRows.Add(parameters, [item.Sensor]);
        var rows = EvidenceRows.Fetch(
            context,
            read.Class,
            $"{read.Source.Sql} in ({subjects}) and {read.Destination.Sql} = {destination} and coalesce(source, '') = {sensor} and coalesce(dst_port, 0) = {key.Port}",
            parameters,
            [],
            cancel
        );
        return new Finding(
            Surprise.Score(p, tail.Count),
            evidence.Regularity >= evidence.Steadiness
                ? $"{key.Source}: connects to {target} every {Wording.Span(measure.MedianSeconds)} like a clock"
                : $"{key.Source}: connects to {target} in {measure.FilledHours} of {measure.Hours} hours, without the pauses of a person",
            [
                new Entity(AddressOr("host", key.Source), key.Source),
                new Entity(AddressOr("domain", key.Destination), key.Destination),
            ],
            item.Series.Times[0],
            item.Series.Times[^1],
            reasons,
            rows,
            measure.Connections,
            Group: "all",
            Value: ValueOf(key)
        );
    }

    static string AddressOr(string other, string value) =>
        System.Net.IPAddress.TryParse(value, out _) ? "address" : other;
}
