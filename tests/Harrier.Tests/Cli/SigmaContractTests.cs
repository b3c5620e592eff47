using System.Text.Json;
using Harrier.Cli;

namespace Harrier.Tests.Cli;

/// <summary>What holds of every verb that uses Sigma rules: one document, safe text, the same again.</summary>
public sealed class SigmaContractTests : IDisposable
{
    static readonly Dictionary<string, string[]> s_verbs = new()
    {
        ["scan"] = ["scan", "RULE", "--stats", "--group-by", "host"],
        ["backtest"] = ["backtest", "RULE", "RULE"],
        ["tune"] = ["tune", "RULE"],
        ["convert-legacy"] = ["convert-legacy", "RULE"],
        ["check"] = ["check", "RULE"],
        ["explain"] = ["explain", "RULE"],
    };

    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    public static TheoryData<string> Verbs => [.. s_verbs.Keys];

    /// <summary>A rule whose title, and a host whose name, would clear a screen.</summary>
    string Hostile()
    {
        _lake.Start(
            0,
            "ws-\u001b[2J",
            "x\u202e",
            "powershell.exe",
            "powershell -enc \u001b]0;title\u0007",
            @"C:\Windows\explorer.exe"
        );
        return _lake.Put(
            "hostile.yml",
            SigmaLake
                .Rules.Split("---\n")[0]
                .Replace(
                    "title: Encoded PowerShell",
                    "title: \"Encoded \\e[31m PowerShell\"",
                    StringComparison.Ordinal
                )
        );
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Json_is_one_document_the_same_each_time(string verb)
    {
        var rule = Hostile();
        var first = Run(verb, rule, json: true).Stdout;
        Assert.Equal(
            $"harrier.sigma.{verb}/1",
            JsonDocument.Parse(first).RootElement.GetProperty("schema").GetString()
        );
        Assert.Equal(first, Run(verb, rule, json: true).Stdout);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void What_a_person_reads_is_safe(string verb)
    {
        var (_, stdout, stderr) = Run(verb, Hostile(), json: false);
        foreach (var text in new[] { stdout, stderr })
        {
            Assert.DoesNotContain('\u001b', text);
            Assert.DoesNotContain('\u0007', text);
            Assert.DoesNotContain('\u202e', text);
        }
    }

    [Theory]
    [InlineData("scan", Application.InputUnread)]
    [InlineData("backtest", Application.InputUnread)]
    [InlineData("tune", Application.InputUnread)]
    [InlineData("convert-legacy", Application.InputUnread)]
    public void A_file_that_is_not_there_is_told(string verb, int code)
    {
        var (actual, stdout, _) = Run(verb, _lake.PathOf("nowhere.yml"), json: true);
        Assert.Equal(code, actual);
        Assert.Equal(
            "harrier.error/1",
            JsonDocument.Parse(stdout).RootElement.GetProperty("schema").GetString()
        );
    }

    [Theory]
    [InlineData("backtest")]
    [InlineData("tune")]
    public void A_rule_that_can_not_be_read_is_told_with_its_place(string verb)
    {
        var broken = _lake.Put("broken.yml", "title: T\ndetection: [\n");
        var (code, _, stderr) = Run(verb, broken, json: false);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("broken.yml:", stderr, StringComparison.Ordinal);
    }

    (int Code, string Stdout, string Stderr) Run(string verb, string rule, bool json)
    {
        string[] args = ["sigma", .. s_verbs[verb].Select(word => word == "RULE" ? rule : word)];
        return _lake.Harrier(json ? ["--json", .. args] : args);
    }
}
