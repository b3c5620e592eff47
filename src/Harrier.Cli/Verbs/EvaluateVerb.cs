using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Hunts.Leads;
using Harrier.Simulation.Evaluation;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier evaluate --truth FILE</c>: the leads there are, held against the simulator's truth.</summary>
static class EvaluateVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var truthFile = new Option<string>("--truth")
        {
            Description = "truth.json of a simulation",
            Required = true,
            HelpName = "FILE",
        };
        var command = new Command(
            "evaluate",
            "How many stages of a simulated intrusion the leads found"
        )
        {
            truthFile,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var leads = session.Leads.All(LeadFilter.All);
            var result = Evaluator.Score(Truth.Read(parsed.GetValue(truthFile)!), leads);
            run.Face.Document(
                new
                {
                    Schema = "harrier.evaluate/1",
                    result.Stages,
                    result.Recall,
                    result.Precision,
                    result.LeadsPerDay,
                    FirstDetection = result.FirstTrueRank,
                    result.PerHunt,
                }
            );
            Show(run.Face, result);
            return Application.Done;
        });
        return command;
    }

    public static void Show(Face face, EvaluationResult result)
    {
        var table = Face.Table("", "stage", "techniques", ">leads", "");
        foreach (var stage in result.Stages)
        {
            table.AddRow(
                Face.Cell(stage.Found ? "✓" : "–", stage.Found ? Color.Green : Color.Yellow),
                Face.Cell(SafeText.From(stage.Name, 70)),
                Face.Cell(string.Join(' ', stage.Techniques)),
                Face.Cell(Shown.Count(stage.LeadIds.Count)),
                Face.Cell(stage.LeadIds.Count > 0 ? stage.LeadIds[0] : "not found")
            );
        }

        face.Show(table);
        face.Line(
            $"{result.Stages.Count(stage => stage.Found)} of {Shown.Count(result.Stages.Count, "stage")} found, {result.LeadsPerDay:0.0} leads a day, "
                + $"{result.Precision * 100:0} % of the leads are true, the first true lead has rank {(result.FirstTrueRank is { } rank ? rank : "none")}"
        );
    }
}
