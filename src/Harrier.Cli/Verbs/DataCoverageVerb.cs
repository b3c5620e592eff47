using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Hunts;
using Harrier.Reporting;
using Harrier.Store.Quality;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data coverage</c>: data components of ATT&amp;CK that are there, and techniques that could be seen with them.</summary>
static class DataCoverageVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var layer = new Option<string?>("--navigator")
        {
            Description =
                "Also write the techniques as a layer for the ATT&CK Navigator to this file",
        };
        var command = new Command(
            "coverage",
            "Data components of ATT&CK that are there, and techniques that could be seen with them\n\n  harrier intel import enterprise-attack.json\n  harrier data coverage --navigator visible.json"
        )
        {
            layer,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var components = DataComponents.Of(
                    session.Lake,
                    Path.Combine(Run.Content, "intel", "attack-data-components.yaml"),
                    cancel
                );
                var techniques = AttackVisibility.Of(components, session.Intel.AttackDetections());
                var names = session.Intel.TechniqueNames();
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data.coverage/1",
                        Components = components,
                        Techniques = techniques.Select(technique => new
                        {
                            technique.Technique,
                            Name = names.GetValueOrDefault(technique.Technique),
                            Share = Math.Round(technique.Share, 4),
                            technique.Present,
                            technique.Missing,
                        }),
                    }
                );
                Show(run.Face, components, techniques);
                if (parsed.GetValue(layer) is { } file)
                {
                    var json = NavigatorLayer.Json(
                        "Visible with the data at hand",
                        "Share of the data components that the best-served analytic of each technique reads. Visible is not detected.",
                        1,
                        techniques
                            .Where(technique => technique.Share > 0)
                            .Select(technique =>
                                (technique.Technique, technique.Share, Comment(technique))
                            )
                    );
                    ListFormat.WriteTo(
                        file,
                        part => File.WriteAllText(part, json, new UTF8Encoding(false))
                    );
                    run.Face.Note($"wrote {SafeText.From(file)}");
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static string Comment(AttackVisibility technique) =>
        $"there: {string.Join(", ", technique.Present)}"
        + (
            technique.Missing.Count == 0 ? "" : $"; missing: {string.Join(", ", technique.Missing)}"
        );

    static void Show(
        Face face,
        IReadOnlyList<DataComponent> components,
        IReadOnlyList<AttackVisibility> techniques
    )
    {
        var table = Face.Table("data component", ">events", ">hosts", "sources");
        foreach (var component in components.Where(component => component.Events > 0))
        {
            table.AddRow(
                Face.Cell(component.Name),
                Face.Cell(Shown.Count(component.Events)),
                Face.Cell(component.Hosts == 0 ? "" : Shown.Count(component.Hosts)),
                Face.Cell(SafeText.From(string.Join(", ", component.Sources), 60))
            );
        }

        face.Show(table);
        var missing = components.Where(component => component.Events == 0).ToList();
        if (missing.Count > 0)
        {
            face.Line(
                $"not there: {string.Join(", ", missing.Select(component => component.Name))}"
            );
        }

        face.Line();
        if (techniques.Count == 0)
        {
            face.Line(
                "Which techniques that makes visible is known once ATT&CK is imported: harrier intel import enterprise-attack.json"
            );
            return;
        }

        face.Line(
            $"Of {Shown.Count(techniques.Count, "technique")} that ATT&CK says how to see: {Shown.Count(techniques.Count(one => one.Share >= 1))} with all that an analytic reads, {Shown.Count(techniques.Count(one => one.Share is > 0 and < 1))} with a part of it, {Shown.Count(techniques.Count(one => one.Share <= 0))} not at all. Visible is not detected."
        );
    }
}
