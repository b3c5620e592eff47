using Harrier.Cli.Console;
using Harrier.Hunts;
using Harrier.Hunts.Baselines;
using Harrier.Hunts.Detections;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Intel;
using Harrier.Knowledge;
using Harrier.Reporting;
using Harrier.Schema;
using Harrier.Sigma.Language;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Cli;

/// <summary>What hunting verbs hold open together: workspace, lake, knowledge, intelligence, leads.</summary>
sealed class HuntSession : IDisposable
{
    readonly Run _run;
    readonly KnowledgeDb _knowledge;
    readonly BaselineStore _baselines;

    HuntSession(Run run, Workspace workspace, LakeStore lake, KnowledgeDb knowledge)
    {
        _run = run;
        Workspace = workspace;
        Lake = lake;
        _knowledge = knowledge;
        Intel = IntelStore.Open(knowledge, Path.Combine(Run.Content, "intel", "too-common.yaml"));
        Leads = new LeadStore(knowledge);
        _baselines = new BaselineStore(knowledge);
    }

    public Workspace Workspace { get; }
    public LakeStore Lake { get; }
    public IntelStore Intel { get; }
    public LeadStore Leads { get; }

    /// <summary>What placeholders of Sigma rules stand for here.</summary>
    public Placeholders Placeholders => new(Workspace.Placeholders);

    /// <summary>What was scanned with Sigma rules.</summary>
    public ScanLog ScanLog => new(_knowledge);

    /// <summary>Where it is said what Sigma's log sources are: the shipped folder, then the workspace's own.</summary>
    public IReadOnlyList<string> LogsourceFolders => LogsourceFoldersOf(Workspace);

    /// <inheritdoc cref="LogsourceFolders"/>
    public static IReadOnlyList<string> LogsourceFoldersOf(Workspace workspace) =>
        [Path.Combine(Run.Content, "maps", "sigma"), Path.Combine(workspace.MapsFolder, "sigma")];

    /// <exception cref="HarrierFault">There is no workspace, or its files can't be opened.</exception>
    public static HuntSession Open(Run run, bool create = false)
    {
        var workspace = run.OpenWorkspace(create);
        try
        {
            return new HuntSession(
                run,
                workspace,
                LakeStore.Open(workspace),
                KnowledgeDb.Open(workspace.KnowledgePath, run.Clock)
            );
        }
        catch (KnowledgeException fault)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                fault.Message,
                fault.File,
                fault.Remedy,
                fault
            );
        }
    }

    /// <summary>Runs hunts one after the other, in the order given.</summary>
    public IReadOnlyList<HuntRunResult> RunHunts(
        IReadOnlyList<HuntDocument> hunts,
        TimeWindow? window,
        string? host,
        int seed,
        CancellationToken cancel
    )
    {
        var runner = new HuntRunner(
            Lake,
            Leads,
            _baselines,
            Intel,
            new HuntSurroundings(
                [
                    Path.Combine(Run.Content, "hunts", "sigma"),
                    Path.Combine(Workspace.HuntsFolder, "sigma"),
                ],
                LogsourceFolders,
                Placeholders,
                Workspace.HostRoles,
                Workspace.OwnTools,
                Path.Combine(Workspace.Folder, "baselines")
            ),
            _run.Clock
        );
        var options = new RunOptions(window, host?.ToLowerInvariant(), seed, Environment.UserName);
        var results = new List<HuntRunResult>();
        foreach (var hunt in hunts)
        {
            cancel.ThrowIfCancellationRequested();
            _run.Face.Progress(
                $"  {results.Count + 1} of {hunts.Count}  {SafeText.From(hunt.Title, 70)}"
            );
            results.Add(runner.Run(hunt, options, cancel));
            if (_run.Face.Verbose)
            {
                _run.Face.Note(
                    $"{hunt.Id}: {results[^1].Run.Leads} leads in {Shown.Seconds(results[^1].Run.Seconds)}"
                );
            }
        }

        _run.Face.Progress("");
        return results;
    }

    /// <summary>Time of the newest event, microseconds UTC; 0 where there is none.</summary>
    public long LastEvent() => Lake.Extent is { } extent ? extent.To - 1 : 0;

    /// <summary>Events, hosts and times of each class that has any.</summary>
    public IReadOnlyList<ClassSummary> Classes(CancellationToken cancel)
    {
        var micros = Lake.Dialect.Micros("time");
        var present = Lake.Presence(TimeWindow.All, cancel)
            .Select(presence => presence.Class)
            .ToHashSet();
        var summaries = new List<ClassSummary>();
        foreach (
            var name in EventClasses
                .All.Select(eventClass => eventClass.Name)
                .Where(present.Contains)
        )
        {
            using var rows = Lake.Query(
                $"select count(*), count(distinct host), min({micros}), max({micros}) from {name}",
                TimeWindow.All,
                [],
                cancel
            );
            if (rows.Read())
            {
                summaries.Add(
                    new ClassSummary(name, rows.Int(0), rows.Int(1), rows.Int(2), rows.Int(3))
                );
            }
        }

        return summaries;
    }

    public IntelSummary IntelSummary()
    {
        var matched = Leads
            .All(LeadFilter.All)
            .SelectMany(lead => lead.Entities)
            .Where(entity => entity.Type == "indicator")
            .Distinct()
            .Count();
        return new IntelSummary(Intel.Indicators().Count, Intel.Sources().Count, matched);
    }

    public void Dispose()
    {
        _knowledge.Dispose();
        Lake.Dispose();
    }
}
