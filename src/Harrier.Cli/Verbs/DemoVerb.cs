using System.CommandLine;
using System.Diagnostics;
using Harrier.Cli.Console;
using Harrier.Hunts.Leads;
using Harrier.Schema;
using Harrier.Simulation.Evaluation;
using Harrier.Telemetry;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier demo [DIR]</c>: simulate, import, hunt, report, through the same rooms as real data.</summary>
static class DemoVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "New folder for it (default ./harrier-demo)",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => "harrier-demo",
        };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, HelpName = "N" };
        var scenario = new Option<string>("--scenario")
        {
            Description = "phished-finance, or quiet: no intrusion",
            DefaultValueFactory = _ => "phished-finance",
            HelpName = "ID",
        };
        var command = new Command(
            "demo",
            "A small enterprise with a hidden intrusion: simulate, import, hunt, report\n\n  harrier demo\n  harrier demo /tmp/try --seed 7"
        )
        {
            folder,
            seed,
            scenario,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                Play(
                    runOf(parsed),
                    Path.GetFullPath(parsed.GetValue(folder)!),
                    parsed.GetValue(seed),
                    parsed.GetValue(scenario)!,
                    cancel
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Play(Run run, string folder, int seed, string scenario, CancellationToken cancel)
    {
        var face = run.Face;
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            // A second demo replaces the first; anything else that stands there is left alone.
            if (
                !File.Exists(Path.Combine(folder, "truth.json"))
                || !Directory.Exists(Path.Combine(folder, "workspace"))
            )
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    "The folder is not empty and holds no earlier demo.",
                    folder,
                    "Name a new folder: harrier demo DIR."
                );
            }

            Directory.Delete(folder, recursive: true);
        }

        var watch = Stopwatch.StartNew();
        var simulation = SimulateVerb.Simulate(folder, seed, hosts: 14, days: 4, scenario, cancel);
        face.Note(
            $"simulated   {Shown.Count(simulation.Events)} events of 14 hosts on 4 days, an intrusion hidden in them   {Shown.Seconds(watch.Elapsed.TotalSeconds)}"
        );

        var workspace = Path.Combine(folder, "workspace");
        run = run with { WorkspaceFolder = workspace };
        watch.Restart();
        var (receipt, shared) = ImportVerb.Import(
            run,
            new ImportOptions([simulation.LogsFolder]),
            cancel
        );
        face.Note(
            $"imported    {Shown.Count(receipt.Files.Count, "file")}: {Shown.Count(receipt.Imported)} of {Shown.Count(receipt.Records)} records, {Shown.Count(receipt.Rejected)} rejected   {Shown.Seconds(watch.Elapsed.TotalSeconds)}"
        );

        using var session = HuntSession.Open(run);
        if (Directory.Exists(simulation.IntelFolder))
        {
            var (intel, _) = IntelVerb.Import(session, [simulation.IntelFolder], cancel);
            face.Note(
                $"intelligence {Shown.Count(intel.Sum(one => one.Indicators), "indicator")} from {Shown.Count(intel.Count, "report")}"
            );
        }

        watch.Restart();
        var results = session.RunHunts(HuntVerb.Library(null).Hunts, null, null, 1, cancel);
        var leads = session.Leads.All(LeadFilter.All);
        face.Note(
            $"hunted      {Shown.Count(results.Count, "hunt")}, {Shown.Count(leads.Count, "lead")}   {Shown.Seconds(watch.Elapsed.TotalSeconds)}"
        );
        var report = ReportVerb.Write(
            session,
            run,
            [],
            "html",
            Path.Combine(folder, "report.html"),
            cancel
        );
        var evaluation = Evaluator.Score(Truth.Read(simulation.TruthPath), leads);

        face.Document(
            new
            {
                Schema = "harrier.demo/1",
                Workspace = workspace,
                Truth = simulation.TruthPath,
                Report = report,
                Import = ImportVerb.Json(receipt, shared),
                Runs = results.Select(result => HuntVerb.Json(result.Run)),
                LeadsTotal = leads.Count,
                Stages = evaluation.Stages.Select(stage => new
                {
                    stage.Name,
                    stage.Techniques,
                    stage.Found,
                }),
            }
        );
        face.Line();
        HuntVerb.Show(face, results, leads);
        face.Line();
        if (evaluation.Stages.Count > 0)
        {
            face.Line("what was hidden, and what the leads found of it");
            EvaluateVerb.Show(face, evaluation);
            face.Line();
        }

        face.Line($"workspace  {SafeText.From(workspace)}");
        face.Line($"report     {SafeText.From(report)}");
        face.Line($"truth      {SafeText.From(simulation.TruthPath)}");
        if (leads.Count > 0)
        {
            face.Line(
                $"next       harrier --workspace {SafeText.From(Path.GetRelativePath(Directory.GetCurrentDirectory(), workspace))} leads show {leads[0].Id}"
            );
        }
    }
}
