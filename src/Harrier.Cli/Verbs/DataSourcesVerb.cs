using System.CommandLine;
using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Store.Lake;
using Harrier.Store.Quality;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data sources</c>: every source, and how good it is in DeTT&amp;CT's five dimensions.</summary>
static class DataSourcesVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var days = new Option<int>("--want-days")
        {
            Description =
                "Days that sources should reach back; the score of retention is measured by it",
            DefaultValueFactory = _ => 90,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValue(days) < 1)
            {
                result.AddError("--want-days takes a number of days from 1.");
            }
        });
        var command = new Command(
            "sources",
            "Sources with their hosts and days, and their quality: 0 (nothing) to 5 in the five dimensions of DeTT&CT"
        )
        {
            days,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var sources = DataQuality.Sources(
                    lake,
                    [.. workspace.HostRoles.Keys],
                    parsed.GetValue(days),
                    cancel
                );
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data.sources/1",
                        WantedDays = parsed.GetValue(days),
                        Sources = sources.Select(source => new
                        {
                            source.Source,
                            source.Classes,
                            source.Events,
                            source.Hosts,
                            First = Shown.Rfc3339(source.First),
                            Last = Shown.Rfc3339(source.Last),
                            source.Days,
                            source.SpanDays,
                            source.Devices,
                            source.Fields,
                            source.Timeliness,
                            source.Consistency,
                            source.Retention,
                        }),
                    }
                );
                Show(run.Face, sources);
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Show(Face face, IReadOnlyList<SourceQuality> sources)
    {
        if (sources.Count == 0)
        {
            face.Line("Nothing has been imported yet: harrier import PATH");
            return;
        }

        var table = Face.Table(
            "source",
            ">events",
            ">hosts",
            ">days",
            ">devices",
            ">fields",
            ">time",
            ">consistent",
            ">retention"
        );
        foreach (var source in sources)
        {
            table.AddRow(
                Face.Cell(
                    SafeText.From(source.Source.Length == 0 ? "(no map)" : source.Source, 40)
                ),
                Face.Cell(Shown.Count(source.Events)),
                Face.Cell(source.Hosts == 0 ? "" : Shown.Count(source.Hosts)),
                Face.Cell(
                    source.Days == source.SpanDays
                        ? Shown.Count(source.Days)
                        : $"{Shown.Count(source.Days)} of {Shown.Count(source.SpanDays)}"
                ),
                Face.Cell(Score(source.Devices)),
                Face.Cell(Score(source.Fields)),
                Face.Cell(Score(source.Timeliness)),
                Face.Cell(Score(source.Consistency)),
                Face.Cell(Score(source.Retention))
            );
        }

        face.Show(table);
        face.Line(
            "5 is best, 0 nothing, a dash: the data can't tell. What each measures: docs/data-quality.md"
        );
    }

    static string Score(Measured measured) =>
        measured.Score?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
