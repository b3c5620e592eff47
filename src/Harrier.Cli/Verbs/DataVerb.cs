using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data [CLASS]</c>: what is there and how good it is; <c>harrier data rejects IMPORT</c>: what could not be read.</summary>
static class DataVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var name = new Argument<string?>("CLASS")
        {
            Description = "Show the columns of this class",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "data",
            "What is in the workspace, and how well it is filled\n\n  harrier data\n  harrier data process\n  harrier data sources\n  harrier data gaps\n  harrier data coverage\n  harrier data unmapped\n  harrier data entities 10.0.0.5\n  harrier data rejects I-0001"
        )
        {
            name,
            DataSourcesVerb.Command(runOf),
            DataGapsVerb.Command(runOf),
            DataCoverageVerb.Command(runOf),
            DataUnmappedVerb.Command(runOf),
            DataEntitiesVerb.Command(runOf),
            RejectsCommand(runOf),
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var wanted = parsed.GetValue(name);
                if (wanted is not null && EventClasses.Find(wanted) is null)
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        $"'{SafeText.From(wanted, 60)}' is no event class.",
                        remedy: "Classes: "
                            + string.Join(
                                ", ",
                                EventClasses.All.Select(eventClass => eventClass.Name)
                            )
                    );
                }

                var reports = lake.Describe(cancel, wanted);
                var clock = wanted is null ? lake.Clock() : [];
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data/1",
                        Classes = reports.Select(report => new
                        {
                            report.Class,
                            report.Events,
                            report.Hosts,
                            First = Shown.Rfc3339(report.First),
                            Last = Shown.Rfc3339(report.Last),
                            report.Columns,
                            Gaps = report.Gaps.Select(gap => new
                            {
                                From = Shown.Rfc3339(gap.From),
                                To = Shown.Rfc3339(gap.To),
                            }),
                        }),
                        Clock = clock.Select(row => ImportVerb.Json(row.File, row.Finding)),
                    }
                );
                if (wanted is null)
                {
                    Overview(run.Face, reports);
                    Clocks(run.Face, clock);
                    Next(run.Face, reports);
                }
                else
                {
                    Columns(run.Face, wanted, reports);
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Overview(Face face, IReadOnlyList<ClassReport> reports)
    {
        if (reports.Count == 0)
        {
            face.Line("Nothing has been imported yet: harrier import PATH");
            return;
        }

        var table = Face.Table("class", ">events", ">hosts", "first (UTC)", "last (UTC)", "gaps");
        foreach (var report in reports.OrderByDescending(report => report.Events))
        {
            table.AddRow(
                Face.Cell(report.Class),
                Face.Cell(Shown.Count(report.Events)),
                Face.Cell(Shown.Count(report.Hosts)),
                Face.Cell(Shown.Minute(report.First)),
                Face.Cell(Shown.Minute(report.Last)),
                Face.Cell(
                    report.Gaps.Count == 0
                        ? ""
                        : string.Join(
                            ", ",
                            report
                                .Gaps.Take(2)
                                .Select(gap =>
                                    $"{Shown.Minute(gap.From)[..10]} to {Shown.Minute(gap.To)[..10]}"
                                )
                        ) + (report.Gaps.Count > 2 ? $" and {report.Gaps.Count - 2} more" : "")
                )
            );
        }

        face.Show(table);
    }

    /// <summary>What is known about the clocks of the sources; files that say the same are one line.</summary>
    static void Clocks(Face face, IReadOnlyList<ClockRow> clock)
    {
        const int MostLines = 20;
        if (clock.Count == 0)
        {
            return;
        }

        var table = Face.Table("import", "clocks", "file");
        var groups = clock.GroupBy(row => (row.Import, row.Finding.Sentence)).ToList();
        foreach (var group in groups.Take(MostLines))
        {
            var files = group.Select(row => row.File).OfType<string>().Distinct().ToList();
            table.AddRow(
                Face.Cell(group.Key.Import),
                Face.Cell(SafeText.From(group.Key.Sentence, 400)),
                Face.Cell(
                    files.Count switch
                    {
                        0 => SafeText.From(""),
                        1 => SafeText.From(files[0].Split('/', '\\')[^1], 60),
                        _ => SafeText.From($"{files.Count} files"),
                    }
                )
            );
        }

        face.Show(table);
        if (groups.Count > MostLines)
        {
            face.Line($"  … {groups.Count - MostLines} more lines about clocks; --json lists all");
        }
    }

    static void Next(Face face, IReadOnlyList<ClassReport> reports)
    {
        if (reports.Count > 0)
        {
            face.Line(
                "next: harrier data CLASS (columns, fill, samples) · harrier data gaps · harrier query \"select ...\" · harrier hunt run --all"
            );
        }
    }

    static void Columns(Face face, string wanted, IReadOnlyList<ClassReport> reports)
    {
        if (reports.Count == 0)
        {
            face.Line($"No events of class {wanted}. Its columns: docs/schema.md#{wanted}");
            return;
        }

        var table = Face.Table("column", "type", ">filled", ">distinct", "samples");
        foreach (var column in reports[0].Columns)
        {
            table.AddRow(
                Face.Cell(column.Name),
                Face.Cell(column.Type),
                Face.Cell($"{Math.Floor(column.Filled * 100)} %"),
                Face.Cell(Shown.Count(column.Distinct)),
                Face.Cell(
                    SafeText.From(
                        string.Join(
                            " · ",
                            column.Samples.Select(sample => SafeText.From(sample, 40).Value)
                        ),
                        140
                    )
                )
            );
        }

        face.Show(table);
    }

    static Command RejectsCommand(Func<ParseResult, Run> runOf)
    {
        var import = new Argument<string>("IMPORT")
        {
            Description = "Import id, as in the receipt: I-0001",
        };
        var command = new Command(
            "rejects",
            "Records of an import that could not be read, with place and reason"
        )
        {
            import,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            var workspace = run.OpenWorkspace();
            using var lake = LakeStore.Open(workspace);
            var rejects = lake.Rejects(parsed.GetValue(import)!);
            run.Face.Document(
                new
                {
                    Schema = "harrier.data.rejects/1",
                    Rejects = rejects.Select(reject => new
                    {
                        reject.File,
                        reject.Position,
                        reject.Reason,
                        Head = Encoding.Latin1.GetString(reject.Head),
                    }),
                }
            );
            var table = Face.Table("file", ">position", "reason", "begins with");
            foreach (var reject in rejects)
            {
                table.AddRow(
                    Face.Cell(SafeText.From(reject.File, 60)),
                    Face.Cell(Shown.Count(reject.Position)),
                    Face.Cell(SafeText.From(reject.Reason, 120)),
                    Face.Cell(SafeText.From(Encoding.Latin1.GetString(reject.Head), 60))
                );
            }

            run.Face.Show(table);
            run.Face.Note(Shown.Count(rejects.Count, "reject"));
            return Application.Done;
        });
        return command;
    }
}
