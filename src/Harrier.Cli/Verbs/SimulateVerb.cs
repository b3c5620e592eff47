using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Simulation;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier simulate OUT</c>: a small enterprise's logs, with a hidden intrusion and its truth.</summary>
static class SimulateVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var output = new Argument<string>("OUT")
        {
            Description = "Folder for logs/, intel/ and truth.json",
        };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, HelpName = "N" };
        var hosts = new Option<int>("--hosts") { DefaultValueFactory = _ => 14, HelpName = "N" };
        var days = new Option<int>("--days") { DefaultValueFactory = _ => 4, HelpName = "N" };
        var scenario = new Option<string>("--scenario")
        {
            Description = "Id of a scenario, or quiet: the same enterprise without an intrusion",
            DefaultValueFactory = _ => "phished-finance",
            HelpName = "ID",
        };
        var command = new Command(
            "simulate",
            "Write the logs of a simulated enterprise, to try hunts where the truth is known"
        )
        {
            output,
            seed,
            hosts,
            days,
            scenario,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var folder = Path.GetFullPath(parsed.GetValue(output)!);
                var result = Simulate(
                    folder,
                    parsed.GetValue(seed),
                    parsed.GetValue(hosts),
                    parsed.GetValue(days),
                    parsed.GetValue(scenario)!,
                    cancel
                );
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.simulate/1",
                        result.Files,
                        result.Events,
                        Truth = result.TruthPath,
                    }
                );
                run.Face.Line(
                    $"{Shown.Count(result.Events, "event")} in {Shown.Count(result.Files.Count, "file")} below {SafeText.From(folder)}"
                );
                run.Face.Line($"truth: {SafeText.From(result.TruthPath)}");
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    public static SimulationResult Simulate(
        string folder,
        int seed,
        int hosts,
        int days,
        string scenario,
        CancellationToken cancel
    ) =>
        Simulator.Run(
            new SimulationOptions(
                folder,
                Path.Combine(Run.Content, "scenarios"),
                seed,
                hosts,
                days,
                scenario
            ),
            cancel
        );
}
