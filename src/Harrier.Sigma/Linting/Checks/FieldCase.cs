namespace Harrier.Sigma.Linting.Checks;

/// <summary>A field of Windows events that differs only in case from the one that is logged.</summary>
static class FieldCase
{
    public static LintCheck Check { get; } =
        new(
            "field-case",
            LintSeverity.Warning,
            "A field of Windows events that differs only in case from the one that is logged.",
            Find
        );

    static readonly Dictionary<string, string> s_fields = new[]
    {
        "Image",
        "OriginalFileName",
        "CommandLine",
        "CurrentDirectory",
        "ParentImage",
        "ParentCommandLine",
        "IntegrityLevel",
        "TargetFilename",
        "TargetObject",
        "TargetImage",
        "SourceImage",
        "ImageLoaded",
        "DestinationHostname",
        "DestinationIp",
        "DestinationPort",
        "PipeName",
        "QueryName",
        "ScriptBlockText",
        "GrantedAccess",
        "CallTrace",
        "LogonId",
        "Hashes",
    }.ToDictionary(field => field, StringComparer.OrdinalIgnoreCase);

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        if (
            document.Source("category") is not { } category
            || document.Source("product") is not "windows"
            || !category.Contains('_', StringComparison.Ordinal)
        )
        {
            yield break;
        }

        foreach (var item in document.Items.Where(item => item.Field.Length > 0))
        {
            if (s_fields.TryGetValue(item.Field, out var field) && field != item.Field)
            {
                yield return new LintHit(
                    item.Key.Place,
                    $"The field '{item.Field}' is logged as '{field}'; names of fields are compared exactly by most engines.",
                    $"Write {field}."
                );
            }
        }
    }
}
