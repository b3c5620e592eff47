using System.Text;
using Harrier.Hunts.Leads;

namespace Harrier.Reporting.Markdown;

/// <summary>The report as Markdown, for a ticket or a wiki; text from logs can neither link, nor break a table, nor become HTML.</summary>
public sealed class MarkdownReport : IReportWriter
{
    const int LeadsWhole = 25;
    const int EvidenceRows = 8;

    public string Format => "md";

    public string Write(ReportModel model)
    {
        var text = new StringBuilder();
        text.Append("# ").AppendLine(Escape(Words.Title(model))).AppendLine();
        text.AppendLine(Escape(Words.Paragraph(model))).AppendLine();
        Table(
            text,
            "What to decide",
            ["What", "Why"],
            Words.Decisions(model).Select(decision => new[] { decision.What, decision.Why })
        );
        Table(
            text,
            "Hunts",
            ["Question", "Type", "Verdict", "Because", "Hosts, days with data", "Leads"],
            Words
                .Ordered(model.Runs)
                .Select(run =>
                    new[]
                    {
                        model.Texts.GetValueOrDefault(run.Hunt)?.Question ?? run.Title,
                        Words.Type(run.Type),
                        $"{Words.Shape(run.Verdict)} {Words.Verdict(run.Verdict)}",
                        run.Reason,
                        $"{run.Coverage.HostsWithData} of {run.Coverage.Hosts}, {run.Coverage.DaysWithData} of {run.Coverage.Days}",
                        Words.Number(run.Leads),
                    }
                )
        );
        if (model.Leads.Count > 0)
        {
            text.AppendLine("## Leads").AppendLine();
        }

        var ordered = Words.Stories(model.Leads).SelectMany(story => story).ToList();
        foreach (var lead in ordered.Take(LeadsWhole))
        {
            Lead(text, lead);
        }

        Table(
            text,
            "All other leads",
            ["Score", "Lead", "First, UTC", "Hunt", "Id"],
            ordered
                .Skip(LeadsWhole)
                .Select(lead =>
                    new[]
                    {
                        Words.Score(lead.Score),
                        lead.Title,
                        Words.Minute(lead.First),
                        lead.Hunt,
                        lead.Id,
                    }
                )
        );
        var blind = model
            .Runs.SelectMany(run => run.Coverage.Missing)
            .Concat(
                model.Runs.SelectMany(run =>
                    model.Texts.GetValueOrDefault(run.Hunt)?.CannotSee ?? []
                )
            )
            .Distinct()
            .ToList();
        if (blind.Count > 0)
        {
            text.AppendLine("## What we could not see").AppendLine();
            foreach (var sentence in blind)
            {
                text.Append("- ").AppendLine(Escape(sentence));
            }

            text.AppendLine();
        }

        Table(
            text,
            "Data",
            ["Class", "Events", "Hosts", "First, UTC", "Last, UTC"],
            model
                .Classes.OrderByDescending(summary => summary.Events)
                .Select(summary =>
                    new[]
                    {
                        summary.Class,
                        Words.Number(summary.Events),
                        Words.Number(summary.Hosts),
                        Words.Minute(summary.First),
                        Words.Minute(summary.Last),
                    }
                )
        );
        Table(
            text,
            "Imports",
            ["Import", "Files", "Records", "Imported", "Rejected"],
            model.Imports.Select(import =>
                new[]
                {
                    import.Id,
                    Words.Number(import.Files),
                    Words.Number(import.Records),
                    Words.Number(import.Imported),
                    Words.Number(import.Rejected),
                }
            )
        );
        text.AppendLine(
            $"Made by Harrier {model.Version} from workspace {Escape(model.Workspace)}, data manifest {model.ManifestHash}, {Words.Rfc3339(model.GeneratedAt)}. Times are UTC."
        );
        return text.ToString().ReplaceLineEndings("\n");
    }

    static void Lead(StringBuilder text, Lead lead)
    {
        text.Append("### ").AppendLine(Escape(lead.Title)).AppendLine();
        text.AppendLine(
            $"{Words.Score(lead.Score)} · {Words.Span(lead.First, lead.Last)} UTC · {Words.Type(lead.Type)} hunt {Escape(lead.Hunt)} · {string.Join(' ', lead.Attack)} · {lead.Id}"
        );
        text.AppendLine();
        text.AppendLine(
                string.Join(
                    " · ",
                    lead.Entities.Take(12).Select(entity => $"{entity.Type} {Escape(entity.Value)}")
                )
            )
            .AppendLine();
        foreach (var reason in lead.Reasons)
        {
            text.Append("- ").AppendLine(Escape(reason));
        }

        if (lead.Label is { } label)
        {
            text.Append("- Judged ")
                .AppendLine(Escape($"{label.Judgement} by {label.Who}: {label.Why}"));
        }

        text.AppendLine();
        Table(
            text,
            null,
            ["Time, UTC", "What", "Class", "File and record"],
            lead.Evidence.Take(EvidenceRows)
                .Select(row =>
                    new[]
                    {
                        Words.Second(row.Time),
                        Visible.Text(row.Text, 300),
                        row.Class,
                        $"{row.File} #{row.Record}",
                    }
                )
        );
    }

    static void Table(
        StringBuilder text,
        string? heading,
        IReadOnlyList<string> columns,
        IEnumerable<string[]> rows
    )
    {
        var lines = rows.ToList();
        if (lines.Count == 0)
        {
            return;
        }

        if (heading is not null)
        {
            text.Append("## ").AppendLine(heading).AppendLine();
        }

        text.Append("| ").AppendJoin(" | ", columns).AppendLine(" |");
        text.Append('|').Append(string.Concat(columns.Select(_ => "---|"))).AppendLine();
        foreach (var line in lines)
        {
            text.Append("| ").AppendJoin(" | ", line.Select(Escape)).AppendLine(" |");
        }

        text.AppendLine();
    }

    /// <summary>Text that Markdown and the HTML inside it take for text: every mark that means something gets a backslash.</summary>
    internal static string Escape(string value)
    {
        var escaped = new StringBuilder();
        foreach (var character in Visible.Text(value))
        {
            switch (character)
            {
                case '<':
                    escaped.Append("&lt;");
                    break;
                case '&':
                    escaped.Append("&amp;");
                    break;
                case '\\'
                or '`'
                or '*'
                or '_'
                or '{'
                or '}'
                or '['
                or ']'
                or '#'
                or '+'
                or '|'
                or '!'
                or '~'
                or '>':
                    escaped.Append('\\').Append(character);
                    break;
                // A bare address would become a link in many readers.
                case ':':
                    escaped.Append("&#58;");
                    break;
                case '@':
                    escaped.Append("&#64;");
                    break;
                default:
                    escaped.Append(character);
                    break;
            }
        }

        return escaped.ToString();
    }
}
