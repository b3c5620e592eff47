using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Telemetry.Maps;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier map new SAMPLE</c>: drafts a source map.</summary>
static class MapNewVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var sample = new Argument<string>("SAMPLE")
        {
            Description = "File with records of the log",
        };
        var format = MapVerb.AsOption();
        var target = new Option<string?>("--out")
        {
            Description = "Write the map to this new file; its name becomes the map's id",
            HelpName = "FILE",
        };
        var command = new Command(
            "new",
            "Draft a source map: format, conditions, time, class, and the columns whose names fields bear\n\n  harrier map new appliance.json\n  harrier map new appliance.json --out maps/appliance.yaml"
        )
        {
            sample,
            format,
            target,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var face = runOf(parsed).Face;
                var path = parsed.GetValue(sample)!;
                var file = parsed.GetValue(target);
                var draft = MapDraft.Of(
                    path,
                    parsed.GetValue(format),
                    file is null ? null : IdOf(file),
                    cancel
                );
                var map = SourceMaps.Read(draft.Yaml, file ?? draft.Id + ".yaml");
                var trial = MapTrial.Of(map, path, draft.Format, 0, cancel);
                if (file is not null)
                {
                    ListFormat.WriteTo(file, part => File.WriteAllText(part, draft.Yaml));
                }

                face.Document(
                    new
                    {
                        Schema = "harrier.map.new/1",
                        draft.Id,
                        draft.Format,
                        Class = draft.Class.Name,
                        draft.Time,
                        Columns = draft.Columns.Select(pair => new
                        {
                            pair.Column,
                            pair.Expression,
                        }),
                        draft.Others,
                        trial.Records,
                        trial.Taken,
                        Out = file,
                        Yaml = draft.Yaml,
                    }
                );
                if (file is null)
                {
                    foreach (var line in draft.Yaml.TrimEnd('\n').Split('\n'))
                    {
                        face.Line(SafeText.From(line).Value);
                    }
                }

                face.Note(
                    $"The draft maps {Shown.Count(trial.Taken)} of {Shown.Count(trial.Records, "record")} of the sample: class {draft.Class.Name}, {Shown.Count(draft.Columns.Count, "column")}, {Shown.Count(draft.Others.Count, "field")} left in extra."
                );
                if (draft.Time is null)
                {
                    face.Note(
                        "No field holds a time that Harrier reads: an event gets that of the record before, or of the file."
                    );
                }

                face.Note(
                    file is null
                        ? "next: the same with --out maps/NAME.yaml, in the workspace"
                        : $"next: harrier map test {SafeText.From(file)} {SafeText.From(path)}"
                );
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static string IdOf(string file)
    {
        if (
            !file.EndsWith(".yaml", StringComparison.Ordinal)
            || file.EndsWith(".cases.yaml", StringComparison.Ordinal)
        )
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "A source map is a file whose name ends in .yaml, and not in .cases.yaml.",
                file,
                "Give --out such a name: maps/appliance.yaml."
            );
        }

        if (File.Exists(file))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "There is such a file already, and it is kept.",
                file,
                "Choose another --out, or take the file away."
            );
        }

        return Path.GetFileNameWithoutExtension(file);
    }
}
