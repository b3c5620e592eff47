using System.Text;
using Harrier.Telemetry;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>What a text becomes on its whole way: format told by content, read, mapped with the shipped maps.</summary>
sealed class MappedRows : IRecordHandler
{
    static readonly SourceMaps s_maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    readonly EventMapper _mapper;
    readonly EventBatches _batches = new();

    MappedRows(string format, string fileName)
    {
        Format = format;
        _mapper = new EventMapper(s_maps, format, "I-0001", fileName, Options(fileName));
    }

    /// <summary>Name of the format that claimed the text; empty where none did.</summary>
    public string Format { get; }

    /// <summary>Rows by the names of their columns, and <c>class</c>; in the order of the classes.</summary>
    public List<Dictionary<string, object?>> Rows { get; } = [];

    public List<string> Rejects { get; } = [];

    /// <param name="format">Name of the format to read it as; null: told by content.</param>
    public static MappedRows Of(byte[] bytes, string fileName = "x", string? format = null)
    {
        var head = bytes.AsSpan(0, Math.Min(bytes.Length, Survey.HeadBytes));
        var reader = format is null
            ? LogFormats.All.MaxBy(one =>
                one.Detect(TextEncoding.Of(bytes).ToUtf8(bytes), fileName)
            )!
            : LogFormats.All.Single(one => one.Name == format);
        var isClaimed = format is not null || reader.Detect(head, fileName) > 0;
        var rows = new MappedRows(isClaimed ? reader.Name : "", fileName);
        if (isClaimed)
        {
            reader.Read(new MemoryStream(bytes), Options(fileName), rows, CancellationToken.None);
        }

        var events = new CollectedEvents();
        using (var sink = events.Open())
        {
            foreach (var batch in rows._batches.All)
            {
                sink.Write(batch);
            }

            sink.Commit([]);
        }

        rows.Rows.AddRange(events.Events);
        return rows;
    }

    public static MappedRows Of(string text, string fileName = "x", string? format = null) =>
        Of(Encoding.UTF8.GetBytes(text), fileName, format);

    public void Accept(Record record)
    {
        if (!_mapper.TryMap(record, _batches, out _, out var reason))
        {
            Rejects.Add(reason);
        }
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
        Rejects.Add(reason);

    public void Warn(string sentence) { }

    static ReadOptions Options(string fileName) => new(fileName, LocalZone.Utc, 2026);
}
