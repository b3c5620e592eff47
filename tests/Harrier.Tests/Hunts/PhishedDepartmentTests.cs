using Harrier.Hunts.Verdicts;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class PhishedDepartmentTests
{
    const long Tuesday = HuntLake.Monday + HuntLake.Day;

    [Fact]
    public void A_lure_that_leads_to_a_shell_an_archive_and_an_upload_confirms()
    {
        using var lake = Office();
        Lure(lake);
        Intrusion(lake);
        var result = lake.Run("phished-department");
        Assert.Equal(Verdict.ConfirmedMalicious, result.Run.Verdict);
        var chain = result.Leads.First(lead => lead.Technique.StartsWith("chain"));
        Assert.Equal("anna", chain.Entities[0].Value);
        Assert.True(chain.Score > 0.9, $"{chain.Score}");
        Assert.Contains(chain.Evidence, e => e.Class == "network");
    }

    [Fact]
    public void A_newsletter_to_a_team_and_a_working_day_do_not()
    {
        using var lake = Office();
        foreach (var who in (string[])["anna", "bert", "carl", "dora"])
        {
            Mail(lake, Tuesday + (9 * HuntLake.Hour), "news.example", who, null);
        }

        Start(
            lake,
            Tuesday + (10 * HuntLake.Hour),
            @"C:\Windows\explorer.exe",
            @"C:\Program Files\7-Zip\7z.exe",
            "7z.exe a holiday.7z photos"
        );
        var result = lake.Run("phished-department");
        Assert.Equal(Verdict.NotConfirmed, result.Run.Verdict);
        Assert.Contains("of", result.Run.Reason);
    }

    [Fact]
    public void Without_mail_it_is_inconclusive_and_says_so()
    {
        using var lake = Office(mail: false);
        Intrusion(lake);
        var result = lake.Run("phished-department");
        Assert.Equal(Verdict.Inconclusive, result.Run.Verdict);
        Assert.Contains("no email events", result.Run.Reason);
    }

    [Fact]
    public void The_same_again_gives_the_same_leads()
    {
        using var lake = Office();
        Lure(lake);
        Intrusion(lake);
        var first = lake.Run("phished-department");
        var second = lake.Run("phished-department");
        Assert.Equal("R-0001", first.Run.RunId);
        Assert.Equal("R-0002", second.Run.RunId);
        Assert.Equal(
            first.Leads.Select(l => (l.Id, l.Score, l.Title, string.Join('|', l.Reasons))),
            second.Leads.Select(l => (l.Id, l.Score, l.Title, string.Join('|', l.Reasons)))
        );
    }

    [Fact]
    public void A_chain_that_a_person_judged_benign_confirms_no_longer()
    {
        using var lake = Office();
        Lure(lake);
        Intrusion(lake);
        var first = lake.Run("phished-department");
        foreach (var lead in first.Leads)
        {
            lake.Leads(store => store.Label(lead.Id, "benign", "an exercise", "btp", "me"));
        }

        var second = lake.Run("phished-department");
        Assert.Equal(Verdict.ConfirmedBenign, second.Run.Verdict);
        Assert.All(second.Leads, lead => Assert.Equal("benign", lead.Label!.Judgement));
        Assert.True(second.Leads[0].Score < 0.3);
    }

    /// <summary>Four people's three working days.</summary>
    static HuntLake Office(bool mail = true)
    {
        var lake = new HuntLake();
        for (var hour = 8; hour < 66; hour += 2)
        {
            var time = HuntLake.Monday + (hour * HuntLake.Hour);
            foreach (var who in (string[])["anna", "bert", "carl", "dora"])
            {
                lake.Add(
                    "process",
                    time,
                    ("host", $"ws-{who}"),
                    ("account", who),
                    ("action", "start"),
                    ("image", @"C:\Windows\explorer.exe"),
                    ("parent_image", @"C:\Windows\userinit.exe"),
                    ("command_line", "explorer.exe")
                );
                lake.Add(
                    "logon",
                    time,
                    ("host", $"ws-{who}"),
                    ("account", who),
                    ("action", "logon"),
                    ("outcome", "success"),
                    ("logon_type", 3),
                    ("src_ip", "10.0.0.5")
                );
                lake.Add(
                    "network",
                    time,
                    ("src_ip", $"10.0.1.{who.Length + who[0]}"),
                    ("dst_ip", "93.184.216.34"),
                    ("bytes_out", 20_000),
                    ("host", $"ws-{who}"),
                    ("initiated", "true")
                );
                if (mail)
                {
                    Mail(lake, time, "partner.example", who, null);
                }
            }
        }

        return lake;
    }

    static void Lure(HuntLake lake)
    {
        foreach (var who in (string[])["anna", "bert", "carl"])
        {
            Mail(
                lake,
                Tuesday + (9 * HuntLake.Hour),
                "invoices-portal.example",
                who,
                "invoice.docm"
            );
        }
    }

    static void Intrusion(HuntLake lake)
    {
        var ten = Tuesday + (10 * HuntLake.Hour);
        Start(
            lake,
            ten,
            @"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
            @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            "powershell -w hidden -c x"
        );
        Start(
            lake,
            ten + HuntLake.Hour,
            @"C:\Windows\System32\cmd.exe",
            @"C:\Users\Public\rar.exe",
            "rar.exe a -hp c:\\users\\public\\o.rar c:\\finance"
        );
        lake.Add(
            "network",
            ten + (20 * HuntLake.Hour),
            ("src_ip", "10.0.1.101"),
            ("dst_ip", "198.51.100.7"),
            ("dst_port", 443),
            ("bytes_out", 90_000_000),
            ("host", "ws-anna"),
            ("initiated", "true")
        );
    }

    static void Mail(HuntLake lake, long time, string domain, string who, string? attachment)
    {
        var values = new List<(string, object)>
        {
            ("account", who),
            ("sender", $"info@{domain}"),
            ("sender_domain", domain),
            ("recipient", $"{who}@office.example"),
            ("subject", "hello"),
            ("host", "mail-1"),
        };
        if (attachment is not null)
        {
            values.Add(("attachment_name", attachment));
        }

        lake.Add("email", time, [.. values]);
    }

    static void Start(HuntLake lake, long time, string parent, string image, string line) =>
        lake.Add(
            "process",
            time,
            ("host", "ws-anna"),
            ("account", "anna"),
            ("action", "start"),
            ("image", image),
            ("parent_image", parent),
            ("command_line", line)
        );
}
