using System.Text.Json;
using System.Text.RegularExpressions;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using Harrier.Tests.Sigma.Caching;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>Every case of <c>Language.cases.yaml</c>, and that each line of the checklist in docs/sigma.md has one.</summary>
public partial class LanguageCasesTests
{
    sealed record Case(
        string Rules,
        string[]? Events,
        int[] Matches,
        string? Refused,
        Placeholders Placeholders
    );

    static readonly Dictionary<string, Case> s_cases = Read();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    /// <summary>What is read of each case.</summary>
    internal static IEnumerable<SigmaDocuments> Documents() =>
        s_cases.Values.Select(one => DocumentReader.Read(one.Rules, "case.yml", one.Placeholders));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_language_means_what_the_case_says(string name)
    {
        var (rules, _, _, _, placeholders) = s_cases[name];
        var documents = DocumentReader.Read(rules, "case.yml", placeholders);

        Means(s_cases[name], SigmaSet.Join([documents]));
        Means(s_cases[name], SigmaSet.Join([CachedForm.Of(documents)]));
    }

    static void Means(Case one, SigmaRuleSet set)
    {
        var (_, events, matches, refused, _) = one;
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
        var folder = RepositoryRoot.Combine("tests", "Harrier.Tests", "Sigma");
        var cases = string.Join(
            '\n',
            Directory
                .EnumerateFiles(folder, "*.cases.yaml", SearchOption.AllDirectories)
                .SelectMany(File.ReadLines)
                .Where(line => line.Contains("case: ", StringComparison.Ordinal))
        );
        var without = File.ReadAllLines(RepositoryRoot.Combine("docs", "sigma.md"))
            .Select(line => Line().Match(line))
            .Where(line => line.Success)
            .Where(line =>
                !Regex.IsMatch(
                    line.Groups["elsewhere"].Value is { Length: > 0 } tests
                        ? File.ReadAllText(Path.Combine(folder, tests + ".cs"))
                        : cases,
                    $@"{line.Groups["number"].Value}\b"
                )
            )
            .Select(line => line.Value)
            .ToList();

        Assert.Empty(without);
    }

    [GeneratedRegex(@"^- (?<number>S-\d+a?)(?: \(`(?<elsewhere>[^`]+)`\))? ")]
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
    public void S_207_a_description_has_a_limit() // S-207
    {
        const string Rule =
            "title: t\nlogsource: {product: x}\ndetection: {s: {A: 1}, condition: s}\ndescription: ";

        Assert.Empty(SigmaRules.Parse(Rule + new string('x', 65_535), "c.yml").Diagnostics);
        Assert.Equal(
            "description",
            Assert
                .Single(SigmaRules.Parse(Rule + new string('x', 65_536), "c.yml").Diagnostics)
                .Code
        );
    }

    [Fact]
    public void A_filter_for_nothing_is_noticed() // S-815
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
                    Text(node, "refused"),
                    new Placeholders(Lists(node, "placeholders"))
                )
            );
    }

    static Dictionary<string, IReadOnlyList<string>> Lists(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value)
            ? ((YamlMappingNode)value).Children.ToDictionary(
                entry => ((YamlScalarNode)entry.Key).Value!,
                entry =>
                    (IReadOnlyList<string>)
                        [
                            .. ((YamlSequenceNode)entry.Value).Select(item =>
                                ((YamlScalarNode)item).Value!
                            ),
                        ]
            )
            : [];

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
