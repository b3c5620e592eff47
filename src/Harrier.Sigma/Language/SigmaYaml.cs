using Harrier.Schema.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Harrier.Sigma.Language;

/// <summary>Line and column, from 1.</summary>
readonly record struct YamlPlace(int Line, int Column);

/// <summary>A YAML value that still knows how it was written: null is not 'null', 010 is not '010'.</summary>
abstract record YamlValue(YamlPlace Place)
{
    /// <param name="Plain">Written without quotes, so that null, numbers and booleans mean what YAML 1.2 says.</param>
    public sealed record Scalar(string Text, bool Plain, YamlPlace Place) : YamlValue(Place)
    {
        public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

        public bool? Boolean =>
            !Plain ? null
            : Text is "true" or "True" or "TRUE" ? true
            : Text is "false" or "False" or "FALSE" ? false
            : null;

        /// <summary>The number's decimal text (no leading zeros, no exponent), or null where this is no number.</summary>
        public string? Number => Plain ? YamlNumber.Canonical(Text) : null;
    }

    public sealed record Sequence(IReadOnlyList<YamlValue> Items, YamlPlace Place)
        : YamlValue(Place);

    public sealed record Mapping(IReadOnlyList<Entry> Entries, YamlPlace Place) : YamlValue(Place)
    {
        public YamlValue? Find(string key)
        {
            foreach (var entry in Entries)
            {
                if (entry.Key.Text == key)
                {
                    return entry.Value;
                }
            }

            return null;
        }
    }

    /// <summary>A key of a mapping and its value.</summary>
    public sealed record Entry(Scalar Key, YamlValue Value);
}

/// <summary>Reads the documents of a rule file.</summary>
/// <remarks>
/// Built from events in our own loop, because depth must be counted (the library's own tree overflows the stack), because a
/// rule means different things by <c>null</c> and <c>'null'</c>, and because aliases count with all that they stand for.
/// </remarks>
static class SigmaYaml
{
    const int MaxDepth = 64;
    const int MaxNodes = 50_000;

    public static IReadOnlyList<YamlValue> Read(
        string text,
        string file,
        List<SigmaDiagnostic> diagnostics
    )
    {
        var documents = new List<YamlValue>();
        var refused = new List<SigmaDiagnostic>();
        try
        {
            ReadEvents(text, 0, file, documents, refused);
        }
        catch (YamlException)
        {
            // The parser can't go on behind an error, so each document is read alone: a line '---' always begins one.
            documents.Clear();
            refused.Clear();
            foreach (var (part, line) in Split(text))
            {
                ReadPart(part, line, file, documents, refused);
            }
        }

        diagnostics.AddRange(refused);
        return documents;
    }

    static void ReadPart(
        string text,
        int line,
        string file,
        List<YamlValue> documents,
        List<SigmaDiagnostic> refused
    )
    {
        try
        {
            ReadEvents(text, line, file, documents, refused);
        }
        catch (YamlException fault)
        {
            refused.Add(
                new SigmaDiagnostic(
                    file,
                    (int)fault.Start.Line + line,
                    (int)fault.Start.Column,
                    "yaml",
                    $"This is not YAML: {fault.Message}"
                )
            );
        }
    }

    static IEnumerable<(string Text, int Line)> Split(string text)
    {
        var (from, at, line, first) = (0, 0, 0, 0);
        while (at < text.Length)
        {
            var end = text.IndexOf('\n', at);
            var next = end < 0 ? text.Length : end + 1;
            if (
                at > from
                && text.AsSpan(at, next - at).TrimEnd() is ['-', '-', '-', .. var rest]
                && (rest.IsEmpty || char.IsWhiteSpace(rest[0]))
            )
            {
                yield return (text[from..at], first);
                (from, first) = (at, line);
            }

            at = next;
            line++;
        }

        yield return (text[from..], first);
    }

    static void ReadEvents(
        string text,
        int line,
        string file,
        List<YamlValue> documents,
        List<SigmaDiagnostic> refused
    )
    {
        var parser = new Parser(new StringReader(text.TrimStart('\uFEFF')));
        var tree = new TreeBuilder(line);
        var broken = false;
        while (parser.MoveNext())
        {
            try
            {
                switch (parser.Current)
                {
                    case DocumentStart:
                        (tree, broken) = (new TreeBuilder(line), false);
                        break;
                    case DocumentEnd
                        when tree.Root is { } root and not YamlValue.Scalar { IsNull: true }:
                        documents.Add(root);
                        break;
                    case { } current when !broken:
                        tree.Add(current);
                        break;
                    default:
                        break;
                }
            }
            catch (RuleRefused fault)
            {
                refused.Add(fault.In(file));
                (tree, broken) = (new TreeBuilder(line), true);
            }
        }
    }

    /// <summary>Builds one document of its events.</summary>
    /// <remarks>No lists of structs here: those the runtime compiles anew in every process, however the program was built.</remarks>
    sealed class TreeBuilder(int line)
    {
        readonly Stack<Open> _open = new();
        readonly Dictionary<string, Node> _anchors = new(StringComparer.Ordinal);
        int _events;

