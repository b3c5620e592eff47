using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class DataWindowTests
{
    [Fact]
    public void A_class_the_hunt_does_not_look_at_moves_no_window()
    {
        using var lake = new HuntLake();
        Processes(lake);
        // A firewall's log whose year was guessed wrong.
        lake.Add("other", HuntLake.Monday + (700 * HuntLake.Day), ("host", "fw-1"));
        var run = lake.Run("rare-parent-child-process").Run;
        Assert.Equal(HuntLake.Monday, run.From);
        Assert.True(run.To < HuntLake.Monday + HuntLake.Day);
    }

    [Fact]
    public void Where_nothing_it_looks_at_is_there_all_classes_count()
    {
        using var lake = new HuntLake();
        lake.Add("other", HuntLake.Monday, ("host", "fw-1"));
        var run = lake.Run("rare-parent-child-process").Run;
        Assert.Equal(HuntLake.Monday, run.From);
    }

    static void Processes(HuntLake lake)
    {
        for (var minute = 0; minute < 3; minute++)
        {
            lake.Add(
                "process",
                HuntLake.Monday + (minute * HuntLake.Minute),
                ("host", "ws-1"),
                ("action", "start"),
                ("image", @"C:\Windows\System32\cmd.exe"),
                ("parent_image", @"C:\Windows\explorer.exe")
            );
        }
    }
}
