using System.CommandLine;
using System.Text.Json;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Telemetry.Maps;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier map test MAP.yaml SAMPLE</c>: what one map makes of a sample, column by column.</summary>
static class MapTestVerb
{
    const int LongestValue = 100;

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var file = new Argument<string>("MAP") { Description = "File of the map" };
        var sample = new Argument<string>("SAMPLE")
        {
            Description = "File with records of the log",
        };
        var format = MapVerb.AsOption();
        var limit = new Option<int>("--limit")
        {
            Description = "Events and rejects that are shown",
            DefaultValueFactory = _ => 5,
            HelpName = "N",
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 0 or > MapTrial.MostRecords)
            {
                result.AddError($"--limit takes a number from 0 to {MapTrial.MostRecords}.");
            }
        });
        var command = new Command(
            "test",
            "Map a sample with one map alone: columns and where they come from, what stays in extra, what is not taken and why; exit 1 when no event comes of it\n\n  harrier map test maps/appliance.yaml appliance.json"
        )
        {
            file,
            sample,
            format,
            limit,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var face = runOf(parsed).Face;
                var trial = MapTrial.Of(
                    Read(parsed.GetValue(file)!),
                    parsed.GetValue(sample)!,
                    parsed.GetValue(format),
                    parsed.GetValue(limit),
                    cancel
                );
                Document(face, trial);
                Show(face, trial);
                return Task.FromResult(trial.Taken > 0 ? Application.Done : Application.No);
            }
        );
        return command;
    }

    static SourceMap Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "There is no such map.",
                file,
                "harrier map new SAMPLE --out FILE drafts one."
            );
        }

        return SourceMaps.Read(File.ReadAllText(file), file);
    }

    static void Document(Face face, MapTrial trial) =>
        face.Document(
            new
            {
                Schema = "harrier.map.test/1",
                trial.Format,
                trial.IsWhole,
                trial.Records,
                trial.Taken,
                trial.NotTaken,
                trial.Rejected,
                Events = trial.Events.Select(one => new
                {
                    one.Record,
                    one.Class,
                    one.Event,
                    one.Columns,
                    Extra = one.Extra is null ? (JsonElement?)null : Json(one.Extra),
                }),
                Reasons = trial.Reasons.Select(pair => new { pair.Reason, pair.Records }),
                trial.Rejects,
                trial.Warnings,
            }
        );

    static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    static void Show(Face face, MapTrial trial)
    {
        foreach (var one in trial.Events)
        {
            var by = one.Event is { } number ? $"event {number} of the map" : "no event of the map";
            face.Line($"record {Shown.Count(one.Record)}: class {one.Class} ({by})");
            var table = Face.Table("column", "value", "from");
            foreach (var (column, value, expression) in one.Columns)
            {
                table.AddRow(
                    Face.Cell(column),
                    Face.Cell(SafeText.From(value, LongestValue)),
                    Face.Cell(SafeText.From(expression, LongestValue))
                );
            }

            foreach (var field in one.Extra is null ? [] : Json(one.Extra).EnumerateObject())
            {
                table.AddRow(
                    Face.Cell("extra"),
                    Face.Cell(SafeText.From(field.Value.ToString(), LongestValue)),
                    Face.Cell(SafeText.From(field.Name, LongestValue))
                );
            }

            face.Show(table);
            face.Line();
        }

        foreach (var (reason, records) in trial.Reasons)
        {
            face.Line($"not taken: {Shown.Count(records, "record")}: {SafeText.From(reason, 400)}");
        }

        foreach (var (position, reason) in trial.Rejects)
        {
            face.Line($"reject at {Shown.Count(position)}: {SafeText.From(reason, 400)}");
        }

        foreach (var warning in trial.Warnings)
        {
            face.Line(SafeText.From(warning, 400).Value);
        }

        var end = trial.IsWhole ? "" : "; the sample goes on";
        face.Line(
            $"{trial.Format}: {Shown.Count(trial.Records, "record")}: {Shown.Count(trial.Taken)} mapped ({Shown.Count(trial.Events.Count)} shown), {Shown.Count(trial.NotTaken)} not taken, {Shown.Count(trial.WithoutTime)} without a time; {Shown.Count(trial.Rejected, "reject")}{end}"
        );
    }
}
