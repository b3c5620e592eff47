using Harrier.Hunts.Techniques;
using Harrier.Schema;

namespace Harrier.Tests.Hunts.Techniques;

public class TechniqueTests
{
    const long Hour = TechniqueLake.Hour;
    const long Day = TechniqueLake.Day;
    const long Start = TechniqueLake.Start;

    [Fact]
    public void A_day_with_a_hundred_times_the_bytes_is_an_outlier_and_says_the_median()
    {
        using var lake = new TechniqueLake();
        for (var day = 0; day < 8; day++)
        {
            for (var host = 1; host <= 6; host++)
            {
                var bytes = 1_000_000 + (10_000 * ((day * 7) + (host * 3) % 5));
                var giant = day == 7 && host == 4;
                lake.Add(
                    "network",
                    Start + (day * Day) + Hour,
                    ("host", $"h{host}"),
                    ("dst_ip", "203.0.113.7"),
                    ("bytes_out", giant ? 100L * bytes : bytes)
                );
            }
        }

        var result = lake.Run(
            "robust-outlier",
            TechniqueLake.With("class: network; measure: sum:bytes_out")
        );

        var finding = Assert.Single(result.Findings);
        Assert.Equal("h4", finding.Entities[0].Value);
        Assert.Equal(48, result.Examined);
        Assert.Contains(
            finding.Reasons,
            reason => reason.Contains("Median of 7 its own other periods")
        );
        Assert.Single(finding.Evidence);
    }

    [Theory]
    [InlineData("zeros or one value only: nothing is an outlier", 1, 1)]
    [InlineData("counts below the least value are no outliers", 1, 15)]
    public void Equal_numbers_and_small_ones_are_no_outliers(string why, int usual, int last)
    {
        using var lake = new TechniqueLake();
        for (var day = 0; day < 8; day++)
        {
            for (var i = 0; i < (day == 7 ? last : usual); i++)
            {
                lake.Add("dns", Start + (day * Day) + i, ("host", "h1"), ("query", "a.example"));
            }
        }

        var result = lake.Run("robust-outlier", TechniqueLake.With("class: dns"));

        Assert.True(result.Findings.Count == 0, why);
        Assert.Null(result.Inconclusive);
    }

