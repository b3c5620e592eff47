using System.Collections.Concurrent;
using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma;

/// <summary>What Sigma's log sources are in the lake: the files of <c>maps/sigma</c>, shipped and a workspace's own.</summary>
/// <remarks>
/// A file is a product (or none): which rows are its own, and of its categories and services, which classes and rows they mean
/// and where fields are whose names the schema does not know. The language is told in docs/maps.md.
/// </remarks>
public sealed class Logsources
{
    static readonly string[] s_fileKeys = ["product", "rows", "fields", "logsources"];
    static readonly string[] s_entryKeys =
    [
        "category",
        "service",
        "classes",
        "when",
        "unless",
        "fields",
        "lacks",
    ];

    readonly IReadOnlyList<LogsourceEntry> _entries;

    Logsources(IReadOnlyList<LogsourceEntry> entries) => _entries = entries;

    /// <summary>Reads every <c>*.yaml</c> of the folders; a file of a later folder wins over one of the same name.</summary>
    /// <exception cref="HarrierFault">A file is wrong: with file, line and column.</exception>
    public static Logsources Load(IReadOnlyList<string> folders)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in folders.Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.yaml"))
            {
                files[Path.GetFileName(file)] = file;
            }
        }

        return new Logsources([
            .. files
                .OrderBy(file => file.Key, StringComparer.Ordinal)
                .SelectMany(file => Read(File.ReadAllText(file.Value), file.Value)),
        ]);
    }

    /// <summary>Reads one file.</summary>
    /// <exception cref="HarrierFault">It is wrong: with file, line and column.</exception>
    public static Logsources Parse(string yaml, string file) => new(Read(yaml, file));

    /// <summary>
    /// Entries that a rule's log source means: those of the same product, category and service, else all in which what the rule
    /// says is equal (what it leaves out may be anything).
    /// </summary>
    internal IReadOnlyList<LogsourceEntry> Find(Logsource source)
    {
        var same = _entries.Where(entry => entry.Source == source).ToList();
        return same.Count > 0
            ? same
            :
            [
                .. _entries.Where(entry =>
                    (source.Product is null || source.Product == entry.Source.Product)
                    && (source.Category is null || source.Category == entry.Source.Category)
                    && (source.Service is null || source.Service == entry.Source.Service)
                ),
            ];
    }

    static List<LogsourceEntry> Read(string yaml, string file)
    {
        var root = Mapping(YamlTree.Read(yaml, file), file, s_fileKeys);
        var product = Text(root, "product", file);
        var rows = root.Find("rows") is YamlNode.Sequence list
            ? new ProductRows([.. list.Items.Select(item => Condition(item, file))])
            : throw Fault(
                "A file of log sources says in 'rows' which rows are its product's.",
                file,
                root
            );
        var common = Fields(root.Find("fields"), file);
        if (root.Find("logsources") is not YamlNode.Sequence entries)
        {
            throw Fault("A file of log sources lists them in 'logsources'.", file, root);
        }

        var read = new List<LogsourceEntry>();
        foreach (var item in entries.Items)
        {
            var entry = Mapping(item, file, s_entryKeys);
            var fields = new Dictionary<string, IReadOnlyList<string>>(
                common,
                StringComparer.OrdinalIgnoreCase
            );
            foreach (var (name, targets) in Fields(entry.Find("fields"), file))
            {
                fields[name] = targets;
            }

            read.Add(
                new LogsourceEntry(
                    new Logsource(
                        Text(entry, "category", file),
                        product,
                        Text(entry, "service", file)
                    ),
                    Classes(entry, file),
                    rows,
                    Condition(entry.Find("when"), entry.Find("unless"), file),
                    fields,
                    Lacks(entry.Find("lacks"), file)
                )
            );
        }

        return read;
    }

    static IReadOnlyList<EventClass> Classes(YamlNode.Mapping entry, string file) =>
        entry.Find("classes") switch
        {
            YamlNode.Scalar { Text: "all" } => EventClasses.All,
            YamlNode.Sequence list =>
            [
                .. Texts(list, file)
                    .Select(name =>
                        EventClasses.Find(name)
                        ?? throw Fault(
                            $"'{name}' is no event class. {Nearest.To(name, EventClasses.All.Select(one => one.Name))}",
                            file,
                            list
                        )
                    ),
            ],
            _ => throw Fault(
                "A log source lists its event classes in 'classes', or says all.",
                file,
                entry
            ),
        };

    static RowCondition Condition(YamlNode node, string file)
    {
        if (node is not YamlNode.Mapping map)
        {
            throw Fault("A condition is columns and what they hold.", file, node);
        }

        return new RowCondition(
            Tests(map.Entries.Where(entry => entry.Key.Text != "unless"), file),
            map.Find("unless") is { } unless ? Tests(Entries(unless, file), file) : []
        );
    }

    static RowCondition Condition(YamlNode? when, YamlNode? unless, string file) =>
        new(
            when is null ? [] : Tests(Entries(when, file), file),
            unless is null ? [] : Tests(Entries(unless, file), file)
        );

    static IEnumerable<(YamlNode.Scalar Key, YamlNode Value)> Entries(YamlNode node, string file) =>
        node is YamlNode.Mapping map
            ? map.Entries
            : throw Fault("A condition is columns and what they hold.", file, node);

    static List<RowTest> Tests(
        IEnumerable<(YamlNode.Scalar Key, YamlNode Value)> entries,
        string file
    ) =>
        [
            .. entries.Select(entry =>
            {
                Known(entry.Key.Text, file, entry.Key);
                return new RowTest(entry.Key.Text, Texts(entry.Value, file));
            }),
        ];

    static Dictionary<string, IReadOnlyList<string>> Fields(YamlNode? node, string file)
    {
        var fields = new Dictionary<string, IReadOnlyList<string>>(
            StringComparer.OrdinalIgnoreCase
        );
        if (node is not null)
        {
            foreach (var (name, targets) in Entries(node, file))
            {
                var texts = Texts(targets, file);
                foreach (var text in texts.Where(text => !text.StartsWith('\'')))
                {
                    Known(text, file, targets);
                }

                fields[name.Text] = texts;
            }
        }

        return fields;
    }

    static Dictionary<string, IReadOnlyList<string>> Lacks(YamlNode? node, string file)
    {
        var lacks = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (node is not null)
        {
            foreach (var (source, fields) in Entries(node, file))
            {
                lacks[source.Text] = Texts(fields, file);
            }
        }

        return lacks;
    }

    /// <summary>A column of some class, or a path of <c>extra</c>.</summary>
    static void Known(string field, string file, YamlNode at)
    {
        if (
            !field.StartsWith(LakeField.Extra, StringComparison.Ordinal)
            && !EventClasses.All.Any(one => one.Find(field) is not null)
        )
        {
            var names = EventClasses
                .All.SelectMany(one => one.Columns)
                .Select(column => column.Name)
                .Distinct(StringComparer.Ordinal);
            throw Fault(
                $"'{field}' is no column of any class; a field of extra is written extra.{field}. {Nearest.To(field, names)}",
                file,
                at
            );
        }
    }

    static IReadOnlyList<string> Texts(YamlNode node, string file) =>
        node switch
        {
            YamlNode.Scalar one => [one.Text],
            YamlNode.Sequence list =>
            [
                .. list.Items.Select(item =>
                    item is YamlNode.Scalar one ? one.Text : throw Fault("A text.", file, item)
                ),
            ],
            _ => throw Fault("A text or a list of texts.", file, node),
        };

    static string? Text(YamlNode.Mapping map, string key, string file) =>
        map.Find(key) switch
        {
            null => null,
            YamlNode.Scalar scalar => scalar.Text,
            var node => throw Fault($"'{key}' is a text.", file, node),
        };

    static YamlNode.Mapping Mapping(YamlNode node, string file, string[] keys)
    {
        if (node is not YamlNode.Mapping map)
        {
            throw Fault("A mapping is expected here.", file, node);
        }

        foreach (var (key, _) in map.Entries)
        {
            if (!keys.Contains(key.Text, StringComparer.Ordinal))
            {
                throw Fault(
                    $"'{key.Text}' has no meaning here. {Nearest.To(key.Text, keys)}",
                    file,
                    key
                );
            }
        }

        return map;
    }

    static HarrierFault Fault(string message, string file, YamlNode at) =>
        new(FaultKind.Usage, message.TrimEnd(), $"{file}:{at.Line}:{at.Column}");
}

