using System.Globalization;
using Harrier.Telemetry.Carried;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Fuzz;

/// <summary>Any bytes as the text that another log carries: what they become is mapped as in an import.</summary>
sealed class CarriedTarget
{
    readonly SourceMaps _maps = SourceMaps.Load(["maps"]);
    readonly EventBatches _batches = new();

    public void Run(byte[] bytes)
    {
        var options = new ReadOptions("fuzzed.json", LocalZone.Utc, 2026);
        var carrier = new Record { Number = 7, Position = 7 };
        carrier.Add("@timestamp", "2026-03-02T10:00:00Z");
        carrier.Add("host.name", "WS1");
        carrier.Add("message"u8, bytes);
        var taken = 0;
        var mapper = new EventMapper(_maps, "json", "I-0001", options.FileName, options);
        var logs = new CarriedLogs(_maps, "I-0001", options);
        logs.TryOpen(
            carrier,
            mapper,
            (record, inner) =>
            {
                taken++;
                Demand(record.Number == 7, "A carried record has the carrier's number.");
                inner.TryMap(record, _batches, out _, out _);
            },
            CancellationToken.None
        );
        Demand(
            taken <= bytes.Length,
            string.Create(CultureInfo.InvariantCulture, $"{taken} records of {bytes.Length} bytes.")
        );
        foreach (var batch in _batches.All)
        {
            batch.Clear();
        }
    }

    static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
