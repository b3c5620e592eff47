using Harrier.Telemetry.Formats;

namespace Harrier.Tests.Telemetry;

/// <summary>Inputs that fuzzing found, made small: they ended a reader once.</summary>
public sealed class FuzzFindingsTests
{
    [Theory]
    [InlineData("auditd", "type=USER_ACCT msg=audit(1700000000.000:1): msg='PAM: acct=root'\n", 1)]
    [InlineData("text", "Nov 24 01:02:03.5e30 h x\n", 0)]
    public void Are_read_without_a_fault(string format, string text, int records) =>
        Assert.Equal(
            records,
            CollectedRecords.Of(LogFormats.All.First(one => one.Name == format), text).Records.Count
        );
}
