using System.Diagnostics;
using Harrier.Hunts.Baselines;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Hunts.Verdicts;
using Harrier.Intel;
using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Store;

namespace Harrier.Hunts;

/// <summary>What a person says for one run.</summary>
/// <param name="Window">Part of the data to hunt in; null: the hunt's own window, else all.</param>
/// <param name="Host">Only leads about this host (short name, lower case); null: all.</param>
/// <param name="Seed">Start of everything random; part of the run.</param>
public sealed record RunOptions(
    TimeWindow? Window = null,
    string? Host = null,
    int Seed = 1,
    string Who = "hunter"
);

/// <summary>What surrounds the data: folders, and what a workspace says about its environment.</summary>
/// <param name="SigmaFolders">Folders with Sigma rules, the shipped one first; files of a later one win.</param>
/// <param name="LogsourceFolders">Folders that say what Sigma's log sources are (maps/sigma), the shipped one first.</param>
/// <param name="Placeholders">What the placeholders of Sigma rules stand for.</param>
/// <param name="Roles">Role of each host, from the workspace's profile.</param>
/// <param name="OwnTools">Program names of the hunters themselves: what they leave is no finding.</param>
/// <param name="BaselineFolder">Where readable baselines are written; null: only in the knowledge.</param>
public sealed record HuntSurroundings(
    IReadOnlyList<string> SigmaFolders,
    IReadOnlyList<string> LogsourceFolders,
    Placeholders Placeholders,
    IReadOnlyDictionary<string, string> Roles,
    IReadOnlyList<string> OwnTools,
    string? BaselineFolder
);

/// <summary>A run that was kept, and its leads by score; labels and stories are those of now.</summary>
public sealed record HuntRunResult(HuntRun Run, IReadOnlyList<Lead> Leads);

/// <summary>What a step of a run gave.</summary>
/// <param name="Rows">Events or groups it found.</param>
/// <param name="NotRun">Why it could not run, or null.</param>
sealed record StepOutcome(
    string Step,
    string Question,
    IReadOnlyList<Lead> Leads,
    long Rows,
    string? NotRun,
    TechniqueResult? Result
);

