namespace Harrier.Sigma.Correlations;

/// <summary>What a window holds of an event, or of the alert of another correlation.</summary>
/// <param name="Time">Of the event; of an alert, when it is known.</param>
readonly record struct Contribution(
    long Time,
    SigmaEventReference Reference,
    SigmaCorrelationHit? Alert
)
{
    public long First => Alert?.First ?? Time;

    public long Last => Alert?.Last ?? Time;

    public IEnumerable<SigmaEventReference> References => Alert?.Events ?? [Reference];
}

/// <summary>What feeds a correlation: an event or alert, and the places of the rules it met among the correlation's own.</summary>
/// <param name="Value">The text that is counted or read as a number, or null.</param>
readonly record struct CorrelationInput(
    Contribution Contribution,
    IReadOnlyList<int> Places,
    string? Value
);
