using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Store.Lake;

namespace Harrier.Store.Quality;

/// <summary>A data component of ATT&amp;CK that the lake has events of.</summary>
/// <param name="Name">As ATT&amp;CK names it: Process Creation.</param>
/// <param name="Hosts">Distinct hosts; 0 for what sensors on the network see.</param>
public sealed record DataComponent(
    string Name,
    long Events,
    long Hosts,
    IReadOnlyList<string> Sources
);

/// <summary>Which data components of ATT&amp;CK are in the lake, by the table <c>intel/attack-data-components.yaml</c>.</summary>
public static class DataComponents
{
    /// <summary>All components of the table, those without events too, by name.</summary>
    /// <exception cref="HarrierFault">The table is wrong: with line and column.</exception>
    public static IReadOnlyList<DataComponent> Of(
        LakeStore store,
        string tableFile,
        CancellationToken cancel
    )
    {
        var rules = Read(tableFile);
        var found = new Dictionary<
            string,
            (long Events, HashSet<string> Hosts, SortedSet<string> Sources)
        >(StringComparer.Ordinal);
        foreach (
            var ofClass in rules
                .SelectMany(rule => rule.Parts, (rule, part) => (rule.Name, part))
                .GroupBy(pair => pair.part.Class)
        )
        {
            if (store.Classes.Contains(ofClass.Key.Name))
            {
                Count(store, ofClass.Key, [.. ofClass], found, cancel);
            }
        }

        return
        [
            .. rules
                .OrderBy(rule => rule.Name, StringComparer.Ordinal)
                .Select(rule =>
                    found.TryGetValue(rule.Name, out var seen)
                        ? new DataComponent(
                            rule.Name,
                            seen.Events,
                            seen.Hosts.Count,
                            [.. seen.Sources]
                        )
                        : new DataComponent(rule.Name, 0, 0, [])
                ),
        ];
    }

    /// <summary>One pass over a class: events by source, host and action, with how many fill each column that is asked for.</summary>
    static void Count(
        LakeStore store,
        EventClass eventClass,
        IReadOnlyList<(string Name, Part Part)> parts,
        Dictionary<string, (long Events, HashSet<string> Hosts, SortedSet<string> Sources)> found,
        CancellationToken cancel
    )
    {
        var columns = parts.Select(part => part.Part.Column).OfType<string>().Distinct().ToList();
        var counts = string.Concat(
            columns.Select(column => $", count({store.Dialect.Name(column)})")
        );
        using var rows = store.Query(
            $"SELECT source, host, action, count(*){counts} FROM {store.Dialect.Name(eventClass.Name)} GROUP BY source, host, action",
            TimeWindow.All,
            [],
            cancel
        );
        while (rows.Read())
        {
            foreach (var (name, part) in parts)
            {
                var events = part.Column is null
                    ? rows.Int(3)
                    : rows.Int(4 + columns.IndexOf(part.Column));
                if (
                    events == 0
                    || (part.Actions.Count > 0 && !part.Actions.Contains(rows.Text(2) ?? ""))
                )
                {
                    continue;
                }

                if (!found.TryGetValue(name, out var seen))
                {
                    seen = (0, [], []);
                }

                if (rows.Text(1) is { } host)
                {
                    seen.Hosts.Add(host);
                }

                seen.Sources.Add(rows.Text(0) ?? "");
                found[name] = seen with { Events = seen.Events + events };
            }
        }
    }

    sealed record Rule(string Name, IReadOnlyList<Part> Parts);

    /// <param name="Actions">Empty: any.</param>
    /// <param name="Column">Column that must be filled; null: none.</param>
    sealed record Part(EventClass Class, IReadOnlyList<string> Actions, string? Column);

    static List<Rule> Read(string file)
    {
        var root = YamlTree.Read(File.ReadAllText(file), file) as YamlNode.Mapping;
        if (root?.Find("components") is not YamlNode.Mapping components)
        {
            throw Fault("'components:' with a list for each name is expected.", file, 1, 1);
        }

        return
        [
            .. components.Entries.Select(entry => new Rule(
                entry.Key.Text,
                entry.Value is YamlNode.Sequence list
                    ? [.. list.Items.Select(item => ReadPart(item, file))]
                    : throw Fault(
                        "A list is expected here.",
                        file,
                        entry.Value.Line,
                        entry.Value.Column
                    )
            )),
        ];
    }

    static Part ReadPart(YamlNode node, string file)
    {
        if (
            node is not YamlNode.Mapping mapping
            || (mapping.Find("class") as YamlNode.Scalar)?.Text is not { } name
            || EventClasses.Find(name) is not { } eventClass
        )
        {
            throw Fault(
                "'class:' with a class of docs/schema.md is expected.",
                file,
                node.Line,
                node.Column
            );
        }

        var column = (mapping.Find("column") as YamlNode.Scalar)?.Text;
        if (column is not null && eventClass.Find(column) is null)
        {
            throw Fault($"Class {name} has no column '{column}'.", file, node.Line, node.Column);
        }

        return new Part(
            eventClass,
            mapping.Find("action") switch
            {
                YamlNode.Scalar one => [one.Text],
                YamlNode.Sequence several =>
                [
                    .. several.Items.OfType<YamlNode.Scalar>().Select(item => item.Text),
                ],
                _ => [],
            },
            column
        );
    }

    static HarrierFault Fault(string message, string file, int line, int column) =>
        new(FaultKind.Usage, message, $"{file}:{line}:{column}");
}
