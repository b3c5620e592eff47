using System.Text;
using Harrier.Store.Lake.Parquet;

namespace Harrier.Telemetry.Formats.Parquet;

/// <summary>Physical types, numbered as the specification does.</summary>
enum ParquetType
{
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    ByteArray,
    FixedByteArray,
}

/// <summary>What a physical value means, where the schema says so.</summary>
enum ParquetMeaning
{
    None,
    Text,
    TimestampMillis,
    TimestampMicros,
    TimestampNanos,
    Date,
    Decimal,
    Unsigned,
    Uuid,
}

/// <summary>A column or a group of the schema.</summary>
sealed class ParquetNode
{
    const int MaxDepth = 32;
    const int MaxNodes = 10_000;

    public required string Name { get; init; }
    public List<ParquetNode> Children { get; } = [];
    public bool IsOptional { get; private init; }
    public bool IsRepeated { get; private init; }
    public bool IsLeaf => Children.Count == 0;

    /// <summary>Definition level of a value that is there; less: it or a node above is null or empty.</summary>
    public int MaxDefinition { get; private init; }
    public int MaxRepetition { get; private init; }

    /// <summary>Leaves under it are those from here, <see cref="Leaves"/> of them.</summary>
    public int FirstLeaf { get; private set; }
    public int Leaves { get; private set; }

    public ParquetType Type { get; private init; }
    public int TypeLength { get; private init; }
    public ParquetMeaning Meaning { get; private init; }
    public int Scale { get; private init; }

    /// <summary>A timestamp is UTC, and not local to whoever wrote it.</summary>
    public bool IsUtc { get; private init; }
    public bool IsList { get; private init; }
    public bool IsMap { get; private init; }

    /// <summary>Some node under it, or itself, is repeated: its value is written as JSON.</summary>
    public bool HasRepeated { get; private set; }

    /// <summary>The tree that the flat list of schema elements describes.</summary>
    /// <exception cref="InvalidDataException">It describes none, or is too deep or too large.</exception>
    public static ParquetNode Tree(List<object> elements)
    {
        if (elements.Count is < 2 or > MaxNodes)
        {
            throw new InvalidDataException($"a schema of {elements.Count} elements");
        }

        var at = 0;
        var leaves = 0;
        var root = Read(elements, ref at, ref leaves, 0, 0, 0);
        return root.IsLeaf ? throw new InvalidDataException("a schema without columns") : root;
    }

    static ParquetNode Read(
        List<object> elements,
        ref int at,
        ref int leaves,
        int definition,
        int repetition,
        int depth
    )
    {
        if (depth > MaxDepth || at >= elements.Count)
        {
            throw new InvalidDataException("a schema that is too deep, or ends early");
        }

        var element = (ThriftReader.Struct)elements[at++];
        var kind = depth == 0 ? 0 : element.IntOrNull(3) ?? 0;
        var children = element.IntOrNull(5) ?? 0;
        var (meaning, isUtc) = MeaningOf(element);
        var converted = element.IntOrNull(6);
        var logical = element.TryGetValue(10, out var union) ? union as ThriftReader.Struct : null;
        var node = new ParquetNode
        {
            Name = Encoding.UTF8.GetString(element.Bytes(4)),
            IsOptional = kind == 1,
            IsRepeated = kind == 2,
            MaxDefinition = definition + (kind == 0 ? 0 : 1),
            MaxRepetition = repetition + (kind == 2 ? 1 : 0),
            Type = (ParquetType)(element.IntOrNull(1) ?? 0),
            TypeLength = (int)Math.Clamp(element.IntOrNull(2) ?? 0, 0, 1 << 20),
            Meaning = meaning,
            IsUtc = isUtc,
            Scale = (int)Math.Clamp(element.IntOrNull(7) ?? 0, 0, 100),
            IsList = converted == 3 || (logical?.ContainsKey(3) ?? false),
            IsMap = converted is 1 or 2 || (logical?.ContainsKey(2) ?? false),
        };
        node.FirstLeaf = leaves;
        node.HasRepeated = node.IsRepeated;
        for (var child = 0L; child < children; child++)
        {
            var inner = Read(
                elements,
                ref at,
                ref leaves,
                node.MaxDefinition,
                node.MaxRepetition,
                depth + 1
            );
            node.Children.Add(inner);
            node.HasRepeated |= inner.HasRepeated;
        }

        if (node.IsLeaf)
        {
            leaves++;
        }

        node.Leaves = leaves - node.FirstLeaf;
        return node;
    }

    static (ParquetMeaning Meaning, bool IsUtc) MeaningOf(ThriftReader.Struct element)
    {
        if (element.TryGetValue(10, out var union) && union is ThriftReader.Struct logical)
        {
            if (logical.TryGetValue(8, out var inner) && inner is ThriftReader.Struct timestamp)
            {
                var isUtc = timestamp.TryGetValue(1, out var adjusted) && adjusted is true;
                var unit = timestamp.Inner(2);
                return (
                    unit.ContainsKey(1) ? ParquetMeaning.TimestampMillis
                    : unit.ContainsKey(2) ? ParquetMeaning.TimestampMicros
                    : ParquetMeaning.TimestampNanos,
                    isUtc
                );
            }

            foreach (
                var (id, meaning) in (ReadOnlySpan<(int, ParquetMeaning)>)
                    [
                        (1, ParquetMeaning.Text),
                        (4, ParquetMeaning.Text),
                        (5, ParquetMeaning.Decimal),
                        (6, ParquetMeaning.Date),
                        (12, ParquetMeaning.Text),
                        (14, ParquetMeaning.Uuid),
                    ]
            )
            {
                if (logical.ContainsKey(id))
                {
                    return (meaning, false);
                }
            }

            if (
                logical.TryGetValue(10, out var integer)
                && integer is ThriftReader.Struct said
                && said.TryGetValue(2, out var isSigned)
                && isSigned is false
            )
            {
                return (ParquetMeaning.Unsigned, false);
            }
        }

        return element.IntOrNull(6) switch
        {
            0 or 4 or 19 => (ParquetMeaning.Text, false),
            5 => (ParquetMeaning.Decimal, false),
            6 => (ParquetMeaning.Date, false),
            9 => (ParquetMeaning.TimestampMillis, true),
            10 => (ParquetMeaning.TimestampMicros, true),
            >= 11 and <= 14 => (ParquetMeaning.Unsigned, false),
            _ => (ParquetMeaning.None, false),
        };
    }
}
