using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>Tests that measure the memory of the whole process: no other runs meanwhile.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;

[Collection(nameof(MeasuredAlone))]
public sealed class RecordMemoryTests
{
    [Fact]
    public void Names_without_end_do_not_fill_the_memory()
    {
        var record = new Record();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var number = 0; number < 1_000_000; number++)
        {
            record.Clear();
            record.Add($"name{number}", "x");
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 100 << 20);
        Assert.True(record.TryGet("name999999"u8, out var value) && value.SequenceEqual("x"u8));
    }
}