/// <summary>A log source as declared.</summary>
/// <param name="Product">Rows of the product.</param>
/// <param name="Fields">Where Sigma's fields are: columns or paths of extra, the first that a row has; a text in quotes is what the field always holds, one of several parted by bars.</param>
/// <param name="Lacks">Fields that a source (the id of its map) never has.</param>
sealed record LogsourceEntry(
    Logsource Source,
    IReadOnlyList<EventClass> Classes,
    ProductRows Product,
    RowCondition Condition,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Fields,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Lacks
)
{
    readonly ConcurrentDictionary<EventClass, SigmaNode?> _rows = [];

    /// <summary>The rows of a class that are meant, one node for all rules; null where the class has none.</summary>
    public SigmaNode? RowsOf(EventClass eventClass) => _rows.GetOrAdd(eventClass, RowsIn);

    SigmaNode? RowsIn(EventClass eventClass) =>
        Product.In(eventClass) is { } product && Condition.In(eventClass) is { } condition
            ? new SigmaNode.And([product, condition])
            : null;
}

/// <summary>The rows of a product: any of some conditions.</summary>
sealed class ProductRows(IReadOnlyList<RowCondition> rows)
{
    readonly ConcurrentDictionary<EventClass, SigmaNode?> _rows = [];

    /// <summary>Those of a class, one node for all log sources of the product; null where the class has none.</summary>
    public SigmaNode? In(EventClass eventClass) => _rows.GetOrAdd(eventClass, Any);

