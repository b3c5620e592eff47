using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>Every case of <c>Sigma.cases.yaml</c>, on single events and on a batch of the same events: both must say the same.</summary>
public class SigmaCasesTests
{
    static readonly Dictionary<string, (string Detection, string[] Events, int[] Matches)> s_cases =
        Read();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Events_match_as_the_case_says(string name)
    {
        var (detection, events, expected) = s_cases[name];
        var rule = Rule(detection);

        var matched = events
            .Select(
                (json, index) =>
                    (index, SigmaEvent.Matches(rule, JsonDocument.Parse(json).RootElement))
            )
            .Where(pair => pair.Item2)
            .Select(pair => pair.index);

        Assert.Equal(expected, matched);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_batch_with_the_fields_in_extra_matches_the_same_rows(string name)
    {
        var (detection, events, expected) = s_cases[name];
        var hits = new SigmaMatcher(
            SigmaCompiler.Compile([Rule(detection)], Shipped.Logsources)
        ).Match(ProcessEvents.Batch(events));

        Assert.Equal(expected, hits.Select(hit => hit.Row));
    }

    [Theory]
    [InlineData("s: {A|frobnicate: 1}\ncondition: s", "modifier")]
    [InlineData("s: {A: 1}\ncondition: t", "condition")]
    [InlineData("s: {A: 1}\ncondition: s | count() > 5", "aggregation")]
    [InlineData("s: {A|base64offset|contains: 'x'}\ncondition: s", "value")]
    [InlineData("s: {A|expand: '%admins%'}\ncondition: s", "placeholder")]
    public void What_can_not_run_is_refused_by_name(string detection, string code)
    {
        var set = SigmaRules.Parse(Text(detection), "case.yml");

        Assert.Empty(set.Rules);
        Assert.Single(set.Diagnostics);
        Assert.True(set.Diagnostics[0].Line > 0, code);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_an_event_is_no_crash() =>
        Assert.False(
            SigmaEvent.Matches(
                Rule("s: {A: 1}\ncondition: s"),
                JsonDocument.Parse("{\"A\":\"\\uD800\"}").RootElement
            )
        );

    [Fact]
    public void Shipped_rules_can_all_be_read()
    {
        var set = SigmaRules.Load([RepositoryRoot.Combine("hunts", "sigma")]);

        Assert.Empty(set.Diagnostics);
        Assert.True(set.Rules.Count >= 15);
        Assert.Empty(SigmaCompiler.Compile(set.Rules, Shipped.Logsources).NotRun);
        Assert.All(set.Rules, rule => Assert.NotEmpty(rule.Attack));
    }

    [Fact]
    public void Every_public_rule_loads_or_is_refused_with_a_reason()
    {
        var set = SigmaRules.Load([Corpus.Need("sigma-rules")]);

        Assert.True(set.Rules.Count > 3000, $"{set.Rules.Count} rules of {set.Files} files");
        Assert.All(set.Diagnostics, diagnostic => Assert.NotEmpty(diagnostic.Message));
    }

    static SigmaRule Rule(string detection)
    {
        var set = SigmaRules.Parse(Text(detection), "case.yml");
        Assert.Empty(set.Diagnostics);
        return Assert.Single(set.Rules);
    }

    static string Text(string detection) =>
        "title: Case\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n"
        + string.Join('\n', detection.Split('\n').Select(line => "  " + line))
        + "\n";

    static Dictionary<string, (string, string[], int[])> Read()
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(
            RepositoryRoot.Combine("tests", "Harrier.Tests", "Sigma", "Sigma.cases.yaml")
        );
        stream.Load(reader);
        return ((YamlSequenceNode)stream.Documents[0].RootNode)
            .Cast<YamlMappingNode>()
            .ToDictionary(
                node => ((YamlScalarNode)node["case"]).Value!,
                node =>
                    (
                        ((YamlScalarNode)node["detection"]).Value!,
                        ((YamlSequenceNode)node["events"])
                            .Select(item => ((YamlScalarNode)item).Value!)
                            .ToArray(),
                        ((YamlSequenceNode)node["matches"])
                            .Select(item => int.Parse(((YamlScalarNode)item).Value!))
                            .ToArray()
                    )
            );
    }
}
