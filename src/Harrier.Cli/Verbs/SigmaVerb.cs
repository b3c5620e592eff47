using System.CommandLine;
using System.Text.Json;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma check | explain | scan | backtest | tune | convert-legacy | test</c></summary>
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
            TestCommand(runOf),
        };

    static Command TestCommand(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var events = new Option<string>("--events")
        {
            Description = "NDJSON events, with the rule's own field names",
            Required = true,
            HelpName = "FILE",
        };
        var command = new Command(
            "test",
            "Try a rule file on events, without a workspace\n\n  harrier sigma test rule.yml --events events.ndjson"
        )
        {
            rule,
            events,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var face = runOf(parsed).Face;
                var set = Load([parsed.GetValue(rule)!]);
                ThrowFirst(set);
                var matched = Matched(set, parsed.GetValue(events)!, cancel);
                face.Document(
                    new
                    {
                        Schema = "harrier.sigma.test/1",
                        Matched = matched,
                        Alerts = Array.Empty<object>(),
                    }
                );
                face.Line(
                    matched.Count == 0
                        ? "No event matches."
                        : $"{Shown.Count(matched.Count, "event")} match: lines {string.Join(", ", matched.Take(40).Select(line => line + 1))}"
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static List<int> Matched(SigmaRuleSet set, string file, CancellationToken cancel)
    {
        if (!File.Exists(file))
        {
            throw new HarrierFault(FaultKind.Input, "There is no such file.", file);
        }

        var matched = new List<int>();
        var number = -1;
        foreach (var line in File.ReadLines(file))
        {
            cancel.ThrowIfCancellationRequested();
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                using var json = JsonDocument.Parse(
                    line,
                    new JsonDocumentOptions { MaxDepth = 64 }
                );
                if (set.Rules.Any(rule => SigmaEvent.Matches(rule, json.RootElement)))
                {
                    matched.Add(number);
                }
            }
            catch (JsonException fault)
            {
                throw new HarrierFault(
                    FaultKind.Input,
                    $"This line is no JSON: {fault.Message}",
                    $"{file}:{number + 1}",
                    inner: fault
                );
            }
        }

        return matched;
    }

    static SigmaRuleSet Load(IReadOnlyList<string> paths) => SigmaRules.Load(Existing(paths));

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
