using System.Diagnostics;
using System.Text.RegularExpressions;
using Harrier.Sigma;
using Harrier.Sigma.Language;

namespace Harrier.Tests.Sigma;

public partial class RuleLoadingTests
{
    static readonly string[] s_folders =
    [
        "rules",
        "rules-compliance",
        "rules-emerging-threats",
        "rules-placeholder",
        "rules-threat-hunting",
    ];

    [Fact]
    public void All_public_rules_load_but_those_with_placeholders()
    {
        var folders = s_folders
            .Select(folder => Path.Combine(Corpus.Need("sigma-rules"), folder))
            .ToArray();
        var started = Stopwatch.GetTimestamp();

        var set = SigmaRules.Load(folders);

        TestContext.Current.SendDiagnosticMessage(
            $"{set.Rules.Count} rules in {Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s"
        );
        Assert.Equal(3_780, set.Files);
        Assert.Equal(3_755, set.Rules.Count);
        Assert.Equal(25, set.Diagnostics.Count);
        Assert.All(set.Diagnostics, diagnostic => Assert.Equal("placeholder", diagnostic.Code));
        Assert.Empty(set.Correlations);
    }

    [Fact]
    public void All_public_rules_load_where_their_placeholders_have_values()
    {
        var rules = Corpus.Need("sigma-rules");
        var names = Directory
            .EnumerateFiles(rules, "*.yml", SearchOption.AllDirectories)
            .SelectMany(file => Name().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value)
            .ToHashSet();
        IReadOnlyList<string> values = ["a", "b*"];

        var set = SigmaRules.Load(
            s_folders.Select(folder => Path.Combine(rules, folder)),
            new Placeholders(names.ToDictionary(name => name, _ => values))
        );

        Assert.Empty(set.Diagnostics);
        Assert.Equal(3_780, set.Rules.Count);
    }

    [GeneratedRegex(@"%(?<name>[\w-]+)%")]
    private static partial Regex Name();
}