    SigmaNode? Any(EventClass eventClass)
    {
        var any = rows.Select(row => row.In(eventClass)).OfType<SigmaNode>().ToList();
        return any.Count > 0 ? SigmaNode.AnyOf(any) : null;
    }
}

/// <summary>Rows in which all of some columns hold what is wanted, and none of others.</summary>
sealed record RowCondition(IReadOnlyList<RowTest> When, IReadOnlyList<RowTest> Unless)
{
    /// <summary>The condition on a class; null where it has no such column, so that no row of it can meet the condition.</summary>
    public SigmaNode? In(EventClass eventClass)
    {
        var terms = new List<SigmaNode>();
        foreach (var test in When)
        {
            if (!LakeField.IsIn(eventClass, test.Field))
            {
                return null;
            }

            terms.Add(test.Node());
        }

        terms.AddRange(
            Unless
                .Where(test => LakeField.IsIn(eventClass, test.Field))
                .Select(test => new SigmaNode.Not(test.Node()))
        );
        return SigmaNode.AllOf(terms);
    }
}

/// <summary>A column that holds one of some texts, any case; <c>*</c> is anything, and alone anything but nothing.</summary>
sealed record RowTest(string Field, IReadOnlyList<string> Values)
{
    public SigmaNode Node() =>
        Values is ["*"]
            ? new SigmaNode.Exists(Field)
            : new SigmaNode.Item(
                Field,
                [.. Values.Select(value => WildcardPattern.Parse(value).Test(cased: false))],
                false
            );
}

/// <summary>A field as it is in the lake: a column's name, or <c>extra.</c> and a path in it.</summary>
static class LakeField
{
    public const string Extra = "extra.";

    public static bool IsIn(EventClass eventClass, string field) =>
        field.StartsWith(Extra, StringComparison.Ordinal) || eventClass.Find(field) is not null;

    /// <summary>The column, or null for a path in extra.</summary>
    public static Column? ColumnOf(EventClass eventClass, string field) =>
        field.StartsWith(Extra, StringComparison.Ordinal) ? null : eventClass.Find(field);

    /// <summary>The path in extra of a field that is no column.</summary>
    public static string PathOf(string field) => field[Extra.Length..];
}
