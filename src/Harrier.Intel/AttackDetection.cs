namespace Harrier.Intel;

/// <summary>One way that ATT&amp;CK knows to see a technique.</summary>
/// <param name="Technique">T1059.001.</param>
/// <param name="Analytic">Identity of the analytic; before v18 the data component.</param>
/// <param name="Components">Data components it reads, by name: Process Creation.</param>
public sealed record AttackDetection(
    string Technique,
    string Analytic,
    IReadOnlyList<string> Components
);
