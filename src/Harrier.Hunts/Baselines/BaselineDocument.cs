using Harrier.Hunts.Techniques;

namespace Harrier.Hunts.Baselines;

/// <summary>What is normal, as one run of a baseline hunt learned it: dictionary, distributions, known benign. Never changed afterwards.</summary>
/// <param name="Version">From 1, counted for the hunt.</param>
/// <param name="Provisional">The window was shorter than 30 days: monthly habits are not in it.</param>
/// <param name="ValidUntil">Microseconds UTC: 90 days after the window's end.</param>
/// <param name="Leads">Leads that the run raised, and how many of an earlier run it did not raise again.</param>
public sealed record BaselineDocument(
    string Hunt,
    int Version,
    string RunId,
    long From,
    long To,
    bool Provisional,
    long ValidUntil,
    int Leads,
    int NotRaisedAgain,
    IReadOnlyList<DictionaryEntry> Dictionary,
    IReadOnlyList<BaselineStep> Steps,
    IReadOnlyList<KnownBenign> Benign
)
{
    /// <summary>Values a technique need not raise again: normal ones, and those judged benign whose judgement has not expired.</summary>
    public KnownValues Known(string step, TimeProvider time)
    {
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        var normal = Steps.Where(s => s.Step == step).SelectMany(s => s.Values);
        var benign = Benign.Where(b => b.Step == step && b.Expires > now);
        return new KnownValues(
            normal
                .Select(value => (value.Group, value.Value))
                .Concat(benign.Select(b => (b.Group, b.Value)))
                .ToHashSet()
        );
    }

    /// <summary>Whether an earlier run raised this among its weakest, and nobody has called it more than that since.</summary>
    internal bool IsQuiet(string step, Finding finding) =>
        finding.Value is { } value
        && Steps.Any(s =>
            s.Step == step
            && s.Open.Any(o => o.Quiet && o.Value == value && o.Group == (finding.Group ?? ""))
        );
}

/// <summary>A column that matters to the hunt: what it means, and how it is filled here.</summary>
public sealed record DictionaryEntry(
    string Column,
    string Type,
    string Description,
    long Events,
    long Filled,
    long Distinct
);

/// <param name="Values">Values that are normal, by group: at most 5,000, the most frequent first.</param>
/// <param name="ValueCount">How many there were.</param>
/// <param name="Open">Values that were raised and still wait for a judgement.</param>
public sealed record BaselineStep(
    string Step,
    IReadOnlyList<NormalValue> Values,
    long ValueCount,
    IReadOnlyList<OpenValue> Open
);

/// <summary>A value that was raised and is not judged.</summary>
/// <param name="Quiet">It was among the weakest third: kept here, and not raised again.</param>
public sealed record OpenValue(string Group, string Value, string Lead, double Score, bool Quiet);

/// <summary>A value that a person judged benign.</summary>
/// <param name="Group">Scope of the judgement: the peer group.</param>
/// <param name="Expires">Microseconds UTC: 180 days after the judgement.</param>
public sealed record KnownBenign(
    string Step,
    string Group,
    string Value,
    string Lead,
    string Why,
    string Who,
    long Expires
);
