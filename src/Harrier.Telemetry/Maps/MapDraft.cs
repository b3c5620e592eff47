using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Harrier.Schema;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>
/// A first source map for a sample, for a person to go on with: format, the field that tells the source, time, class, and the columns
/// whose name in the schema, in Sigma, ECS or OCSF a field bears. What is not recognised stands in it as comments.
/// </summary>
/// <remarks>Nothing uncertain is mapped: a name that is only near a column's is said in a comment.</remarks>
public sealed partial class MapDraft : IRecordHandler
{
    /// <summary>Records of the sample that are looked at.</summary>
    public const int MostRecords = 1000;

    const int MostFields = 500;
    const int MostValues = 16;
    const int LongestName = 200;
    const int LongestValue = 200;
    const int LongestShown = 60;

    /// <summary>Own columns of a class that fields must bear the names of; with fewer it is class other.</summary>
    const int FewestOwnColumns = 2;

    /// <summary>Columns that Harrier fills, or that the map says in another place.</summary>
    static readonly int[] s_notMapped =
    [
        CommonColumns.Time,
        CommonColumns.Source,
        CommonColumns.Import,
        CommonColumns.File,
        CommonColumns.Record,
        CommonColumns.Extra,
    ];

    /// <summary>Words in the name of a field that tells what the source is, the best first.</summary>
    static readonly string[] s_identifying =
    [
        "dataset",
        "source",
        "product",
        "module",
        "provider",
        "channel",
        "vendor",
        "logtype",
        "log",
        "type",
        "category",
        "service",
        "program",
        "app",
        "kind",
        "schema",
        "stream",
    ];

    readonly ReadOptions _options;
    readonly Dictionary<string, Field> _fields = new(StringComparer.Ordinal);
    readonly List<Field> _order = [];
    readonly Dictionary<(Field Date, Field Time), bool> _pairs = [];
    long _records;

    MapDraft(string format, ReadOptions options)
    {
        Format = format;
        _options = options;
    }

    public string Format { get; }

    public string Id { get; private set; } = "";

    /// <summary>The expression of the time; null where no field holds one.</summary>
    public string? Time { get; private set; }

    public EventClass Class { get; private set; } = EventClasses.Other;

    /// <summary>Columns that fields are recognised for.</summary>
    public IReadOnlyList<(string Column, string Expression)> Columns { get; private set; } = [];

    /// <summary>Fields that no column takes.</summary>
    public IReadOnlyList<string> Others { get; private set; } = [];

    /// <summary>The map's file.</summary>
    public string Yaml { get; private set; } = "";