/// <summary>Runs a hunt: preflight, steps, sequence, leads, verdict, baseline.</summary>
/// <remarks>Everything that can change a run's outcome is in its <c>Versions</c>; the same again gives the same leads.</remarks>
public sealed class HuntRunner(
    IEventStore store,
    LeadStore leads,
    BaselineStore baselines,
    IntelStore? intel,
    HuntSurroundings surroundings,
    TimeProvider time
)
{
    /// <summary>Findings a step may make leads of: one that raises more has no answer, and says so.</summary>
    const int MaxLeadsPerStep = 200;

    /// <summary>
    /// What a hypothesis's test finds below this is a look-alike or a weak signal: it is counted, and is evidence of a sequence,
    /// but no lead of its own. Where nothing but a person confirms, as after a scan, each is one: to be judged, and tuned by.
    /// </summary>
    const double OwnLead = 0.5;

    /// <exception cref="HarrierFault">There is no data at all, or a step's SQL or rules are wrong.</exception>
    public HuntRunResult Run(HuntDocument hunt, RunOptions options, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        IReadOnlyList<DataNeed> helpful =
        [
            .. hunt.Wants,
            .. hunt.Steps.SelectMany(step => step.Needs),
        ];
        var window = DataWindow.Of(
            store,
            options.Window,
            hunt.Needs.Concat(helpful).Select(need => need.Class.Name).ToHashSet(),
            hunt.Window,
            cancel
        );
        var preflight = Preflight.Check(
            store,
            window,
            hunt.Needs,
            helpful,
            host => options.Host is null || host == options.Host,
            cancel
        );
        var baseline = hunt.Type == HuntType.Baseline ? baselines.Latest(hunt.Id) : null;
        var outcomes = RunSteps(hunt, options, window, preflight, baseline, cancel);
        var selected = AddressHosts.Name(Select(hunt, outcomes), store, window, cancel);
        var found = Labels.Apply(selected, leads.LabelsNow());
        var judged = Judge.Verdict(hunt, preflight, outcomes, found);
        var seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 3);
        var run = new HuntRun(
            "",
            hunt.Id,
            hunt.Title,
            hunt.Type,
            judged.Verdict,
            judged.Reason,
            preflight.Coverage,
            [
                .. outcomes.Select(o => new TestResult(
                    o.Step,
                    o.Question,
                    o.Rows,
                    Own(found, o),
                    o.NotRun
                )),
            ],
            found.Count,
            window.From,
            window.To,
            seconds,
            Versions(hunt, options, baseline)
        );
        var saved = leads.Save(run, selected, options.Who);
        if (hunt.Type == HuntType.Baseline)
        {
            baselines.Write(
                hunt,
                saved.Run,
                outcomes,
                baseline,
                BaselineDictionary.Of(store, window, hunt.Needs, cancel),
                leads.LabelsNow(),
                surroundings.BaselineFolder
            );
        }

        return new HuntRunResult(saved.Run, leads.All(new LeadFilter(RunId: saved.Run.RunId)));
    }

    List<StepOutcome> RunSteps(
        HuntDocument hunt,
        RunOptions options,
        TimeWindow window,
        PreflightResult preflight,
        BaselineDocument? baseline,
        CancellationToken cancel
    )
    {
        var hosts = store.Presence(window, cancel).Select(line => line.Host).OfType<string>();
        var peers = PeerGroupsOf.Hosts(hosts, surroundings.Roles);
        var sigma = new SigmaTest(store, surroundings, hunt);
        var outcomes = new List<StepOutcome>();
        foreach (var step in hunt.Steps)
        {
            cancel.ThrowIfCancellationRequested();
            if (preflight.WhyNot(step.Needs) is { } why)
            {
                outcomes.Add(new StepOutcome(step.Id, step.Question, [], 0, why, null));
                continue;
            }

            var known = baseline?.Known(step.Id, time) ?? KnownValues.None;
            var context = new TechniqueContext(store, window, peers, known, options.Seed);
            var result = step.Test switch
            {
                StepTest.Technique technique => technique.Implementation.Run(
                    context,
                    step.Parameters,
                    cancel
                ),
                StepTest.Sql sql => SqlTest.Run(sql.Text, step, store, window, cancel),
                StepTest.Sigma => sigma.Run(step, window, cancel),
                StepTest.Intel test => IntelTest.Run(test, step, store, intel, window, cancel),
                _ => throw new UnreachableException(),
            };
            outcomes.Add(Outcome(hunt, step, result, options, baseline));
        }

        if (hunt.Sequence is { } sequence)
        {
            outcomes.Add(Sequence(hunt, sequence, outcomes, window, options, cancel));
        }

        return outcomes;
    }

    StepOutcome Outcome(
        HuntDocument hunt,
        HuntStep step,
        TechniqueResult result,
        RunOptions options,
        BaselineDocument? baseline
    )
    {
        var wanted = result
            .Findings.Where(finding => InScope(finding, options.Host) && !IsOwnTool(finding))
            .Where(finding => baseline is null || !baseline.IsQuiet(step.Id, finding))
            .ToList();
        var made = LeadMaker.Make(hunt, step.Id, TechniqueName(step), step.Attack, wanted);
        var rows = step.Test is StepTest.Technique ? result.Findings.Count : result.Examined;
        return new StepOutcome(step.Id, step.Question, made, rows, result.Inconclusive, result);
    }

    StepOutcome Sequence(
        HuntDocument hunt,
        SequenceRule rule,
        List<StepOutcome> outcomes,
        TimeWindow window,
        RunOptions options,
        CancellationToken cancel
    )
    {
        var stages = rule
            .Steps.Select(id => outcomes.First(outcome => outcome.Step == id))
            .Select(outcome => new Stage(outcome.Step, outcome.Leads))
            .ToList();
        var users = MainUsers.Of(store, window, cancel);
        var findings = new SequenceTest(rule, users)
            .Run(stages)
            .Where(finding => InScope(finding, options.Host))
            .ToList();
        var made = LeadMaker.Make(hunt, rule.Id, "sequence", hunt.Attack, findings);
        return new StepOutcome(rule.Id, rule.Question, made, findings.Count, null, null);
    }

    /// <summary>What becomes a lead of the run: by score, then time, then id.</summary>
    static IReadOnlyList<Lead> Select(HuntDocument hunt, IReadOnlyList<StepOutcome> outcomes) =>
        [
            .. outcomes
                .SelectMany(outcome =>
                    outcome
                        .Leads.Where(lead =>
                            lead.Score >= OwnLead
                            || hunt.Type != HuntType.Hypothesis
                            || hunt.Confirm is null
                        )
                        .Take(MaxLeadsPerStep)
                )
                .OrderByDescending(lead => lead.Score)
                .ThenBy(lead => lead.First)
                .ThenBy(lead => lead.Id, StringComparer.Ordinal),
        ];

    static int Own(IReadOnlyList<Lead> found, StepOutcome outcome)
    {
        var ids = found.Select(lead => lead.Id).ToHashSet(StringComparer.Ordinal);
        return outcome.Leads.Count(lead => ids.Contains(lead.Id));
    }

    static bool InScope(Finding finding, string? host) =>
        host is null
        || finding.Entities.Any(entity => entity.Type == "host" && entity.Value == host);

    bool IsOwnTool(Finding finding) =>
        surroundings.OwnTools.Any(tool =>
            finding.Entities.Any(entity =>
                entity.Type is "image" or "file" or "process"
                && entity.Value.EndsWith(tool, StringComparison.OrdinalIgnoreCase)
            )
        );

    static string TechniqueName(HuntStep step) =>
        step.Test switch
        {
            StepTest.Technique technique => technique.Implementation.Name,
            StepTest.Sigma => "sigma",
            StepTest.Intel => "intel",
            _ => "sql",
        };

    Dictionary<string, string> Versions(
        HuntDocument hunt,
        RunOptions options,
        BaselineDocument? baseline
    )
    {
        var versions = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["hunt"] = hunt.Sha256,
            ["data"] = store.ManifestHash,
            ["seed"] = $"{options.Seed}",
            ["program"] = typeof(HuntRunner).Assembly.GetName().Version?.ToString(3) ?? "",
        };
        if (baseline is not null)
        {
            versions["baseline"] = $"version {baseline.Version}, of run {baseline.RunId}";
        }

        if (surroundings.OwnTools.Count > 0)
        {
            versions["own_tools"] = string.Join(", ", surroundings.OwnTools);
        }

        return versions;
    }
}
