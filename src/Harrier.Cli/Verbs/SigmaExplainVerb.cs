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

/// <summary><c>harrier sigma explain RULE [--event FILE]</c>: why a rule or correlation holds or not, on events of a file or on the workspace.</summary>
static class SigmaExplainVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var paths = new Argument<string[]>("RULE")
        {
            Description =
                "A rule file; of a correlation also files or folders with the rules it refers to",
            Arity = ArgumentArity.OneOrMore,
        };
        var name = new Option<string?>("--rule")
        {
            Description = "Which rule of the file: its id, name or title",
            HelpName = "NAME",
        };
        var record = new Option<string?>("--event")
        {
            Description =
                "One event as JSON, with the rule's own field names; without it the workspace is asked",
            HelpName = "FILE",
        };
        var records = new Option<string?>("--events")
        {
            Description = "Events as NDJSON, for a correlation",
            HelpName = "FILE",
        };
        var timeField = SigmaTestVerb.TimeField();
        var from = new Option<string?>("--from") { HelpName = "TIME" };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var command = new Command(
            "explain",
            """
            Say what a rule asks and what was found: of one event, or how many rows of the workspace pass each question; of a correlation what its rules bring and how near its groups come

              harrier sigma explain rule.yml --event event.json
              harrier sigma explain rule.yml --from -7d
              harrier sigma explain correlation.yml rules/
              harrier sigma explain correlation.yml --events logons.ndjson
            """
        )
        {
            paths,
            name,
            record,
            records,
            timeField,
            from,
            to,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var files = SigmaVerb.Existing(parsed.GetValue(paths)!);
                var (one, many) = (parsed.GetValue(record), parsed.GetValue(records));
                using var session = one is null && many is null ? HuntSession.Open(run) : null;
                var question = Read(
                    files,
                    parsed.GetValue(name),
                    session?.Placeholders ?? run.Placeholders()
                );
                TimeWindow Window() =>
                    Run.Window(parsed.GetValue(from), parsed.GetValue(to), session!.LastEvent);
                switch (question)
                {
                    case { Correlations: [] } when many is not null:
                        throw new HarrierFault(
                            FaultKind.Usage,
                            "--events is for correlations.",
                            files[0],
                            "A rule is explained on one event: --event FILE."
                        );
                    case { Correlations.Count: > 0 } when one is not null:
                        throw new HarrierFault(
                            FaultKind.Usage,
                            "A correlation asks for several events.",
                            files[0],
                            "Name a file of them: --events FILE."
                        );
                    case { Rule: { } rule } when session is not null:
                        OnWorkspace(run.Face, session, rule, Window(), cancel);
                        break;
                    case { Rule: { } rule }:
                        OnEvent(run.Face, rule, one!);
                        break;
                    case var _ when session is not null:
                        SigmaExplainCorrelation.OnWorkspace(
                            run.Face,
                            session,
                            question.Set,
                            question.Correlations,
                            Window(),
                            cancel
                        );
                        break;
                    default:
                        SigmaExplainCorrelation.OnEvents(
                            run.Face,
                            question.Set,
                            question.Correlations,
                            many!,
                            parsed.GetValue(timeField)!,
                            cancel
                        );
                        break;
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    /// <summary>What is to be explained: one rule, or correlations of a set.</summary>
    sealed record Question(
        RuleSteps? Rule,
        SigmaRuleSet Set,
        IReadOnlyList<SigmaCorrelation> Correlations
    );

    /// <exception cref="HarrierFault">A file can't be read, or which rule is meant is not clear.</exception>
    static Question Read(IReadOnlyList<string> files, string? name, Placeholders placeholders)
    {
        var file = files[0];
        if (Directory.Exists(file))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "This is a folder; a rule of a file is explained.",
                file
            );
        }

        var set = SigmaRules.Load(files, placeholders);
        var here = set with { Diagnostics = [.. set.Diagnostics.Where(one => one.File == file)] };
        SigmaVerb.ThrowFirst(here);
        var correlations = set
            .Correlations.Where(one =>
                one.File == file && (name is null || IsMeant(name, one.Id, one.Name, one.Title))
            )
            .ToList();
        if (correlations.Count > 0)
        {
            return new Question(null, set, correlations);
        }

        var rules = RuleSteps
            .Of(Linter.ReadText(file).TrimStart('\uFEFF'), file, placeholders)
            .Where(one => name is null || IsMeant(name, one.Rule.Id, one.Rule.Name, one.Rule.Title))
            .ToList();
        return rules is [var rule] ? new Question(rule, set, [])
            : name is null
                ? throw new HarrierFault(
                    FaultKind.Usage,
                    $"{Shown.Count(rules.Count, "detection rule")} in this file; one is explained at a time.",
                    file,
                    "Say which: --rule with its id, name or title."
                )
            : throw new HarrierFault(
                FaultKind.Usage,
                $"{(rules.Count == 0 ? "No rule" : "More than one rule")} of this file is '{SafeText.From(name, 60)}' by id, name or title.",
                file
            );

        static bool IsMeant(string text, string? id, string? name, string title) =>
            text == name
            || text == title
            || string.Equals(text, id, StringComparison.OrdinalIgnoreCase);
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
