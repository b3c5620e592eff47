using System.Globalization;
using Harrier.Schema;
using Harrier.Schema.Yaml;

namespace Harrier.Simulation.Intrusions;

/// <summary>An intrusion as <c>scenarios/*.yaml</c> describes it.</summary>
/// <param name="Settings">Names and addresses: sender, control_domain ...</param>
public sealed record Scenario(
    string Id,
    string Title,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<ScenarioStage> Stages
)
{
    public string this[string setting] =>
        Settings.GetValueOrDefault(setting)
        ?? throw new HarrierFault(
            FaultKind.Usage,
            $"Scenario '{Id}' has no '{setting}'.",
            remedy: "See scenarios/phished-finance.yaml."
        );

    /// <exception cref="HarrierFault">There is no such scenario, or its file is wrong.</exception>
    public static Scenario Load(string folder, string id)
    {
        var file = Path.Combine(folder, id + ".yaml");
        if (!File.Exists(file))
        {
            List<string> known = Directory.Exists(folder)
                ? Directory
                    .EnumerateFiles(folder, "*.yaml")
                    .Select(Path.GetFileNameWithoutExtension)
                    .OfType<string>()
                    .Order(StringComparer.Ordinal)
                    .ToList()
                : [];
            throw new HarrierFault(
                FaultKind.Usage,
                $"There is no scenario '{id}'.",
                remedy: $"There are: quiet, {string.Join(", ", known)}."
            );
        }

        var root =
            YamlTree.Read(File.ReadAllText(file), file) as YamlNode.Mapping
            ?? throw new HarrierFault(FaultKind.Usage, "A scenario is a mapping.", file);
        var settings = root
            .Entries.Where(entry => entry.Value is YamlNode.Scalar)
            .ToDictionary(
                entry => entry.Key.Text,
                entry => ((YamlNode.Scalar)entry.Value).Text,
                StringComparer.Ordinal
            );
        var stages = (root.Find("stages") as YamlNode.Sequence)?.Items ?? [];
        return new Scenario(
            id,
            settings.GetValueOrDefault("title", id),
            settings,
            [.. stages.Select(stage => Stage(stage, file))]
        );
    }

    static ScenarioStage Stage(YamlNode node, string file)
    {
        var where = $"{file}:{node.Line}:{node.Column}";
        var stage =
            node as YamlNode.Mapping
            ?? throw new HarrierFault(FaultKind.Usage, "A stage is a mapping.", where);
        string Text(string key) =>
            (stage.Find(key) as YamlNode.Scalar)?.Text
            ?? throw new HarrierFault(FaultKind.Usage, $"A stage has '{key}'.", where);
        if (
            !int.TryParse(Text("day"), out var day)
            || !TimeSpan.TryParseExact(
                Text("at"),
                @"hh\:mm",
                CultureInfo.InvariantCulture,
                out var at
            )
        )
        {
            throw new HarrierFault(FaultKind.Usage, "A stage has day: 0 and at: \"08:52\".", where);
        }

        var techniques =
            (stage.Find("techniques") as YamlNode.Sequence)
                ?.Items.OfType<YamlNode.Scalar>()
                .Select(one => one.Text)
            ?? [];
        return new ScenarioStage(Text("id"), Text("name"), day, at, [.. techniques]);
    }
}

/// <summary>A stage: when it begins, and which techniques it uses.</summary>
public sealed record ScenarioStage(
    string Id,
    string Name,
    int Day,
    TimeSpan At,
    IReadOnlyList<string> Techniques
);
