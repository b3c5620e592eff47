using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>
/// How good a source is in the five dimensions of DeTT&amp;CT (rabobank-cdc/DeTTECT, wiki "Data sources"), measured instead of
/// estimated. Scores are 0 (nothing) to 5; null where the data can't tell.
/// </summary>
/// <param name="Days">Days with events.</param>
/// <param name="SpanDays">Days from the first event to the last, both counted.</param>
/// <param name="Devices">Hosts of the source by the hosts there are: those of harrier.yaml, or all that any source names.</param>
/// <param name="Fields">Columns that Sigma rules ask of its classes, and how well each is filled at its best action.</param>
/// <param name="Timeliness">Events whose time was logged right. 5: all; 3: a clock was wrong and was repaired on import.</param>
/// <param name="Consistency">Values that have a column, by all values: the rest is in extra.</param>
/// <param name="Retention">Days it reaches back, by the days that are wanted.</param>
public sealed record SourceQuality(
    string Source,
    IReadOnlyList<string> Classes,
    long Events,
    long Hosts,
    long First,
    long Last,
    long Days,
    long SpanDays,
    Measured Devices,
    Measured Fields,
    Measured Timeliness,
    Measured Consistency,
    Measured Retention
);

/// <summary>A share in [0, 1] and the score it gives; both null where the data can't tell.</summary>
public readonly record struct Measured(double? Share, int? Score)
{
    public static Measured Unknown { get; } = new(null, null);

    /// <summary>0: none, 1: up to 25 %, 2: up to 50 %, 3: up to 75 %, 4: up to 95 %, 5: more (DeTT&amp;CT's steps for completeness).</summary>
    public static Measured Of(double share) =>
        new(
            share,
            share switch
            {
                <= 0 => 0,
                <= 0.25 => 1,
                <= 0.50 => 2,
                <= 0.75 => 3,
                <= 0.95 => 4,
                _ => 5,
            }
        );
}

static class SourceQualities
{
    const long Day = 86_400_000_000;

    /// <summary>Field of extra that holds the time as it was logged, where a wrong clock was repaired on import.</summary>
    const string RepairedField = "_time_as_logged";

    /// <summary>Events of a source and class whose extra fields are counted.</summary>
    const int Sample = 20_000;

    public static IReadOnlyList<SourceQuality> Of(
        LakeStore store,
        IReadOnlyCollection<string> inventory,
        int wantedDays,
        CancellationToken cancel
    )
    {
        var parts = EventClasses
            .All.Where(one => store.Classes.Contains(one.Name))
            .SelectMany(one => Parts(store, one, cancel))
            .ToList();
        var presence = store
            .Presence(TimeWindow.All, cancel)
            .ToLookup(line => line.Source, StringComparer.Ordinal);
        var known =
            inventory.Count > 0
                ? inventory.ToHashSet(StringComparer.Ordinal)
                : HostsIn(presence.SelectMany(lines => lines));
        return
        [
            .. parts
                .GroupBy(part => part.Source, StringComparer.Ordinal)
                .OrderByDescending(group => group.Sum(part => part.Events))
                .ThenBy(group => group.Key, StringComparer.Ordinal)
                .Select(group =>
                    Of(group.Key, [.. group], [.. presence[group.Key]], known, wantedDays)
                ),
        ];
    }

    static SourceQuality Of(
        string source,
        IReadOnlyList<Part> parts,
        IReadOnlyList<Presence> presence,
        HashSet<string> known,
        int wantedDays
    )
    {
        var hosts = HostsIn(presence);
        var first = parts.Min(part => part.First);
        var last = parts.Max(part => part.Last);
        var span = (last / Day) - (first / Day) + 1;
        var fills = parts.SelectMany(part => part.Fills).ToList();
        var values = parts.Sum(part => part.InColumns + part.InExtra);
        return new SourceQuality(
            source,
            [.. parts.Select(part => part.Class)],
            parts.Sum(part => part.Events),
            hosts.Count,
            first,
            last,
            presence.Select(line => line.Day).Distinct().Count(),
            span,
            // A sensor on the network names no hosts, and is not to be on each.
            hosts.Count == 0
            || known.Count == 0
                ? Measured.Unknown
                : Measured.Of((double)hosts.Count(known.Contains) / known.Count),
            fills.Count == 0 ? Measured.Unknown : Measured.Of(fills.Average()),
            Timeliness(parts),
            values == 0
                ? Measured.Unknown
                : Measured.Of(parts.Sum(part => part.InColumns) / (double)values),
            Measured.Of(Math.Min(1, (double)span / wantedDays))
        );
    }

