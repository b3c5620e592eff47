using System.Text;
using Harrier.Schema;
using Harrier.Schema.Yaml;

namespace Harrier.Telemetry.Maps;

/// <summary>All source maps: the shipped ones and a workspace's own, which win over shipped ones of the same id.</summary>
public sealed class SourceMaps
{
    static readonly string[] s_keys =
    [
        "id",
        "title",
        "formats",
        "inside",
        "when",
        "unless",
        "time",
        "common",
        "events",
    ];
    static readonly string[] s_eventKeys = ["when", "unless", "class", "action", "columns"];

    SourceMaps(IReadOnlyList<SourceMap> maps) => Maps = maps;

    /// <summary>In order of their ids; the first whose conditions hold takes a record.</summary>
    public IReadOnlyList<SourceMap> Maps { get; }

    /// <summary>Reads every <c>*.yaml</c> of the folders but cases; a later folder wins for the same id.</summary>
    /// <exception cref="HarrierFault">A map is wrong: with file, line and column.</exception>
    public static SourceMaps Load(IReadOnlyList<string> folders)
    {
        var byId = new SortedDictionary<string, SourceMap>(StringComparer.Ordinal);
        foreach (var folder in folders.Where(Directory.Exists))
        {
            foreach (
                var file in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
            )
            {
                if (!file.EndsWith(".cases.yaml", StringComparison.Ordinal))
                {
                    var map = Read(File.ReadAllText(file), file);
                    byId[map.Id] = map;
                }
            }
        }

        return new SourceMaps([.. byId.Values]);
    }

    /// <summary>A map alone.</summary>
    public static SourceMaps Only(SourceMap map) => new([map]);

    /// <summary>Reads one map.</summary>
    public static SourceMap Read(string yaml, string file)
    {
        var root = Mapping(YamlTree.Read(yaml, file), file, s_keys);
        var id = Path.GetFileNameWithoutExtension(file);
        if (root.Find("id") is YamlNode.Scalar said && said.Text != id)
        {
            throw Fault(
                $"The map's id is '{said.Text}', its file's name '{id}': they must be the same.",
                file,
                said
            );
        }

        var formats = Texts(root.Find("formats"), file);
        if (formats.Count == 0)
        {
            throw Fault("A map names the formats it takes: formats: [evtx].", file, root);
        }

        var events = Items(root.Find("events"), file).Select(item => Event(item, file)).ToArray();
        return new SourceMap(
            id,
            [.. formats.Select(text => text.Text)],
            new Wrappers([
                .. Texts(root.Find("inside"), file)
                    .Select(text => Encoding.UTF8.GetBytes(text.Text)),
            ]),
            Conditions(root, file),
            [.. Expressions(root.Find("time"), file)],
            [.. Common(root.Find("common"), file, events)],
            events
        );
    }

    static EventMap Event(YamlNode node, string file)
    {
        var mapping = Mapping(node, file, s_eventKeys);
        var name =
            mapping.Find("class") as YamlNode.Scalar
            ?? throw Fault("An event of a map has a class.", file, node);
        var eventClass =
            EventClasses.Find(name.Text)
            ?? throw Fault($"'{name.Text}' is no event class (schema/*.yaml).", file, name);
        var columns = Columns(mapping.Find("columns"), file, eventClass);
        if (mapping.Find("action") is YamlNode.Scalar action)
        {
            columns.Add(
                (
                    eventClass.Columns[CommonColumns.Action],
                    Expression(
                        action.Text.StartsWith('=') ? action.Text[1..] : $"'{action.Text}'",
                        file,
                        action
                    )
                )
            );
        }

        return new EventMap(eventClass, Conditions(mapping, file), columns);
    }

    /// <summary>Columns that one class of the map has at least.</summary>
    static IEnumerable<(string Column, FieldExpression Value)> Common(
        YamlNode? node,
        string file,
        IReadOnlyList<EventMap> events
    )
    {
        EventClass[] classes = [EventClasses.Other, .. events.Select(one => one.Class)];
        foreach (var (key, value) in node is null ? [] : Mapping(node, file, null).Entries)
        {
            if (classes.All(eventClass => eventClass.Find(key.Text) is null))
            {
                throw Fault(
                    $"'{key.Text}' is no column of any class of this map. {Meant(key.Text, classes)}",
                    file,
                    key
                );
            }

            foreach (var expression in Expressions(value, file))
            {
                yield return (key.Text, expression);
            }
        }
    }

