using System.Text.Json;

namespace Harrier.Bench;

/// <summary>
/// The demo for many seeds, with an intrusion and quiet: stages found, leads a simulated day, rank of the first true lead,
/// hypotheses confirmed, and how many leads the baseline hunts raise a second time over the same data.
/// </summary>
static class Evaluate
{
    const double Days = 4;

    /// <returns>1 where a hypothesis was confirmed on quiet data, else 0.</returns>
    public static int Run(HarrierProgram harrier, int seeds, TextWriter output)
    {
        var falselyConfirmed = 0;
        foreach (var scenario in (string[])["phished-finance", "quiet"])
        {
            output.WriteLine($"### {scenario}\n");
            output.WriteLine(
                "| seed | stages found | leads a day | rank of first true lead | true leads | hypotheses confirmed | leads of baseline hunts, first run → second |"
            );
            output.WriteLine("|---:|---:|---:|---:|---:|---:|---:|");
            var missed = new SortedDictionary<string, int>(StringComparer.Ordinal);
            for (var seed = 1; seed <= seeds; seed++)
            {
                var confirmed = Seed(harrier, scenario, seed, missed, output);
                falselyConfirmed += scenario == "quiet" ? confirmed : 0;
            }

            output.WriteLine();
            foreach (var (stage, times) in missed)
            {
                output.WriteLine($"Missed in {times} of {seeds} seeds: {stage}");
            }
        }

        output.WriteLine($"\nHypotheses confirmed on quiet data: {falselyConfirmed}");
        return falselyConfirmed > 0 ? 1 : 0;
    }

    static int Seed(
        HarrierProgram harrier,
        string scenario,
        int seed,
        SortedDictionary<string, int> missed,
        TextWriter output
    )
    {
        var temporary = Directory.CreateTempSubdirectory("harrier-evaluate-").FullName;
        try
        {
            var folder = Path.Combine(temporary, "demo");
            var demo = harrier.Json("demo", folder, "--seed", $"{seed}", "--scenario", scenario);
            var workspace = demo.GetProperty("workspace").GetString()!;
            var truth = demo.GetProperty("truth").GetString()!;
            var score = harrier.Json("--workspace", workspace, "evaluate", "--truth", truth);
            var first = demo.GetProperty("runs").EnumerateArray().ToList();
            var baselines = first.Where(run => Is(run, "type", "baseline")).ToList();
            var second = harrier.Json([
                "--workspace",
                workspace,
                "hunt",
                "run",
                .. baselines.Select(run => run.GetProperty("hunt").GetString()!),
            ]);
            var stages = score.GetProperty("stages").EnumerateArray().ToList();
            foreach (var stage in stages.Where(stage => !stage.GetProperty("found").GetBoolean()))
            {
                var name = stage.GetProperty("name").GetString()!;
                missed[name] = missed.GetValueOrDefault(name) + 1;
            }

            var confirmed = first.Count(run =>
                Is(run, "type", "hypothesis") && Is(run, "verdict", "confirmed-malicious")
            );
            var leads = demo.GetProperty("leads_total").GetInt32();
            var rank = score.GetProperty("first_detection");
            output.WriteLine(
                $"| {seed} | {stages.Count(stage => stage.GetProperty("found").GetBoolean())} of {stages.Count} "
                    + $"| {leads / Days:0.0} | {(rank.ValueKind == JsonValueKind.Null ? "–" : rank.GetRawText())} "
                    + $"| {score.GetProperty("precision").GetDouble():P0} | {confirmed} "
                    + $"| {Leads(baselines)} → {Leads(second.GetProperty("runs").EnumerateArray())} |"
            );
            return confirmed;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    static int Leads(IEnumerable<JsonElement> runs) =>
        runs.Sum(run => run.GetProperty("leads").GetInt32());

    static bool Is(JsonElement run, string name, string value) =>
        run.GetProperty(name).ValueEquals(value);
}
