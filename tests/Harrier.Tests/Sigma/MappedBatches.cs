using Harrier.Telemetry;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Sigma;

/// <summary>Records of an event log as rows, by the shipped maps; one that is refused fails the test.</summary>
sealed class MappedBatches : IRecordHandler
{
    static readonly SourceMaps s_maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    readonly EventMapper _mapper = new(s_maps, "evtx", "I-0001", "x.evtx", Options);

    public static ReadOptions Options { get; } = new("x.evtx", LocalZone.Utc, 2026);

    public EventBatches Batches { get; } = new();

    public void Accept(Record record) =>
        Assert.True(_mapper.TryMap(record, Batches, out _, out var reason), reason);

    public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
        Assert.Fail($"{position}: {reason}");

    public void Warn(string sentence) { }
}
