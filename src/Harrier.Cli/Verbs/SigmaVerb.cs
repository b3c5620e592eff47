using System.CommandLine;
using Harrier.Schema;
using Harrier.Sigma;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma check | explain | scan | backtest | tune | convert-legacy | sql | test</c></summary>
static class SigmaVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("sigma", "Sigma rules: check files, run them over the workspace, try one on events")
        {
            SigmaCheckVerb.Command(runOf),
            SigmaExplainVerb.Command(runOf),
            SigmaScanVerb.Command(runOf),
            SigmaBacktestVerb.Command(runOf),
            SigmaTuneVerb.Command(runOf),
            SigmaConvertVerb.Command(runOf),
            SigmaSqlVerb.Command(runOf),
            SigmaTestVerb.Command(runOf),
        };

    /// <exception cref="HarrierFault">None is named, or one is not there.</exception>
    internal static IReadOnlyList<string> Existing(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "No rule file or folder is named.",
                remedy: "Write harrier sigma check rules/"
            );
        }

        foreach (var path in paths.Where(path => !File.Exists(path) && !Directory.Exists(path)))
        {
            throw new HarrierFault(FaultKind.Input, "There is no such file or folder.", path);
        }

        return paths;
    }

    /// <exception cref="HarrierFault">A rule can't be read.</exception>
    internal static void ThrowFirst(SigmaRuleSet set)
    {
        if (set.Diagnostics.Count > 0)
        {
            var first = set.Diagnostics[0];
            throw new HarrierFault(
                FaultKind.Usage,
                first.Message,
                $"{first.File}:{first.Line}:{first.Column}",
                first.Suggestion
            );
        }
    }
}
