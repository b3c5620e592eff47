using System.Text.Json;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Knowledge;

namespace Harrier.Hunts.Baselines;

/// <summary>Baselines of a workspace: every version stays in the knowledge, the latest one also stands in a readable file.</summary>
public sealed class BaselineStore
{
    const int MaxValues = 5_000;
    const int WeakestShare = 3;
    const long Day = 86_400_000_000;
    const long ShortWindow = 30 * Day;
    const long Validity = 90 * Day;
    const long BenignValidity = 180 * Day;

    static readonly JsonSerializerOptions Json = new() { MaxDepth = 16 };

    readonly KnowledgeDb _knowledge;

    public BaselineStore(KnowledgeDb knowledge)
    {
        _knowledge = knowledge;
        knowledge.Migrate("hunts", typeof(BaselineStore).Assembly, "Harrier.Hunts.Migrations.");
    }

    public BaselineDocument? Latest(string hunt)
    {
        var found = _knowledge.Query(
            "select document from baseline where hunt = ?1 order by version desc limit 1",
            row => JsonSerializer.Deserialize<BaselineDocument>(row.Text(0), Json)!,
            hunt
        );
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>Writes the next version of a hunt's baseline.</summary>
    internal BaselineDocument Write(
        HuntDocument hunt,
        HuntRun run,
        IReadOnlyList<StepOutcome> outcomes,
        BaselineDocument? before,
        IReadOnlyList<DictionaryEntry> dictionary,
        IReadOnlyList<LabelRecord> labels,
        string? folder
    )
    {
        var byLead = labels.ToDictionary(label => label.Lead, StringComparer.Ordinal);
        var steps = outcomes
            .Where(outcome => outcome.Result is not null)
            .Select(outcome => Step(hunt, outcome, before, byLead))
            .ToList();
        var document = new BaselineDocument(
            hunt.Id,
            (before?.Version ?? 0) + 1,
            run.RunId,
            run.From,
            run.To,
            run.To - run.From < ShortWindow,
            run.To + Validity,
            run.Leads,
            outcomes.Sum(o => o.Result is null ? 0 : o.Result.Findings.Count - o.Leads.Count),
            dictionary,
            steps,
            Benign(hunt, outcomes, before, byLead)
        );
        _knowledge.Transaction(() =>
        {
            _knowledge.Execute(
                "insert into baseline (hunt, version, time, document) values (?1, ?2, ?3, ?4)",
                document.Hunt,
                document.Version,
                _knowledge.Now(),
                JsonSerializer.Serialize(document, Json)
            );
            _knowledge.Audit("hunt run", "baseline", $"{hunt.Id} version {document.Version}");
        });
        if (folder is not null)
        {
            BaselineFile.Write(document, folder);
        }

        return document;
    }

    static BaselineStep Step(
        HuntDocument hunt,
        StepOutcome outcome,
        BaselineDocument? before,
        Dictionary<string, LabelRecord> labels
    )
    {
        var old = before?.Steps.FirstOrDefault(step => step.Step == outcome.Step);
        var raised = Raised(hunt, outcome)
            .Where(pair => !labels.ContainsKey(pair.Lead.Id))
            .ToList();
        var settled = old?.Open.Where(open => !labels.ContainsKey(open.Lead)).ToList() ?? [];
        var fresh = raised.Where(pair => settled.All(open => open.Lead != pair.Lead.Id)).ToList();
        // Weakest last: leads of a step come by score.
        var loud = fresh.Count - (fresh.Count / WeakestShare);
        if (fresh.Count > 1 && loud == fresh.Count)
        {
            loud--;
        }

        var flagged = hunt.ImmediateFlags.Contains(outcome.Step);
        var open = settled
            .Concat(
                fresh.Select(
                    (pair, index) =>
                        new OpenValue(
                            pair.Finding.Group ?? "",
                            pair.Finding.Value!,
                            pair.Lead.Id,
                            pair.Lead.Score,
                            !flagged && index >= loud
                        )
                )
            )
            .ToList();
        var outliers = outcome
            .Result!.Findings.Where(finding => finding.Value is not null)
            .Select(finding => (finding.Group ?? "", finding.Value!))
            .Concat(open.Select(value => (value.Group, value.Value)))
            .ToHashSet();
        var normal = outcome
            .Result.Distributions.Where(value => !outliers.Contains((value.Group, value.Value)))
            .OrderByDescending(value => value.Events)
            .ThenBy(value => value.Group, StringComparer.Ordinal)
            .ThenBy(value => value.Value, StringComparer.Ordinal)
            .ToList();
        return new BaselineStep(outcome.Step, [.. normal.Take(MaxValues)], normal.Count, open);
    }

    /// <summary>Findings that became leads and that a baseline can know, by score.</summary>
    static IEnumerable<(Lead Lead, Finding Finding)> Raised(HuntDocument hunt, StepOutcome outcome)
    {
        var findings = outcome
            .Result!.Findings.Where(finding => finding.Value is not null)
            .ToList();
        var byId = new Dictionary<string, Finding>(StringComparer.Ordinal);
        foreach (var finding in findings)
        {
            byId.TryAdd(LeadMaker.Id(hunt.Id, outcome.Step, finding), finding);
        }

        return outcome
            .Leads.Where(lead => byId.ContainsKey(lead.Id))
            .Select(lead => (lead, byId[lead.Id]));
    }

    List<KnownBenign> Benign(
        HuntDocument hunt,
        IReadOnlyList<StepOutcome> outcomes,
        BaselineDocument? before,
        Dictionary<string, LabelRecord> labels
    )
    {
        var open =
            before?.Steps.SelectMany(step =>
                step.Open.Select(o => (step.Step, o.Group, o.Value, o.Lead))
            )
            ?? [];
        var now = outcomes
            .Where(outcome => outcome.Result is not null)
            .SelectMany(outcome =>
                Raised(hunt, outcome)
                    .Select(p =>
                        (
                            outcome.Step,
                            Group: p.Finding.Group ?? "",
                            Value: p.Finding.Value!,
                            Lead: p.Lead.Id
                        )
                    )
            );
        var fresh = open.Concat(now)
            .Where(o => labels.TryGetValue(o.Lead, out var l) && l.Label.Judgement == "benign")
            .Select(o => new KnownBenign(
                o.Step,
                o.Group,
                o.Value,
                o.Lead,
                labels[o.Lead].Label.Why,
                labels[o.Lead].Label.Who,
                labels[o.Lead].Label.Time + BenignValidity
            ));
        // A judgement that was changed since is no longer known benign.
        var kept = (before?.Benign ?? []).Where(benign =>
            !labels.TryGetValue(benign.Lead, out var label) || label.Label.Judgement == "benign"
        );
        return
        [
            .. fresh
                .Concat(kept)
                .DistinctBy(b => b.Lead)
                .OrderBy(b => b.Lead, StringComparer.Ordinal),
        ];
    }
}
