using System.Text.Json;
using Harrier.Schema;
using Harrier.Simulation.Writers;

namespace Harrier.Simulation.Evaluation;

/// <summary>What really happened: the simulator's <c>truth.json</c>.</summary>
public sealed record Truth(int Seed, string Scenario, int Days, IReadOnlyList<TruthStage> Stages)
{
    static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        MaxDepth = 16,
    };

    /// <exception cref="HarrierFault">The file is not there, or is no truth of the simulator.</exception>
    public static Truth Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Truth>(File.ReadAllBytes(path), s_options)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception fault)
            when (fault is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"This is no truth of the simulator: {fault.Message}",
                path,
                "harrier simulate OUT writes one to OUT/truth.json.",
                fault
            );
        }
    }
}

/// <summary>A stage of the intrusion, with every record it left. Times in microseconds UTC.</summary>
public sealed record TruthStage(
    string Id,
    string Name,
    IReadOnlyList<string> Techniques,
    IReadOnlyList<string> Hosts,
    long From,
    long To,
    IReadOnlyList<TruthRecord> Records
);