    /// <summary>Files come when they come; what the data tells is whether its clocks were right.</summary>
    static Measured Timeliness(IReadOnlyList<Part> parts)
    {
        var right =
            1 - (parts.Sum(part => part.Repaired) / (double)parts.Sum(part => part.Sampled));
        return new Measured(right, right >= 1 ? 5 : 3);
    }

    static HashSet<string> HostsIn(IEnumerable<Presence> presence) =>
        presence.Select(line => line.Host).OfType<string>().ToHashSet(StringComparer.Ordinal);

    sealed record Part(
        string Source,
        string Class,
        long Events,
        long First,
        long Last,
        IReadOnlyList<double> Fills,
        long InColumns,
        long InExtra,
        long Sampled,
        long Repaired
    );

    static IEnumerable<Part> Parts(LakeStore store, EventClass eventClass, CancellationToken cancel)
    {
        var own = eventClass.Columns.Where(column => column.Ordinal > CommonColumns.Extra).ToList();
        var asked = own.FindAll(column => column.Sigma.Count > 0);
        var table = store.Dialect.Name(eventClass.Name);
        var bySource = new SortedDictionary<
            string,
            (long Events, long First, long Last, double[] Fills)
        >(StringComparer.Ordinal);
        using (
            var rows = store.Query(
                $"""
                SELECT coalesce(source, ''), action, count(*), {store.Dialect.Micros(
                    "min(time)"
                )}, {store.Dialect.Micros("max(time)")}{Counts(store, asked)}
                FROM {table} GROUP BY source, action
                """,
                TimeWindow.All,
                [],
                cancel
            )
        )
        {
            while (rows.Read())
            {
                var source = rows.Text(0)!;
                var (events, first, last, fills) = bySource.GetValueOrDefault(
                    source,
                    (0, long.MaxValue, long.MinValue, new double[asked.Count])
                );
                var ofAction = rows.Int(2);
                for (var at = 0; at < asked.Count; at++)
                {
                    // An event that ends a process has no command line to fill: the best action counts.
                    fills[at] = Math.Max(fills[at], (double)rows.Int(5 + at) / ofAction);
                }

                bySource[source] = (
                    events + ofAction,
                    Math.Min(first, rows.Int(3)),
                    Math.Max(last, rows.Int(4)),
                    fills
                );
            }
        }

        foreach (var (source, (events, first, last, fills)) in bySource)
        {
            var (inColumns, inExtra, sampled, repaired) = Values(store, table, own, source, cancel);
            yield return new Part(
                source,
                eventClass.Name,
                events,
                first,
                last,
                fills,
                inColumns,
                inExtra,
                sampled,
                repaired
            );
        }
    }

    static string Counts(LakeStore store, IReadOnlyList<Column> columns) =>
        string.Concat(columns.Select(column => $", count({store.Dialect.Name(column.Name)})"));

    static (long InColumns, long InExtra, long Sampled, long Repaired) Values(
        LakeStore store,
        string table,
        IReadOnlyList<Column> own,
        string source,
        CancellationToken cancel
    )
    {
        var counts = string.Join(
            " + ",
            own.Select(column => $"count({store.Dialect.Name(column.Name)})").DefaultIfEmpty("0")
        );
        using var rows = store.Query(
            $"""
            SELECT {counts}, coalesce(sum(len(json_keys(extra))), 0), count(*), count({store.Dialect.JsonField(
                RepairedField
            )})
            FROM (SELECT * FROM {table} WHERE coalesce(source, '') = {store.Dialect.Literal(
                source
            )} LIMIT {Sample})
            """,
            TimeWindow.All,
            [],
            cancel
        );
        rows.Read();
        return (rows.Int(0), rows.Int(1), rows.Int(2), rows.Int(3));
    }
}
