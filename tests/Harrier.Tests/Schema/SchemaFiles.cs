using Harrier.Schema;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Schema;

/// <summary>The event classes as <c>schema/*.yaml</c> describe them.</summary>
static class SchemaFiles
{
    // The order of an investigation: processes, files, accounts, network, mail, then the rest.
    static readonly string[] s_order =
    [
        "process",
        "image_load",
        "process_access",
        "remote_thread",
        "driver",
        "file",
        "registry",
        "pipe",
        "wmi",
        "service",
        "task",
        "script",
        "logon",
        "account",
        "share",
        "network",
        "dns",
        "http",
        "tls",
        "email",
        "cloud",
        "alert",
        "other",
    ];

    public static IReadOnlyList<Column> Common { get; } = Columns(Document("common"), 0);

    public static IReadOnlyList<EventClass> Classes { get; } = [.. s_order.Select(Class)];

    /// <summary>Names of the files that are in no list: a class nobody would see.</summary>
    public static IEnumerable<string> Unlisted =>
        Directory
            .EnumerateFiles(RepositoryRoot.Combine("schema"), "*.yaml")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Except([.. s_order, "common"]);

    static EventClass Class(string name)
    {
        var document = Document(name);
        return new EventClass(
            name,
            Scalar(document, "title")!,
            Scalar(document, "ocsf")!,
            [.. Common, .. Columns(document, Common.Count)]
        );
    }

    static List<Column> Columns(YamlMappingNode document, int firstOrdinal)
    {
        var columns = new List<Column>();
        foreach (var (key, value) in (YamlMappingNode)document["columns"])
        {
            var node = (YamlMappingNode)value;
            var sigma = node.Children.TryGetValue("sigma", out var names)
                ? ((YamlSequenceNode)names).Select(item => ((YamlScalarNode)item).Value!).ToArray()
                : [];
            columns.Add(
                new Column(
                    ((YamlScalarNode)key).Value!,
                    firstOrdinal + columns.Count,
                    Enum.Parse<ColumnType>(Scalar(node, "type")!, ignoreCase: true),
                    Scalar(node, "entity"),
                    Scalar(node, "bloom") == "true",
                    sigma,
                    Scalar(node, "ecs"),
                    Scalar(node, "ocsf"),
                    Scalar(node, "doc")!
                )
            );
        }

        return columns;
    }

    static YamlMappingNode Document(string name)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(RepositoryRoot.Combine("schema", name + ".yaml"));
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    static string? Scalar(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
}
