using System.CommandLine;
using System.Text.Json;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;
using Harrier.Sigma.Matching;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma explain RULE [--event FILE]</c>: why a rule holds or not, on an event or on the workspace.</summary>
static class SigmaExplainVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var record = new Option<string?>("--event")
        {
            Description =
                "One event as JSON, with the rule's own field names; without it the workspace is asked",
            HelpName = "FILE",
        };
        var from = new Option<string?>("--from") { HelpName = "TIME" };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var command = new Command(
            "explain",
            "Say what a rule asks and what was found: of one event, or how many rows of the workspace pass each question\n\n  harrier sigma explain rule.yml --event event.json\n  harrier sigma explain rule.yml --from -7d"
        )
        {
            rule,
            record,
            from,
            to,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                if (parsed.GetValue(record) is { } file)
                {
                    OnEvent(run.Face, Read(parsed.GetValue(rule)!, run.Placeholders()), file);
                    return Task.FromResult(Application.Done);
                }

                using var session = HuntSession.Open(run);
                OnWorkspace(
                    run.Face,
                    session,
                    Read(parsed.GetValue(rule)!, session.Placeholders),
                    Run.Window(parsed.GetValue(from), parsed.GetValue(to), session.LastEvent),
                    cancel
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static RuleSteps Read(string file, Placeholders placeholders)
    {
        _ = SigmaVerb.Existing([file]);
        var text = Linter.ReadText(file).TrimStart('\uFEFF');
        var set = SigmaRules.Parse(text, file, placeholders);
        SigmaVerb.ThrowFirst(set);
        return RuleSteps.Of(text, file, placeholders) is [var one]
            ? one
            : throw new HarrierFault(
                FaultKind.Usage,
                $"{Shown.Count(set.Rules.Count, "detection rule")} in this file; one is explained at a time.",
                file,
                "Write the rule into a file of its own."
            );
    }

    static void OnEvent(Face face, RuleSteps steps, string file)
    {
        const int MostBytes = 10_000_000;
        if (!File.Exists(file) || new FileInfo(file).Length > MostBytes)
        {
            throw new HarrierFault(
                FaultKind.Input,
                File.Exists(file)
                    ? "An event of more than 10 MB is not explained."
                    : "There is no such file.",
                file
            );
        }

        using var json = Parse(file);
        var record = json.RootElement;
        var matched = SigmaEvent.Matches(steps.Rule, record);
        var because = steps
            .Items.Select(item => new
            {
                item.Selection,
                item.Field,
                item.Modifier,
                item.Expected,
                Actual = item.Field.Length == 0 ? [] : RuleSteps.Values(record, item.Field),
                Matched = SigmaEvent.Matches(item.Rule, record),
            })
            .ToList();
        var selections = steps
            .Selections.Select(one => new
            {
                one.Name,
                Matched = SigmaEvent.Matches(one.Rule, record),
            })
            .ToList();
        face.Document(
            new
            {
                Schema = "harrier.sigma.explain/1",
                Rule = RuleOf(steps.Rule),
                Matched = matched,
                steps.Condition,
                Selections = selections,
                Because = because,
            }
        );
        var table = Face.Table("selection", "field", "asked", "seen", "holds");
        foreach (var one in because)
        {
            table.AddRow(
                Face.Cell(SafeText.From(one.Selection, 30)),
                Face.Cell(SafeText.From(one.Field.Length == 0 ? "any field" : one.Field, 30)),
                Face.Cell(SafeText.From($"{one.Modifier} {Few(one.Expected)}".Trim(), 60)),
                Face.Cell(
                    SafeText.From(
                        one.Field.Length == 0 ? ""
                            : one.Actual.Count == 0 ? "(not in the event)"
                            : Few(one.Actual),
                        60
                    )
                ),
                Face.Cell(one.Matched ? "yes" : "no")
            );
        }

        face.Show(table);
        face.Line(
            SafeText
                .From(
                    $"{string.Join(", ", selections.Select(one => $"{one.Name} {(one.Matched ? "holds" : "does not")}"))}; condition: {steps.Condition}"
                )
                .Value
        );
        face.Line(matched ? "The rule matches." : "The rule does not match.");
    }

    static void OnWorkspace(
        Face face,
        HuntSession session,
        RuleSteps steps,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var fields = steps
            .Items.Select(item => item.Field)
            .Where(field => field.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(field => field, steps.Present, StringComparer.Ordinal);
        var compiled = SigmaCompiler.Compile(
            [
                steps.Everything,
                steps.Rule,
                .. steps.Items.Select(item => item.Rule),
                .. steps.Selections.Select(one => one.Rule),
                .. fields.Values,
            ],
            Logsources.Load(session.LogsourceFolders)
        );
        var counts = Count(session, compiled, window, cancel);
        var routed = counts.GetValueOrDefault(steps.Everything);
        var missing = fields
            .Where(pair => counts.GetValueOrDefault(pair.Value) == 0)
            .Select(pair => pair.Key)
            .ToHashSet(StringComparer.Ordinal);
        var held = counts.GetValueOrDefault(steps.Rule);
        var why =
            compiled.NotRun.Count > 0 ? compiled.NotRun[0].Why
            : routed == 0 ? $"there are no events of the log source {steps.Rule.Logsource}"
            : held == 0 && !steps.CanHoldWithout(missing)
                ? $"no event of {steps.Rule.Logsource} has {string.Join(", ", missing)}, which the rule needs"
            : null;
        var answer =
            why is not null ? "cannot_be_answered"
            : held > 0 ? "matches"
            : "no_match";
        face.Document(
            new
            {
                Schema = "harrier.sigma.explain/1",
                Rule = RuleOf(steps.Rule),
                Matched = held > 0,
                Answer = answer,
                Why = why,
                steps.Condition,
                Rows = new { Logsource = routed, Rule = held },
                MissingFields = missing.Order(StringComparer.Ordinal),
                Selections = steps.Selections.Select(one => new
                {
                    one.Name,
                    Rows = counts.GetValueOrDefault(one.Rule),
                }),
                Because = steps.Items.Select(item => new
                {
                    item.Selection,
                    item.Field,
                    item.Modifier,
                    item.Expected,
                    RowsWithField = item.Field.Length == 0
                        ? routed
                        : counts.GetValueOrDefault(fields[item.Field]),
                    Rows = counts.GetValueOrDefault(item.Rule),
                    Matched = counts.GetValueOrDefault(item.Rule) > 0,
                }),
            }
        );
        var table = Face.Table("step", "asked", ">rows with field", ">rows");
        table.AddRow(
            Face.Cell("log source"),
            Face.Cell(SafeText.From(steps.Rule.Logsource.ToString())),
            Face.Cell(""),
            Face.Cell(Shown.Count(routed))
        );
        foreach (var (name, rule) in steps.Selections)
        {
            foreach (var item in steps.Items.Where(item => item.Selection == name))
            {
                table.AddRow(
                    Face.Cell(SafeText.From($"  {name}", 30)),
                    Face.Cell(
                        SafeText.From(
                            $"{item.Field} {item.Modifier} {Few(item.Expected)}".Trim(),
                            60
                        )
                    ),
                    Face.Cell(
                        item.Field.Length == 0
                            ? ""
                            : Shown.Count(counts.GetValueOrDefault(fields[item.Field]))
                    ),
                    Face.Cell(Shown.Count(counts.GetValueOrDefault(item.Rule)))
                );
            }

            table.AddRow(
                Face.Cell(SafeText.From(name, 30)),
                Face.Cell("the selection"),
                Face.Cell(""),
                Face.Cell(Shown.Count(counts.GetValueOrDefault(rule)))
            );
        }

        table.AddRow(
            Face.Cell("condition"),
            Face.Cell(SafeText.From(steps.Condition, 60)),
            Face.Cell(""),
            Face.Cell(Shown.Count(held))
        );
        face.Show(table);
        face.Line(
            why is not null ? SafeText.From($"This data cannot answer the rule: {why}.").Value
            : held > 0 ? $"The rule matches {Shown.Count(held, "event")}."
            : $"The rule matches none of {Shown.Count(routed, "event")}."
        );
    }

    static Dictionary<SigmaRule, long> Count(
        HuntSession session,
        CompiledRules compiled,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var counts = new Dictionary<SigmaRule, long>(ReferenceEqualityComparer.Instance);
        SigmaScan.Run(
            session.Lake,
            compiled,
            new SigmaScope(window),
            _ => [],
            (_, hits, _) =>
            {
                foreach (var hit in hits)
                {
                    counts[hit.Rule] = counts.GetValueOrDefault(hit.Rule) + 1;
                }
            },
            cancel
        );
        return counts;
    }

    static JsonDocument Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(
                File.ReadAllText(file),
                new JsonDocumentOptions { MaxDepth = 64 }
            );
        }
        catch (JsonException fault)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"This file is no JSON: {fault.Message}",
                file,
                inner: fault
            );
        }
    }

    static object RuleOf(SigmaRule rule) =>
        new
        {
            rule.Id,
            rule.Title,
            rule.Level,
            rule.Author,
            rule.References,
            rule.File,
        };

    /// <summary>The first values; a list of thousands is told by its number.</summary>
    static string Few(IReadOnlyList<string?> values)
    {
        const int Most = 3;
        var text = string.Join(", ", values.Take(Most).Select(value => value ?? "null"));
        return values.Count > Most ? $"{text} and {Shown.Count(values.Count - Most)} more" : text;
    }
}
