using System.Text.Json;
using Harrier.Cli;
using Harrier.Tests.Hunts;

namespace Harrier.Tests.Cli;

public sealed class SigmaScanVerbTests : IDisposable
{
    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    string Rules => _lake.Put("rules.yml", SigmaLake.Rules);

    [Theory]
    [InlineData("scan")]
    [InlineData("scan-by-host", "--group-by", "host")]
    [InlineData("scan-by-technique", "--group-by", "technique")]
    [InlineData("scan-stats", "--stats")]
    public void A_person_reads(string golden, params string[] options)
    {
        var (code, stdout, _) = _lake.Harrier(["sigma", "scan", Rules, .. options]);
        Assert.Equal(Application.Done, code);
        Golden.Matches(stdout, "tests", "Harrier.Tests", "Cli", "golden", $"{golden}.txt");
    }

    [Theory]
    [InlineData("--level", "high+", "Encoded PowerShell")]
    [InlineData("--level", "high,medium", "Encoded PowerShell")]
    [InlineData("--level", "medium", "")]
    [InlineData("--status", "test", "Encoded PowerShell")]
    [InlineData("--status", "stable", "")]
    [InlineData("--tag", "attack.t1059", "Encoded PowerShell")]
    [InlineData("--tag", "attack.t105", "")]
    [InlineData("--tag", "ATTACK.EXECUTION", "Encoded PowerShell")]
    [InlineData("--logsource", "windows", "Encoded PowerShell")]
    [InlineData("--logsource", "*/process_creation", "Encoded PowerShell")]
    [InlineData("--logsource", "linux/*/auditd", "")]
    [InlineData("--host", "WS-2", "Encoded PowerShell")]
    [InlineData("--host", "ws-3", "")]
    [InlineData("--from", "2025-03-13", "Encoded PowerShell")]
    [InlineData("--from", "2025-03-14", "")]
    public void Options_choose_rules_and_events(string option, string value, string titles)
    {
        var root = Json("sigma", "scan", Rules, option, value);
        Assert.Equal(
            titles,
            string.Join(
                ", ",
                root.GetProperty("matches")
                    .EnumerateArray()
                    .Select(one => one.GetProperty("rule").GetProperty("title").GetString())
            )
        );
    }

    [Theory]
    [InlineData("--level", "hihg")]
    [InlineData("--status", "done")]
    [InlineData("--logsource", "a/b/c/d")]
    [InlineData("--group-by", "file")]
    [InlineData("--from", "soon")]
    public void What_an_option_does_not_know_is_a_wrong_call(string option, string value) =>
        Assert.Equal(
            Application.CallIsWrong,
            _lake.Harrier("sigma", "scan", Rules, option, value).Code
        );

    [Theory]
    [InlineData("high", Application.No)]
    [InlineData("critical", Application.Done)]
    public void Fail_on_is_for_pipelines(string level, int code) =>
        Assert.Equal(code, _lake.Harrier("sigma", "scan", Rules, "--fail-on", level).Code);

    [Fact]
    public void A_rule_for_a_correlation_only_is_not_told_and_the_correlation_is()
    {
        var root = Json("sigma", "scan", Rules, "--level", "medium");
        var alert = Assert.Single(root.GetProperty("correlations").EnumerateArray());
        Assert.Equal(@"CORP\anna", alert.GetProperty("group").GetProperty("User").GetString());
        Assert.Equal(2, alert.GetProperty("value").GetDecimal());
    }

    [Fact]
    public void A_correlation_whose_rule_can_not_be_answered_says_so()
    {
        var rules = _lake.Put(
            "blind.yml",
            SigmaLake
                .Rules.Replace("[whoami]", "[whoami, bash]", StringComparison.Ordinal)
                .Replace(
                    "title: Shell Of Linux",
                    "title: Shell Of Linux\nname: bash",
                    StringComparison.Ordinal
                )
        );
        var child = Assert.Single(
            Json("sigma", "scan", rules).GetProperty("silent_children").EnumerateArray()
        );
        Assert.Equal("Shell Of Linux", child.GetProperty("rule").GetString());
        Assert.Contains("no events of the log source linux", child.GetProperty("why").GetString());
    }

    [Fact]
    public void Statistics_tell_silence_from_blindness()
    {
        var statistics = Json("sigma", "scan", Rules, "--cost").GetProperty("statistics");
        var byRule = statistics
            .EnumerateArray()
            .ToDictionary(one => one.GetProperty("rule").GetString()!);
        Assert.Equal("held", byRule["Encoded PowerShell"].GetProperty("answer").GetString());
        Assert.Equal(1.5, byRule["Encoded PowerShell"].GetProperty("per_day").GetDouble());
        Assert.Equal(0.666667, byRule["Encoded PowerShell"].GetProperty("share").GetDouble());
        Assert.Equal("held", byRule["Who Am I"].GetProperty("answer").GetString());
        var blind = byRule["Asks What Nobody Logs"];
        Assert.Equal("cannot_be_answered", blind.GetProperty("answer").GetString());
        Assert.Equal("OriginalFileName", blind.GetProperty("missing_fields")[0].GetString());
        Assert.Equal(
            "cannot_be_answered",
            byRule["Shell Of Linux"].GetProperty("answer").GetString()
        );
    }

