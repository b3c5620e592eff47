using System.CommandLine;
using System.Text.Json;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;
using Harrier.Sigma.Testing;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma test</c>: rules and correlations of a file against events of a file, without a workspace.</summary>
static class SigmaTestVerb
{
    const int ShownLines = 40;
    const int ShownAlerts = 20;
    const long MaxPlaceholderBytes = 1_000_000;

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var events = new Option<string>("--events")
        {
            Description = "NDJSON events, with the rule's own field names",
            Required = true,
            HelpName = "FILE",
        };
        var timeField = TimeField();
        var placeholders = new Option<string?>("--placeholders")
        {
            Description = "What the rule's %names% stand for: YAML or JSON, name: [values]",
            HelpName = "FILE",
        };
        var command = new Command(
            "test",
            """
            Try a rule file on events, without a workspace

              harrier sigma test rule.yml --events events.ndjson
              harrier sigma test correlation.yml --events logons.ndjson --time-field UtcTime
            """
        )
        {
            rule,
            events,
            timeField,
            placeholders,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var face = runOf(parsed).Face;
                var set = SigmaRules.Load(
                    SigmaVerb.Existing([parsed.GetValue(rule)!]),
                    PlaceholdersOf(parsed.GetValue(placeholders))
                );
                SigmaVerb.ThrowFirst(set);
                var trial = new RuleTrial(set, parsed.GetValue(timeField)!);
                if (trial.NotRun is [var (correlation, why), ..])
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        why,
                        $"{correlation.File}:{correlation.Line}:1"
                    );
                }

                var matched = Matched(trial, parsed.GetValue(events)!, cancel);
                Show(face, matched, trial.Complete(), trial.Untimed, parsed.GetValue(timeField)!);
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    internal static Option<string> TimeField() =>
        new("--time-field")
        {
            Description = "Field with the time of an event, for correlations",
            DefaultValueFactory = _ => "@timestamp",
            HelpName = "NAME",
        };

    static Placeholders PlaceholdersOf(string? file)
    {
        if (file is null)
        {
            return Placeholders.None;
        }

        try
        {
            return new FileInfo(file).Length <= MaxPlaceholderBytes
                ? new Placeholders(
                    TextLists.Read(
                        YamlTree.ReadIfAny(File.ReadAllText(file), file),
                        "placeholders",
                        file
                    )
                )
                : throw new HarrierFault(FaultKind.Usage, "The file is larger than 1 MB.", file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"The placeholders can't be read: {fault.Message}",
                file,
                inner: fault
            );
        }
    }

    /// <summary>Numbers of the lines, from 0, whose event a rule matches.</summary>
    internal static List<int> Matched(RuleTrial trial, string file, CancellationToken cancel)
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
                if (trial.Add(json.RootElement, number))
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

    static void Show(
        Face face,
        List<int> matched,
        IReadOnlyList<SigmaCorrelationHit> alerts,
        int untimed,
        string timeField
    )
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.test/1",
                Matched = matched,
                Alerts = alerts.Select(alert => new
                {
                    Rule = alert.Correlation.Id ?? alert.Correlation.Name,
                    alert.Correlation.Title,
                    Time = Shown.Rfc3339(alert.Last),
                    First = Shown.Rfc3339(alert.First),
                    Last = Shown.Rfc3339(alert.Last),
                    Group = alert.Group.ToDictionary(),
                    alert.Value,
                    Events = alert.Events.Select(one => one.Record),
                }),
                Untimed = untimed,
            }
        );
        face.Line(
            matched.Count == 0
                ? "No event matches."
                : $"{Shown.Count(matched.Count, "event")} match: lines {string.Join(", ", matched.Take(ShownLines).Select(line => line + 1))}{(matched.Count > ShownLines ? " ..." : "")}"
        );
        foreach (var alert in alerts.Take(ShownAlerts))
        {
            var group = string.Join(", ", alert.Group.Select(pair => $"{pair.Key} {pair.Value}"));
            face.Line(
                SafeText
                    .From(
                        $"{Shown.Rfc3339(alert.Last)}  {alert.Correlation.Title}{(group.Length > 0 ? $" ({group})" : "")}: {Shown.Count(alert.Count, "event")}, lines {string.Join(", ", alert.Events.Take(ShownLines).Select(one => one.Record + 1))}",
                        400
                    )
                    .Value
            );
        }

        if (alerts.Count > ShownAlerts)
        {
            face.Line($"and {alerts.Count - ShownAlerts} more alerts: --json");
        }

        ShowUntimed(face, untimed, timeField);
    }

    internal static void ShowUntimed(Face face, int untimed, string timeField)
    {
        if (untimed > 0)
        {
            face.Line(
                $"{Shown.Count(untimed, "event")} without a time in '{SafeText.From(timeField, 60)}' are in no correlation: name the field with --time-field."
            );
        }
    }
}
