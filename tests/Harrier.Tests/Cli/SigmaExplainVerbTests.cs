using System.Text.Json;
using Harrier.Cli;

namespace Harrier.Tests.Cli;

public sealed class SigmaExplainVerbTests : IDisposable
{
    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    string Rules => _lake.Put("rules.yml", SigmaLake.Rules);

    [Theory]
    [InlineData("explain-correlation")]
    [InlineData("explain-rule", "--rule", "Encoded PowerShell")]
    public void A_person_reads(string golden, params string[] options)
    {
        var (code, stdout, _) = _lake.Harrier(["sigma", "explain", Rules, .. options]);
        Assert.Equal(Application.Done, code);
        Golden.Matches(stdout, "tests", "Harrier.Tests", "Cli", "golden", $"{golden}.txt");
    }

    [Fact]
    public void Rules_of_a_correlation_may_stand_in_other_files()
    {
        var parts = SigmaLake.Rules.Split("---\n");
        var correlation = _lake.Put("correlation.yml", parts[2]);
        var rule = _lake.Put("rule.yml", parts[1]);

        var (code, _, stderr) = _lake.Harrier("sigma", "explain", correlation);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("whoami", stderr, StringComparison.Ordinal);

        var one = Correlation("sigma", "explain", correlation, rule);
        Assert.Equal("matches", one.GetProperty("answer").GetString());
        Assert.Equal(1, one.GetProperty("alerts").GetInt64());
        Assert.Equal(2, one.GetProperty("groups").GetInt32());
    }

    [Theory]
    [InlineData("[OriginalFileName]", "gte: 2", "whoami", "has OriginalFileName")]
    [InlineData("[User]", "gte: 2", "bash", "there are no events of the log source linux")]
    public void What_the_data_can_not_answer_is_told(
        string group,
        string condition,
        string rule,
        string why
    )
    {
        var text = SigmaLake
            .Rules.Replace("[User]", group, StringComparison.Ordinal)
            .Replace("gte: 2", condition, StringComparison.Ordinal)
            .Replace("rules: [whoami]", $"rules: [{rule}]", StringComparison.Ordinal)
            .Replace(
                "title: Shell Of Linux",
                "title: Shell Of Linux\nname: bash",
                StringComparison.Ordinal
            );
        var one = Correlation("sigma", "explain", _lake.Put("rules.yml", text));
        Assert.Equal("cannot_be_answered", one.GetProperty("answer").GetString());
        Assert.Contains(why, one.GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Events_of_a_file_need_no_workspace()
    {
        var events = _lake.Put(
            "events.ndjson",
            """
            {"@timestamp":"2025-03-10T10:00:00Z","Image":"C:\\whoami.exe","User":"anna"}
            {"@timestamp":"2025-03-10T10:30:00Z","Image":"C:\\whoami.exe","User":"anna"}
            {"Image":"C:\\whoami.exe","User":"anna"}
            """
        );
        var (code, stdout, _) = _lake.Harrier("sigma", "explain", Rules, "--events", events);
        Assert.Equal(Application.Done, code);
        Assert.Contains(
            "The correlation holds nowhere: the nearest group (User=anna) came to 1",
            stdout,
            StringComparison.Ordinal
        );
        Assert.Contains("1 event without a time", stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A correlation asks for several events", "--event", "FILE")]
    [InlineData("--events is for correlations", "--events", "FILE", "--rule", "Who Am I")]
    [InlineData("No rule of this file is 'nobody'", "--rule", "nobody")]
    public void What_does_not_go_together_is_refused(string message, params string[] options)
    {
        var (code, _, stderr) = _lake.Harrier(["sigma", "explain", Rules, .. options]);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains(message, stderr, StringComparison.Ordinal);
    }

    JsonElement Correlation(params string[] args)
    {
        var (code, stdout, _) = _lake.Harrier(["--json", .. args]);
        Assert.Equal(Application.Done, code);
        var root = JsonDocument.Parse(stdout).RootElement;
        Assert.Equal("harrier.sigma.explain-correlation/1", root.GetProperty("schema").GetString());
        return Assert.Single(root.GetProperty("correlations").EnumerateArray());
    }
}
