using System.Text.Json;
using Harrier.Cli;

namespace Harrier.Tests.Cli;

public sealed class SigmaBacktestVerbTests : IDisposable
{
    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    string Before => _lake.Put("rule.yml", SigmaLake.Rules.Split("---\n")[0]);

    [Fact]
    public void A_person_reads_what_is_gained_lost_and_kept()
    {
        var after = _lake.Put(
            "after.yml",
            SigmaLake
                .Rules.Split("---\n")[0]
                .Replace(
                    "    condition: selection",
                    "    other:\n        Image|endswith: '\\whoami.exe'\n    filter:\n        ParentImage|endswith: '\\agent.exe'\n    condition: (selection or other) and not filter",
                    StringComparison.Ordinal
                )
        );
        var (code, stdout, stderr) = _lake.Harrier(
            "sigma",
            "backtest",
            Before,
            after,
            "--samples",
            "2"
        );
        Assert.Equal("", stderr);
        Assert.Equal(Application.Done, code);
        Golden.Matches(stdout, "tests", "Harrier.Tests", "Cli", "golden", "backtest.txt");
    }

    [Theory]
    [InlineData("lost", Application.No)]
    [InlineData("gained", Application.Done)]
    [InlineData("changed", Application.No)]
    public void A_filter_only_loses(string failOn, int expected)
    {
        var filter = _lake.Put(
            "filter.yml",
            """
            title: Deployment
            logsource: {category: process_creation, product: windows}
            filter:
                rules: [7a1d3c1e-2f0b-4d4a-9c3a-1f0f5f2d9a01]
                selection:
                    ParentImage|endswith: '\agent.exe'
                condition: not selection
            """
        );
        var (code, stdout, _) = _lake.Harrier(
            "--json",
            "sigma",
            "backtest",
            Before,
            "--with",
            filter,
            "--fail-on",
            failOn
        );
        Assert.Equal(expected, code);
        var root = JsonDocument.Parse(stdout).RootElement;
        Assert.Equal((0, 4, 2), (Count(root, "gained"), Count(root, "lost"), Count(root, "kept")));
        Assert.Equal(9, root.GetProperty("events").GetInt64());
    }

    [Fact]
    public void Judgements_of_leads_say_what_the_loss_is_worth()
    {
        _lake.Harrier("sigma", "scan", Before, "--leads");
        var leads = JsonDocument
            .Parse(_lake.Harrier("--json", "leads").Stdout)
            .RootElement.GetProperty("leads")
            .EnumerateArray()
            .ToDictionary(
                lead => lead.GetProperty("entities")[0].GetProperty("value").GetString()!,
                lead => lead.GetProperty("id").GetString()!
            );
        _lake.Harrier("leads", "label", leads["ws-1"], "benign", "--why", "deployment");
        _lake.Harrier("leads", "label", leads["ws-2"], "malicious", "--why", "a lure");
        var nothing = _lake.Put(
            "nothing.yml",
            SigmaLake.Rules.Split("---\n")[0].Replace("-enc", "-none", StringComparison.Ordinal)
        );
        var root = JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "backtest", Before, nothing).Stdout)
            .RootElement.GetProperty("lost");
        Assert.Equal(5, root.GetProperty("judged_benign").GetInt64());
        Assert.Equal(1, root.GetProperty("judged_malicious").GetInt64());
    }

    [Fact]
    public void Alerts_of_correlations_are_compared_too()
    {
        var before = _lake.Put("all.yml", SigmaLake.Rules);
        var after = _lake.Put(
            "wide.yml",
            SigmaLake.Rules.Replace("gte: 2", "gte: 1", StringComparison.Ordinal)
        );
        var alerts = JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "backtest", before, after).Stdout)
            .RootElement.GetProperty("alerts");
        Assert.Equal(2, alerts.GetProperty("gained").GetArrayLength());
        Assert.Equal(1, alerts.GetProperty("lost").GetArrayLength());
    }

    [Fact]
    public void There_must_be_something_to_compare_with()
    {
        var (code, _, stderr) = _lake.Harrier("sigma", "backtest", Before);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("--with FILE", stderr, StringComparison.Ordinal);
    }

    static int Count(JsonElement root, string part) =>
        root.GetProperty(part).GetProperty("count").GetInt32();

    [Fact]
    public void A_file_is_compared_with_what_git_has_of_it()
    {
        var rule = Before;
        Git("init", "--quiet");
        Git("add", "rule.yml");
        Git("commit", "--quiet", "-m", "first");
        _lake.Put(
            "rule.yml",
            File.ReadAllText(rule).Replace("' -enc'", "'AAAA'", StringComparison.Ordinal)
        );

        foreach (
            string[] options in (string[][])
                [
                    [],
                    ["--base", "HEAD"],
                ]
        )
        {
            var (code, stdout, stderr) = _lake.Harrier([
                "--json",
                "sigma",
                "backtest",
                rule,
                .. options,
            ]);
            Assert.Equal("", stderr);
            Assert.Equal(Application.Done, code);
            var root = JsonDocument.Parse(stdout).RootElement;
            Assert.Equal(6, root.GetProperty("before").GetInt32());
            Assert.Equal(4, root.GetProperty("after").GetInt32());
            Assert.Equal("HEAD", root.GetProperty("base").GetProperty("revision").GetString());
            Assert.Equal(
                ["ws-1 5 4", "ws-2 1 0"],
                root.GetProperty("hosts")
                    .EnumerateArray()
                    .Select(one =>
                        $"{one.GetProperty("host")} {one.GetProperty("before")} {one.GetProperty("after")}"
                    )
            );
        }

        var (wrong, _, why) = _lake.Harrier("sigma", "backtest", rule, "--base", "--output=x");
        Assert.NotEqual(Application.Done, wrong);
        Assert.False(File.Exists(_lake.PathOf("x")), why);
        Assert.Contains(
            "git knows no revision 'v9'",
            _lake.Harrier("sigma", "backtest", rule, "--base", "v9").Stderr,
            StringComparison.Ordinal
        );
        var fresh = _lake.Put("new.yml", SigmaLake.Rules.Split("---\n")[0]);
        Assert.Contains(
            "The revision HEAD has no such file",
            _lake.Harrier("sigma", "backtest", fresh).Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_second_file_and_an_earlier_version_exclude_each_other()
    {
        var (code, _, stderr) = _lake.Harrier(
            "sigma",
            "backtest",
            Before,
            Before,
            "--base",
            "HEAD"
        );
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("Leave one of them out", stderr, StringComparison.Ordinal);
    }

    void Git(params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo("git")
        {
            WorkingDirectory = _lake.PathOf(""),
            UseShellExecute = false,
        };
        foreach (
            var argument in (string[])
                ["-c", "user.name=t", "-c", "user.email=t@example.org", .. arguments]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var git = System.Diagnostics.Process.Start(start)!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
