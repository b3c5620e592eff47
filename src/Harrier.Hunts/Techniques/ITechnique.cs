using Harrier.Hunts.Leads;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>Code that answers one kind of question over any class, column and entity. The list is <see cref="TechniqueList"/>.</summary>
public interface ITechnique
{
    /// <summary>Name in hunt documents: stack-count, first-seen, beacon, isolation-forest ...</summary>
    string Name { get; }

    /// <summary>Checks the parameters of a hunt's step, and says what data it needs.</summary>
    /// <exception cref="HarrierFault">A parameter is unknown, missing or out of range: with the place in the hunt document.</exception>
    IReadOnlyList<DataNeed> Needs(StepParameters parameters);

    /// <summary>Runs on the window of the context. Deterministic: order and scores depend on data, parameters and seed alone.</summary>
    TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    );
}

/// <summary>A class and the columns of it that a step can't do without.</summary>
public sealed record DataNeed(EventClass Class, IReadOnlyList<Column> Columns);

/// <summary>What a technique may ask.</summary>
/// <param name="Window">The hunt's window, clipped to the data.</param>
/// <param name="Peers">Peer group of each host: role, or one group for all.</param>
/// <param name="Known">Values that the hunt's baseline of an earlier run knows as normal or benign, by step id; empty on the first run.</param>
public sealed record TechniqueContext(
    IEventStore Store,
    TimeWindow Window,
    PeerGroups Peers,
    KnownValues Known,
    int Seed
);

/// <summary>What a technique found, before the runner makes leads of it.</summary>
/// <param name="Examined">Values, pairs or entities looked at: what scores are corrected for.</param>
/// <param name="Inconclusive">Why nothing can be said (too little history ...), or null.</param>
/// <param name="Distributions">What a baseline document keeps: value, events, hosts, first and last, by peer group.</param>
public sealed record TechniqueResult(
    IReadOnlyList<Finding> Findings,
    long Examined,
    string? Inconclusive,
    IReadOnlyList<NormalValue> Distributions
);

/// <summary>A finding of a technique: a lead without its place in the run.</summary>
/// <param name="Score">In [0, 1], see Lead.</param>
/// <param name="Evidence">At most 50 rows, in order of time; <paramref name="EvidenceCount"/> counts all.</param>
/// <param name="Attack">ATT&amp;CK ids of this finding, where they say more than the step's; null: the step's.</param>
/// <param name="Group">Peer group of <paramref name="Value"/>.</param>
/// <param name="Value">
/// What the baseline is to remember of this finding, written as in <see cref="NormalValue.Value"/>; null for findings that a
/// baseline does not know. With the group it also keeps a lead's id stable from run to run.
/// </param>
public sealed record Finding(
    double Score,
    string Title,
    IReadOnlyList<Entity> Entities,
    long First,
    long Last,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<Evidence> Evidence,
    long EvidenceCount,
    IReadOnlyList<string>? Attack = null,
    string? Group = null,
    string? Value = null
);

/// <summary>A value (or tuple, joined by ' | ') that is normal in a peer group.</summary>
public sealed record NormalValue(
    string Group,
    string Value,
    long Events,
    long Hosts,
    long First,
    long Last
);

/// <summary>
/// Values known from an earlier baseline, by group: those a technique must not raise again. What was raised before and still
/// waits for a judgement is not among them: the runner ranks that.
/// </summary>
public sealed record KnownValues(IReadOnlySet<(string Group, string Value)> Values)
{
    public static KnownValues None { get; } = new(new HashSet<(string, string)>());

    public bool Contains(string group, string value) => Values.Contains((group, value));
}

/// <summary>Peer group of each host; a host without a role belongs to 'all'.</summary>
public sealed record PeerGroups(IReadOnlyDictionary<string, string> ByHost)
{
    public string Of(string? host) =>
        host is not null && ByHost.TryGetValue(host, out var group) ? group : "all";
}

/// <summary>Parameters of a step as its hunt document has them: scalar texts, lists of texts, with their places.</summary>
/// <param name="Step">Id of the step.</param>
/// <param name="Where">file:line of the step, for messages.</param>
public sealed record StepParameters(
    string Step,
    string Where,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Values
);
