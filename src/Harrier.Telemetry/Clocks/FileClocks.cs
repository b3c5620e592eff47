using Harrier.Schema;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Clocks;

/// <summary>All that watches the clocks of one file while it is read.</summary>
/// <param name="repair">Null where there is nothing to repair.</param>
/// <param name="sensor">Where the file comes from if a sensor on the network wrote it.</param>
sealed class FileClocks(
    ClockRepair? repair,
    ClockWatch watch,
    LogClock clock,
    Connections connections,
    string? sensor
)
{
    /// <summary>Looks at the record and at the row of the batch that it just became.</summary>
    public void See(Record record, EventBatch batch)
    {
        watch.See(record, batch);
        connections.See(batch, sensor);
    }

    public IEnumerable<ClockFinding> Findings() =>
        [.. repair?.Findings() ?? [], .. watch.Findings(clock, isRepaired: repair is not null)];
}
