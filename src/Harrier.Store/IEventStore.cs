using Harrier.Schema;

namespace Harrier.Store;

/// <summary>Events at rest, whichever engine keeps them: what hunts ask.</summary>
public interface IEventStore : IDisposable
{
    /// <summary>How this engine says what techniques need (quantile, needle list, regular expression, JSON field ...).</summary>
    Dialect Dialect { get; }

    /// <summary>Runs a technique's own SQL over the classes as views, limited to the window's events.</summary>
    /// <param name="parameters">Values for $1, $2 ...: string, long, double, or string[] / long[].</param>
    /// <exception cref="HarrierFault">The SQL is wrong, memory or disk ran out.</exception>
    Rows Query(
        string sql,
        TimeWindow window,
        IReadOnlyList<object> parameters,
        CancellationToken cancel
    );

    /// <summary>Streams column batches of a class in order of files; columns not asked for are null, the others are read when they are first looked at.</summary>
    IEnumerable<EventBatch> Scan(
        EventClass eventClass,
        TimeWindow window,
        IReadOnlyList<Column> columns,
        CancellationToken cancel
    );

    /// <summary>What is there: a line per class, source, host and day.</summary>
    IReadOnlyList<Presence> Presence(TimeWindow window, CancellationToken cancel);

    /// <summary>A hash over the list of files: two runs on equal manifests see equal data.</summary>
    string ManifestHash { get; }
}

/// <summary>Events of a class from a source of a host on a day.</summary>
/// <param name="Day">Microseconds UTC of the day's midnight.</param>
public sealed record Presence(string Class, string Source, string? Host, long Day, long Events);
