using Harrier.Hunts;
using Harrier.Intel;
using Harrier.Store.Quality;

namespace Harrier.Tests.Intel;

public sealed class AttackDetectionTests
{
    [Fact]
    public void A_technique_is_as_visible_as_its_best_analytic()
    {
        var components = new[]
        {
            new DataComponent("Process Creation", 5, 1, ["sysmon"]),
            new DataComponent("File Creation", 0, 0, []),
        };
        var visible = AttackVisibility.Of(
            components,
            [
                new AttackDetection("T1", "a", ["File Creation", "Process Creation"]),
                new AttackDetection("T1", "b", ["Process Creation"]),
                new AttackDetection("T2", "c", ["File Creation"]),
            ]
        );
        Assert.Equal([("T1", 1d), ("T2", 0d)], visible.Select(one => (one.Technique, one.Share)));
    }
}
