namespace Harrier.Schema.Yaml;

/// <summary>A mapping of names to a text or a list of texts.</summary>
public static class TextLists
{
    /// <param name="node">Null: no names.</param>
    /// <param name="what">What it is, for messages: <c>placeholders</c>.</param>
    /// <param name="file">Where it stands, for messages.</param>
    /// <exception cref="HarrierFault">It is something else.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(
        YamlNode? node,
        string what,
        string file
    )
    {
        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (node is null or YamlNode.Scalar { Text: "" })
        {
            return lists;
        }

        if (node is not YamlNode.Mapping map)
        {
            throw Fault(node);
        }

        foreach (var (name, value) in map.Entries)
        {
            lists[name.Text] = value switch
            {
                YamlNode.Scalar one => [one.Text],
                YamlNode.Sequence list when list.Items.All(item => item is YamlNode.Scalar) =>
                [
                    .. list.Items.Select(item => ((YamlNode.Scalar)item).Text),
                ],
                _ => throw Fault(value),
            };
        }

        return lists;

        HarrierFault Fault(YamlNode at) =>
            new(
                FaultKind.Usage,
                $"The {what} are names with a text or a list of texts each.",
                $"{file}:{at.Line}:{at.Column}",
                "Write them as 'Administrators: [adm-*, root]'."
            );
    }
}
