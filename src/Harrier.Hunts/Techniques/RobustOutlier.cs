using System.Globalization;
using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>A number per entity and day (or hour) that lies far above the entity's own habit and its peers'.</summary>
/// <remarks>
/// The number is a count of events, a sum, or a count of distinct values; it is judged on the scale of log(1 + x), because
/// ten more on ten is news and ten more on a million is none, by the modified z (<see cref="RobustZ"/>). Own history is used
/// from 'min_own' other periods on, peers from 'min_peers' periods of other entities on; where both are there the smaller z
/// counts: what everybody did on that day, or what one machine always does, is no outlier. With two to four other periods
/// of its own, what their median has above the peers' is taken off first. A spread below 5 % is taken as 5 %.
/// The tail probability of z is Student's with three degrees of freedom. One finding an entity: its farthest period.
/// <para>Parameters: class, measure (count | sum:COLUMN | distinct:COLUMN), by (host), per (day | hour), filter, peers (true),
/// threshold (3.5), min_value (20: smaller numbers are never outliers), min_own (5), min_peers (10), min_score (0.2), limit (20).</para>
/// </remarks>
sealed class RobustOutlier : ITechnique
{
    /// <summary>5 % on the scale of log(1 + x), as a MAD.</summary>
    const double LeastSpread = 0.05;

    /// <summary>Periods from which on leaving one out changes nothing.</summary>
    const int Many = 100;

    public string Name => "robust-outlier";