    [Fact]
    public void Too_few_periods_to_compare_with_are_said()
    {
        using var lake = new TechniqueLake();
        lake.Add("dns", Start, ("host", "h1"), ("query", "a.example"));

        var result = lake.Run("robust-outlier", TechniqueLake.With("class: dns"));

        Assert.StartsWith(
            "1 period of dns events for 1 entity",
            result.Inconclusive,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_account_that_reaches_many_new_hosts_leads_and_a_steady_one_does_not()
    {
        using var lake = new TechniqueLake();
        for (var day = 0; day < 6; day++)
        {
            foreach (var account in new[] { "anna", "bob", "eve", "carl", "system", "ws1$" })
            {
                Logon(lake, (day * Day) + (9 * Hour), account, "files", "10.0.0.1");
            }
        }

        for (var target = 0; target < 6; target++)
        {
            Logon(lake, (5 * Day) + (2 * Hour), "eve", $"srv{target}", "10.0.0.99");
        }

        var result = lake.Run("account-habits", TechniqueLake.With("recent: 1d"));

        var finding = Assert.Single(result.Findings);
        Assert.StartsWith("eve: logs on in a new way", finding.Title, StringComparison.Ordinal);
        Assert.Equal(("account", "eve"), (finding.Entities[0].Type, finding.Entities[0].Value));
        Assert.Contains(finding.Reasons, reason => reason.Contains("6 new values of host"));
        Assert.Contains(finding.Reasons, reason => reason.Contains("5 days of history"));
        Assert.Equal(6, finding.Evidence.Count);
    }

    [Fact]
    public void Habits_without_history_are_inconclusive()
    {
        using var lake = new TechniqueLake();
        Logon(lake, 9 * Hour, "anna", "files", "10.0.0.1");

        var result = lake.Run("account-habits", TechniqueLake.With("recent: 1d"));

        Assert.StartsWith("0 of 2 days of history", result.Inconclusive, StringComparison.Ordinal);
        Assert.Empty(result.Findings);
    }

    static void Logon(TechniqueLake lake, long time, string account, string host, string source) =>
        lake.Add(
            "logon",
            Start + time,
            ("account", account),
            ("host", host),
            ("src_ip", source),
            ("outcome", "success"),
            ("logon_type", 3L)
        );

    [Fact]
    public void A_rare_beat_leads_and_an_update_that_all_hosts_poll_does_not()
    {
        using var lake = new TechniqueLake();
        var random = new Random(3);
        for (var host = 1; host <= 10; host++)
        {
            for (var i = 0; i < 200; i++)
            {
                Connect(lake, i * 300, host, "198.51.100.1");
            }

            for (var i = 0; i < 60; i++)
            {
                Connect(lake, random.Next(0, 60_000), host, $"203.0.113.{random.Next(1, 4)}");
            }
        }

        for (var i = 0; i < 100; i++)
        {
            Connect(lake, 3_600 + (i * 500) + random.Next(-100, 100), 4, "192.0.2.66");
        }

        var result = lake.Run("beacon", TechniqueLake.With("class: network"));

        var finding = result.Findings[0];
        Assert.Equal("192.0.2.66", finding.Entities[1].Value);
        Assert.Equal("address", finding.Entities[1].Type);
        Assert.Equal("10.0.0.4", finding.Entities[0].Value);
        Assert.DoesNotContain(result.Findings, other => other.Entities[1].Value == "198.51.100.1");
        Assert.Contains(
            finding.Reasons,
            reason => reason.Contains("1 source uses this destination, of 10")
        );
        Assert.Equal(50, finding.Evidence.Count);
        Assert.Equal(100, finding.EvidenceCount);
    }

    static void Connect(TechniqueLake lake, long seconds, int host, string destination) =>
        lake.Add(
            "network",
            Start + (seconds * 1_000_000),
            ("src_ip", $"10.0.0.{host}"),
            ("dst_ip", destination),
            ("dst_port", 443L),
            ("bytes_out", destination == "203.0.113.1" ? seconds % 900 : 400L)
        );

    [Fact]
    public void The_day_unlike_all_others_leads_and_names_its_numbers()
    {
        using var lake = Days(8);

        var result = lake.Run("isolation-forest", []);

        var finding = result.Findings[0];
        Assert.Equal("h3", finding.Entities[0].Value);
        Assert.Contains("2025-10-16", finding.Title, StringComparison.Ordinal);
        Assert.Contains(
            finding.Reasons,
            reason =>
                reason.StartsWith(
                    "Failed logons: 300; median of 48 host-days 0",
                    StringComparison.Ordinal
                )
                || reason.StartsWith(
                    "Distinct destinations: 200; median of 48 host-days",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal(48, result.Examined);
    }

    [Fact]
    public void Two_runs_of_the_forest_are_equal()
    {
        using var lake = Days(8);

        var first = lake.Run("isolation-forest", []).Findings.Select(f => (f.Title, f.Score));
        var second = lake.Run("isolation-forest", []).Findings.Select(f => (f.Title, f.Score));

        Assert.Equal(first, second);
    }

    [Fact]
    public void A_forest_of_few_days_says_nothing()
    {
        using var lake = Days(3);

        Assert.StartsWith(
            "18 host-days",
            lake.Run("isolation-forest", []).Inconclusive,
            StringComparison.Ordinal
        );
    }

    static TechniqueLake Days(int days)
    {
        var lake = new TechniqueLake();
        var random = new Random(5);
        for (var day = 0; day < days; day++)
        {
            for (var host = 1; host <= 6; host++)
            {
                var time = Start + (day * Day) + (10 * Hour);
                var name = ("host", (object)$"h{host}");
                for (var i = random.Next(20, 30); i > 0; i--)
                {
                    lake.Add("process", time, name, ("image", $"p{random.Next(12)}.exe"));
                    lake.Add("network", time, name, ("dst_ip", $"10.0.0.{random.Next(9)}"));
                }

                if (day == 7 && host == 3)
                {
                    for (var i = 0; i < 300; i++)
                    {
                        lake.Add("logon", time, name, ("outcome", "failure"));
                        lake.Add("network", time, name, ("dst_ip", $"10.9.0.{i % 200}"));
                    }
                }
            }
        }

        return lake;
    }

    [Fact]
    public void An_address_gets_the_name_of_the_host_that_reports_it()
    {
        using var lake = new TechniqueLake();
        for (var i = 0; i < 20; i++)
        {
            lake.Add(
                "network",
                Start + i,
                ("host", "ws-07"),
                ("src_ip", "10.0.0.7"),
                ("dst_ip", "203.0.113.9"),
                ("initiated", "true")
            );
        }

        for (var host = 1; host <= 8; host++)
        {
            lake.Add("dns", Start, ("src_ip", $"10.0.0.{host}"), ("query", "www.example.co.uk"));
        }

        lake.Add("dns", Start, ("src_ip", "10.0.0.7"), ("query", "a.evil.test"));

        var result = lake.Run(
            "stack-count",
            TechniqueLake.With("class: dns; columns: query; by: host|src_ip")
        );

        var finding = Assert.Single(result.Findings);
        Assert.Equal("ws-07: rare query: evil.test", finding.Title);
        Assert.Equal("host", finding.Entities[0].Type);
        Assert.Single(finding.Evidence);
    }

    [Theory]
    [InlineData("class: proces; columns: image", "There is no class 'proces'.")]
    [InlineData("class: process; columns: imag", "The class process has no column 'imag'.")]
    [InlineData("class: process", "The parameter 'columns' is missing.")]
    [InlineData(
        "class: process; columns: image; limits: 3",
        "The parameter 'limits' has no meaning here."
    )]
    [InlineData(
        "class: process; columns: image; limit: 0",
        "'limit' is a number from 1 to 1000, not '0'."
    )]
    public void A_wrong_parameter_is_a_fault_with_its_place(string with, string message)
    {
        var technique = TechniqueList.All.Single(t => t.Name == "stack-count");

        var fault = Assert.Throws<HarrierFault>(() =>
            technique.Needs(new StepParameters("s", "hunt.yaml:7:3", TechniqueLake.With(with)))
        );

        Assert.Equal(message, fault.Message);
        Assert.Equal("hunt.yaml:7:3", fault.Where);
        Assert.Equal(FaultKind.Usage, fault.Kind);
    }

    [Theory]
    [InlineData(@"C:\Users\Bob\AppData\x.exe", @"c:\users\*\appdata\x.exe")]
    [InlineData("/home/anna/.ssh/id", "/home/*/.ssh/id")]
    [InlineData(@"C:\Windows\System32\svchost.exe", @"c:\windows\system32\svchost.exe")]
    [InlineData(
        @"C:\T\{0F2A1B3C-0F2A-0F2A-0F2A-0F2A1B3C0F2A}\setup-1.2.3.exe",
        @"c:\t\{guid}\setup-#.exe"
    )]
    [InlineData("CDPUserSvc_3a4f5", "cdpusersvc_*")]
    [InlineData(@"C:\T\7f3a9c01be.tmp", @"c:\t\{hex}.tmp")]
    [InlineData(@"HKU\S-1-5-21-1-2-3-1001\Run", @"hku\{sid}\run")]
    public void Values_of_one_meaning_get_one_form(string raw, string form) =>
        Assert.Equal(form, ValueForm.Of(EventClasses.Find("process")!.Find("image")!, raw));
}