        public YamlValue? Root { get; private set; }

        public void Add(ParsingEvent current)
        {
            var place = new YamlPlace((int)current.Start.Line + line, (int)current.Start.Column);
            switch (current)
            {
                case AnchorAlias alias:
                    var known = _anchors.TryGetValue(alias.Value.Value, out var anchored)
                        ? anchored
                        : throw new RuleRefused(
                            place,
                            "yaml",
                            $"The alias '*{alias.Value}' has no anchor before it."
                        );
                    Put(known.Value, known.Size, known.Depth, place);
                    break;
                case Scalar scalar:
                    var isText = scalar.Tag is { IsEmpty: false, IsNonSpecific: false };
                    if (isText && scalar.Tag.Value != "tag:yaml.org,2002:str")
                    {
                        throw Tagged(place);
                    }

                    var plain = scalar.Style == ScalarStyle.Plain && !isText;
                    Close(
                        new YamlValue.Scalar(scalar.Value, plain, place),
                        size: 1,
                        depth: 1,
                        scalar.Anchor,
                        place
                    );
                    break;
                case SequenceStart or MappingStart:
                    var start = (NodeEvent)current;
                    if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific)
                    {
                        throw Tagged(place);
                    }

                    if (_open.Count >= MaxDepth)
                    {
                        throw TooLarge(place);
                    }

                    _open.Push(new Open(current is MappingStart, start.Anchor, place));
                    break;
                case SequenceEnd or MappingEnd:
                    var closed = _open.Pop();
                    Close(
                        closed.IsMapping
                            ? Mapping(closed)
                            : new YamlValue.Sequence(closed.Children, closed.Place),
                        closed.Size,
                        closed.Depth,
                        closed.Anchor,
                        place
                    );
                    break;
                default:
                    break;
            }
        }

        void Close(YamlValue value, long size, int depth, AnchorName anchor, YamlPlace place)
        {
            if (!anchor.IsEmpty)
            {
                _anchors[anchor.Value] = new Node(value, size, depth);
            }

            Put(value, size, depth, place);
        }

        void Put(YamlValue value, long size, int depth, YamlPlace place)
        {
            if (size > MaxNodes || ++_events > MaxNodes || _open.Count + depth > MaxDepth)
            {
                throw TooLarge(place);
            }

            if (_open.TryPeek(out var parent))
            {
                parent.Add(value, size, depth);
            }
            else
            {
                Root = value;
            }
        }

        static RuleRefused TooLarge(YamlPlace place) =>
            new(
                place,
                "yaml",
                $"A document is at most {MaxDepth} levels deep and {MaxNodes} nodes large, aliases written out."
            );

        static RuleRefused Tagged(YamlPlace place) =>
            new(place, "yaml", "Tags of YAML are not supported.", "Write the value without it.");

        static YamlValue.Mapping Mapping(Open open)
        {
            var entries = new List<YamlValue.Entry>(open.Children.Count / 2);
            var merged = new List<YamlValue>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var index = 0; index < open.Children.Count; index += 2)
            {
                if (open.Children[index] is not YamlValue.Scalar key)
                {
                    throw new RuleRefused(
                        open.Children[index].Place,
                        "yaml",
                        "A key must be a text."
                    );
                }

                if (!seen.Add(key.Text))
                {
                    throw new RuleRefused(
                        key.Place,
                        "duplicate-key",
                        $"The key '{key.Text}' stands twice in its mapping.",
                        "Join both, or rename one."
                    );
                }

                var value = open.Children[index + 1];
                if (key is { Plain: true, Text: "<<" })
                {
                    merged.AddRange(value is YamlValue.Sequence list ? list.Items : [value]);
                }
                else
                {
                    entries.Add(new YamlValue.Entry(key, value));
                }
            }

            foreach (var other in merged)
            {
                entries.AddRange(
                    other is YamlValue.Mapping map
                        ? map.Entries.Where(entry => seen.Add(entry.Key.Text))
                        : throw new RuleRefused(other.Place, "yaml", "'<<' takes a mapping in.")
                );
            }

            return new YamlValue.Mapping(entries, open.Place);
        }
    }

    /// <summary>What an alias stands for.</summary>
    sealed record Node(YamlValue Value, long Size, int Depth);

    /// <summary>A sequence or mapping whose end has not come.</summary>
    sealed class Open(bool isMapping, AnchorName anchor, YamlPlace place)
    {
        public bool IsMapping => isMapping;
        public AnchorName Anchor => anchor;
        public YamlPlace Place => place;
        public List<YamlValue> Children { get; } = [];

        /// <summary>Nodes, itself and what aliases stand for included.</summary>
        public long Size { get; private set; } = 1;

        /// <summary>Levels, its own included.</summary>
        public int Depth { get; private set; } = 1;

        public void Add(YamlValue value, long size, int depth)
        {
            Children.Add(value);
            Size += size;
            Depth = Math.Max(Depth, depth + 1);
        }
    }
}
