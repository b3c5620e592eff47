using System.Text.Json;
using Harrier.Cli;

namespace Harrier.Tests.Cli;

public sealed class SigmaTuneVerbTests : IDisposable
{
    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    string Rule => _lake.Put("rule.yml", SigmaLake.Rules.Split("---\n")[0]);

    [Fact]
    public void Without_judgements_there_is_nothing_to_learn_from()
    {
        var (code, stdout, _) = _lake.Harrier("sigma", "tune", Rule);
        Assert.Equal(Application.No, code);
        Assert.Contains("None of 6 hits was judged benign", stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_takes_what_was_judged_benign_and_leaves_the_rest()
    {
        // ws-1 has four deployments, and one start by hand, which a lead about the whole host can't be told from.
        Judge("ws-1", "benign");
        Judge("ws-2", "malicious");
        var (code, stdout, stderr) = _lake.Harrier("sigma", "tune", Rule);
        Assert.Equal(Application.Done, code);
        Golden.Matches(
            stdout + "\n" + stderr,
            "tests",
            "Harrier.Tests",
            "Cli",
            "golden",
            "tune.txt"
        );
    }

    [Fact]
    public void The_filter_is_one_that_backtest_and_check_take()
    {
        Judge("ws-1", "benign");
        var filter = _lake.PathOf("mf_encoded_powershell.yml");
        Assert.Equal(Application.Done, _lake.Harrier("sigma", "tune", Rule, "--out", filter).Code);
        Assert.Equal(Application.Done, _lake.Harrier("sigma", "check", filter).Code);
        var root = JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "backtest", Rule, "--with", filter).Stdout)
            .RootElement;
        Assert.Equal(4, root.GetProperty("lost").GetProperty("count").GetInt32());
        Assert.Equal(0, root.GetProperty("gained").GetProperty("count").GetInt32());
    }

    [Fact]
    public void A_rule_that_filters_can_not_name_is_told()
    {
        Judge("ws-1", "benign");
        var nameless = _lake.Put(
            "rule.yml",
            SigmaLake
                .Rules.Split("---\n")[0]
                .Replace("id: 7a1d3c1e-2f0b-4d4a-9c3a-1f0f5f2d9a01\n", "", StringComparison.Ordinal)
        );
        _lake.Harrier("sigma", "scan", nameless, "--leads");
        Judge("ws-1", "benign");
        var (code, _, stderr) = _lake.Harrier("sigma", "tune", nameless);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("neither an id nor a name", stderr, StringComparison.Ordinal);
    }

    void Judge(string host, string judgement)
    {
        if (!File.Exists(_lake.PathOf("scanned")))
        {
            _lake.Put("scanned", "");
            _lake.Harrier("sigma", "scan", Rule, "--leads");
        }

        var lead = JsonDocument
            .Parse(_lake.Harrier("--json", "leads").Stdout)
            .RootElement.GetProperty("leads")
            .EnumerateArray()
            .First(one => one.GetProperty("entities")[0].GetProperty("value").GetString() == host);
        Assert.Equal(
            Application.Done,
            _lake
                .Harrier(
                    "leads",
                    "label",
                    lead.GetProperty("id").GetString()!,
                    judgement,
                    "--why",
                    "test"
                )
                .Code
        );
    }
}
