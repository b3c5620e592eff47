using Harrier.Hunts.Verdicts;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class BaselineTests
{
    const string Hunt = "rare-parent-child-process";

    [Fact]
    public void A_second_run_uses_the_first_and_raises_less()
    {
        using var lake = Fleet();
        var first = lake.Run(Hunt);
        Assert.True(first.Leads.Count >= 3, $"{first.Leads.Count}");
        Assert.DoesNotContain("baseline", first.Run.Versions.Keys);
        var second = lake.Run(Hunt);
        Assert.True(second.Leads.Count < first.Leads.Count);
        Assert.Equal("version 1, of run R-0001", second.Run.Versions["baseline"]);
        var third = lake.Run(Hunt);
        Assert.Equal(second.Leads.Count, third.Leads.Count);
        Assert.Subset(
            first.Leads.Select(lead => lead.Id).ToHashSet(),
            second.Leads.Select(lead => lead.Id).ToHashSet()
        );
        var file = File.ReadAllText(Path.Combine(lake.BaselineFolder, Hunt + ".yaml"));
        Assert.Contains("version: 3", file);
        Assert.Contains("status: provisional", file);
    }

    [Fact]
    public void What_was_judged_benign_is_not_raised_again()
    {
        using var lake = Fleet();
        var first = lake.Run(Hunt);
        var top = first.Leads[0];
        lake.Leads(store => store.Label(top.Id, "benign", "our tool", "btp", "me"));
        lake.Run(Hunt);
        var third = lake.Run(Hunt);
        Assert.DoesNotContain(third.Leads, lead => lead.Id == top.Id);
        Assert.Equal(Verdict.Inconclusive, third.Run.Verdict);
    }

    static HuntLake Fleet()
    {
        var lake = new HuntLake();
        for (var host = 0; host < 12; host++)
        {
            for (var hour = 0; hour < 72; hour += 3)
            {
                foreach (var child in (string[])["svchost.exe", "explorer.exe", "chrome.exe"])
                {
                    Start(
                        lake,
                        host,
                        hour,
                        @"C:\Windows\System32\services.exe",
                        $@"C:\Windows\{child}"
                    );
                }
            }
        }

        for (var odd = 0; odd < 6; odd++)
        {
            Start(
                lake,
                odd,
                40 + odd,
                @"C:\Windows\System32\spoolsv.exe",
                $@"C:\Users\Public\odd{"abcdef"[odd]}.exe"
            );
        }

        return lake;
    }

    static void Start(HuntLake lake, int host, int hour, string parent, string image) =>
        lake.Add(
            "process",
            HuntLake.Monday + (hour * HuntLake.Hour) + (host * HuntLake.Minute),
            ("host", $"ws-{host:00}"),
            ("account", $"user{host}"),
            ("action", "start"),
            ("image", image),
            ("parent_image", parent),
            ("command_line", image)
        );
}
