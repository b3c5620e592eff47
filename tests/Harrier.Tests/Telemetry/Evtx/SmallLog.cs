using Harrier.Simulation.Writers;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>An EVTX file of a few records in one chunk, from the simulator's writer.</summary>
static class SmallLog
{
    public static byte[] Bytes(int records = 5)
    {
        var output = new MemoryStream();
        using (var writer = new EvtxWriter(output))
        {
            for (var number = 0; number < records; number++)
            {
                writer.Write(
                    new WindowsLogEvent("P", "Security", 4624, 0, "WS1", 4),
                    new DateTime(2026, 3, 2, 10, 0, number, DateTimeKind.Utc),
                    [("A", "x"), ("B", "äöü"), ("C", "")]
                );
            }
        }

        return output.ToArray();
    }
}
