using System.Text.Json;
using Harrier.Sigma;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma.Linting;

/// <summary>Every case of <c>Linter.cases.yaml</c>, and what holds of all checks.</summary>
public sealed class LinterTests
{
    const string Clean =
        "title: A case\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nstatus: test\ndescription: Of no check\nauthor: somebody\ndate: 2024-05-31\nlevel: low\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  selection:\n    Image|endswith: '\\a.exe'\n  condition: selection\n";

    static readonly Dictionary<string, YamlMappingNode> s_cases = Read();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_check_speaks_at_its_line_and_mends_what_it_may(string name)
    {
        var (check, text) = (Text(name, "check")!, Text(name, "text")!);
        var findings = Linter
            .CheckText(text, "a.yml")
            .Findings.Where(one => one.Code == check)
            .ToList();
        Assert.Contains(findings, one => one.Line == int.Parse(Text(name, "line")!));
        Assert.All(findings, one => Assert.True(one.Column > 0));

        var (mended, _) = Linter.Fix(text, "a.yml");
        if (Text(name, "mended") is { } expected)
        {
            Assert.Contains(expected, mended, StringComparison.Ordinal);
            Assert.DoesNotContain(
                Linter.CheckText(mended, "a.yml").Findings,
                one => one.Code == check && one.Fixable
            );
        }
        else
        {
            Assert.DoesNotContain(findings, one => one.Fixable);
        }
    }

    [Fact]
    public void Every_check_has_a_case() =>
        Assert.Empty(
            Linter
                .Checks.Select(check => check.Id)
                .Except(s_cases.Keys.Select(name => Text(name, "check")!))
        );

    [Fact]
    public void A_rule_in_good_order_is_left_in_peace()
    {
        Assert.Empty(Linter.CheckText(Clean, "proc_creation_win_case.yml").Findings);
        Assert.Equal((Clean, 0), Linter.Fix(Clean, "proc_creation_win_case.yml"));
    }

    [Theory]
    [InlineData("    A|contains|all: b # harrier: ignore all-with-one-value", false)]
    [InlineData(
        "    # harrier: ignore title-form, all-with-one-value\n    A|contains|all: b",
        false
    )]
    [InlineData("    # harrier: ignore title-form\n    A|contains|all: b", true)]
    [InlineData("    A|contains|all: '# harrier: ignore-all'", true)]
    public void A_comment_leaves_a_finding_out(string item, bool speaks) =>
        Assert.Equal(
            speaks,
            Linter
                .CheckText(
                    Clean.Replace("    Image|endswith: '\\a.exe'", item, StringComparison.Ordinal),
                    "proc_creation_win_case.yml"
                )
                .Findings.Any(one => one.Code == "all-with-one-value")
        );

    [Fact]
    public void Lines_that_end_in_CR_LF_and_a_mark_are_mended_in_place()
    {
        var text = "\uFEFF" + Clean.Replace("\n", "\r\n").Replace("2024-05-31", "2024/5/31");
        var (mended, _) = Linter.Fix(text, "proc_creation_win_case.yml");
        Assert.Equal(Clean.Replace("\n", "\r\n"), mended);
    }

    [Fact]
    public void Sarif_has_what_its_schema_asks()
    {
        var report = Linter.CheckText("title: T\ndetection: [\n", "a b.yml");
        using var log = JsonDocument.Parse(Sarif.Json(report, "1.0"));
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        var run = log.RootElement.GetProperty("runs")[0];
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules");
        foreach (var result in run.GetProperty("results").EnumerateArray())
        {
            Assert.Contains(
                result.GetProperty("level").GetString(),
                new[] { "error", "warning", "note" }
            );
            Assert.Equal(
                result.GetProperty("ruleId").GetString(),
                rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()
            );
            var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
            Assert.Equal(
                "a%20b.yml",
                place.GetProperty("artifactLocation").GetProperty("uri").GetString()
            );
            Assert.True(
                !place.TryGetProperty("region", out var region)
                    || region.GetProperty("startLine").GetInt32() > 0
            );
        }
    }

    [Fact]
    public void A_rule_without_a_needed_field_can_not_hold()
    {
        var steps = Assert.Single(
            RuleSteps.Of(
                Clean.Replace(
                    "  condition: selection",
                    "  filter:\n    User: x\n  condition: selection and not filter",
                    StringComparison.Ordinal
                ),
                "a.yml",
                Placeholders.None
            )
        );
        Assert.Equal(["Image", "User"], steps.Items.Select(item => item.Field));
        Assert.False(steps.CanHoldWithout(new HashSet<string> { "Image" }));
        Assert.True(steps.CanHoldWithout(new HashSet<string> { "User" }));
    }

    [Fact]
    public void Mending_public_rules_keeps_them_readable_and_comes_to_an_end()
    {
        foreach (
            var file in SigmaRules
                .FilesOf([Corpus.Need("sigma-rules")])
                .Where((_, index) => index % 10 == 0)
        )
        {
            var text = Linter.ReadText(file);
            var (mended, count) = Linter.Fix(text, file);
            Assert.Equal(count == 0, mended == text);
            Assert.True(
                SigmaRules.Parse(text, file).Rules.Count
                    <= SigmaRules.Parse(mended, file).Rules.Count,
                file
            );
            Assert.DoesNotContain(Linter.CheckText(mended, file).Findings, one => one.Fixable);
        }
    }

    static string? Text(string name, string key) =>
        s_cases[name].Children.TryGetValue(new YamlScalarNode(key), out var node)
            ? ((YamlScalarNode)node).Value
            : null;

    static Dictionary<string, YamlMappingNode> Read()
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(
            RepositoryRoot.Combine(
                "tests",
                "Harrier.Tests",
                "Sigma",
                "Linting",
                "Linter.cases.yaml"
            )
        );
        stream.Load(reader);
        return ((YamlSequenceNode)stream.Documents[0].RootNode)
            .Cast<YamlMappingNode>()
            .ToDictionary(node => $"{node["check"]}: {node["case"]}");
    }
}
