using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;

namespace Harrier.Tests.Sigma;

public sealed class SigmaCorpusTest
{
    [Fact]
    public void Every_rule_of_the_corpus_loads_or_is_refused_with_a_reason()
    {
        var set = SigmaRules.Load([Corpus.Need("sigma-rules")]);
        var compiled = SigmaCompiler.Compile(set.Rules, Shipped.Logsources);
        var codes = string.Join(
            ", ",
            set.Diagnostics.GroupBy(d => d.Code).Select(g => $"{g.Key} {g.Count()}")
        );
        TestContext.Current.SendDiagnosticMessage(
            $"{set.Files} files, {set.Rules.Count} rules, {compiled.NotRun.Count} not run; {codes}"
        );
        Assert.True(compiled.NotRun.Count < set.Rules.Count * 0.05);
        Assert.All(set.Diagnostics, d => Assert.False(string.IsNullOrEmpty(d.Message)));
        Assert.All(compiled.NotRun, pair => Assert.NotEmpty(pair.Why));
        Assert.True(set.Rules.Count > set.Files * 0.9, codes);
    }

    [Theory]
    [InlineData("CommandLine|contains: 'a\\*b'", "xa*by", true)]
    [InlineData("CommandLine|contains: 'a\\*b'", "xazby", false)]
    [InlineData("CommandLine|endswith: '\\'", "C:\\x\\", true)]
    [InlineData("CommandLine: 'a?c*'", "AbCd", true)]
    [InlineData("CommandLine|windash|contains: ' -enc'", "x /enc y", true)]
    [InlineData("CommandLine|base64offset|contains: 'http://'", "aGh0dHA6Ly8v", true)]
    [InlineData("CommandLine|re|i: '^FO+$'", "foo", true)]
    [InlineData("CommandLine|cased: 'Foo'", "foo", false)]
    [InlineData("CommandLine|cidr: '10.0.0.0/8'", "10.2.3.4", true)]
    [InlineData("CommandLine|gte: 10", "9", false)]
    [InlineData("CommandLine: null", null, true)]
    [InlineData("CommandLine|neq: 'x'", null, true)]
    public void Batch_and_record_answer_alike(string item, string? value, bool expected)
    {
        var text =
            "title: t\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    "
            + item
            + "\n  condition: s\n";
        var set = SigmaRules.Parse(text, "t.yml");
        var rule = Assert.Single(set.Rules);
        var batch = new EventBatch(EventClasses.Process);
        batch.SetText(CommonColumns.Source, "sysmon"u8);
        batch.SetText(CommonColumns.Action, "start"u8);
        if (value is not null)
        {
            batch.SetText(batch.Class.Find("command_line")!.Ordinal, Encoding.UTF8.GetBytes(value));
        }

        batch.EndRow();
        var hits = new SigmaMatcher(SigmaCompiler.Compile([rule], Shipped.Logsources)).Match(batch);
        Assert.Equal(expected, hits.Count == 1);
        var json = JsonSerializer.SerializeToElement(
            value is null ? [] : new Dictionary<string, string> { ["CommandLine"] = value }
        );
        Assert.Equal(expected, SigmaEvent.Matches(rule, json));
    }
}
