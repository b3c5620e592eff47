using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>One event that a map made, as text.</summary>
sealed record MappedEvent(EventClass Class, IReadOnlyDictionary<string, string> Columns)
{
    public string Source => Columns["source"];
}

/// <summary>Maps each record by itself and keeps its one row as text.</summary>
sealed class Mapping(SourceMaps maps, string format, string fileName) : IRecordHandler
{
    readonly EventMapper _mapper = new(maps, format, "I-0001", fileName, Options(fileName));

    public List<MappedEvent> Events { get; } = [];
    public List<(long Position, string Reason)> Rejects { get; } = [];

    public static ReadOptions Options(string fileName) => new(fileName, LocalZone.Utc, 2026);

    public void Accept(Record record)
    {
        var batches = new EventBatches();
        if (!_mapper.TryMap(record, batches, out var eventClass, out var reason))
        {
            Rejects.Add((record.Position, reason));
            return;
        }

        var batch = batches[eventClass];
        Events.Add(
            new MappedEvent(
                eventClass,
                eventClass.Columns.ToDictionary(
                    column => column.Name,
                    column => Shown(column, batch[column.Ordinal])
                )
            )
        );
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
        Rejects.Add((position, reason));

    public void Warn(string sentence) { }

    static string Shown(Column column, object values) =>
        values switch
        {
            TextColumn text => text.Text(0),
            IntColumn number when column.Type == ColumnType.Time => number.Value(0) is { } time
                ? DateTime.UnixEpoch.AddMicroseconds(time).ToString("yyyy-MM-dd HH:mm:ss.ffffff")
                : null,
            IntColumn number => number.Value(0)?.ToString(),
            _ => null,
        } ?? "";
}
