using System.Text.Json;
using Harrier.Cli;
using Harrier.Tests.Hunts;

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
    public void A_judgement_of_records_goes_before_that_of_their_lead()
    {
        Judge("ws-1", "benign");
        // The second record of ws-1 is the start by hand, in order of time.
        Judge("ws-1", "malicious", "2");
        var lead = JsonDocument
            .Parse(_lake.Harrier("--json", "leads", "show", LeadOf("ws-1")).Stdout)
            .RootElement.GetProperty("leads")[0];
        Assert.Equal("benign", lead.GetProperty("label").GetProperty("judgement").GetString());
        Assert.Equal(
            [null, "malicious", null, null, null],
            lead.GetProperty("evidence")
                .EnumerateArray()
                .Select(one => one.GetProperty("label"))
                .Select(label =>
                    label.ValueKind == JsonValueKind.Null
                        ? null
                        : label.GetProperty("judgement").GetString()
                )
        );
        var json = JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "tune", Rule).Stdout)
            .RootElement;
        Assert.Equal(4, json.GetProperty("judged_benign").GetInt32());
        Assert.Equal(1, json.GetProperty("judged_malicious").GetInt32());
    }

    [Theory]
    [InlineData("6", "numbered from 1 to 5")]
    [InlineData("2-1", "no list of numbers")]
    [InlineData("one", "no list of numbers")]
    [InlineData("", "no list of numbers")]
    public void Records_that_are_not_there_can_not_be_judged(string records, string message)
    {
        Judge("ws-1", "benign");
        var (code, _, stderr) = _lake.Harrier(
            "leads",
            "label",
            LeadOf("ws-1"),
            "benign",
            "--why",
            "test",
            "--evidence",
            records
        );
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains(message, stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Hits_that_came_after_a_judgement_are_not_judged_by_it()
    {
        Judge("ws-1", "benign");
        _lake.Start(
            3 * HuntLake.Hour,
            "ws-1",
            "ben",
            "powershell.exe",
            "powershell -enc DDDD",
            @"C:\Windows\explorer.exe"
        );
        var json = JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "tune", Rule).Stdout)
            .RootElement;
        Assert.Equal(5, json.GetProperty("judged_benign").GetInt32());
        Assert.Equal(7, json.GetProperty("hits").GetInt32());
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

    string LeadOf(string host) =>
        JsonDocument
            .Parse(_lake.Harrier("--json", "leads").Stdout)
            .RootElement.GetProperty("leads")
            .EnumerateArray()
            .First(one => one.GetProperty("entities")[0].GetProperty("value").GetString() == host)
            .GetProperty("id")
            .GetString()!;

    /// <param name="records">Of the lead's evidence; null: the lead.</param>
    void Judge(string host, string judgement, string? records = null)
    {
        if (!File.Exists(_lake.PathOf("scanned")))
        {
            _lake.Put("scanned", "");
            _lake.Harrier("sigma", "scan", Rule, "--leads");
        }

        string[] options = records is null ? [] : ["--evidence", records];
        var (code, _, _) = _lake.Harrier([
            "leads",
            "label",
            LeadOf(host),
            judgement,
            "--why",
            "test",
            .. options,
        ]);
        Assert.Equal(Application.Done, code);
    }
}
