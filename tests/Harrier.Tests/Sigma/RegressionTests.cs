using System.IO.Compression;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Telemetry.Formats.Evtx;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>The public rules' own regression sets: an event log each, on which a rule must fire, from the bytes of the log to the hit.</summary>
public sealed class RegressionTests
{
    sealed record Set(string Rule, string Log, int Hits);

    [Fact]
    public void Every_rule_fires_on_the_log_of_its_regression_set()
    {
        var corpus = Corpus.Need("sigma-rules");
        var sets = Directory
            .EnumerateFiles(
                Path.Combine(corpus, "regression_data"),
                "info.yml",
                SearchOption.AllDirectories
            )
            .Order(StringComparer.Ordinal)
            .SelectMany(info => Read(info, corpus))
            .ToList();
        var wanted = sets.Select(set => set.Rule).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var rules = SigmaRules
            .Load([corpus])
            .Rules.Where(rule => rule.Id is { } id && wanted.Contains(id))
            .ToList();
        var matcher = new SigmaMatcher(SigmaCompiler.Compile(rules, Shipped.Logsources));

        var silent = sets.Where(set => Hits(matcher, set) < set.Hits)
            .Select(set => $"{set.Rule} on {Path.GetRelativePath(corpus, set.Log)}")
            .ToList();

        Assert.True(sets.Count > 200, $"{sets.Count} sets");
        Assert.Empty(silent);
    }

    static int Hits(SigmaMatcher matcher, Set set)
    {
        var rows = new MappedBatches();
        using var file = File.OpenRead(set.Log);
        using Stream content = set.Log.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        new EvtxFormat().Read(content, MappedBatches.Options, rows, CancellationToken.None);
        return rows
            .Batches.All.SelectMany(matcher.Match)
            .Count(hit => string.Equals(hit.Rule.Id, set.Rule, StringComparison.OrdinalIgnoreCase));
    }

    static IEnumerable<Set> Read(string info, string corpus)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(info);
        stream.Load(reader);
        var map = (YamlMappingNode)stream.Documents[0].RootNode;
        var rule = ((YamlSequenceNode)map["rule_metadata"])[0]["id"].ToString();
        // One set has no log.
        if (!map.Children.TryGetValue("regression_tests_info", out var tests))
        {
            yield break;
        }

        foreach (var test in ((YamlSequenceNode)tests).Cast<YamlMappingNode>())
        {
            var log = Path.Combine(corpus, test["path"].ToString());
            yield return new Set(
                rule,
                File.Exists(log) ? log : log + ".gz",
                test.Children.TryGetValue("match_count", out var count)
                    ? int.Parse(count.ToString())
                    : 1
            );
        }
    }
}