    /// <summary>Drafts a map of a sample.</summary>
    /// <param name="format">Name of the format to read it as; null: the surest.</param>
    /// <param name="id">The map's id; null: made of the sample's name.</param>
    /// <exception cref="HarrierFault">The sample can't be read, or has no records.</exception>
    public static MapDraft Of(string sample, string? format, string? id, CancellationToken cancel)
    {
        MapDraft? draft = null;
        LogSample.Read(
            sample,
            format,
            MostRecords,
            (surest, options) => draft = new MapDraft(surest.Name, options),
            cancel
        );
        if (draft!._records == 0)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"No record of the sample can be read as {draft.Format}.",
                sample,
                "Name its format with --as, or take another sample."
            );
        }

        draft.Id = id ?? IdOf(sample);
        draft.Write(Path.GetFileName(sample));
        return draft;
    }

    public void Accept(Record record)
    {
        _records++;
        for (var slot = 0; slot < record.Count; slot++)
        {
            if (record.Has(slot) && !FieldExpression.IsNothing(record.Value(slot)))
            {
                FieldOf(record.Name(slot))?.See(record.Value(slot), _options, _records);
            }
        }

        SeePairs(record);
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

    public void Warn(string sentence) { }

    Field? FieldOf(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > LongestName)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(name);
        if (!_fields.TryGetValue(text, out var field) && _order.Count < MostFields)
        {
            _fields.Add(text, field = new Field(text, ReferenceTo(text)));
            _order.Add(field);
        }

        return field;
    }

    /// <summary>A day in one field and its time in another: those of the first record that do stay, while they do in all.</summary>
    void SeePairs(Record record)
    {
        if (_records == 1)
        {
            var days = _order.Where(field => Bears(field, "date")).Take(3).ToArray();
            foreach (var time in _order.Where(field => Bears(field, "time")).Take(3))
            {
                foreach (var date in days.Where(date => date != time))
                {
                    _pairs[(date, time)] = true;
                }
            }
        }

        foreach (var (date, time) in _pairs.Where(pair => pair.Value).Select(pair => pair.Key))
        {
            if (
                !record.TryGet(Encoding.UTF8.GetBytes(date.Name), out var day)
                || !record.TryGet(Encoding.UTF8.GetBytes(time.Name), out var moment)
                || day.Length + moment.Length > 64
                || !TimeText.TryParse([.. day, (byte)' ', .. moment], _options.Clock, out _)
            )
            {
                _pairs[(date, time)] = false;
            }
        }
    }

    static bool Bears(Field field, string word) =>
        field.Reference is not null
        && field.Name.Contains(word, StringComparison.OrdinalIgnoreCase);

    void Write(string sampleName)
    {
        Time = TimeOf();
        (Class, var columns) = ClassOf();
        var common = new List<(string Column, string Expression)>();
        var own = new List<(string Column, string Expression)>();
        foreach (var (column, field) in columns)
        {
            (column.Ordinal < EventClasses.CommonColumnCount ? common : own).Add(
                (column.Name, ExpressionFor(column, field))
            );
        }

        Derive(common, columns, "computer", "host");
        Derive(common, columns, "user", "account");
        Columns = [.. common, .. own];
        var taken = columns.Select(pair => pair.Field).ToHashSet();
        var others = _order
            .Where(field => !taken.Contains(field) && field.Reference != Time)
            .ToArray();
        Others = [.. others.Select(field => field.Name)];

        var yaml = new StringBuilder();
        yaml.Append(
            CultureInfo.InvariantCulture,
            $"# A draft, from {_records} {(_records == 1 ? "record" : "records")} of {Quoted(sampleName)}. Say what the source is, look at the conditions and the class,\n# and give columns to the fields at the end: docs/maps.md, docs/schema.md.\n"
        );
        yaml.Append(CultureInfo.InvariantCulture, $"id: {Scalar(Id)}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"title: {Scalar(Id)}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"formats: [{Scalar(Format)}]\n");
        WriteWhen(yaml);
        yaml.Append(
            Time is null
                ? "# time: no field of the sample holds a time that Harrier reads: see 'time' in docs/maps.md\n"
                : $"time: {Scalar(Time)}\n"
        );
        WriteColumns(yaml, "common:", "  ", common);
        yaml.Append(CultureInfo.InvariantCulture, $"events:\n  - class: {Class.Name}\n");
        WriteColumns(yaml, "    columns:", "      ", own);
        if (others.Length > 0)
        {
            yaml.Append("# Fields that go to extra, each with a value:\n");
            foreach (var field in others)
            {
                yaml.Append(
                    CultureInfo.InvariantCulture,
                    $"#   {Scalar(field.Reference ?? field.Name)}: {Quoted(field.Sample)}{Perhaps(field)}\n"
                );
            }
        }

        Yaml = yaml.ToString();
    }

    static void WriteColumns(
        StringBuilder yaml,
        string heading,
        string indent,
        List<(string Column, string Expression)> columns
    )
    {
        if (columns.Count == 0)
        {
            return;
        }

        yaml.Append(heading).Append('\n');
        foreach (var (column, expression) in columns)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"{indent}{column}: {Scalar(expression)}\n");
        }
    }

    /// <summary>A constant that tells the source, else fields that all records have.</summary>
    void WriteWhen(StringBuilder yaml)
    {
        var everywhere = _order
            .Where(field => field.Count == _records && field.Reference is not null)
            .ToArray();
        var constant = everywhere
            .Where(field => field.IsName)
            .Select(field => (field, rank: Identifying(field.Name)))
            .Where(pair => pair.rank >= 0)
            .OrderBy(pair => pair.rank)
            .Select(pair => pair.field)
            .FirstOrDefault();
        if (constant is not null)
        {
            yaml.Append(
                CultureInfo.InvariantCulture,
                $"when: {{ {Scalar(constant.Reference!)}: {Scalar(constant.Sample)} }}\n"
            );
            return;
        }

        if (everywhere.Length == 0)
        {
            yaml.Append(
                "# when: nothing in the sample tells this source from others of its format: the map takes them all\n"
            );
            return;
        }

        // The longest names are those that other sources are least likely to have.
        var fields = everywhere
            .OrderByDescending(field => field.Name.Length)
            .ThenBy(field => field.Name, StringComparer.Ordinal)
            .Take(3)
            .Select(field => $"{Scalar(field.Reference!)}: \"*\"");
        yaml.Append(
            CultureInfo.InvariantCulture,
            $"# No constant tells the source: records with these fields are taken.\nwhen: {{ {string.Join(", ", fields)} }}\n"
        );
    }

    static int Identifying(string name)
    {
        var words = Words().Matches(name).Select(word => word.Value).ToArray();
        return Array.FindIndex(
            s_identifying,
            word => words.Contains(word, StringComparer.OrdinalIgnoreCase)
        );
    }

    /// <summary>The field whose values are all times: first one with a name that says so, and text before numbers.</summary>
    string? TimeOf()
    {
        var field = _order
            .Where(field => field.IsTime && field.Reference is not null && field.Count == _records)
            .OrderBy(field => TimeRank(field))
            .ThenBy(field => field.IsNumber)
            .FirstOrDefault();
        // A number in a field of another name is most likely a count or an identifier that looks like a time.
        if (field is not null && !(field.IsNumber && TimeRank(field) == int.MaxValue))
        {
            return field.Reference;
        }

        return _pairs.Where(pair => pair.Value).Select(pair => pair.Key).ToArray() is [var both, ..]
            ? $"{both.Date.Reference} + ' ' + {both.Time.Reference}"
            : null;
    }

    static int TimeRank(Field field)
    {
        var name = Encoding.UTF8.GetBytes(field.Name);
        var known = EventMapper.RankOfTime(name);
        return known >= 0 ? known
            : TimeWord().IsMatch(field.Name) ? int.MaxValue - 1
            : int.MaxValue;
    }

    /// <summary>The class with the most columns of its own that fields bear the names of.</summary>
    (EventClass, List<(Column Column, Field Field)>) ClassOf()
    {
        var best = EventClasses.Other;
        var most = FewestOwnColumns - 1;
        foreach (var eventClass in EventClasses.All)
        {
            var own = Recognised(eventClass)
                .Count(pair => pair.Column.Ordinal >= EventClasses.CommonColumnCount);
            if (own > most)
            {
                (best, most) = (eventClass, own);
            }
        }

        return (best, Recognised(best));
    }

    List<(Column Column, Field Field)> Recognised(EventClass eventClass)
    {
        var found = new SortedDictionary<int, (Column Column, Field Field)>();
        // A class's own columns before the common ones, as Sigma's names are found.
        var columns = eventClass
            .Columns.Skip(EventClasses.CommonColumnCount)
            .Concat(eventClass.Columns.Take(EventClasses.CommonColumnCount))
            .Where(column => !s_notMapped.Contains(column.Ordinal))
            .ToArray();
        Func<string, string, bool>[] likeness =
        [
            (name, field) => name.Equals(field, StringComparison.OrdinalIgnoreCase),
            (name, field) => Bare(name).Equals(Bare(field), StringComparison.OrdinalIgnoreCase),
        ];
        foreach (var isSame in likeness)
        {
            foreach (var field in _order.Where(field => field.Reference is not null))
            {
                if (
                    field.Reference != Time
                    && !found.Values.Any(pair => pair.Field == field)
                    && Array.Find(
                        columns,
                        column =>
                            !found.ContainsKey(column.Ordinal)
                            && Fits(column, field)
                            && Names(column).Any(name => isSame(name, field.Name))
                    )
                        is { } column
                )
                {
                    found.Add(column.Ordinal, (column, field));
                }
            }
        }

        return [.. found.Values];
    }

    static bool Fits(Column column, Field field) =>
        column.Type switch
        {
            ColumnType.Time => field.IsTime,
            ColumnType.Int => field.IsNumber,
            ColumnType.Json => false,
            _ => column.Entity != "address" || field.IsAddress,
        };

    static IEnumerable<string> Names(Column column) =>
        new[] { column.Name }
            .Concat(column.Sigma)
            .Concat(new[] { column.Ecs, column.Ocsf }.OfType<string>());

    /// <summary>Letters and digits only: srcIp, src_ip and Src IP are the same.</summary>
    static string Bare(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit));

    static string ExpressionFor(Column column, Field field) =>
        column.Entity switch
        {
            "address" or "host" or "account" or "domain" or "email" =>
                $"{field.Reference} | {column.Entity}",
            "hash" => $"{field.Reference} | lower",
            _ => field.Reference!,
        };

    /// <summary>The machine and the account as the source names them also give the short names that join sources.</summary>
    static void Derive(
        List<(string Column, string Expression)> common,
        List<(Column Column, Field Field)> columns,
        string from,
        string to
    )
    {
        var field = columns.Find(pair => pair.Column.Name == from).Field;
        if (field is not null && !common.Exists(pair => pair.Column == to))
        {
            common.Add((to, $"{field.Reference} | {to}"));
        }
    }

    string Perhaps(Field field)
    {
        var columns = Class.Columns.Where(column =>
            !s_notMapped.Contains(column.Ordinal)
            && !Columns.Any(taken => taken.Column == column.Name)
            && Fits(column, field)
        );
        var near = Nearest.To(field.Name, columns.SelectMany(Names));
        return near is null
            ? ""
            : $"  (perhaps {columns.First(column => Names(column).Contains(near)).Name})";
    }

    /// <summary>The field as an expression writes it; null where the language can't name it.</summary>
    static string? ReferenceTo(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        return new[] { name, $"\"{name}\"" }.FirstOrDefault(text => IsReference(text, utf8));
    }

    static bool IsReference(string text, byte[] name)
    {
        try
        {
            // As a condition, alone, and in a sum with a function after it.
            return FieldReference.Parse(text) is { Path: null } reference
                && reference.Name.AsSpan().SequenceEqual(name)
                && IsOnlyField(FieldExpression.Parse(text), name)
                && IsOnlyField(FieldExpression.Parse($"{text} + 'x' | lower"), name);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    static bool IsOnlyField(FieldExpression expression, byte[] name) =>
        expression.Fields is [var only] && only.AsSpan().SequenceEqual(name);

    static string IdOf(string sample)
    {
        var name = Path.GetFileName(sample).ToLowerInvariant();
        var id = NoIdLetters().Replace(name.Split('.', 2)[0], "-").Trim('-');
        return id.Length == 0 ? "new-source" : id[..Math.Min(id.Length, 60)].Trim('-');
    }

    static string Scalar(string text) =>
        PlainScalar().IsMatch(text) && !ReservedScalar().IsMatch(text) ? text : QuotedWhole(text);

    /// <summary>A value to be shown: on one line, short, and nothing in it that a terminal or YAML would act on.</summary>
    static string Quoted(string text) =>
        QuotedWhole(text.Length > LongestShown ? text[..(LongestShown - 1)] + "…" : text);

    /// <summary>YAML's double quotes; all that is no visible letter is escaped.</summary>
    static string QuotedWhole(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\')
            {
                quoted.Append('\\').Append((char)rune.Value);
            }
            else if (
                rune.Value == ' '
                || Rune.IsLetterOrDigit(rune)
                || Rune.IsPunctuation(rune)
                || Rune.IsSymbol(rune)
            )
            {
                quoted.Append(rune.ToString());
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
            }
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Milliseconds a name may take: samples are hostile.</summary>
    const int MatchLimit = 1000;

    [GeneratedRegex(
        "[A-Z]?[a-z]+|[A-Z]+(?![a-z])",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchLimit
    )]
    private static partial Regex Words();

    [GeneratedRegex(
        "time|date|stamp|^ts$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchLimit
    )]
    private static partial Regex TimeWord();

    [GeneratedRegex(
        "[^a-z0-9]+",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchLimit
    )]
    private static partial Regex NoIdLetters();

    [GeneratedRegex(
        @"\A[A-Za-z_]([A-Za-z0-9_.|/ -]*[A-Za-z0-9_])?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchLimit
    )]
    private static partial Regex PlainScalar();

    [GeneratedRegex(
        @"\A(true|false|null|yes|no|on|off|y|n)\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchLimit
    )]
    private static partial Regex ReservedScalar();

    /// <summary>What the sample's records have in a field.</summary>
    sealed class Field(string name, string? reference)
    {
        readonly HashSet<string> _values = new(StringComparer.Ordinal);
        long _lastRecord;

        public string Name => name;

        /// <summary>As expressions write it; null where they can't.</summary>
        public string? Reference => reference;

        /// <summary>Records that have a value in it.</summary>
        public long Count { get; private set; }

        public string Sample { get; private set; } = "";

        public bool IsTime { get; private set; } = true;
        public bool IsNumber { get; private set; } = true;
        public bool IsAddress { get; private set; } = true;

        /// <summary>One short word in all records, with a letter: what a source may call itself.</summary>
        public bool IsName =>
            _values.Count == 1
            && !IsTime
            && !IsAddress
            && Sample.Length is > 1 and < 64
            && Sample.Any(char.IsLetter)
            && !Sample.Any(letter =>
                letter is '*' or '{' or '[' or '\uFFFD' || char.IsControl(letter)
            );

        public void See(ReadOnlySpan<byte> value, ReadOptions options, long record)
        {
            if (record == _lastRecord)
            {
                // A name that stands twice: the first is what maps see.
                return;
            }

            _lastRecord = record;
            Count++;
            IsTime = IsTime && TimeText.TryParse(value, options.Clock, out _);
            IsNumber = IsNumber && EventMapper.TryNumber(value, out _);
            var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, LongestValue)]);
            IsAddress =
                IsAddress
                && (text.Contains('.') || text.Contains(':'))
                && IPAddress.TryParse(text, out _);
            if (Count == 1)
            {
                Sample = text;
            }

            if (_values.Count < MostValues)
            {
                _values.Add(text);
            }
        }
    }
}
