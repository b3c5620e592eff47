using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Hunts.Detections;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;
using Harrier.Sigma.Scanning;
using Harrier.Sigma.Tuning;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma tune RULE</c>: drafts a filter from what persons judged benign.</summary>
static class SigmaTuneVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var from = new Option<string?>("--from")
        {
            Description = "RFC 3339, a day, or -7d",
            HelpName = "TIME",
        };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var least = new Option<int>("--least")
        {
            Description = "Benign hits that make a selection worth it",
            DefaultValueFactory = _ => 2,
            HelpName = "N",
        };
        var unjudged = new Option<bool>("--unjudged")
        {
            Description =
                "The filter may take hits that nobody judged, too; without it they stay as the malicious ones do",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write the filter to this file",
            HelpName = "FILE",
        };
        var command = new Command(
            "tune",
            "Draft a filter: values that part the hits judged benign from the others (harrier leads label); exit 1 when there are none\n\n  harrier sigma scan rule.yml --leads\n  harrier leads label L-3f2a91c07e benign --why \"deployment\"\n  harrier sigma tune rule.yml --out filter.yml\n  harrier sigma backtest rule.yml --with filter.yml"
        )
        {
            rule,
            from,
            to,
            least,
            unjudged,
            output,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                if (parsed.GetValue(least) < 1)
                {
                    throw new HarrierFault(FaultKind.Usage, "--least is at least 1.");
                }

                var file = parsed.GetValue(rule)!;
                using var session = HuntSession.Open(run);
                var (text, one) = Read(file, session.Placeholders);
                var logsources = Logsources.Load(session.LogsourceFolders);
                var scope = new SigmaScope(
                    Run.Window(parsed.GetValue(from), parsed.GetValue(to), session.LastEvent)
                );
                var result = SigmaTuning.Run(
                    session.Lake,
                    session.Leads,
                    one,
                    logsources,
                    scope,
                    parsed.GetValue(least),
                    parsed.GetValue(unjudged),
                    cancel
                );
                if (result.Clauses.Count == 0)
                {
                    Nothing(run.Face, one, result);
                    return Task.FromResult(Application.No);
                }

                var filter = FilterDraft.Yaml(
                    one,
                    result.Clauses,
                    $"Drafted from {result.Benign} hits judged benign, of {result.Hits} hits of the rule.",
                    DateOnly.FromDateTime(run.Clock.GetUtcNow().UtcDateTime)
                );
                var proof = SigmaBacktest.Run(
                    session.Lake,
                    session.Leads,
                    new SigmaPlan(
                        SigmaRules.Parse(text, file, session.Placeholders),
                        RuleChoice.All,
                        logsources
                    ),
                    new SigmaPlan(
                        SigmaRules.Parse(
                            $"{text.TrimEnd()}\n---\n{filter}",
                            file,
                            session.Placeholders
                        ),
                        RuleChoice.All,
                        logsources
                    ),
                    scope,
                    0,
                    cancel
                );
                Show(run.Face, one, result, filter, proof, parsed.GetValue(output));
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    /// <summary>The one detection rule of a file, with the file's text.</summary>
    /// <exception cref="HarrierFault">There is no such file, or not one rule in it.</exception>
    static (string Text, SigmaRule Rule) Read(string file, Placeholders placeholders)
    {
        _ = SigmaVerb.Existing([file]);
        var text = Linter.ReadText(file).TrimStart('\uFEFF');
        var set = SigmaRules.Parse(text, file, placeholders);
        SigmaVerb.ThrowFirst(set);
        return set.Rules is [var one]
            ? (text, one)
            : throw new HarrierFault(
                FaultKind.Usage,
                $"{Shown.Count(set.Rules.Count, "detection rule")} in this file; one is tuned at a time.",
                file,
                "Write the rule into a file of its own."
            );
    }

    static void Nothing(Face face, SigmaRule rule, TuningResult result)
    {
        face.Document(Json(rule, result, null, null, null));
        face.Line(
            result.Hits == 0 ? "The rule has no hits here."
            : result.Benign == 0
                ? $"None of {Shown.Count(result.Hits, "hit")} was judged benign: harrier sigma scan RULE --leads, then harrier leads label ID benign --why …"
            : $"No values part the {Shown.Count(result.Benign, "hit")} judged benign from the other {Shown.Count(result.Hits - result.Benign)}. Hits that nobody judged stay unless you say --unjudged; --least 1 takes values of a single hit.{(result.Malicious > 0 ? " Records of a lead can be judged alone: harrier leads label ID benign --evidence N --why …" : "")}"
        );
    }

    static void Show(
        Face face,
        SigmaRule rule,
        TuningResult result,
        string filter,
        BacktestResult proof,
        string? output
    )
    {
        if (output is not null)
        {
            ListFormat.WriteTo(
                output,
                part => File.WriteAllText(part, filter, new UTF8Encoding(false))
            );
        }

        face.Document(Json(rule, result, filter, proof, output));
        if (output is null && !face.Json)
        {
            // The filter is the data: it goes where it is led to, all else beside it.
            face.Stdout.Write(filter);
        }

        face.Note(
            $"{(output is null ? "the filter" : SafeText.From(output))} takes {Shown.Count(proof.Lost.Benign)} of {Shown.Count(result.Benign, "hit")} judged benign, {Shown.Count(proof.Lost.Malicious)} judged malicious or suspicious, {Shown.Count(proof.Lost.Count - proof.Lost.Benign - proof.Lost.Malicious)} that nobody judged; {Shown.Count(proof.Kept.Count)} stay"
        );
        face.Note("who knows a filter can hide in it: read it, and narrow it, before you keep it");
    }

    static object Json(
        SigmaRule rule,
        TuningResult result,
        string? filter,
        BacktestResult? proof,
        string? output
    ) =>
        new
        {
            Schema = "harrier.sigma.tune/1",
            Rule = new
            {
                rule.Id,
                rule.Title,
                rule.Level,
                rule.File,
            },
            result.Hits,
            JudgedBenign = result.Benign,
            JudgedMalicious = result.Malicious,
            Selections = result.Clauses.Select(clause => new
            {
                Tests = clause.Tests,
                clause.Benign,
                Unjudged = clause.Others,
            }),
            BenignLeft = result.Left,
            Filter = filter,
            Takes = proof is null
                ? null
                : new
                {
                    proof.Lost.Count,
                    proof.Lost.Benign,
                    proof.Lost.Malicious,
                    Kept = proof.Kept.Count,
                },
            File = output,
        };
}
