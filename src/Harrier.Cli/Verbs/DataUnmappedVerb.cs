using System.CommandLine;
using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store.Lake;
using Harrier.Store.Quality;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data unmapped [SOURCE]</c>: the fields that maps leave in extra, and which map to write or extend next.</summary>
static class DataUnmappedVerb
{
    /// <summary>Fields shown of each source where all are; of one that was asked for all are shown.</summary>
    const int FieldsShown = 5;
    const int SourcesShown = 20;

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var name = new Argument<string?>("SOURCE")
        {
            Description = "Only this source (the id of its map); 'none': events that no map took",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "unmapped",
            "Fields most often left in extra, by source, and which map to write or extend next\n\n  harrier data unmapped\n  harrier data unmapped sysmon"
        )
        {
            name,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var wanted = parsed.GetValue(name);
                var sources = DataQuality.Unmapped(lake, wanted == "none" ? "" : wanted, cancel);
                if (wanted is not null && sources.Count == 0)
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        $"There are no events of a source '{SafeText.From(wanted, 60)}'.",
                        remedy: "harrier data sources lists those there are."
                    );
                }

                var next =
                    sources.Count > 0 && sources[0].Fields.Count > 0
                        ? Next(sources[0], workspace.MapsFolder)
                        : null;
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data.unmapped/1",
                        Sources = sources.Select(source => new
                        {
                            source.Source,
                            source.Classes,
                            source.Events,
                            source.Sampled,
                            source.File,
                            Fields = source.Fields.Select(field => new
                            {
                                field.Field,
                                field.Events,
                                field.Share,
                                field.Samples,
                            }),
                        }),
                        Next = next,
                    }
                );
                Show(run.Face, sources, wanted is null ? FieldsShown : int.MaxValue);
                if (next is not null)
                {
                    run.Face.Line("next: " + SafeText.From(next));
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Show(Face face, IReadOnlyList<UnmappedSource> sources, int fieldsShown)
    {
        if (sources.Count == 0)
        {
            face.Line("Nothing has been imported yet: harrier import PATH");
            return;
        }

        if (sources.All(source => source.Fields.Count == 0))
        {
            face.Line("Every field of the sampled events has a column.");
            return;
        }

        var table = Face.Table("source", "field", ">events", ">share", "samples");
        foreach (var source in sources.Take(SourcesShown))
        {
            foreach (var field in source.Fields.Take(fieldsShown))
            {
                table.AddRow(
                    Face.Cell(SafeText.From(NameOf(source), 40)),
                    Face.Cell(SafeText.From(field.Field, 60)),
                    Face.Cell($"{Shown.Count(field.Events)} of {Shown.Count(source.Sampled)}"),
                    Face.Cell(
                        string.Create(CultureInfo.InvariantCulture, $"{field.Share * 100:0.#} %")
                    ),
                    Face.Cell(
                        SafeText.From(
                            string.Join(
                                " · ",
                                field.Samples.Select(sample => SafeText.From(sample, 40).Value)
                            ),
                            100
                        )
                    )
                );
            }
        }

        face.Show(table);
        if (sources.Count > SourcesShown)
        {
            face.Line(
                $"and {Shown.Count(sources.Count - SourcesShown, "source")} more; --json lists all"
            );
        }

        if (sources.Any(source => source.Sampled < source.Events))
        {
            face.Line(
                "Events are those of a sample of each source and class; the share is of that sample."
            );
        }
    }

    static string NameOf(UnmappedSource source) =>
        source.Source.Length == 0 ? "(no map)" : source.Source;

    static string Next(UnmappedSource source, string folder)
    {
        if (source.Source.Length == 0)
        {
            return $"write a map: harrier map new {source.File} --out {Path.Combine(folder, "NAME.yaml")}";
        }

        var own = Path.Combine(folder, source.Source + ".yaml");
        var shipped = Path.Combine(Run.Content, "maps", source.Source + ".yaml");
        return File.Exists(own) || !File.Exists(shipped)
            ? $"extend {own}"
            : $"extend a copy of {shipped} as {own}, which wins over the shipped one";
    }
}
