namespace Harrier.Sigma.Linting.Checks;

/// <summary>What falsepositives say helps who triages: 'None' does not.</summary>
static class FalsePositives
{
    public static LintCheck Check { get; } =
        new(
            "falsepositives-word",
            LintSeverity.Note,
            "What falsepositives say helps who triages: 'None' does not.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var text in document.List("falsepositives"))
        {
            if (
                text.Text.Trim().ToLowerInvariant()
                is "none"
                    or "no"
                    or "n/a"
                    or "pentest"
                    or "penetration test"
            )
            {
                yield return new LintHit(
                    text.Place,
                    $"'{text.Text}' says nothing of false positives.",
                    "Write Unknown or Unlikely, or what legitimately does the same."
                );
            }
        }
    }
}
