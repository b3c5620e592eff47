using System.Globalization;
using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>What the lake holds of one class, and how well its columns are filled.</summary>
/// <param name="Hosts">Distinct hosts.</param>
/// <param name="First">First event, microseconds since 1970 UTC.</param>
/// <param name="Last">Last event.</param>
/// <param name="Gaps">Days between the first and the last event without any event of the class.</param>
public sealed record ClassReport(
    string Class,
    long Events,
    long Hosts,
    long First,
    long Last,
    IReadOnlyList<ColumnReport> Columns,
    IReadOnlyList<DataGap> Gaps
);

/// <summary>A column of a class in the lake.</summary>
/// <param name="Type">time, text, int or json.</param>
/// <param name="Filled">Share of events that have a value, in [0, 1].</param>
/// <param name="Distinct">Exact number of distinct values.</param>
/// <param name="Samples">Up to three values: the commonest, ties in the order of their text.</param>
public sealed record ColumnReport(
    string Name,
    string Type,
    double Filled,
    long Distinct,
    IReadOnlyList<string> Samples
);

/// <summary>Days without an event, from inclusive, to exclusive, microseconds since 1970 UTC.</summary>
public sealed record DataGap(long From, long To);

/// <summary>Asks the lake for <see cref="ClassReport"/>s.</summary>
static class ClassReports
{
    const long Day = 86_400_000_000;

    // A sample is shown in a table: what a script block or a JSON object goes on with is cut.
    const int SampleLength = 120;

    public static IReadOnlyList<ClassReport> Describe(
        LakeStore store,
        string? only,
        CancellationToken cancel
    ) =>
        [
            .. Present(store)
                .Where(eventClass => only is null || eventClass.Name == only)
                .Select(eventClass => Describe(store, eventClass, cancel)),
        ];

    /// <summary>Days without an event of a class between its first and its last.</summary>
    public static IReadOnlyList<(string Class, DataGap Gap)> Gaps(
        LakeStore store,
        CancellationToken cancel
    ) =>
        [
            .. Present(store)
                .SelectMany(
                    eventClass => Gaps(store, store.Dialect.Name(eventClass.Name), cancel),
                    (eventClass, gap) => (eventClass.Name, gap)
                ),
        ];

    static IEnumerable<EventClass> Present(LakeStore store) =>
        EventClasses.All.Where(eventClass => store.Classes.Contains(eventClass.Name));

    static ClassReport Describe(LakeStore store, EventClass eventClass, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var dialect = store.Dialect;
        var table = dialect.Name(eventClass.Name);
        var counts = string.Concat(
            eventClass.Columns.Select(column => $", count({dialect.Name(column.Name)})")
        );
        long events,
            hosts,
            first,
            last;
        var filled = new long[eventClass.Columns.Count];
        using (
            var rows = store.Query(
                $"SELECT count(*), count(DISTINCT host), min(time), max(time){counts} FROM {table}",
                TimeWindow.All,
                [],
                cancel
            )
        )
        {
            rows.Read();
            (events, hosts, first, last) = (rows.Int(0), rows.Int(1), rows.Int(2), rows.Int(3));
            for (var i = 0; i < filled.Length; i++)
            {
                filled[i] = rows.Int(4 + i);
            }
        }

        var columns = eventClass
            .Columns.Select(column =>
                Describe(store, table, column, filled[column.Ordinal], events, cancel)
            )
            .ToList();
        return new ClassReport(
            eventClass.Name,
            events,
            hosts,
            first,
            last,
            columns,
            Gaps(store, table, cancel)
        );
    }

    static ColumnReport Describe(
        LakeStore store,
        string table,
        Column column,
        long filled,
        long events,
        CancellationToken cancel
    )
    {
        var type = column.Type.ToString().ToLowerInvariant();
        var share = events == 0 ? 0 : (double)filled / events;
        if (filled == 0)
        {
            return new ColumnReport(column.Name, type, share, 0, []);
        }

        // One grouping gives both: the groups are the distinct values, the largest are the samples.
        var name = store.Dialect.Name(column.Name);
        using var rows = store.Query(
            $"""
            SELECT value, count(*) OVER () FROM
                (SELECT {name} AS value, count(*) AS events FROM {table} WHERE {name} IS NOT NULL GROUP BY value)
            ORDER BY events DESC, value LIMIT 3
            """,
            TimeWindow.All,
            [],
            cancel
        );
        var distinct = 0L;
        var samples = new List<string>();
        while (rows.Read())
        {
            distinct = rows.Int(1);
            samples.Add(Cut(rows.Text(0)!));
        }

        return new ColumnReport(column.Name, type, share, distinct, samples);
    }

    static string Cut(string sample)
    {
        if (sample.Length <= SampleLength)
        {
            return sample;
        }

        var end = char.IsHighSurrogate(sample[SampleLength - 1]) ? SampleLength - 1 : SampleLength;
        return string.Create(CultureInfo.InvariantCulture, $"{sample.AsSpan(0, end)}…");
    }

    static List<DataGap> Gaps(LakeStore store, string table, CancellationToken cancel)
    {
        using var rows = store.Query(
            $"SELECT DISTINCT {store.Dialect.TimeBucket("time", Day)} AS day FROM {table} ORDER BY day",
            TimeWindow.All,
            [],
            cancel
        );
        var gaps = new List<DataGap>();
        long? next = null;
        while (rows.Read())
        {
            var day = rows.Int(0);
            if (next is { } expected && day > expected)
            {
                gaps.Add(new DataGap(expected, day));
            }

            next = day + Day;
        }

        return gaps;
    }
}
