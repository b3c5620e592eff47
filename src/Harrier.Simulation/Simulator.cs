using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Simulation.Enterprise;
using Harrier.Simulation.Evaluation;
using Harrier.Simulation.Intrusions;
using Harrier.Simulation.Recording;
using Harrier.Simulation.Writers;

namespace Harrier.Simulation;

/// <summary>What to simulate.</summary>
/// <param name="OutFolder">Gets logs/, intel/ and truth.json.</param>
/// <param name="Hosts">At least 10.</param>
/// <param name="Days">At least 3, from Monday 2024-05-13 on.</param>
/// <param name="Scenario">Id of a scenario, or quiet.</param>
/// <param name="ScenarioFolder">Where scenarios are.</param>
public sealed record SimulationOptions(
    string OutFolder,
    string ScenarioFolder,
    int Seed = 1,
    int Hosts = 14,
    int Days = 4,
    string Scenario = "phished-finance"
);

/// <summary>What was written.</summary>
/// <param name="Files">Below the out folder, with slashes.</param>
public sealed record SimulationResult(
    IReadOnlyList<string> Files,
    long Events,
    string LogsFolder,
    string IntelFolder,
    string TruthPath
);

/// <summary>Writes the logs of a small enterprise, with or without a hidden intrusion. The same options give the same bytes.</summary>
public static class Simulator
{
    static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <exception cref="HarrierFault">Too few hosts or days, an unknown scenario, or the folder holds something already.</exception>
    public static SimulationResult Run(SimulationOptions options, CancellationToken cancel)
    {
        if (options.Hosts is < 10 or > 500 || options.Days is < 3 or > 60)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"{options.Hosts} hosts and {options.Days} days can't be simulated.",
                remedy: "Take 10 to 500 hosts and 3 to 60 days."
            );
        }

        if (
            Directory.Exists(options.OutFolder)
            && Directory.EnumerateFileSystemEntries(options.OutFolder).Any()
        )
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "The folder is not empty.",
                options.OutFolder,
                "Name a new folder, so that nothing is mixed up."
            );
        }

        var firstDay = new DateTime(2024, 5, 13, 0, 0, 0, DateTimeKind.Utc);
        var company = new Company(options.Hosts);
        var recorder = new Recorder(company, new Random(options.Seed));
        var life = new OrdinaryLife(recorder, firstDay, options.Days);
        life.Play();
        cancel.ThrowIfCancellationRequested();
        var scenario =
            options.Scenario == "quiet"
                ? null
                : Scenario.Load(options.ScenarioFolder, options.Scenario);
        if (scenario is not null)
        {
            new Stages(recorder, life, scenario, firstDay, options.Days).Play();
        }

        var files = new List<string>();
        var located = LogWriters.Write(options.OutFolder, recorder.Records, files, cancel);
        var intel = Path.Combine(options.OutFolder, "intel");
        if (scenario is not null)
        {
            IntelWriter.Write(intel, scenario, firstDay);
        }

        var truthPath = Path.Combine(options.OutFolder, "truth.json");
        var truth = new Truth(
            options.Seed,
            options.Scenario,
            options.Days,
            [.. (scenario?.Stages ?? []).Select(stage => StageOf(stage, recorder, located))]
        );
        File.WriteAllText(
            truthPath,
            JsonSerializer.Serialize(truth, s_options) + "\n",
            new UTF8Encoding(false)
        );
        return new SimulationResult(
            files,
            recorder.Records.Count,
            Path.Combine(options.OutFolder, "logs"),
            intel,
            truthPath
        );
    }

    static TruthStage StageOf(
        ScenarioStage stage,
        Recorder recorder,
        Dictionary<string, List<TruthRecord>> located
    )
    {
        var records = recorder.Records.Where(record => record.Stage == stage.Id).ToList();
        return new TruthStage(
            stage.Id,
            stage.Name,
            stage.Techniques,
            [
                .. records
                    .Select(record => record.File.Split('/')[1])
                    .Where(host => host != "zeek")
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            records.Count == 0 ? 0 : Micros(records.Min(record => record.Time)),
            records.Count == 0 ? 0 : Micros(records.Max(record => record.Time)),
            located.GetValueOrDefault(stage.Id, [])
        );
    }

    static long Micros(DateTime time) => (time - DateTime.UnixEpoch).Ticks / 10;
}
