namespace Harrier.Schema;

/// <summary>Where events go while importing: the lake, another engine, a matcher that watches. One sink a worker.</summary>
public interface IEventSink : IDisposable
{
    /// <summary>Takes the rows of a batch; the caller may clear and fill it again afterwards.</summary>
    void Write(EventBatch batch);

    /// <summary>Takes over what was written to another sink of the same import and not committed: the rows stand behind its own. The other is empty then.</summary>
    void Join(IEventSink other);

    /// <summary>Makes everything written so far visible, together with the source files it came from, in one transaction.</summary>
    /// <remarks>Called when batches and files stand at a boundary. What was not committed when a sink is disposed is gone.</remarks>
    void Commit(IReadOnlyList<SourceFile> files);
}

/// <summary>The receipt of one file (or archive member) that was read. Always <c>Records = Imported + Rejected</c>.</summary>
/// <param name="Sha256">Of its bytes, lower case; empty where they changed while they were read, so that nobody knows all that was.</param>
public sealed record SourceFile(
    string Path,
    string? Member,
    string Format,
    string Sha256,
    long Bytes,
    long Records,
    long Imported,
    long Rejected,
    IReadOnlyDictionary<string, long> Classes,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<Reject> Rejects
)
{
    /// <summary>Rows that each source map made of it; <c>none</c>: no map took them.</summary>
    public IReadOnlyDictionary<string, long> Sources { get; init; } =
        new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Events made of what older use left behind in the file. They are no records of it: neither Records nor Imported counts them, Classes does.</summary>
    public long Recovered { get; init; }

    /// <summary>Path and member in one: what the <c>file</c> column holds.</summary>
    public string Name => Member is null ? Path : $"{Path}!{Member}";

    /// <summary>What was found out about its clocks.</summary>
    public IReadOnlyList<ClockFinding> Clock { get; init; } = [];
}

/// <summary>What an import found out about a clock, and what it did about it.</summary>
/// <param name="Kind">
/// stamp (a log's or collector's times are off), kernel (those of Sysmon's events 3 and 22), zone (times without one), sensor (host
/// and sensor differ), set (a clock was set), year (times without one), future, overruled (by a person), unclear (too weak to act on).
/// </param>
/// <param name="Host">Whose clock, short name in lower case; empty for the whole file.</param>
/// <param name="Stamp">Which of its times, as the source names the field; the sensor for kind sensor.</param>
/// <param name="Offset">Seconds ahead of what is right, negative: behind; null where there is no one figure.</param>
/// <param name="Agreeing">Events that show it...</param>
/// <param name="Seen">... of so many that were compared.</param>
/// <param name="Repaired">Events whose time was changed for it.</param>
public sealed record ClockFinding(
    string Kind,
    string Host,
    string Stamp,
    double? Offset,
    long Agreeing,
    long Seen,
    long Repaired,
    string Sentence
);

/// <summary>A record that could not be read, kept with its reason.</summary>
/// <param name="Position">Byte offset for binary formats, line number (from 1) for text.</param>
/// <param name="Reason">Why, one sentence.</param>
/// <param name="Head">First bytes as they stand in the file, at most 200.</param>
public sealed record Reject(string File, long Position, string Reason, byte[] Head);
