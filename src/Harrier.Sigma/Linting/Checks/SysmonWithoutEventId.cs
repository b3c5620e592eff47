namespace Harrier.Sigma.Linting.Checks;

/// <summary>A rule on the whole of Sysmon's log says which events it means.</summary>
static class SysmonWithoutEventId
{
    public static LintCheck Check { get; } =
        new(
            "sysmon-event-id",
            LintSeverity.Warning,
            "A rule on the whole of Sysmon's log says which events it means.",
            Find
        );

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (
            document.Source("service") == "sysmon"
            && document.Map.Find("logsource") is { } source
            && document.Items.Count > 0
            && !document.Items.Any(item => item.Field is "EventID" or "Channel")
        )
        {
            yield return new LintHit(
                source.Place,
                "The rule reads every event of Sysmon.",
                "Name a category such as process_creation, or ask for an EventID."
            );
        }
    }
}