    sealed record Parameters(
        EventClass Class,
        string Measure,
        string Title,
        Column? Column,
        ColumnChoice By,
        bool Hourly,
        string Filter,
        bool Peers,
        double Threshold,
        double MinValue,
        int MinOwn,
        int MinPeers,
        double MinScore,
        int Limit
    );

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var eventClass = step.Class();
        var (measure, title, column) = Measure(step, eventClass);
        var read = new Parameters(
            eventClass,
            measure,
            title,
            column,
            step.Choice(eventClass, step.Text("by", "host")),
            step.OneOf("per", "day", "day", "hour") == "hour",
            step.Filter(),
            step.Flag("peers", true),
            step.Real("threshold", RobustScale.Threshold, 1, 1_000),
            step.Real("min_value", 20, 0, 1e15),
            step.Number("min_own", 5, 3, 10_000),
            step.Number("min_peers", 10, 3, 1_000_000),
            step.Real("min_score", 0.2, 0, 1),
            step.Number("limit", 20, 1, 1_000)
        );
        step.Done();
        return read;
    }

    static (string Sql, string Title, Column? Column) Measure(
        StepReader step,
        EventClass eventClass
    )
    {
        var text = step.Text("measure", "count");
        if (text == "count")
        {
            return ("count(*)", $"{eventClass.Name} events", null);
        }

        var parts = text.Split(':');
        var column = parts.Length == 2 ? eventClass.Find(parts[1]) : null;
        return (parts[0], column) switch
        {
            ("sum", { Type: ColumnType.Int }) => (
                $"sum(\"{column.Name}\")",
                $"sum of {column.Name}",
                column
            ),
            ("distinct", not null) => (
                $"count(distinct \"{column.Name}\")",
                $"distinct {column.Name}",
                column
            ),
            _ => throw step.Wrong(
                $"'measure' is count, sum:COLUMN of a number, or distinct:COLUMN of {eventClass.Name}, not '{text}'.",
                null
            ),
        };
    }

    public IReadOnlyList<DataNeed> Needs(StepParameters parameters)
    {
        var read = Read(parameters);
        var columns = read.By.Columns.Count == 1 ? read.By.Columns.ToList() : [];
        if (read.Column is not null)
        {
            columns.Add(read.Column);
        }

        return [new DataNeed(read.Class, columns)];
    }

    sealed record Period(string Subject, string Raw, long Start, double Value);

    sealed record Outlier(
        Period Period,
        double Z,
        RobustScale? Own,
        RobustScale? Peers,
        string Group
    );

    public TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    )
    {
        var read = Read(parameters);
        var periods = Periods(context, read, cancel);
        var bySubject = periods
            .GroupBy(period => period.Subject, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        var byGroup = periods
            .GroupBy(period => Sightings.GroupOf(context, read.Peers, period.Subject))
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        var outliers = new List<Outlier>();
        var scales = new Scales();
        var judged = 0L;
        foreach (var period in periods)
        {
            var group = Sightings.GroupOf(context, read.Peers, period.Subject);
            var mine = bySubject[period.Subject];
            var own = scales.Of(
                mine.Count > Many ? $"own {period.Subject}" : null,
                mine.Where(other => mine.Count > Many || other.Start != period.Start),
                read.MinOwn
            );
            var all = byGroup[group];
            var peers = scales.Of(
                all.Count > Many * Many ? $"group {group}" : $"peers {period.Subject}",
                all.Where(other => all.Count > Many * Many || other.Subject != period.Subject),
                read.MinPeers
            );
            if (own is null && peers is null)
            {
                continue;
            }

            judged++;
            var x = Math.Log(1 + period.Value);
            var z = Math.Min(
                own?.Z(x) ?? double.MaxValue,
                peers?.Z(x - (own is null ? Habit(mine, period, peers.Median) : 0))
                    ?? double.MaxValue
            );
            if (z >= read.Threshold && period.Value >= read.MinValue)
            {
                outliers.Add(new Outlier(period, z, own, peers, group));
            }
        }

        if (judged == 0)
        {
            return new TechniqueResult(
                [],
                0,
                $"{Wording.Count(periods.Count, "period", "periods")} of {read.Title} for {Wording.Count(bySubject.Count, "entity", "entities")}: an outlier needs {read.MinOwn} other periods of its own or {read.MinPeers} of its peers.",
                []
            );
        }

        var findings = outliers
            .OrderByDescending(outlier => outlier.Z)
            .ThenBy(outlier => outlier.Period.Subject, StringComparer.Ordinal)
            .ThenBy(outlier => outlier.Period.Start)
            .DistinctBy(outlier => outlier.Period.Subject)
            .Where(outlier => !context.Known.Contains(outlier.Group, ValueOf(read, outlier)))
            .Where(outlier =>
                Surprise.Score(Tails.StudentThree(outlier.Z), judged) >= read.MinScore
            )
            .Take(read.Limit)
            .Select(outlier =>
                Find(
                    context,
                    read,
                    outlier,
                    outliers.Count(other => other.Period.Subject == outlier.Period.Subject),
                    bySubject[outlier.Period.Subject].Count,
                    judged,
                    cancel
                )
            );
        return new TechniqueResult(Techniques.Ordered(findings), judged, null, []);
    }

    /// <summary>
    /// What an entity with too few periods for a spread of its own usually has above its peers, from two other periods on: a
    /// server among desktops is busy every day.
    /// </summary>
    static double Habit(List<Period> mine, Period period, double middle)
    {
        double[] others =
        [
            .. mine.Where(other => other.Start != period.Start)
                .Select(other => Math.Log(1 + other.Value)),
        ];
        return others.Length < 2 ? 0 : Math.Max(0, Quantiles.Median(others) - middle);
    }

    static string ValueOf(Parameters read, Outlier outlier) =>
        $"{outlier.Period.Subject} | {read.Title} | {Time(outlier.Period.Start, read.Hourly)}";

    /// <summary>
    /// Scales by name, worked out once. Where there are many periods one period, or one entity, does not move the median, and
    /// the scale of all of them serves for each.
    /// </summary>
    sealed class Scales
    {
        readonly Dictionary<string, RobustScale?> _known = new(StringComparer.Ordinal);

        public RobustScale? Of(string? name, IEnumerable<Period> periods, int least)
        {
            if (name is not null && _known.TryGetValue(name, out var known))
            {
                return known;
            }

            var scale = Scale([.. periods.Select(period => Math.Log(1 + period.Value))], least);
            if (name is not null)
            {
                _known[name] = scale;
            }

            return scale;
        }
    }

    static RobustScale? Scale(double[] values, int least)
    {
        if (values.Length < least)
        {
            return null;
        }

        var scale = RobustZ.Scale(values);
        if (scale.Spread >= LeastSpread)
        {
            return scale;
        }

        var basis = scale.Basis == SpreadBasis.None ? SpreadBasis.MeanDeviation : scale.Basis;
        return scale with { Spread = LeastSpread, Basis = basis };
    }

    static List<Period> Periods(TechniqueContext context, Parameters read, CancellationToken cancel)
    {
        const int MostRows = 1_000_000;
        var names = Subjects.CanBeAddress(read.By)
            ? Subjects.Learn(context, cancel)
            : Subjects.None;
        var micros = context.Store.Dialect.Micros("time");
        var length = Length(read);
        var filter = read.Filter.Length > 0 ? $"({read.Filter}) and " : "";
        var sql = $"""
            select {read.By.Sql} as s, cast(floor({micros} / {length}.0) as bigint) as d, {read.Measure} as n
            from {read.Class.Name} where {filter}{read.By.Sql} is not null
            group by {read.By.Sql}, cast(floor({micros} / {length}.0) as bigint)
            order by s, d limit {MostRows}
            """;
        var periods = new List<Period>();
        using var rows = context.Store.Query(sql, context.Window, [], cancel);
        while (rows.Read())
        {
            var raw = rows.Text(0)!;
            if (read.By.Columns.Count > 1 && !Subjects.IsInside(names.Name(raw)))
            {
                continue;
            }

            var value = rows.Real(2);
            periods.Add(
                new Period(
                    names.Name(raw),
                    raw,
                    rows.Int(1) * length,
                    double.IsNaN(value) ? 0 : value
                )
            );
        }

        return periods;
    }

    static long Length(Parameters read) => read.Hourly ? 3_600_000_000 : 86_400_000_000;

    static Finding Find(
        TechniqueContext context,
        Parameters read,
        Outlier outlier,
        int such,
        int periods,
        long judged,
        CancellationToken cancel
    )
    {
        var period = outlier.Period;
        var p = Tails.StudentThree(outlier.Z);
        var when = Time(period.Start, read.Hourly);
        var reasons = new List<string>
        {
            $"{Wording.Number(period.Value)} {read.Title} on {when}.",
        };
        Say(reasons, outlier.Own, "its own other periods");
        Say(
            reasons,
            outlier.Peers,
            outlier.Group == "all"
                ? "other entities' periods"
                : $"periods of group '{outlier.Group}'"
        );
        if (such > 1)
        {
            reasons.Add($"{such} of its {periods} periods are so; this is the farthest.");
        }

        reasons.Add(
            $"Modified z {Wording.Number(outlier.Z)} on the log scale; the border is {Wording.Number(read.Threshold)}."
        );
        reasons.Add(Wording.Chance(Surprise.Expected(p, judged)));
        var length = Length(read);
        var micros = context.Store.Dialect.Micros("time");
        var filter = read.Filter.Length > 0 ? $"({read.Filter}) and " : "";
        var evidence = EvidenceRows.Fetch(
            context,
            read.Class,
            $"{filter}{read.By.Sql} = $1 and {micros} >= $2 and {micros} < $3",
            [period.Raw, period.Start, period.Start + length],
            read.Column is null ? [] : [read.Column],
            cancel
        );
        var isAddress =
            period.Subject == period.Raw && System.Net.IPAddress.TryParse(period.Raw, out _);
        return new Finding(
            Surprise.Score(p, judged),
            $"{period.Subject}: {Wording.Number(period.Value)} {read.Title} on {when}, far above its habit",
            [
                new Entity(
                    isAddress ? "address" : read.By.Columns[0].Entity ?? "host",
                    period.Subject
                ),
            ],
            evidence.Count > 0 ? evidence[0].Time : period.Start,
            evidence.Count is > 0 and < EvidenceRows.Most
                ? evidence[^1].Time
                : period.Start + length - 1,
            reasons,
            evidence,
            evidence.Count,
            Group: outlier.Group,
            Value: ValueOf(read, outlier)
        );
    }

    static void Say(List<string> reasons, RobustScale? scale, string whose)
    {
        if (scale is null)
        {
            return;
        }

        var basis =
            scale.Spread <= LeastSpread ? "spread below 5 %, taken as 5 %"
            : scale.Basis == SpreadBasis.MeanDeviation
                ? "over half are equal, so the mean deviation is used"
            : "median absolute deviation";
        reasons.Add(
            $"Median of {scale.Count} {whose}: {Wording.Number(Math.Exp(scale.Median) - 1)} ({basis})."
        );
    }

    static string Time(long micros, bool hourly) =>
        DateTime
            .UnixEpoch.AddTicks(micros * 10)
            .ToString(
                hourly ? "yyyy-MM-dd HH:00 'UTC'" : "yyyy-MM-dd",
                CultureInfo.InvariantCulture
            );
}
