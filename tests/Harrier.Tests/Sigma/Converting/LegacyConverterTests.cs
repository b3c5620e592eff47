using System.Text.RegularExpressions;
using Harrier.Sigma;
using Harrier.Sigma.Converting;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma.Converting;

/// <summary>Cases worked by hand: a rule of the old kind, and what is written for it.</summary>
public class LegacyConverterTests
{
    static readonly Dictionary<string, YamlMappingNode> s_cases = CaseFile.Read(
        "Converting",
        "Legacy.cases.yaml"
    );

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rule_becomes_that_of_the_case(string name)
    {
        var node = s_cases[name];
        var result = LegacyConverter.Convert(Text(node, "rule")!, "r.yml", Text(node, "timespan"));
        // The id is made of the rule: that it is one, and stays, is what counts.
        var text = Regex.Replace(
            result.Text,
            @"^id: (?!1111)[0-9a-f-]{36}$",
            "id: ID1",
            RegexOptions.Multiline
        );

        Assert.Equal(Text(node, "becomes") ?? Text(node, "rule"), text);
        Assert.Equal(
            Texts(node, "left"),
            result.Left.Select(one => $"{one.Line}:{one.Column} {one.Message}")
        );
        Assert.Equal(Texts(node, "notices"), result.Notices.Select(one => one.Message));
        if (Text(node, "becomes") is not null)
        {
            var set = SigmaRules.Parse(result.Text, "r.yml");
            Assert.Empty(set.Diagnostics);
            Assert.NotEmpty(set.Correlations);
            Assert.Equal(0, LegacyConverter.Convert(result.Text, "r.yml", null).Converted);
        }
    }

    [Fact]
    public void Every_old_rule_of_the_public_ones_is_converted_or_told()
    {
        var folder = Path.Combine(Corpus.Need("sigma-rules"), "unsupported");
        var left = new List<string>();
        foreach (
            var file in Directory
                .EnumerateFiles(folder, "*.yml", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
        )
        {
            var text = File.ReadAllText(file);
            var result = LegacyConverter.Convert(text, file, "5m");
            var counts = SigmaRules
                .Parse(text, file)
                .Diagnostics.Count(one => one.Code == "aggregation");
            if (result.Converted == 0 && result.Left.Count == 0)
            {
                Assert.Equal(0, counts);
            }
            else if (result.Left.Count > 0)
            {
                left.Add(Path.GetFileName(file));
            }
            else
            {
                Assert.Empty(SigmaRules.Parse(result.Text, file).Diagnostics);
            }
        }

        // Its documents complete each other by 'action'.
        Assert.Contains("win_apt_apt29_tor.yml", left);
    }

    static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    static IEnumerable<string> Texts(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var list)
            ? ((YamlSequenceNode)list).Select(one => ((YamlScalarNode)one).Value!)
            : [];
}