    static List<(Column Column, FieldExpression Value)> Columns(
        YamlNode? node,
        string file,
        EventClass eventClass
    )
    {
        var columns = new List<(Column, FieldExpression)>();
        if (node is null)
        {
            return columns;
        }

        foreach (var (key, value) in Mapping(node, file, null).Entries)
        {
            var column =
                eventClass.Find(key.Text)
                ?? throw Fault(
                    $"'{key.Text}' is no column of class {eventClass.Name}. {Meant(key.Text, [eventClass])}",
                    file,
                    key
                );
            columns.AddRange(Expressions(value, file).Select(expression => (column, expression)));
        }

        return columns;
    }

    /// <summary>One expression, or a list of which the first that has a value counts.</summary>
    static IEnumerable<FieldExpression> Expressions(YamlNode? node, string file) =>
        Texts(node, file).Select(text => Expression(text.Text, file, text));

    static FieldExpression Expression(string text, string file, YamlNode node)
    {
        try
        {
            return FieldExpression.Parse(text);
        }
        catch (FormatException fault)
        {
            throw Fault(fault.Message + ".", file, node);
        }
    }

    static RecordConditions Conditions(YamlNode.Mapping mapping, string file) =>
        new(Conditions(mapping.Find("when"), file), Conditions(mapping.Find("unless"), file));

    static IReadOnlyList<FieldCondition> Conditions(YamlNode? node, string file) =>
        node is null
            ? []
            :
            [
                .. Mapping(node, file, null)
                    .Entries.Select(entry => new FieldCondition(
                        Field(entry.Key, file),
                        [.. Texts(entry.Value, file).Select(text => new ValuePattern(text.Text))]
                    )),
            ];

    static FieldReference Field(YamlNode.Scalar node, string file)
    {
        try
        {
            return FieldReference.Parse(node.Text);
        }
        catch (FormatException fault)
        {
            throw Fault(fault.Message + ".", file, node);
        }
    }

    static IReadOnlyList<YamlNode> Items(YamlNode? node, string file) =>
        node switch
        {
            null => [],
            YamlNode.Sequence sequence => sequence.Items,
            _ => throw Fault("A list is expected here.", file, node),
        };

    static List<YamlNode.Scalar> Texts(YamlNode? node, string file) =>
        node switch
        {
            null => [],
            YamlNode.Scalar scalar => [scalar],
            YamlNode.Sequence sequence =>
            [
                .. sequence.Items.Select(item =>
                    item as YamlNode.Scalar ?? throw Fault("A text is expected here.", file, item)
                ),
            ],
            _ => throw Fault("A text or a list of texts is expected here.", file, node),
        };

    static YamlNode.Mapping Mapping(YamlNode node, string file, IReadOnlyList<string>? keys)
    {
        if (node is not YamlNode.Mapping mapping)
        {
            throw Fault("A mapping (key: value) is expected here.", file, node);
        }

        foreach (var (key, _) in mapping.Entries)
        {
            if (keys is not null && !keys.Contains(key.Text))
            {
                throw Fault(
                    $"'{key.Text}' means nothing here; there are: {string.Join(", ", keys)}.",
                    file,
                    key
                );
            }
        }

        return mapping;
    }

    static string Meant(string name, IReadOnlyList<EventClass> classes) =>
        Nearest.To(
            name,
            classes.SelectMany(eventClass => eventClass.Columns).Select(column => column.Name)
        )
            is { } near
            ? $"Did you mean '{near}'?"
            : $"Its columns: docs/schema.md#{classes[^1].Name}.";

    static HarrierFault Fault(string message, string file, YamlNode node) =>
        new(FaultKind.Usage, message, $"{file}:{node.Line}:{node.Column}");
}
