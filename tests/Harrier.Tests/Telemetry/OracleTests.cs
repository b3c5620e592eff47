using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Harrier.Schema.Yaml;

namespace Harrier.Tests.Telemetry;

/// <summary>
/// Events of the corpus on their whole way, held against what another product's parser says of the same event:
/// <c>oracles.yaml</c> has the sets, the columns compared, and the least share that must agree.
/// </summary>
/// <remarks>
/// A set has <c>kind</c>: <c>intake</c> (a file an event: <c>input.message</c> and <c>expected</c>), <c>pair</c> (<c>x.raw</c> beside
/// <c>x.ocsf</c>), <c>elastic</c> (the <c>events</c> of <c>x</c> beside those <c>expected</c> of <c>x-expected.json</c>), <c>event</c> (lines with <c>event</c>, which is its own oracle: what the
/// test reads of it by a plain path), <c>lines</c> (lines that are their own oracle).
/// A column that the event's class lacks is not compared. Texts are compared without case; <c>a|b</c> is the first path that has a value; <c>=text</c> a text.
/// </remarks>
public sealed class OracleTests
{
    static readonly string s_file = RepositoryRoot.Combine(
        "tests",
        "Harrier.Tests",
        "Telemetry",
        "oracles.yaml"
    );

    public static TheoryData<string> Sets()
    {
        var names = new TheoryData<string>();
        foreach (var set in Read())
        {
            names.Add(Text(set, "name"));
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Columns_agree_with_the_oracle(string name)
    {
        var set = Read().Single(one => Text(one, "name") == name);
        var place = Corpus.Need(Text(set, "at").Split('/'));
        var source = Text(set, "source").Split(' ');
        var fields = ((YamlNode.Mapping)set.Find("fields")!)
            .Entries.Select(entry => new Field(entry.Key.Text, entry.Value))
            .ToArray();
        var events = 0;
        var taken = 0;
        var others = new List<string>();
        foreach (var (text, fileName, expected) in Events(Text(set, "kind"), place, set))
        {
            events++;
            var mapped = MappedRows.Of(text, fileName);
            if (
                mapped.Rows.FirstOrDefault(row => source.Contains((string?)row["source"]))
                is not { } row
            )
            {
                others.Add(
                    $"{fileName}: {mapped.Format} {mapped.Rows.FirstOrDefault()?["source"]} {mapped.Rejects.FirstOrDefault()}"
                );
                continue;
            }

            taken++;
            foreach (var field in fields)
            {
                field.Compare(row, expected, fileName);
            }
        }

        var report = new StringBuilder(
            $"{name}: {taken} of {events} events by {string.Join(", ", source)}"
        );
        foreach (var field in fields)
        {
            report.Append(CultureInfo.InvariantCulture, $"\n  {field}");
        }

        foreach (var other in others.Take(10))
        {
            report.Append(CultureInfo.InvariantCulture, $"\n  not taken: {other}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        var least = set.Find("taken") is YamlNode.Scalar share
            ? double.Parse(share.Text, CultureInfo.InvariantCulture)
            : 1;
        Assert.True(events > 0 && taken >= least * events, report.ToString());
        Assert.True(fields.All(field => field.IsGood), report.ToString());
    }

    static IReadOnlyList<YamlNode.Mapping> Read() =>
        [
            .. (
                (YamlNode.Sequence)YamlTree.Read(File.ReadAllText(s_file), s_file)
            ).Items.Cast<YamlNode.Mapping>(),
        ];

    static string Text(YamlNode.Mapping set, string key) =>
        set.Find(key) is YamlNode.Scalar scalar ? scalar.Text : "";

    static IEnumerable<(string Text, string FileName, JsonElement Expected)> Events(
        string kind,
        string place,
        YamlNode.Mapping set
    )
    {
        switch (kind)
        {
            case "intake":
                foreach (var file in Files(place, "*.json"))
                {
                    var root = Json(File.ReadAllText(file));
                    yield return (
                        root.GetProperty("input").GetProperty("message").GetString()!,
                        Path.GetFileName(file),
                        root.GetProperty("expected")
                    );
                }

                break;
            case "pair":
                foreach (var file in Files(place, "*.raw"))
                {
                    if (
                        TryJson(File.ReadAllText(Path.ChangeExtension(file, ".ocsf")), out var ocsf)
                    )
                    {
                        yield return (File.ReadAllText(file), Path.GetFileName(file), ocsf);
                    }
                }

                break;
            case "elastic":
                foreach (var file in Files(place, "*.json").Where(file => !IsExpected(file)))
                {
                    var given = Json(File.ReadAllText(file)).GetProperty("events");
                    var expected = Json(File.ReadAllText(file + "-expected.json"))
                        .GetProperty("expected");
                    foreach (
                        var (one, wanted) in given.EnumerateArray().Zip(expected.EnumerateArray())
                    )
                    {
                        yield return (one.GetRawText(), Path.GetFileName(file), wanted);
                    }
                }

                break;
            case "event" or "lines":
                var number = 0;
                foreach (var line in Lines(place))
                {
                    var root = Json(line);
                    number++;
                    var one = kind == "event" ? root.GetProperty("event") : root;
                    if (
                        Text(set, "only")
                            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                            .Any(path => Find(one, path) is null)
                    )
                    {
                        continue;
                    }

                    yield return (one.GetRawText(), $"line {number}", one);
                }

                break;
            default:
                throw new InvalidOperationException(kind);
        }
    }

    static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal);

    static bool IsExpected(string file) =>
        file.EndsWith("-expected.json", StringComparison.Ordinal);

    static IEnumerable<string> Lines(string file)
    {
        using var stream = File.OpenRead(file);
        using var reader = new StreamReader(
            file.EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(stream, CompressionMode.Decompress)
                : stream
        );
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    static bool TryJson(string text, out JsonElement json)
    {
        try
        {
            json = Json(text);
            return true;
        }
        catch (JsonException)
        {
            json = default;
            return false;
        }
    }

    /// <summary>Text of the first path that has one; null where none has.</summary>
    static string? Find(JsonElement root, string paths) =>
        paths
            .Split('|')
            .Select(path => path.StartsWith('=') ? path[1..] : At(root, path))
            .FirstOrDefault(found => !string.IsNullOrEmpty(found));

    static string? At(JsonElement element, string path)
    {
        if (path.Length == 0)
        {
            return element.ValueKind switch
            {
                JsonValueKind.Array when element.GetArrayLength() == 1 => At(element[0], ""),
                JsonValueKind.Null or JsonValueKind.Undefined => null,
                JsonValueKind.String => element.GetString(),
                _ => element.GetRawText(),
            };
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            var (index, rest) = Cut(path, path.IndexOf('.', StringComparison.Ordinal));
            return int.TryParse(index, out var at) && at < element.GetArrayLength()
                ? At(element[at], rest)
                : null;
        }

        // Names may hold dots themselves: the longest that is there.
        for (var end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (
                element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty(path[..end], out var inner)
            )
            {
                return At(inner, Cut(path, end).After);
            }
        }

        return null;
    }

    static (string First, string After) Cut(string path, int at) =>
        at < 0 || at == path.Length ? (path, "") : (path[..at], path[(at + 1)..]);

    /// <summary>One column against one path, and how often they agree.</summary>
    sealed class Field
    {
        readonly string _column;
        readonly string _paths;
        readonly double _least = 1;
        readonly List<string> _differences = [];
        int _agreed;
        int _compared;
        int _onlyOurs;

        public Field(string column, YamlNode value)
        {
            _column = column;
            if (value is YamlNode.Sequence pair)
            {
                _paths = ((YamlNode.Scalar)pair.Items[0]).Text;
                _least = double.Parse(
                    ((YamlNode.Scalar)pair.Items[1]).Text,
                    CultureInfo.InvariantCulture
                );
            }
            else
            {
                _paths = ((YamlNode.Scalar)value).Text;
            }
        }

        /// <summary>An oracle that never has a value compares nothing, and is a mistake of the table.</summary>
        public bool IsGood => _compared > 0 && _agreed >= _least * _compared;

        public void Compare(Dictionary<string, object?> row, JsonElement expected, string place)
        {
            if (!row.TryGetValue(_column, out var value))
            {
                return;
            }

            var ours = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            if (Find(expected, _paths) is not { } theirs)
            {
                _onlyOurs += ours.Length > 0 ? 1 : 0;
                return;
            }

            _compared++;
            if (Form(theirs) == Form(ours))
            {
                _agreed++;
            }
            else if (_differences.Count < 4)
            {
                _differences.Add($"{place}: '{ours}' for '{theirs}'");
            }
        }

        string Form(string text)
        {
            text = text.Trim().ToLowerInvariant();
            switch (_column)
            {
                case "time":
                    return Microseconds(text);
                case "account":
                    text = text[(text.LastIndexOf('\\') + 1)..];
                    return text.IndexOf('@') is var at and > 0 ? text[..at] : text;
                case "src_ip" or "dst_ip" when text.Count(c => c == '.') == 3:
                    // An IPv4 address may come with its port.
                    return text.Split(':')[0];
                case "host":
                    return text.Split('.')[0];
                case "outcome":
                    // Ours is the error as written; the oracles only know that it failed.
                    return text is "success" or "succeeded" or "allow" or "ok" or "true" ? "success"
                        : text.Length > 0 ? "failure"
                        : "";
                default:
                    return text.EndsWith(".0", StringComparison.Ordinal)
                        ? text[..^2]
                        : text.TrimEnd('.');
            }
        }

        /// <summary>To the millisecond, since the oracles keep no more.</summary>
        static string Microseconds(string text)
        {
            if (decimal.TryParse(text, CultureInfo.InvariantCulture, out var number))
            {
                while (number > 100_000_000_000_000m)
                {
                    number /= 1000;
                }

                number = number < 100_000_000_000m ? number * 1000 : number;
                return Math.Floor(number > 10_000_000_000_000m ? number / 1000 : number)
                    .ToString(CultureInfo.InvariantCulture);
            }

            return DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time
            )
                ? time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
                : text;
        }

        public override string ToString() =>
            $"{_column} {_agreed}/{_compared}"
            + (_onlyOurs > 0 ? $" (+{_onlyOurs} only here)" : "")
            + (_compared == 0 ? " nothing compared" : "")
            + string.Concat(_differences.Select(difference => $"\n    {difference}"));
    }
}
