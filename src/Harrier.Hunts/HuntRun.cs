using Harrier.Hunts.Verdicts;

namespace Harrier.Hunts;

/// <summary>One hunt on one window of one workspace, with everything that shaped it.</summary>
/// <param name="RunId">R-0001, counted in the workspace.</param>
/// <param name="Hunt">Id of the hunt document.</param>
/// <param name="Reason">Why the verdict is what it is, one sentence with numbers.</param>
/// <param name="Tests">Each test or technique that ran, also those that returned nothing.</param>
/// <param name="Versions">What shaped the run: hunt file hash, data manifest hash, seed, program version.</param>
public sealed record HuntRun(
    string RunId,
    string Hunt,
    string Title,
    HuntType Type,
    Verdict Verdict,
    string Reason,
    Coverage Coverage,
    IReadOnlyList<TestResult> Tests,
    int Leads,
    long From,
    long To,
    double Seconds,
    IReadOnlyDictionary<string, string> Versions
);

/// <summary>A test or technique of a run: what it asked, what came back; silence is a result.</summary>
/// <param name="Rows">Events or groups it found; 0 is a silence.</param>
/// <param name="NotRun">Why it could not run (missing data), or null.</param>
public sealed record TestResult(string Id, string Question, long Rows, int Leads, string? NotRun);
