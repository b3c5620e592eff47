using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harrier.Sigma.Linting;

/// <summary>Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read.</summary>
public static class Sarif
{
    static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <param name="version">The program's version.</param>
    public static string Json(LintReport report, string version)
    {
        var codes = report
            .Findings.Select(finding => finding.Code)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var log = new Dictionary<string, object>
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new[]
            {
                new
                {
                    tool = new
                    {
                        driver = new
                        {
                            name = "harrier sigma check",
                            version,
                            rules = codes.Select(code => new
                            {
                                id = code,
                                shortDescription = new
                                {
                                    text = Linter
                                        .Checks.FirstOrDefault(check => check.Id == code)
                                        .About
                                        ?? "What keeps a rule from being read.",
                                },
                            }),
                        },
                    },
                    columnKind = "utf16CodeUnits",
                    results = report.Findings.Select(finding => new
                    {
                        ruleId = finding.Code,
                        ruleIndex = codes.IndexOf(finding.Code),
                        level = finding.Severity.ToString().ToLowerInvariant(),
                        message = new
                        {
                            text = finding.Suggestion is null
                                ? finding.Message
                                : $"{finding.Message} {finding.Suggestion}",
                        },
                        locations = new[]
                        {
                            new
                            {
                                physicalLocation = new
                                {
                                    artifactLocation = new { uri = Address(finding.File) },
                                    region = finding.Line < 1
                                        ? null
                                        : new
                                        {
                                            startLine = finding.Line,
                                            startColumn = finding.Column < 1
                                                ? (int?)null
                                                : finding.Column,
                                        },
                                },
                            },
                        },
                    }),
                },
            },
        };
        return JsonSerializer.Serialize(log, s_json);
    }

    /// <summary>Relative where the path is, so that the log fits any checkout.</summary>
    static string Address(string file) =>
        Path.IsPathRooted(file)
            ? new Uri(Path.GetFullPath(file)).AbsoluteUri
            : string.Join('/', file.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString));
}
