using System.Globalization;
using Harrier.Analytics.Anomaly;
using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Days of hosts that stand out in many numbers at once: an isolation forest over behaviour vectors.</summary>
/// <remarks>
/// Each host and day is a row: processes started, programs, logons, failures, connections, bytes, names looked up, shares,
/// files, services and so on, and the share of it that happened at night. Numbers are taken as log(1 + x), less the median of
/// the peer group, over the group's spread (modified z), so that a server is compared with servers. What lies below is cut at
/// -2: a quiet day is no intrusion. Above it is cut at 20, so that one giant number does not make the rest invisible.
/// <para>
/// The forest's scores, less what the host's other days have above the middle, are judged by their own spread: modified z,
/// Student's tail with three degrees of freedom.
/// Which numbers made a row stand out is said by the bits of separation each column earned in the trees (see
/// <see cref="IsolationForest"/>), and each is shown beside the group's median. One finding a host: its oddest day.
/// </para>
/// Parameters: min_vectors (20), min_group (8 host-days; smaller groups are compared with all), trees (200), sample (256), least (2.5: z of the
/// score), peers (true), min_score (0.2), limit (10).
/// </remarks>
sealed class HostDays : ITechnique
{
    const double Low = -2;
    const double High = 20;

    public string Name => "isolation-forest";

    /// <summary>A number of a host's day: SQL over one class.</summary>
    sealed record Feature(string Class, string Title, string Sql);

    static readonly Feature[] Features =
    [
        new("process", "processes started", "count(*)"),
        new("process", "distinct programs", "count(distinct lower(image))"),
        new("process", "distinct parent programs", "count(distinct lower(parent_image))"),
        new("process", "accounts that start processes", "count(distinct account)"),
        new("process", "processes started at night", "sum(case when night then 1 else 0 end)"),
        new("script", "script blocks", "count(*)"),
        new("script", "characters of script", "sum(length(script_text))"),
        new("logon", "logons", "sum(case when outcome = 'success' then 1 else 0 end)"),
        new("logon", "failed logons", "sum(case when outcome = 'failure' then 1 else 0 end)"),
        new("logon", "accounts that log on", "count(distinct account)"),
        new("logon", "sources of logons", "count(distinct coalesce(src_ip, src_host))"),
        new("logon", "logons at night", "sum(case when night then 1 else 0 end)"),
        new("network", "connections", "count(*)"),
        new("network", "distinct destinations", "count(distinct dst_ip)"),
        new("network", "distinct destination ports", "count(distinct dst_port)"),
        new("network", "bytes sent", "sum(coalesce(bytes_out, 0))"),
        new("network", "bytes received", "sum(coalesce(bytes_in, 0))"),
        new("network", "connections at night", "sum(case when night then 1 else 0 end)"),
        new("dns", "names looked up", "count(*)"),
        new("dns", "distinct names", "count(distinct query)"),
        new("http", "web requests", "count(*)"),
        new("http", "distinct web hosts", "count(distinct url_host)"),
        new("share", "share accesses", "count(*)"),
        new("share", "distinct files on shares", "count(distinct relative_path)"),
        new("file", "files written", "count(*)"),
        new("registry", "registry changes", "count(*)"),
        new("service", "services installed", "count(*)"),
        new("task", "tasks changed", "count(*)"),
        new("account", "account changes", "count(*)"),
        new("process_access", "processes opened", "count(*)"),
        new("remote_thread", "remote threads", "count(*)"),
    ];

