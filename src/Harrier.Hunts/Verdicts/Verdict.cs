namespace Harrier.Hunts.Verdicts;

/// <summary>What a hunt answered (peak.md 7.4).</summary>
public enum Verdict
{
    ConfirmedMalicious,
    Inconclusive,
    ConfirmedBenign,
    NotConfirmed,
}

/// <summary>On how much of the scope the needed data was there.</summary>
/// <param name="Missing">What was not there, a sentence each: class or column, with hosts and days.</param>
public sealed record Coverage(
    int HostsWithData,
    int Hosts,
    int DaysWithData,
    int Days,
    IReadOnlyList<string> Missing
);
