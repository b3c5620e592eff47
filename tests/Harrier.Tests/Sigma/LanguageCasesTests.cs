using System.Text.Json;
using System.Text.RegularExpressions;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>Every case of <c>Language.cases.yaml</c>, and that each line of the checklist in docs/sigma.md has one.</summary>
public partial class LanguageCasesTests
{
    sealed record Case(string Rules, string[]? Events, int[] Matches, string? Refused);

    static readonly Dictionary<string, Case> s_cases = Read();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_language_means_what_the_case_says(string name)
    {
        var (rules, events, matches, refused) = s_cases[name];

        var set = SigmaRules.Parse(rules, "case.yml");

        Assert.Equal(
            refused is null ? [] : [refused],
            set.Diagnostics.Select(diagnostic => diagnostic.Code)
        );
        Assert.All(set.Diagnostics, diagnostic => Assert.True(diagnostic.Line > 0));
        if (events is null)
        {
            Assert.Empty(set.Rules);
            return;
        }

        Assert.Equal(
            matches,
            Enumerable
                .Range(0, events.Length)
                .Where(index =>
                    set.Rules.Any(rule =>
                        SigmaEvent.Matches(rule, JsonDocument.Parse(events[index]).RootElement)
                    )
                )
        );
    }

    [Fact]
    public void Every_line_of_the_checklist_has_its_case_or_says_who_has_it()
    {
        var cases = string.Join(
            '\n',
            s_cases.Keys.Concat(
                File.ReadAllLines(
                    RepositoryRoot.Combine("tests", "Harrier.Tests", "Sigma", "Sigma.cases.yaml")
                )
            )
        );
        var without = File.ReadAllLines(RepositoryRoot.Combine("docs", "sigma.md"))
            .Select(line => Line().Match(line))
            .Where(line => line.Success && line.Groups["elsewhere"].Value.Length == 0)
            .Select(line => line.Groups["number"].Value)
            .Where(number => !Regex.IsMatch(cases, $@"{number}\b"))
            .ToList();

        Assert.Empty(without);
    }

    [GeneratedRegex(@"^- (?<number>S-\d+a?)(?<elsewhere> \([^)]+\))? ")]
    private static partial Regex Line();

    [Fact]
    public void An_error_says_where_in_the_condition_it_is()
    {
        var set = SigmaRules.Parse(
            "title: t\nlogsource: {product: x}\ndetection:\n  sel: {A: 1}\n  condition: sel and sell\n",
            "c.yml"
        );

        var error = Assert.Single(set.Diagnostics);
        Assert.Equal(5, error.Line);
        Assert.Contains("character 9", error.Message);
        Assert.Equal("Did you mean 'sel'?", error.Suggestion);
    }

    [Fact]
    public void Counting_is_refused_with_the_correlation_to_write()
    {
        var set = SigmaRules.Parse(
            "title: t\nlogsource: {product: x}\ndetection:\n  s: {A: 1}\n  condition: s | count(User) by Host >= 5\n",
            "c.yml"
        );

        Assert.Contains(
            "{type: value_count, rules: [the name], group-by: [Host], timespan: the timeframe, condition: {gte: 5, field: User}}",
            Assert.Single(set.Diagnostics).Suggestion
        );
    }

    [Fact]
    public void A_filter_for_nothing_is_noticed()
    {
        var set = SigmaRules.Parse(
            "title: f\nlogsource: {product: x}\nfilter: {rules: [nobody], s: {A: 1}, condition: not s}\n",
            "c.yml"
        );

        Assert.Empty(set.Diagnostics);
        Assert.Equal(2, set.Notices.Count);
    }

    static Dictionary<string, Case> Read()
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(
            RepositoryRoot.Combine("tests", "Harrier.Tests", "Sigma", "Language.cases.yaml")
        );
        stream.Load(reader);
        return ((YamlSequenceNode)stream.Documents[0].RootNode)
            .Cast<YamlMappingNode>()
            .ToDictionary(
                node => Text(node, "case")!,
                node => new Case(
                    Text(node, "rules") ?? Whole(Text(node, "detection")!),
                    Texts(node, "events"),
                    [.. Texts(node, "matches")?.Select(int.Parse) ?? []],
                    Text(node, "refused")
                )
            );
    }

    static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    static string[]? Texts(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value)
            ? [.. ((YamlSequenceNode)value).Select(item => ((YamlScalarNode)item).Value!)]
            : null;

    static string Whole(string detection) =>
        "title: Case\nlogsource:\n  product: windows\ndetection:\n"
        + string.Join('\n', detection.Split('\n').Select(line => "  " + line))
        + "\n";
}
