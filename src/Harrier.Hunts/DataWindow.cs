using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts;

/// <summary>The window of a run: what was asked for, clipped to the data.</summary>
static class DataWindow
{
    /// <param name="asked">What a person asked for, or null.</param>
    /// <param name="looksAt">
    /// Classes a hunt looks at: their newest event is its newest. One log with a wrong clock or a wrongly guessed year would
    /// otherwise move every hunt to where nothing else is. Where none of them has events, all classes count.
    /// </param>
    /// <param name="newest">Span of the newest data a hunt looks at, microseconds, or null.</param>
    /// <exception cref="HarrierFault">There are no events in it.</exception>
    public static TimeWindow Of(
        IEventStore store,
        TimeWindow? asked,
        IReadOnlySet<string> looksAt,
        long? newest,
        CancellationToken cancel
    )
    {
        var wanted = asked ?? TimeWindow.All;
        var classes = store
            .Presence(wanted, cancel)
            .Select(line => line.Class)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        if (classes.Count == 0)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "There are no events to hunt in.",
                remedy: "Import logs with 'harrier import PATH', or ask for another window."
            );
        }

        var seen = classes.FindAll(looksAt.Contains);
        var ends = (seen.Count > 0 ? seen : classes).Select(name =>
            $"SELECT {store.Dialect.Micros("min(time)")} AS a, {store.Dialect.Micros("max(time)")} AS b FROM \"{name}\""
        );
        using var rows = store.Query(
            $"SELECT min(a), max(b) FROM ({string.Join(" UNION ALL ", ends)})",
            wanted,
            [],
            cancel
        );
        rows.Read();
        var clipped = new TimeWindow(rows.Int(0), rows.Int(1) + 1);
        return asked is null && newest is { } span
            ? clipped with
            {
                From = Math.Max(clipped.From, clipped.To - span),
            }
            : clipped;
    }
}
