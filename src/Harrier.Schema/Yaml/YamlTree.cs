using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Harrier.Schema.Yaml;

/// <summary>A YAML document as mappings, lists and texts with their places. A scalar stays the text it is.</summary>
/// <remarks>
/// Built from events in our own loop, because depth must be counted: a tree of 200,000 brackets overflows the stack of the
/// library's own. Anchors, aliases and tags are refused: what people write for Harrier is plain.
/// </remarks>
public abstract record YamlNode(int Line, int Column)
{
    public sealed record Scalar(string Text, int Line, int Column) : YamlNode(Line, Column);

    public sealed record Sequence(IReadOnlyList<YamlNode> Items, int Line, int Column)
        : YamlNode(Line, Column);

    public sealed record Mapping(
        IReadOnlyList<(Scalar Key, YamlNode Value)> Entries,
        int Line,
        int Column
    ) : YamlNode(Line, Column)
    {
        public YamlNode? Find(string key) =>
            Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;
    }
}

public static class YamlTree
{
    const int MaxDepth = 16;
    const int MaxNodes = 20_000;
    const int MaxCharacters = 1_000_000;

    /// <exception cref="HarrierFault">Not YAML, or not a plain document.</exception>
    public static YamlNode Read(string text, string file) =>
        ReadIfAny(text, file) ?? throw Fault("The file is empty.", file);

    /// <summary>As <see cref="Read"/>, or null when there is nothing but blanks and comments.</summary>
    /// <exception cref="HarrierFault">Not YAML, or not a plain document.</exception>
    public static YamlNode? ReadIfAny(string text, string file)
    {
        if (text.Length > MaxCharacters)
        {
            throw Fault("A document of more than a million characters is refused.", file);
        }

        try
        {
            return ReadEvents(text, file);
        }
        catch (YamlException fault)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"This is not YAML: {fault.Message}",
                $"{file}:{fault.Start.Line}:{fault.Start.Column}",
                inner: fault
            );
        }
    }

    static YamlNode? ReadEvents(string text, string file)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<Open>();
        YamlNode? root = null;
        var nodes = 0;
        var place = $"{file}:1:1";
        while (Next(parser, place))
        {
            var current = parser.Current!;
            place = $"{file}:{current.Start.Line}:{current.Start.Column}";
            if (current is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
            {
                throw Fault("Anchors and tags have no meaning here.", place);
            }

            if (++nodes > MaxNodes || open.Count > MaxDepth)
            {
                throw Fault(
                    $"A document is at most {MaxDepth} levels deep and {MaxNodes} nodes large.",
                    place
                );
            }

            switch (current)
            {
                case Scalar scalar:
                    Put(
                        new YamlNode.Scalar(
                            scalar.Value,
                            (int)scalar.Start.Line,
                            (int)scalar.Start.Column
                        )
                    );
                    break;
                case SequenceStart or MappingStart:
                    open.Push(
                        new Open(
                            current is MappingStart,
                            [],
                            (int)current.Start.Line,
                            (int)current.Start.Column
                        )
                    );
                    break;
                case SequenceEnd or MappingEnd:
                    Put(open.Pop().Close(file));
                    break;
                case AnchorAlias:
                    throw Fault("Aliases have no meaning here.", place);
                case DocumentStart when root is not null:
                    throw Fault("One file holds one document.", place);
                default:
                    break;
            }
        }

        return root;

        void Put(YamlNode value)
        {
            if (open.TryPeek(out var parent))
            {
                parent.Children.Add(value);
            }
            else
            {
                root = value;
            }
        }
    }

    /// <remarks>The library leaves its own state on some broken input, and says so by another exception than its own.</remarks>
    static bool Next(Parser parser, string place)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (InvalidOperationException fault)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "This is not YAML: something here is not closed.",
                place,
                inner: fault
            );
        }
    }

    static HarrierFault Fault(string message, string where) => new(FaultKind.Usage, message, where);

    sealed record Open(bool IsMapping, List<YamlNode> Children, int Line, int Column)
    {
        public YamlNode Close(string file)
        {
            if (!IsMapping)
            {
                return new YamlNode.Sequence(Children, Line, Column);
            }

            var entries = new List<(YamlNode.Scalar, YamlNode)>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var index = 0; index < Children.Count; index += 2)
            {
                if (Children[index] is not YamlNode.Scalar key || !seen.Add(key.Text))
                {
                    var place = $"{file}:{Children[index].Line}:{Children[index].Column}";
                    throw Fault("A key is a text, and stands once in its mapping.", place);
                }

                entries.Add((key, Children[index + 1]));
            }

            return new YamlNode.Mapping(entries, Line, Column);
        }
    }
}
