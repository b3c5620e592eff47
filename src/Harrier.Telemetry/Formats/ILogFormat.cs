using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats;

/// <summary>A format of log files: how to recognise it and how to read its records. One folder each; the list is <see cref="LogFormats"/>.</summary>
public interface ILogFormat
{
    /// <summary>Name in receipts and in <c>import --as</c>: evtx, zeek-tsv, syslog ...</summary>
    string Name { get; }

    /// <summary>How sure the first bytes (up to 64 KiB) make it: 0 no, 100 certain. The surest format wins.</summary>
    /// <param name="head">First bytes of the content, after decompression.</param>
    /// <param name="fileName">Name, as a hint that only breaks ties.</param>
    int Detect(ReadOnlySpan<byte> head, string fileName);

    /// <summary>What a record needs of the lines before it: where that is little, several workers read ranges of a large file side by side.</summary>
    /// <param name="head">First bytes of the content.</param>
    LineMemory MemoryOf(ReadOnlySpan<byte> head) => LineMemory.All;

    /// <summary>Reads all records. What can't be read goes to <see cref="IRecordHandler.Reject"/>, and the rest is read.</summary>
    /// <param name="content">Forward only: it may come out of an archive.</param>
    void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    );
}

/// <summary>What a record of a format needs of the lines before it.</summary>
public enum LineMemory
{
    /// <summary>Anything; or the format has no lines.</summary>
    All,

    /// <summary>The lines that begin with '#', wherever they stand; any other line is a record of its own.</summary>
    Headers,

    /// <summary>Nothing: every line is a record of its own, numbered by its line.</summary>
    None,
}

/// <summary>What a reader is told about a file.</summary>
/// <param name="FileName">Name with member, for messages and for kinds that the name tells (conn.log).</param>
/// <param name="Zone">Of local times that carry none.</param>
/// <param name="Year">Year of times that carry none: the file's own date, or the import's.</param>
public sealed record ReadOptions(string FileName, LocalZone Zone, int Year)
{
    LogClock? _clock;

    /// <summary>When the file was written last, where that is known: no time without a year lies more than a day after it.</summary>
    public DateTime? Written { get; init; }

    /// <summary>The same moment in UTC, whatever year the import was told: the time of records that have none.</summary>
    public DateTime? Modified { get; init; }

    /// <summary>The one clock of the file's times without zone or year; it follows the log.</summary>
    public LogClock Clock => _clock ??= new LogClock(Zone, Year, Written);

    /// <summary>Size of the content, where that is known before it is read.</summary>
    public long? Bytes { get; init; }

    /// <summary>Where the lines stand in the file, if the content is a range of its lines.</summary>
    public LineRange Lines { get; init; }

    /// <summary>Records that older use of the file left behind are wanted too, marked by <see cref="Record.IsRecovered"/>.</summary>
    public bool Recovers { get; init; }
}

/// <summary>Takes what a reader found.</summary>
public interface IRecordHandler
{
    /// <summary>Takes one record; the reader fills the same instance again afterwards.</summary>
    void Accept(Record record);

    /// <summary>Counts and keeps a record that can't be read.</summary>
    /// <param name="position">Byte offset of binary formats, line number of text.</param>
    void Reject(long position, string reason, ReadOnlySpan<byte> head);

    /// <summary>Something about the file as a whole that a person should know: dirty, truncated, clock.</summary>
    void Warn(string sentence);
}
