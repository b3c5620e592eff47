using Harrier.Hunts.Techniques;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Hunts.Techniques;

/// <summary>The case tables beside first-seen and stack-count, each entry a test.</summary>
public class CaseTableTests
{
    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var (file, technique) in Tables)
        {
            foreach (var node in Load(file))
            {
                data.Add(technique, Text(node, "case")!);
            }
        }

        return data;
    }

    static readonly (string File, string Technique)[] Tables =
    [
        ("FirstSeen.cases.yaml", "first-seen"),
        ("StackCount.cases.yaml", "stack-count"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_case_holds(string technique, string name)
    {
        var file = Tables.Single(table => table.Technique == technique).File;
        var node = Load(file).Single(node => Text(node, "case") == name);
        using var lake = new TechniqueLake();
        FillIn(lake, (YamlSequenceNode)node["days"]);
        foreach (var known in Texts(node, "known"))
        {
            lake.Known.Add(("all", known));
        }

        var result = lake.Run(technique, With(node));

        if (Text(node, "inconclusive") is { } why)
        {
            Assert.Contains(why, result.Inconclusive, StringComparison.Ordinal);
            Assert.Empty(result.Findings);
            return;
        }

        Assert.Null(result.Inconclusive);
        Assert.Equal(Texts(node, "leads"), result.Findings.Select(finding => finding.Title));
        foreach (var words in Texts(node, "say"))
        {
            Assert.Contains(
                words,
                string.Join(' ', result.Findings[0].Reasons),
                StringComparison.Ordinal
            );
        }

        Assert.All(result.Findings, CheckFinding);
    }

    static void CheckFinding(Finding finding)
    {
        Assert.InRange(finding.Score, 0, 1);
        Assert.NotEmpty(finding.Evidence);
        Assert.True(finding.EvidenceCount >= finding.Evidence.Count);
        Assert.True(finding.Evidence.Count <= 50);
        Assert.True(finding.First <= finding.Last);
        Assert.NotNull(finding.Value);
        Assert.Equal("host", finding.Entities[0].Type);
    }

    static void FillIn(TechniqueLake lake, YamlSequenceNode days)
    {
        var time = TechniqueLake.Start + (12 * TechniqueLake.Hour);
        foreach (var day in days.Children.Cast<YamlMappingNode>())
        {
            foreach (var (key, values) in day.Children)
            {
                foreach (var host in Hosts(((YamlScalarNode)key).Value!))
                {
                    foreach (
                        var value in ((YamlSequenceNode)values).Children.Cast<YamlScalarNode>()
                    )
                    {
                        lake.Add("process", time, ("host", host), ("image", value.Value!));
                    }
                }
            }

            time += TechniqueLake.Day;
        }
    }

    static IEnumerable<string> Hosts(string text)
    {
        var parts = text.Split("..");
        return parts.Length == 1
            ? parts
            : Enumerable
                .Range(
                    int.Parse(parts[0][1..]),
                    int.Parse(parts[1][1..]) - int.Parse(parts[0][1..]) + 1
                )
                .Select(i => $"h{i}");
    }

    static Dictionary<string, IReadOnlyList<string>> With(YamlNode node)
    {
        var with = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["class"] = ["process"],
            ["columns"] = ["image"],
        };
        if (((YamlMappingNode)node).Children.TryGetValue("with", out var given))
        {
            foreach (var (key, value) in ((YamlMappingNode)given).Children)
            {
                with[((YamlScalarNode)key).Value!] = [((YamlScalarNode)value).Value!];
            }
        }

        return with;
    }

    static IEnumerable<YamlNode> Load(string file)
    {
        using var reader = new StreamReader(
            Path.Combine(RepositoryRoot.Path, "src", "Harrier.Hunts", "Techniques", file)
        );
        var yaml = new YamlStream();
        yaml.Load(reader);
        return ((YamlSequenceNode)yaml.Documents[0].RootNode).Children;
    }

    static string? Text(YamlNode node, string key) =>
        ((YamlMappingNode)node).Children.TryGetValue(key, out var value)
            ? ((YamlScalarNode)value).Value
            : null;

    static IReadOnlyList<string> Texts(YamlNode node, string key) =>
        ((YamlMappingNode)node).Children.TryGetValue(key, out var value)
            ? [.. ((YamlSequenceNode)value).Children.Select(item => ((YamlScalarNode)item).Value!)]
            : [];
}
