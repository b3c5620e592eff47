using Harrier.Hunts.Leads;

namespace Harrier.Reporting.Json;

/// <summary>A lead as programs read it, whole: the same in <c>leads --json</c> and in the JSON report.</summary>
public static class LeadDocument
{
    public static object Of(Lead lead) =>
        new
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
                Label = Of(row.Label),
            }),
            lead.EvidenceCount,
            lead.NextSteps,
            lead.Story,
            Label = Of(lead.Label),
        };

    static object? Of(LeadLabel? label) =>
        label is null
            ? null
            : new
            {
                label.Judgement,
                label.Why,
                label.Logic,
                label.Who,
                Time = Words.Rfc3339(label.Time),
            };
}
