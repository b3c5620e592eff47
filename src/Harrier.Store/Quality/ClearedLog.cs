using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>Somebody cleared an event log: what it held before is gone, and that is a finding of its own.</summary>
/// <param name="Log">Security, System, or the log that event 104 names.</param>
/// <param name="Time">Microseconds since 1970 UTC.</param>
public sealed record ClearedLog(
    string Host,
    string Log,
    string User,
    long Time,
    string File,
    long Record
);

static class ClearedLogs
{
    public static IReadOnlyList<ClearedLog> Of(LakeStore store, CancellationToken cancel)
    {
        if (!store.Classes.Contains(EventClasses.Other.Name))
        {
            return [];
        }

        using var rows = store.Query(
            $"""
            SELECT host, coalesce(message, channel), "user", {store.Dialect.Micros(
                "time"
            )}, file, record
            FROM {EventClasses.Other.Name} WHERE action = 'clear_log' ORDER BY time, host, record
            """,
            TimeWindow.All,
            [],
            cancel
        );
        var cleared = new List<ClearedLog>();
        while (rows.Read())
        {
            cleared.Add(
                new ClearedLog(
                    rows.Text(0) ?? "",
                    rows.Text(1) ?? "",
                    rows.Text(2) ?? "",
                    rows.Int(3),
                    rows.Text(4) ?? "",
                    rows.Int(5)
                )
            );
        }

        return cleared;
    }
}
