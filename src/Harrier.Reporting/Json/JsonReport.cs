using System.Text.Json;
using Harrier.Hunts.Verdicts;

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
                    Verdict = VerdictName(run.Verdict),
                    run.Reason,
                    run.Coverage,
                    run.Tests,
                    run.Leads,
                    run.Versions,
                }),
                Leads = model.Leads.Select(lead => new
                {
                    lead.Id,
                    lead.RunId,
                    lead.Hunt,
                    Type = lead.Type.ToString().ToLowerInvariant(),
                    lead.Technique,
                    lead.Score,
                    lead.Title,
                    lead.Entities,
                    lead.Attack,
                    First = Words.Rfc3339(lead.First),
                    Last = Words.Rfc3339(lead.Last),
                    lead.Reasons,
                    Evidence = lead.Evidence.Select(row => new
                    {
                        row.Class,
                        row.File,
                        row.Record,
                        Time = Words.Rfc3339(row.Time),
                        row.Text,
                    }),
                    lead.EvidenceCount,
                    lead.NextSteps,
                    lead.Story,
                    Label = lead.Label is { } label
                        ? new
                        {
                            label.Judgement,
                            label.Why,
                            label.Logic,
                            label.Who,
                            Time = Words.Rfc3339(label.Time),
                        }
                        : null,
                }),
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

    static string VerdictName(Verdict verdict) =>
        Words.Verdict(verdict).Replace(", ", "-").Replace(' ', '-');
}