    sealed record Parameters(
        int MinVectors,
        int MinGroup,
        int Trees,
        int Sample,
        double Least,
        bool Peers,
        double MinScore,
        int Limit
    );

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var read = new Parameters(
            step.Number("min_vectors", 20, 10, 1_000_000),
            step.Number("min_group", 8, 5, 1_000_000),
            step.Number("trees", 200, 10, 10_000),
            step.Number("sample", 256, 16, 65_536),
            step.Real("least", 2.5, 0, 1_000),
            step.Flag("peers", true),
            step.Real("min_score", 0.2, 0, 1),
            step.Number("limit", 10, 1, 1_000)
        );
        step.Done();
        return read;
    }

    public IReadOnlyList<DataNeed> Needs(StepParameters parameters)
    {
        Read(parameters);
        return [];
    }

    sealed record HostDay(string Host, long Day, double[] Numbers)
    {
        public SortedSet<string> Raw { get; } = new(StringComparer.Ordinal);
    }

    public TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    )
    {
        var read = Read(parameters);
        var days = Load(context, cancel);
        if (days.Count < read.MinVectors)
        {
            return new TechniqueResult(
                [],
                days.Count,
                $"{Wording.Count(days.Count, "host-day", "host-days")}; a forest over fewer than {read.MinVectors} says nothing.",
                []
            );
        }

        var groups = Groups(context, read, days);
        var medians = new Dictionary<string, RobustScale[]>(StringComparer.Ordinal);
        foreach (var group in groups.Distinct())
        {
            var members = days.Where((_, i) => groups[i] == group || group == "all").ToList();
            medians[group] =
            [
                .. Features.Select(
                    (_, f) =>
                        RobustZ.Scale([.. members.Select(day => Math.Log(1 + day.Numbers[f]))])
                ),
            ];
        }

        var rows = days.Select((day, i) => Standardise(day, medians[groups[i]])).ToList();
        var forest = IsolationForest.Grow(rows, context.Seed, read.Trees, read.Sample);
        var scores = rows.Select(row => forest.Score(row)).ToArray();
        var scale = RobustZ.Scale(scores);
        var surplus = Surplus(days, scores, scale.Median);
        var order = Enumerable
            .Range(0, days.Count)
            .Where(i =>
                scale.Z(surplus[i]) >= read.Least
                && !context.Known.Contains(groups[i], ValueOf(days[i]))
            )
            .OrderByDescending(i => surplus[i])
            .ThenBy(i => days[i].Host, StringComparer.Ordinal)
            .ThenBy(i => days[i].Day)
            .DistinctBy(i => days[i].Host)
            .Take(read.Limit);
        var findings = order
            .Select(i =>
                Find(
                    context,
                    days[i],
                    rows[i],
                    groups[i],
                    medians[groups[i]],
                    forest,
                    scores[i],
                    scale.Z(surplus[i]),
                    scale,
                    days.Count,
                    groups.Count(g => g == groups[i]),
                    cancel
                )
            )
            .ToList();
        return new TechniqueResult(
            Techniques.Ordered(findings.Where(finding => finding.Score >= read.MinScore)),
            days.Count,
            null,
            []
        );
    }

    /// <summary>
    /// Scores less what the host's other days have above the middle (from two others on): the one machine that is unlike all
    /// others is so every day.
    /// </summary>
    static double[] Surplus(List<HostDay> days, double[] scores, double middle)
    {
        var byHost = Enumerable.Range(0, days.Count).ToLookup(i => days[i].Host);
        var surplus = scores.ToArray();
        for (var i = 0; i < surplus.Length; i++)
        {
            var others = byHost[days[i].Host].Where(j => j != i).Select(j => scores[j]).ToArray();
            if (others.Length >= 2)
            {
                surplus[i] -= Math.Max(0, Quantiles.Median(others) - middle);
            }
        }

        return surplus;
    }

    static string ValueOf(HostDay day) => $"{day.Host} | {Date(day.Day)}";

    static string Date(long day) =>
        DateTime.UnixEpoch.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string[] Groups(TechniqueContext context, Parameters read, List<HostDay> days)
    {
        var groups = days.Select(day => Sightings.GroupOf(context, read.Peers, day.Host)).ToArray();
        var sizes = groups.CountBy(group => group).ToDictionary(StringComparer.Ordinal);
        return [.. groups.Select(group => sizes[group] >= read.MinGroup ? group : "all")];
    }

    static double[] Standardise(HostDay day, RobustScale[] scales)
    {
        // On the log scale 0.1 is 10 %: less spread than that is not told apart.
        const double LeastSpread = 0.1;
        var row = new double[Features.Length];
        for (var f = 0; f < row.Length; f++)
        {
            var scale = scales[f];
            scale =
                scale.Spread >= LeastSpread
                    ? scale
                    : scale with
                    {
                        Spread = LeastSpread,
                        Basis = SpreadBasis.MeanDeviation,
                    };
            row[f] = Math.Clamp(scale.Z(Math.Log(1 + day.Numbers[f])), Low, High);
        }

        return row;
    }

    static List<HostDay> Load(TechniqueContext context, CancellationToken cancel)
    {
        var names = Subjects.Learn(context, cancel);
        var micros = context.Store.Dialect.Micros("time");
        var days = new SortedDictionary<(string Host, long Day), HostDay>();
        foreach (
            var group in Features
                .Select((f, i) => (Feature: f, Index: i))
                .GroupBy(item => item.Feature.Class)
        )
        {
            var eventClass = EventClasses.Find(group.Key)!;
            var host =
                eventClass.Find("src_ip") is not null && group.Key is "network" or "dns" or "http"
                    ? "coalesce(host, src_ip)"
                    : "host";
            var list = group.ToList();
            var sql = $"""
                select s, d, {string.Join(
                    ", ",
                    list.Select((item, i) => $"{item.Feature.Sql} as x{i}")
                )}
                from (
                  select *, {host} as s, cast(floor({micros} / 86400000000.0) as bigint) as d,
                    cast(floor({micros} / 3600000000.0) as bigint) % 24 < 5 as night
                  from {group.Key} where {host} is not null
                ) as e
                group by s, d order by s, d
                """;
            using var rows = context.Store.Query(sql, context.Window, [], cancel);
            while (rows.Read())
            {
                var raw = rows.Text(0)!;
                var key = (names.Name(raw), rows.Int(1));
                if (!Subjects.IsInside(key.Item1))
                {
                    continue;
                }

                if (!days.TryGetValue(key, out var day))
                {
                    days[key] = day = new HostDay(
                        key.Item1,
                        key.Item2,
                        new double[Features.Length]
                    );
                }

                day.Raw.Add(raw);
                for (var i = 0; i < list.Count; i++)
                {
                    // A host that two sources saw (by name and by address) is not twice as busy.
                    var value = rows.Real(i + 2);
                    day.Numbers[list[i].Index] = Math.Max(
                        day.Numbers[list[i].Index],
                        double.IsNaN(value) ? 0 : value
                    );
                }
            }
        }

        return [.. days.Values];
    }

    static Finding Find(
        TechniqueContext context,
        HostDay day,
        double[] row,
        string group,
        RobustScale[] medians,
        IsolationForest forest,
        double score,
        double z,
        RobustScale scale,
        int vectors,
        int groupSize,
        CancellationToken cancel
    )
    {
        var p = Tails.StudentThree(z);
        var contributions = forest.Contributions(row);
        var total = contributions.Where(bits => bits > 0).Sum();
        var top = Enumerable
            .Range(0, Features.Length)
            .Where(f => contributions[f] > 0 && row[f] > 1)
            .OrderByDescending(f => contributions[f])
            .ThenBy(f => f)
            .Take(4)
            .ToList();
        var population =
            group == "all" ? $"{vectors} host-days" : $"{groupSize} host-days of group '{group}'";
        var reasons = top.Select(f =>
                $"{Capital(Features[f].Title)}: {Wording.Number(day.Numbers[f])}; median of {population} {Wording.Number(Math.Exp(medians[f].Median) - 1)} ({Wording.Number(100 * contributions[f] / total)} % of the separation)."
            )
            .ToList();
        reasons.Add(
            $"Isolation score {Wording.Number(score)} against a median of {Wording.Number(scale.Median)} over {vectors} host-days, modified z {Wording.Number(z)}, less what is usual for this host."
        );
        reasons.Add(Wording.Chance(Surprise.Expected(p, vectors)));
        var title =
            top.Count == 0
                ? "an unusual mixture"
                : "unusual in " + string.Join(", ", top.Take(3).Select(f => Features[f].Title));
        var evidence = EvidenceOf(
            context,
            day,
            top.Count > 0 ? Features[top[0]].Class : null,
            cancel
        );
        return new Finding(
            Surprise.Score(p, vectors),
            $"{day.Host}: {Date(day.Day)} {title}",
            [
                new Entity(
                    System.Net.IPAddress.TryParse(day.Host, out _) ? "address" : "host",
                    day.Host
                ),
            ],
            day.Day * 86_400_000_000,
            ((day.Day + 1) * 86_400_000_000) - 1,
            reasons,
            evidence,
            top.Count > 0
                ? Math.Max(evidence.Count, (long)day.Numbers[FirstOf(Features[top[0]].Class)])
                : 0,
            Group: group,
            Value: ValueOf(day)
        );
    }

    /// <summary>The first number of each class but logon counts its events.</summary>
    static int FirstOf(string name) => Array.FindIndex(Features, feature => feature.Class == name);

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Records of the class that stood out most, on that host and day.</summary>
    static IReadOnlyList<Evidence> EvidenceOf(
        TechniqueContext context,
        HostDay day,
        string? name,
        CancellationToken cancel
    )
    {
        if (name is null)
        {
            return [];
        }

        var eventClass = EventClasses.Find(name)!;
        var host = name is "network" or "dns" or "http" ? "coalesce(host, src_ip)" : "host";
        var micros = context.Store.Dialect.Micros("time");
        var parameters = new List<object>
        {
            day.Day * 86_400_000_000,
            (day.Day + 1) * 86_400_000_000,
        };
        var subjects = EvidenceRows.Add(parameters, day.Raw);
        return EvidenceRows.Fetch(
            context,
            eventClass,
            $"{host} in ({subjects}) and {micros} >= $1 and {micros} < $2",
            parameters,
            [],
            cancel
        );
    }
}
