using System.CommandLine;
using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier lake</c>: the store itself. Check it, take events out of it, merge its files, hand its events to other programs.</summary>
static class LakeVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("lake", "The store itself: check, drop, retain, compact, export")
        {
            Verify(runOf),
            Imports(runOf),
            Drop(runOf),
            Retain(runOf),
            Compact(runOf),
            Export(runOf),
        };

    static Command Verify(Func<ParseResult, Run> runOf)
    {
        var verify = new Command(
            "verify",
            "Check hash and rows of every file, and the receipts; exit 1 when something is damaged"
        );
        verify.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var result = lake.Verify(cancel);
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.lake.verify/1",
                        result.Files,
                        result.Rows,
                        Damaged = result.Damaged.Select(damage => new
                        {
                            damage.Path,
                            Message = damage.Sentence,
                        }),
                        result.Orphans,
                    }
                );
                foreach (var damage in result.Damaged)
                {
                    run.Face.Line($"! {SafeText.From($"{damage.Path}: {damage.Sentence}")}");
                }

                run.Face.Line(
                    $"{Shown.Count(result.Files, "file")}, {Shown.Count(result.Rows, "row")}: {(result.Damaged.Count == 0 ? "as the manifest says" : $"{result.Damaged.Count} damaged")}"
                );
                return Task.FromResult(
                    result.Damaged.Count == 0 ? Application.Done : Application.No
                );
            }
        );
        return verify;
    }

    static Command Imports(Func<ParseResult, Run> runOf)
    {
        var imports = new Command("imports", "The imports there are, and what each brought");
        imports.SetAction(
            (parsed, _) =>
            {
                var run = runOf(parsed);
                using var lake = LakeStore.Open(run.OpenWorkspace());
                var all = lake.Imports();
                run.Face.Document(new { Schema = "harrier.lake.imports/1", Imports = all });
                var table = Face.Table("import", ">files", ">records", ">imported", ">rejected");
                foreach (var import in all)
                {
                    table.AddRow(
                        Face.Cell(import.Id),
                        Face.Cell(Shown.Count(import.Files)),
                        Face.Cell(Shown.Count(import.Records)),
                        Face.Cell(Shown.Count(import.Imported)),
                        Face.Cell(Shown.Count(import.Rejected))
                    );
                }

                run.Face.Show(table);
                return Task.FromResult(Application.Done);
            }
        );
        return imports;
    }

    static Option<bool> DryRun() =>
        new("--dry-run") { Description = "Say what would go, and change nothing" };

    static Command Drop(Func<ParseResult, Run> runOf)
    {
        var import = new Argument<string>("IMPORT")
        {
            Description = "I-0001, as the receipt names it",
        };
        var dryRun = DryRun();
        var drop = new Command(
            "drop",
            "Take out an import: its events, receipts and rejects. Its files may be imported again afterwards\n\n  harrier lake drop I-0002 --dry-run\n  harrier lake drop I-0002"
        )
        {
            import,
            dryRun,
        };
        drop.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var lake = LakeStore.Open(run.OpenWorkspace(), write: true);
                var isDry = parsed.GetValue(dryRun);
                Show(
                    run.Face,
                    "harrier.lake.drop/1",
                    lake.Drop(parsed.GetValue(import)!, run.Clock, isDry, cancel),
                    isDry
                );
                return Task.FromResult(Application.Done);
            }
        );
        return drop;
    }

    static Command Retain(Func<ParseResult, Run> runOf)
    {
        var age = new Option<string>("--older-than")
        {
            Description = "Age counted back from now (90d, 12h), or a day or time",
            HelpName = "AGE",
            Required = true,
        };
        var eventClass = ClassOption();
        var dryRun = DryRun();
        var retain = new Command(
            "retain",
            "Take out events by age. Receipts stay, so that the same files are not imported again\n\n  harrier lake retain --older-than 90d --class dns\n  harrier lake retain --older-than 2024-01-01 --dry-run"
        )
        {
            age,
            eventClass,
            dryRun,
        };
        retain.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var before = Before(parsed.GetValue(age)!, run.Clock);
                var one = Class(parsed.GetValue(eventClass));
                using var lake = LakeStore.Open(run.OpenWorkspace(), write: true);
                var isDry = parsed.GetValue(dryRun);
                Show(
                    run.Face,
                    "harrier.lake.retain/1",
                    lake.AgeOut(before, one, isDry, cancel),
                    isDry
                );
                return Task.FromResult(Application.Done);
            }
        );
        return retain;
    }

    static void Show(Face face, string schema, LakeRemoval removal, bool isDry)
    {
        var events = removal.Events.Values.Sum();
        face.Document(
            new
            {
                Schema = schema,
                DryRun = isDry,
                Events = events,
                Classes = removal.Events,
                removal.FilesDropped,
                removal.FilesRewritten,
            }
        );
        face.Line(
            $"{Shown.Count(events, "event")} {(isDry ? "would go" : "taken out")}: {Shown.Count(removal.FilesDropped, "file")} whole, {removal.FilesRewritten} written again without them"
        );
        if (events > 0)
        {
            face.Line(
                "classes: "
                    + string.Join(
                        "  ",
                        removal.Events.Select(pair => $"{pair.Key} {Shown.Count(pair.Value)}")
                    )
            );
        }
    }

    static Command Compact(Func<ParseResult, Run> runOf)
    {
        var compact = new Command(
            "compact",
            "Merge small files, and files whose times overlap, into few large ones sorted by time"
        );
        compact.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var lake = LakeStore.Open(run.OpenWorkspace(), write: true);
                var result = lake.Compact(onlyCheap: false, cancel);
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.lake.compact/1",
                        result.FilesBefore,
                        result.FilesAfter,
                        result.Rows,
                        result.Left,
                    }
                );
                run.Face.Line(
                    result.FilesBefore == 0
                        ? "nothing to merge"
                        : $"{Shown.Count(result.FilesBefore, "file")} merged into {Shown.Count(result.FilesAfter)}, {Shown.Count(result.Rows, "event")}"
                );
                if (result.Left > 0)
                {
                    run.Face.Line(
                        $"! {Shown.Count(result.Left, "file")} left as they are: too many events of one moment"
                    );
                }

                return Task.FromResult(Application.Done);
            }
        );
        return compact;
    }

    static Command Export(Func<ParseResult, Run> runOf)
    {
        var folder = new Argument<string>("DIR") { Description = "A new or an empty folder" };
        var eventClass = ClassOption();
        var from = new Option<string?>("--from")
        {
            Description = "First moment",
            HelpName = "TIME",
        };
        var to = new Option<string?>("--to") { Description = "End, exclusive", HelpName = "TIME" };
        var export = new Command(
            "export",
            "Write the events as plain Parquet for other programs: a folder a class, and schema.json\n\n  harrier lake export /cases/arlen/events\n  duckdb -c \"SELECT count(*) FROM '/cases/arlen/events/dns/*.parquet'\""
        )
        {
            folder,
            eventClass,
            from,
            to,
        };
        export.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var one = Class(parsed.GetValue(eventClass));
                using var lake = LakeStore.Open(run.OpenWorkspace());
                var window = Run.Window(
                    parsed.GetValue(from),
                    parsed.GetValue(to),
                    () => lake.Extent?.To ?? 0
                );
                var target = Path.GetFullPath(parsed.GetValue(folder)!);
                var result = lake.Export(target, one, window, cancel);
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.lake.export/1",
                        Folder = target,
                        Classes = result.Classes.Select(written => new
                        {
                            written.Class.Name,
                            Rows = written.Files.Sum(file => file.Rows),
                            Files = written.Files.Count,
                            Bytes = written.Files.Sum(file => file.Bytes),
                        }),
                    }
                );
                foreach (var written in result.Classes)
                {
                    run.Face.Line(
                        $"{written.Class.Name}: {Shown.Count(written.Files.Sum(file => file.Rows), "event")} in {Shown.Count(written.Files.Count, "file")}, {Shown.Bytes(written.Files.Sum(file => file.Bytes))}"
                    );
                }

                run.Face.Line($"columns and hashes: {Path.Combine(target, LakeExport.SchemaFile)}");
                return Task.FromResult(Application.Done);
            }
        );
        return export;
    }

    static Option<string?> ClassOption() =>
        new("--class") { Description = "Only this class of events", HelpName = "CLASS" };

    static EventClass? Class(string? name) =>
        name is null
            ? null
            : EventClasses.Find(name)
                ?? throw new HarrierFault(
                    FaultKind.Usage,
                    $"no class '{SafeText.From(name, 60)}'",
                    remedy: "'harrier data' lists the classes."
                );

    /// <summary>90d and 12h back from now, else a day or a time.</summary>
    static long Before(string age, TimeProvider clock)
    {
        if (
            age.Length > 1
            && age[^1] is 'd' or 'h'
            && int.TryParse(
                age[..^1],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var units
            )
        )
        {
            var now = (clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / 10;
            return now
                - units
                    * (age[^1] == 'd' ? TimeSpan.MicrosecondsPerDay : TimeSpan.MicrosecondsPerHour);
        }

        return Run.Window(age, null, () => throw NoAge(age)).From;
    }

    static HarrierFault NoAge(string age) =>
        new(
            FaultKind.Usage,
            $"'{SafeText.From(age, 60)}' is no age.",
            remedy: "Write 90d or 12h (counted back from now), or a day: 2024-05-13."
        );
}
