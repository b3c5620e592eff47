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

    /// <summary>What came of a record depends on those before it, so that parts of the log don't give what the whole gives.</summary>
    public bool HasMemory => clock.HasMemory || watch.IsFull || repair is { HasMemory: true };

    /// <summary>Takes what was seen in a later part of the same log.</summary>
    public void Join(FileClocks later)
    {
        clock.Join(later.Clock);
        watch.Join(later.Watch);
        if (later.Repair is { } other)
        {
            repair?.Join(other);
        }
    }

    ClockRepair? Repair => repair;
    ClockWatch Watch => watch;
    LogClock Clock => clock;

    public IEnumerable<ClockFinding> Findings() =>
        [.. repair?.Findings() ?? [], .. watch.Findings(clock, isRepaired: repair is not null)];
}
