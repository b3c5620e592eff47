using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Reporting;
using Harrier.Schema;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier report</c>: the hunt report of the newest run of each hunt, or of the runs named.</summary>
static class ReportVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "Run ids (default: the newest run of each hunt)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var format = new Option<string>("--format")
        {
            Description = "html, md or json",
            DefaultValueFactory = _ => "html",
            HelpName = "FORMAT",
        };
        format.AcceptOnlyFromAmong([.. ReportWriters.All.Select(writer => writer.Format)]);
        var output = new Option<string?>("--out")
        {
            Description = "File (default: reports/ in the workspace)",
            HelpName = "FILE",
        };
        var command = new Command(
            "report",
            "Write the hunt report: one self-contained file\n\n  harrier report\n  harrier report --format md --out arlen.md"
        )
        {
            runs,
            format,
            output,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var file = Write(
                    session,
                    run,
                    parsed.GetValue(runs)!,
                    parsed.GetValue(format)!,
                    parsed.GetValue(output),
                    cancel
                );
                var bytes = new FileInfo(file).Length;
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.report/1",
                        File = file,
                        Bytes = bytes,
                    }
                );
                run.Face.Line($"{SafeText.From(file)}  {Shown.Bytes(bytes)}");
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    /// <summary>Writes the report and gives its path; what the demo does too.</summary>
    public static string Write(
        HuntSession session,
        Run run,
        IReadOnlyList<string> runIds,
        string format,
        string? output,
        CancellationToken cancel
    )
    {
        var writer = ReportWriters.All.First(candidate => candidate.Format == format);
        if (output is null)
        {
            Directory.CreateDirectory(session.Workspace.ReportsFolder);
            output = Path.Combine(
                session.Workspace.ReportsFolder,
                $"hunt-report-{run.Clock.GetUtcNow():yyyyMMdd-HHmmss}.{writer.Format}"
            );
        }

        var text = writer.Write(Model(session, run, runIds, cancel));
        ListFormat.WriteTo(output, part => File.WriteAllText(part, text, new UTF8Encoding(false)));
        return Path.GetFullPath(output);
    }

    static ReportModel Model(
        HuntSession session,
        Run run,
        IReadOnlyList<string> runIds,
        CancellationToken cancel
    )
    {
        var runs = session.Leads.CurrentRuns();
        if (runIds.Count > 0)
        {
            runs = [.. runIds.Select(id => session.Leads.Run(id))];
        }

        var chosen = runs.Select(one => one.RunId).ToList();
        var library = HuntVerb.Library(session.Workspace.HuntsFolder);
        var presence = session.Lake.Presence(TimeWindow.All, cancel);
        return new ReportModel(
            Path.GetFileName(session.Workspace.Folder.TrimEnd('/', '\\')),
            (run.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10,
            VersionVerb.Version,
            session.Lake.ManifestHash,
            runs,
            runIds.Count == 0
                ? session.Leads.All(LeadFilter.All)
                :
                [
                    .. chosen
                        .SelectMany(id => session.Leads.All(new LeadFilter(RunId: id)))
                        .OrderByDescending(lead => lead.Score)
                        .ThenBy(lead => lead.First)
                        .ThenBy(lead => lead.Id, StringComparer.Ordinal),
                ],
            library
                .Hunts.Where(hunt => runs.Any(one => one.Hunt == hunt.Id))
                .ToDictionary(hunt => hunt.Id, Text),
            session.Classes(cancel),
            [
                .. presence
                    .GroupBy(one => (one.Class, one.Host, one.Day))
                    .Select(group => new DayPresence(
                        group.Key.Class,
                        group.Key.Host,
                        group.Key.Day,
                        group.Sum(one => one.Events)
                    )),
            ],
            [
                .. session
                    .Lake.Imports()
                    .Select(one => new ImportSummary(
                        one.Id,
                        one.Files,
                        one.Records,
                        one.Imported,
                        one.Rejected
                    )),
            ],
            session.IntelSummary(),
            AttackNames.ById
        );
    }

    static HuntText Text(HuntDocument hunt) =>
        new(
            hunt.Question,
            hunt.Why,
            hunt.CannotSee,
            Blank(hunt.IfConfirmed),
            Blank(hunt.IfNot),
            hunt.Attack
        );

    static string? Blank(string text) => text.Length == 0 ? null : text;
}
