using System.CommandLine;
using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Hunts.Leads;
using Harrier.Reporting.Json;
using Harrier.Schema;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier leads [list | show ID | label ID JUDGEMENT]</c></summary>
static class LeadsVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var list = ListCommand(runOf, "list", "Leads of the newest run of each hunt, best first");
        var command = new Command(
            "leads",
            "What the hunts found\n\n  harrier leads\n  harrier leads show L-3f2a91c07e\n  harrier leads label L-3f2a91c07e benign --why \"monthly job\" --logic btp"
        )
        {
            list,
            ShowCommand(runOf),
            LabelCommand(runOf),
        };
        // Without a word after it, 'leads' lists.
        foreach (var option in list.Options)
        {
            command.Add(option);
        }

        command.Action = list.Action;
        return command;
    }

    static Command ListCommand(Func<ParseResult, Run> runOf, string name, string description)
    {
        var format = ListFormat.Option("table", "ndjson", "csv");
        var limit = new Option<int>("--limit")
        {
            Description = "Most leads in the table",
            DefaultValueFactory = _ => 50,
            HelpName = "N",
        };
        var failOn = new Option<double?>("--fail-on")
        {
            Description = "Exit 1 when a lead scores at least this",
            HelpName = "SCORE",
        };
        var command = new Command(name, description) { format, limit, failOn };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var leads = session.Leads.All(LeadFilter.All);
            switch (run.Face.Json ? "json" : parsed.GetValue(format))
            {
                case "json":
                    run.Face.Document(
                        new { Schema = "harrier.leads/1", Leads = leads.Select(LeadDocument.Of) }
                    );
                    break;
                case "ndjson":
                    foreach (var lead in leads)
                    {
                        run.Face.Row(LeadDocument.Of(lead));
                    }

                    break;
                case "csv":
                    run.Face.Stdout.WriteLine(
                        "id,score,title,hunt,first,last,story,label,entities,attack"
                    );
                    foreach (var lead in leads)
                    {
                        run.Face.Stdout.WriteLine(
                            ListFormat.CsvLine([
                                lead.Id,
                                lead.Score,
                                lead.Title,
                                lead.Hunt,
                                Shown.Rfc3339(lead.First),
                                Shown.Rfc3339(lead.Last),
                                lead.Story,
                                lead.Label?.Judgement,
                                string.Join(
                                    ' ',
                                    lead.Entities.Select(entity => $"{entity.Type}:{entity.Value}")
                                ),
                                string.Join(' ', lead.Attack),
                            ])
                        );
                    }

                    break;
                default:
                    ShowTop(run.Face, leads, parsed.GetValue(limit));
                    break;
            }

            return parsed.GetValue(failOn) is { } level && leads.Any(lead => lead.Score >= level)
                ? Application.No
                : Application.Done;
        });
        return command;
    }

    /// <summary>The best leads: score, subject, title and first reason; how many more there are.</summary>
    public static void ShowTop(Face face, IReadOnlyList<Lead> leads, int most)
    {
        if (leads.Count == 0)
        {
            face.Line("No leads. Run hunts with: harrier hunt run --all");
            return;
        }

        face.Line("top leads");
        var table = Face.Table(">score", "id", "lead", "ATT&CK", "");
        foreach (var lead in leads.Take(most))
        {
            table.AddRow(
                Face.Cell(Shown.Score(lead.Score), lead.Score >= 0.8 ? Color.Red : null),
                Face.Cell(lead.Id),
                Face.Cell(SafeText.From(lead.Title, 160)),
                Face.Cell(SafeText.From(string.Join(' ', lead.Attack.Take(2)), 24)),
                Face.Cell(lead.Label?.Judgement ?? "")
            );
        }

        face.Show(table);
        if (leads.Count > most)
        {
            face.Line(
                $"  … {Shown.Count(leads.Count - most)} more: harrier leads --limit {leads.Count}"
            );
        }
    }

    static Command ShowCommand(Func<ParseResult, Run> runOf)
    {
        var id = new Argument<string>("ID");
        var command = new Command(
            "show",
            "A lead whole: reasons, evidence down to file and record, next steps"
        )
        {
            id,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var lead = session.Leads.Get(parsed.GetValue(id)!);
            run.Face.Document(
                new { Schema = "harrier.leads/1", Leads = new[] { LeadDocument.Of(lead) } }
            );
            Show(run.Face, lead);
            return Application.Done;
        });
        return command;
    }

    static void Show(Face face, Lead lead)
    {
        face.Line($"{lead.Id}  {Shown.Score(lead.Score)}  {SafeText.From(lead.Title)}");
        face.Line(
            $"{Shown.Second(lead.First)} to {Shown.Second(lead.Last)} UTC · hunt {lead.Hunt} · {lead.Technique} · {string.Join(' ', lead.Attack)}"
        );
        face.Line(
            string.Join(
                "  ",
                lead.Entities.Select(entity => $"{entity.Type} {SafeText.From(entity.Value, 120)}")
            )
        );
        face.Line();
        foreach (var reason in lead.Reasons)
        {
            face.Line($"  • {SafeText.From(reason)}");
        }

        if (lead.Label is { } label)
        {
            face.Line(
                $"  judged {label.Judgement} by {SafeText.From(label.Who)}: {SafeText.From(label.Why)}"
            );
        }

        face.Line();
        face.Line(
            $"evidence, {lead.Evidence.Count} of {Shown.Count(lead.EvidenceCount, "record")}"
        );
        var isJudged = lead.Evidence.Any(row => row.Label is not null);
        string[] headings = [">", "time (UTC)", "class", "what", "file", ">record"];
        var table = Face.Table(isJudged ? [.. headings, "judged"] : headings);
        for (var index = 0; index < lead.Evidence.Count; index++)
        {
            var row = lead.Evidence[index];
            List<Spectre.Console.Rendering.IRenderable> cells =
            [
                Face.Cell(Shown.Count(index + 1)),
                Face.Cell(Shown.Second(row.Time)),
                Face.Cell(row.Class),
                Face.Cell(SafeText.From(row.Text, 240)),
                Face.Cell(SafeText.From(string.Join('/', row.File.Split('/').TakeLast(2)), 60)),
                Face.Cell(row.Record.ToString()),
            ];
            if (isJudged)
            {
                cells.Add(Face.Cell(row.Label?.Judgement ?? ""));
            }

            table.AddRow(cells);
        }

        face.Show(table);
        face.Line("next");
        foreach (var step in lead.NextSteps)
        {
            face.Line($"  {SafeText.From(step)}");
        }

        face.Line($"  harrier leads label {lead.Id} benign|suspicious|malicious --why \"...\"");
    }

    static Command LabelCommand(Func<ParseResult, Run> runOf)
    {
        var id = new Argument<string>("ID");
        var judgement = new Argument<string>("JUDGEMENT")
        {
            Description = "benign, suspicious or malicious",
        };
        judgement.AcceptOnlyFromAmong("benign", "suspicious", "malicious");
        var why = new Option<string>("--why")
        {
            Description = "Reason, kept with the label",
            Required = true,
            HelpName = "TEXT",
        };
        var logic = new Option<string?>("--logic")
        {
            Description = "Was the hunt's logic right: tp, btp (true but benign), fp",
            HelpName = "tp|btp|fp",
        };
        logic.AcceptOnlyFromAmong("tp", "btp", "fp");
        var records = new Option<string?>("--evidence")
        {
            Description =
                "Only these records of the lead, by their numbers in 'leads show'; the lead itself is not judged",
            HelpName = "1,4-6",
        };
        var command = new Command(
            "label",
            "Judge a lead, or records of it alone; the judgement of a lead re-ranks leads and is kept for the next run"
        )
        {
            id,
            judgement,
            why,
            logic,
            records,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var numbers = Numbers(parsed.GetValue(records));
            var lead = session.Leads.Label(
                parsed.GetValue(id)!,
                parsed.GetValue(judgement)!,
                parsed.GetValue(why)!,
                parsed.GetValue(logic),
                Environment.UserName,
                numbers
            );
            run.Face.Document(
                new { Schema = "harrier.leads/1", Leads = new[] { LeadDocument.Of(lead) } }
            );
            var judged = numbers is null
                ? $"{lead.Id} is"
                : $"{Shown.Count(numbers.Count, "record")} of {lead.Id}";
            run.Face.Line(
                $"{judged} judged {parsed.GetValue(judgement)}: {SafeText.From(lead.Title, 120)}"
            );
            return Application.Done;
        });
        return command;
    }

    /// <summary>Numbers of a list with ranges (1,4-6), ascending, each once; null where none is asked for.</summary>
    /// <exception cref="HarrierFault">It is no such list, or one of more than a thousand.</exception>
    static List<int>? Numbers(string? text)
    {
        const int Most = 1_000;
        if (text is null)
        {
            return null;
        }

        var numbers = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (
                ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, null, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, null, out var last)
                || first < 1
                || last < first
                || last > Most
            )
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"'{SafeText.From(text, 60)}' is no list of numbers.",
                    remedy: "Write 1,4-6: the numbers that 'harrier leads show' has before the records."
                );
            }

            numbers.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return [.. numbers];
    }
}
