using Harrier.Hunts.Verdicts;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class HandsOnKeyboardTests
{
    static readonly string[] Burst =
    [
        "whoami /all",
        "net group \"Domain Admins\" /domain",
        "net user /domain",
        "nltest /dclist:x",
        "net view /all",
    ];

    [Fact]
    public void A_burst_of_discovery_confirms()
    {
        using var lake = new HuntLake();
        Day(lake, 1);
        var result = lake.Run("hands-on-keyboard");
        Assert.Equal(Verdict.ConfirmedMalicious, result.Run.Verdict);
        Assert.Equal("ws-1", Assert.Single(result.Leads).Entities[0].Value);
    }

    [Fact]
    public void The_same_every_day_does_not()
    {
        using var lake = new HuntLake();
        for (var day = 0; day < 4; day++)
        {
            Day(lake, day);
        }

        var result = lake.Run("hands-on-keyboard");
        Assert.Equal(Verdict.NotConfirmed, result.Run.Verdict);
        Assert.Empty(result.Leads);
    }

    [Fact]
    public void A_cleared_log_confirms_without_any_command_line()
    {
        using var lake = new HuntLake();
        lake.Add(
            "other",
            HuntLake.Monday,
            ("host", "ws-1"),
            ("account", "anna"),
            ("action", "clear_log"),
            ("channel", "Security"),
            ("event_id", 1102)
        );
        var result = lake.Run("hands-on-keyboard");
        Assert.Equal(Verdict.ConfirmedMalicious, result.Run.Verdict);
    }

    static void Day(HuntLake lake, int day)
    {
        for (var index = 0; index < Burst.Length; index++)
        {
            lake.Add(
                "process",
                HuntLake.Monday
                    + (day * HuntLake.Day)
                    + (11 * HuntLake.Hour)
                    + (index * HuntLake.Minute),
                ("host", "ws-1"),
                ("account", "anna"),
                ("action", "start"),
                ("image", @"C:\Windows\System32\cmd.exe"),
                ("command_line", Burst[index])
            );
        }
    }
}
