namespace Harrier.Sigma.Linting.Checks;

/// <summary>A category of Windows has numbers of its own; others never come.</summary>
static class CategoryEventId
{
    public static LintCheck Check { get; } =
        new(
            "category-event-id",
            LintSeverity.Warning,
            "A category of Windows has numbers of its own; others never come.",
            Find
        );

    static readonly Dictionary<string, string[]> s_numbers = new(StringComparer.Ordinal)
    {
        ["process_creation"] = ["1", "4688"],
        ["file_change"] = ["2"],
        ["network_connection"] = ["3", "5156"],
        ["process_termination"] = ["5", "4689"],
        ["driver_load"] = ["6"],
        ["image_load"] = ["7"],
        ["create_remote_thread"] = ["8"],
        ["raw_access_thread"] = ["9"],
        ["process_access"] = ["10"],
        ["file_event"] = ["11"],
        ["registry_event"] = ["12", "13", "14", "4657"],
        ["registry_add"] = ["12"],
        ["registry_delete"] = ["12"],
        ["registry_set"] = ["13", "4657"],
        ["registry_rename"] = ["14"],
        ["create_stream_hash"] = ["15"],
        ["pipe_created"] = ["17", "18"],
        ["wmi_event"] = ["19", "20", "21"],
        ["dns_query"] = ["22"],
        ["file_delete"] = ["23", "26"],
        ["ps_module"] = ["4103"],
        ["ps_script"] = ["4104"],
        ["ps_classic_start"] = ["400"],
    };

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (
            document.Source("category") is not { } category
            || document.Source("product") is not (null or "windows")
            || !s_numbers.TryGetValue(category, out var own)
        )
        {
            yield break;
        }

        foreach (
            var item in document.Items.Where(item =>
                item is { Field: "EventID", Modifiers.Count: 0 }
            )
        )
        {
            if (item.Values.Count > 0 && item.Values.All(value => !own.Contains(value.Text)))
            {
                yield return new LintHit(
                    item.Key.Place,
                    $"Events of category {category} have the number {string.Join(" or ", own)}; this asks for {string.Join(", ", item.Values.Select(value => value.Text))}.",
                    "Take the item out, or name a service in the log source."
                );
            }
        }
    }
}
