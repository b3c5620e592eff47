using Harrier.Hunts.Leads;

namespace Harrier.Simulation.Evaluation;

/// <summary>Leads held against the truth.</summary>
/// <param name="Recall">Share of the stages that a lead found.</param>
/// <param name="Precision">Share of the leads that found a stage.</param>
/// <param name="LeadsPerDay">Leads for each simulated day.</param>
/// <param name="FirstTrueRank">Rank, from 1, of the best lead that found a stage; null: none did.</param>
public sealed record EvaluationResult(
    IReadOnlyList<StageFound> Stages,
    double Recall,
    double Precision,
    double LeadsPerDay,
    int? FirstTrueRank,
    IReadOnlyList<HuntScore> PerHunt
);

/// <summary>Whether and by which leads a stage was found.</summary>
public sealed record StageFound(
    string Id,
    string Name,
    IReadOnlyList<string> Techniques,
    bool Found,
    IReadOnlyList<string> LeadIds
);

/// <summary>How many leads of a hunt found something true.</summary>
public sealed record HuntScore(string Hunt, int Leads, int TrueLeads);

/// <summary>A stage is found when the evidence of a lead names one of its records, by file and number: nothing weaker counts.</summary>
public static class Evaluator
{
    /// <param name="leads">Best first.</param>
    public static EvaluationResult Score(Truth truth, IReadOnlyList<Lead> leads)
    {
        var stageOf = new Dictionary<(string File, long Record), string>();
        foreach (var stage in truth.Stages)
        {
            foreach (var record in stage.Records)
            {
                stageOf[(record.File, record.Record)] = stage.Id;
            }
        }

        var files = truth
            .Stages.SelectMany(stage => stage.Records)
            .Select(record => record.File)
            .Distinct()
            .ToList();
        var found = truth.Stages.ToDictionary(stage => stage.Id, _ => new List<string>());
        var isTrue = new bool[leads.Count];
        for (var rank = 0; rank < leads.Count; rank++)
        {
            foreach (
                var stage in leads[rank]
                    .Evidence.Select(row => StageOf(row, files, stageOf))
                    .OfType<string>()
                    .Distinct()
            )
            {
                found[stage].Add(leads[rank].Id);
                isTrue[rank] = true;
            }
        }

        var first = Array.IndexOf(isTrue, true);
        return new EvaluationResult(
            [
                .. truth.Stages.Select(stage => new StageFound(
                    stage.Id,
                    stage.Name,
                    stage.Techniques,
                    found[stage.Id].Count > 0,
                    found[stage.Id]
                )),
            ],
            truth.Stages.Count == 0
                ? 0
                : truth.Stages.Count(stage => found[stage.Id].Count > 0)
                    / (double)truth.Stages.Count,
            leads.Count == 0 ? 0 : isTrue.Count(one => one) / (double)leads.Count,
            leads.Count / (double)Math.Max(1, truth.Days),
            first < 0 ? null : first + 1,
            [
                .. leads
                    .Select((lead, rank) => (lead.Hunt, True: isTrue[rank]))
                    .GroupBy(pair => pair.Hunt)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => new HuntScore(
                        group.Key,
                        group.Count(),
                        group.Count(pair => pair.True)
                    )),
            ]
        );
    }

    static string? StageOf(
        Evidence row,
        List<string> files,
        Dictionary<(string, long), string> stageOf
    )
    {
        // The lake knows the path as it was imported; the truth knows it below the simulation's folder.
        var path = row.File.Replace('\\', '/');
        var end = path.IndexOf('!', StringComparison.Ordinal);
        path = end < 0 ? path : path[..end];
        var file = files.Find(candidate =>
            path.EndsWith("/" + candidate, StringComparison.Ordinal) || path == candidate
        );
        return file is null ? null : stageOf.GetValueOrDefault((file, row.Record));
    }
}