    [Fact]
    public void Lists_are_lines_for_other_programs()
    {
        var csv = _lake.Harrier("sigma", "scan", Rules, "--format", "csv").Stdout;
        Assert.Equal(
            "kind,level,title,id,events,hosts,value,first,last,group,file",
            csv.Split('\n')[0]
        );
        Assert.Contains(
            @"correlation,medium,Who Am I Again And Again",
            csv,
            StringComparison.Ordinal
        );
        var lines = _lake
            .Harrier("sigma", "scan", Rules, "--format", "ndjson")
            .Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["rule", "correlation"],
            lines.Select(line =>
                JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()
            )
        );
    }

    [Fact]
    public void Events_that_name_no_host_are_a_group_of_their_own()
    {
        _lake.Lake.Add(
            "process",
            HuntLake.Monday,
            ("source", "sysmon"),
            ("action", "start"),
            ("image", @"C:\powershell.exe"),
            ("command_line", "x -enc y")
        );
        var groups = Json("sigma", "scan", Rules, "--group-by", "host")
            .GetProperty("groups")
            .EnumerateArray()
            .Select(one => $"{one.GetProperty("key")} {one.GetProperty("hits")}");
        Assert.Equal(["ws-1 5", " 1", "ws-2 1"], groups);
    }

    [Fact]
    public void Placeholders_are_those_of_the_workspace()
    {
        File.AppendAllText(
            Path.Combine(_lake.Lake.Folder, "harrier.yaml"),
            "\nplaceholders:\n  Deployers: [svc-deploy]\n"
        );
        var rule = _lake.Put(
            "deployers.yml",
            SigmaLake
                .Rules.Split("---\n")[0]
                .Replace(
                    "CommandLine|contains: ' -enc'",
                    "User|endswith|expand: '%Deployers%'",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal(
            4,
            Json("sigma", "scan", rule).GetProperty("matches")[0].GetProperty("count").GetInt32()
        );
        Assert.Equal(
            4,
            Json("sigma", "backtest", rule, rule)
                .GetProperty("kept")
                .GetProperty("count")
                .GetInt32()
        );
    }

    [Fact]
    public void Techniques_are_a_layer()
    {
        var file = _lake.PathOf("heat.json");
        Assert.Equal(
            Application.Done,
            _lake.Harrier("sigma", "scan", Rules, "--navigator", file).Code
        );
        var techniques = JsonDocument
            .Parse(File.ReadAllText(file))
            .RootElement.GetProperty("techniques")
            .EnumerateArray()
            .Select(one => one.GetProperty("techniqueID").GetString());
        Assert.Equal(["T1059.001", "T1033"], techniques);
    }

    [Fact]
    public void Matches_become_leads_that_can_be_judged()
    {
        var run = Json("sigma", "scan", Rules, "--leads").GetProperty("leads");
        Assert.Equal("sigma-scan", run.GetProperty("hunt").GetString());
        Assert.Equal(3, run.GetProperty("count").GetInt32());
        var leads = Json("leads").GetProperty("leads").EnumerateArray().ToList();
        Assert.Equal(
            ["account anna", "host ws-1", "host ws-2"],
            leads
                .Select(lead => lead.GetProperty("entities")[0])
                .Select(one => $"{one.GetProperty("type")} {one.GetProperty("value")}")
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(Application.Done, _lake.Harrier("report").Code);
    }

    [Fact]
    public void A_rule_that_most_hosts_meet_has_leads_too_for_it_is_the_one_to_tune()
    {
        for (var host = 10; host < 20; host++)
        {
            _lake.Start(0, $"ws-{host}", "svc", "cmd.exe", "cmd /c noise", @"C:\agent.exe");
        }

        var rule = _lake.Put(
            "noise.yml",
            SigmaLake
                .Rules.Split("---\n")[0]
                .Replace("\\powershell.exe", "\\cmd.exe", StringComparison.Ordinal)
                .Replace(" -enc", "noise", StringComparison.Ordinal)
        );
        Assert.Equal(
            10,
            Json("sigma", "scan", rule, "--leads")
                .GetProperty("leads")
                .GetProperty("count")
                .GetInt32()
        );
        Assert.InRange(
            Json("leads").GetProperty("leads")[0].GetProperty("score").GetDouble(),
            0.2,
            0.3
        );
    }

    [Fact]
    public void Events_that_no_rule_is_asked_of_are_counted_by_class()
    {
        _lake.Lake.Add("dns", HuntLake.Monday, ("host", "ws-1"), ("query", "example.org"));
        // A start that another system logged: of the class, but not of the rules' log source.
        _lake.Lake.Add(
            "process",
            HuntLake.Monday,
            ("host", "mac-1"),
            ("source", "osquery"),
            ("action", "start"),
            ("image", "/bin/zsh")
        );
        var rule = _lake.Put("rule.yml", SigmaLake.Rules.Split("---\n")[0]);

        Assert.Equal("dns 1, process 1", Unasked("sigma", "scan", rule));
        Assert.Equal("dns 1", Unasked("sigma", "scan", rule, "--host", "ws-1"));
        Assert.Equal("", Unasked("sigma", "scan", rule, "--from", "2025-03-12"));
        Assert.Contains(
            "no rule is asked of 2 events of other log sources: dns 1, process 1",
            _lake.Harrier("sigma", "scan", rule).Stdout,
            StringComparison.Ordinal
        );

        string Unasked(params string[] args) =>
            string.Join(
                ", ",
                Json(args)
                    .GetProperty("unasked")
                    .EnumerateArray()
                    .Select(one => $"{one.GetProperty("class")} {one.GetProperty("events")}")
            );
    }

    JsonElement Json(params string[] args) =>
        JsonDocument.Parse(_lake.Harrier(["--json", .. args]).Stdout).RootElement;
}
