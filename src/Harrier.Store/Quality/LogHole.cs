using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>Numbers that are missing in a Windows event log, which counts its records without a break.</summary>
/// <param name="Missing">Records between the two.</param>
/// <param name="Before">Time of the record before the hole, microseconds since 1970 UTC.</param>
/// <param name="After">Time of the record after it.</param>
public sealed record LogHole(
    string Host,
    string Channel,
    long FirstMissing,
    long Missing,
    long Before,
    long After
);

/// <summary>A Windows event log as its record numbers show it.</summary>
/// <param name="Records">Distinct record numbers that are there.</param>
/// <param name="Missing">Numbers that are missing between the first and the last.</param>
public sealed record LogNumbers(
    string Host,
    string Channel,
    long Records,
    long Missing,
    IReadOnlyList<LogHole> Largest
)
{
    /// <summary>More is missing than there: somebody exported a selection, so holes say nothing.</summary>
    public bool IsSelection => Missing > Records;
}

static class LogHoles
{
    const int LargestOfALog = 5;

    /// <summary>Logs with holes, the most missing first.</summary>
    /// <param name="evtxFiles">Column <c>file</c> of what was read from EVTX: only there are record numbers the log's own.</param>
    public static IReadOnlyList<LogNumbers> Of(
        LakeStore store,
        IReadOnlyCollection<string> evtxFiles,
        CancellationToken cancel
    )
    {
        if (evtxFiles.Count == 0)
        {
            return [];
        }

        var dialect = store.Dialect;
        var files = string.Join(", ", evtxFiles.Select(dialect.Literal));
        var classes = string.Join(
            " UNION ALL ",
            store.Classes.Select(name =>
                $"SELECT host, channel, record, time FROM {dialect.Name(name)} WHERE host IS NOT NULL AND channel IS NOT NULL AND file IN ({files})"
            )
        );
        using var rows = store.Query(
            $"""
            WITH numbers AS (SELECT host, channel, record, min(time) AS time FROM ({classes}) GROUP BY ALL),
            steps AS (
                SELECT host, channel, record, time, lag(record) OVER log AS before, lag(time) OVER log AS time_before
                FROM numbers WINDOW log AS (PARTITION BY host, channel ORDER BY record)),
            holes AS (
                SELECT *, record - before - 1 AS missing,
                    sum(record - before - 1) OVER (PARTITION BY host, channel) AS all_missing,
                    count(*) OVER (PARTITION BY host, channel) AS records,
                    row_number() OVER (PARTITION BY host, channel ORDER BY record - before DESC NULLS LAST, record) AS rank
                FROM steps)
            SELECT host, channel, records, all_missing, before + 1, missing,
                {dialect.Micros("time_before")}, {dialect.Micros("time")}
            FROM holes WHERE missing > 0 AND rank <= {LargestOfALog}
            ORDER BY all_missing DESC, host, channel, rank
            """,
            TimeWindow.All,
            [],
            cancel
        );
        var logs = new List<LogNumbers>();
        var holes = new List<LogHole>();
        while (rows.Read())
        {
            var hole = new LogHole(
                rows.Text(0)!,
                rows.Text(1)!,
                rows.Int(4),
                rows.Int(5),
                rows.Int(6),
                rows.Int(7)
            );
            if (logs.Count == 0 || logs[^1].Host != hole.Host || logs[^1].Channel != hole.Channel)
            {
                holes = [];
                logs.Add(new LogNumbers(hole.Host, hole.Channel, rows.Int(2), rows.Int(3), holes));
            }

            holes.Add(hole);
        }

        return logs;
    }
}
