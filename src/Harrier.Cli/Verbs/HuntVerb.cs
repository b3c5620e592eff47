using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Hunts;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Verdicts;
using Harrier.Reporting;
using Harrier.Schema;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier hunt list | show ID | run ID… | run --all</c></summary>
static class HuntVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("hunt", "The hunts: list them, read one, run them")
        {
            ListCommand(runOf),
            ShowCommand(runOf),
            RunCommand(runOf),
        };

    /// <summary>The shipped hunts and the workspace's own.</summary>
    public static HuntLibrary Library(string? workspaceHunts) =>
        HuntLibrary.Load(Path.Combine(Run.Content, "hunts"), workspaceHunts);

    static Command ListCommand(Func<ParseResult, Run> runOf)
    {
        var command = new Command("list", "All hunts, with the question each asks");
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            var library = Library(Path.Combine(run.WorkspaceFolder, "hunts"));
            var hunts = library.Hunts;
            run.Face.Document(
                new
                {
                    Schema = "harrier.hunt.list/1",
                    Hunts = hunts.Select(hunt => new
                    {
                        hunt.Id,
                        Type = TypeName(hunt.Type),
                        hunt.Title,
                        hunt.Question,
                        hunt.Attack,
                    }),
                    Errors = library.Errors.Select(error => new
                    {
                        error.Where,
                        Message = error.Said,
                    }),
                }
            );
            var table = Face.Table("type", "id", "asks");
            foreach (var hunt in hunts)
            {
                table.AddRow(
                    Face.Cell(TypeName(hunt.Type)),
                    Face.Cell(SafeText.From(hunt.Id)),
                    Face.Cell(SafeText.From(hunt.Question, 200))
                );
            }

            run.Face.Show(table);
            WarnOf(run.Face, library);
            return Application.Done;
        });
        return command;
    }

    static Command ShowCommand(Func<ParseResult, Run> runOf)
    {
        var id = new Argument<string>("ID");
        var command = new Command("show", "A hunt's document, and where it comes from") { id };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            var hunt = Library(Path.Combine(run.WorkspaceFolder, "hunts"))
                .Get(parsed.GetValue(id)!);
            run.Face.Document(
                new
                {
                    Schema = "harrier.hunt.show/1",
                    hunt.Id,
                    Type = TypeName(hunt.Type),
                    hunt.Title,
                    hunt.Question,
                    hunt.File,
                    hunt.Attack,
                    Text = File.ReadAllText(hunt.File),
                }
            );
            run.Face.Line($"{hunt.File}");
            run.Face.Line();
            foreach (var line in File.ReadLines(hunt.File))
            {
                run.Face.Line(SafeText.From(line).Value);
            }

            return Application.Done;
        });
        return command;
    }

    static Command RunCommand(Func<ParseResult, Run> runOf)
    {
        var ids = new Argument<string[]>("ID") { Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Every hunt there is" };
        var from = new Option<string?>("--from")
        {
            Description = "RFC 3339, a day, or -7d",
            HelpName = "TIME",
        };
        var to = new Option<string?>("--to") { HelpName = "TIME" };
        var host = new Option<string?>("--host")
        {
            Description = "Only this host",
            HelpName = "HOST",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Seed of models",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        var command = new Command(
            "run",
            "Run hunts over the workspace\n\n  harrier hunt run --all\n  harrier hunt run regular-beacons --from -7d"
        )
        {
            ids,
            all,
            from,
            to,
            host,
            seed,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                if (!parsed.GetValue(all) && parsed.GetValue(ids)!.Length == 0)
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        "No hunt is named.",
                        remedy: "harrier hunt run ID… or harrier hunt run --all; harrier hunt list names them."
                    );
                }

                using var session = HuntSession.Open(run);
                var library = Library(session.Workspace.HuntsFolder);
                var hunts = parsed.GetValue(all)
                    ? library.Hunts
                    : [.. parsed.GetValue(ids)!.Select(library.Get)];
                TimeWindow? window =
                    parsed.GetValue(from) is null && parsed.GetValue(to) is null
                        ? null
                        : Run.Window(parsed.GetValue(from), parsed.GetValue(to), session.LastEvent);
                var results = session.RunHunts(
                    hunts,
                    window,
                    parsed.GetValue(host),
                    parsed.GetValue(seed),
                    cancel
                );
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.hunt.run/1",
                        Runs = results.Select(result => Json(result.Run)),
                        Errors = library.Errors.Select(error => new
                        {
                            error.Where,
                            Message = error.Said,
                        }),
                    }
                );
                Show(run.Face, results, session.Leads.All(LeadFilter.All));
                if (parsed.GetValue(all) && library.Errors.Count > 0)
                {
                    WarnOf(run.Face, library);
                    return Task.FromResult(Application.InputUnread);
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    /// <summary>Says which documents of the workspace could not be read: their hunts are not listed and don't run.</summary>
    static void WarnOf(Face face, HuntLibrary library)
    {
        foreach (var error in library.Errors)
        {
            face.Warn(SafeText.From(error.ToString()).Value);
        }
    }

    public static object Json(HuntRun run) =>
        new
        {
            run.RunId,
            run.Hunt,
            run.Title,
            Type = TypeName(run.Type),
            Verdict = Words.VerdictId(run.Verdict),
            run.Reason,
            Coverage = new
            {
                run.Coverage.HostsWithData,
                run.Coverage.Hosts,
                run.Coverage.DaysWithData,
                run.Coverage.Days,
                run.Coverage.Missing,
            },
            run.Tests,
            run.Leads,
            run.Seconds,
            run.Versions,
        };

    public static string TypeName(HuntType type) => type.ToString().ToLowerInvariant();

    /// <summary>Shape, words and colour of a verdict: nothing depends on colour alone.</summary>
    static (string Text, Color Color) Shape(Verdict verdict) =>
        verdict switch
        {
            Verdict.ConfirmedMalicious => ("● confirmed, malicious", Color.Red),
            Verdict.Inconclusive => ("◐ inconclusive", Color.Yellow),
            Verdict.NotConfirmed => ("○ not confirmed", Color.Default),
            Verdict.ConfirmedBenign => ("■ confirmed, benign", Color.Green),
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
        };

    public static void Show(
        Face face,
        IReadOnlyList<HuntRunResult> results,
        IReadOnlyList<Lead> leads
    )
    {
        if (face.Json)
        {
            return;
        }

        var table = Face.Table("type", "hunt", "verdict", ">leads", "because");
        foreach (
            var result in results
                .OrderBy(result => result.Run.Type)
                .ThenBy(result => result.Run.Hunt, StringComparer.Ordinal)
        )
        {
            var (text, color) = Shape(result.Run.Verdict);
            table.AddRow(
                Face.Cell(TypeName(result.Run.Type)),
                Face.Cell(SafeText.From(result.Run.Title, 60)),
                Face.Cell(text, color),
                Face.Cell(Shown.Count(result.Run.Leads)),
                Face.Cell(SafeText.From(result.Run.Reason, 140))
            );
        }

        face.Show(table);
        face.Line();
        LeadsVerb.ShowTop(face, leads, 8);
    }
}
