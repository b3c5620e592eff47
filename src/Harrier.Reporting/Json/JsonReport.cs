using System.Text.Json;

namespace Harrier.Reporting.Json;

/// <summary>The report for programs: everything the others say, whole.</summary>
public sealed class JsonReport : IReportWriter
{
    static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public string Format => "json";

    public string Write(ReportModel model) =>
        JsonSerializer.Serialize(
            new
            {
                Schema = "harrier.report.content/1",
                Title = Words.Title(model),
                Summary = Words.Paragraph(model),
                model.Workspace,
                GeneratedAt = Words.Rfc3339(model.GeneratedAt),
                model.Version,
                model.ManifestHash,
                Decisions = Words
                    .Decisions(model)
                    .Select(decision => new { decision.What, decision.Why }),
                Runs = model.Runs.Select(run => new
                {
                    run.RunId,
                    run.Hunt,
                    run.Title,
                    model.Texts.GetValueOrDefault(run.Hunt)?.Question,
                    Type = run.Type.ToString().ToLowerInvariant(),
                    Verdict = Words.VerdictId(run.Verdict),
                    run.Reason,
                    run.Coverage,
                    run.Tests,
                    run.Leads,
                    run.Versions,
                }),
                Leads = model.Leads.Select(LeadDocument.Of),
                Classes = model.Classes.Select(summary => new
                {
                    summary.Class,
                    summary.Events,
                    summary.Hosts,
                    First = Words.Rfc3339(summary.First),
                    Last = Words.Rfc3339(summary.Last),
                }),
                model.Imports,
                model.Intel,
            },
            s_options
        ) + "\n";
}
