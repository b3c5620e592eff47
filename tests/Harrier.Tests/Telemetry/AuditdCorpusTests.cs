using System.Globalization;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats.Auditd;

namespace Harrier.Tests.Telemetry;

/// <summary>Audit logs against what another reader, go-libaudit, makes of them (its <c>.golden</c> files). Agreement is printed field by field.</summary>
public sealed class AuditdCorpusTests(ITestOutputHelper output)
{
    static readonly AuditdFormat Format = new();

    readonly SortedDictionary<string, (int Same, int All)> _agreement = new(StringComparer.Ordinal);
    readonly List<string> _differences = [];

    [Fact]
    public void Messages_have_the_fields_of_go_libaudit()
    {
        var folder = Corpus.Need("auth", "go-libaudit", "auparse");
        foreach (
            var file in Directory.EnumerateFiles(folder, "*.log").Order(StringComparer.Ordinal)
        )
        {
            using var golden = JsonDocument.Parse(File.ReadAllText(file + ".golden"));
            var lines = File.ReadAllLines(file).Where(line => line.Length > 0).ToList();
            Assert.Equal(golden.RootElement.GetArrayLength(), lines.Count);
            foreach (var (line, expected) in lines.Zip(golden.RootElement.EnumerateArray()))
            {
                // A message that neither reader takes.
                if (expected.ValueKind == JsonValueKind.Null)
                {
                    Assert.Single(CollectedRecords.Of(Format, line).Rejects);
                    continue;
                }

                if (
                    !expected.TryGetProperty("data", out var data)
                    || data.ValueKind != JsonValueKind.Object
                )
                {
                    continue;
                }

                // Each message by itself, as the other reader takes them here.
                var read = CollectedRecords.Of(Format, line);
                Assert.Empty(read.Rejects);
                var record = Assert.Single(read.Records);
                Compare(
                    line,
                    "record_type",
                    expected.GetProperty("record_type").GetString()!,
                    Lower(record, "record_type")
                );
                Compare(
                    line,
                    "@timestamp",
                    expected.GetProperty("@timestamp").GetString()![..19],
                    record["time"][..19]
                );
                Compare(
                    line,
                    "sequence",
                    expected.GetProperty("sequence").ToString(),
                    record["serial"]
                );
                if (record["record_type"] == "EXECVE")
                {
                    // Arguments are one command line here.
                    var arguments = Enumerable
                        .Range(0, int.Parse(record["argc"], CultureInfo.InvariantCulture))
                        .Select(index =>
                            data.TryGetProperty($"a{index}", out var value) ? value.GetString() : ""
                        );
                    Compare(line, "a0 ...", string.Join(' ', arguments), record["command_line"]);
                    continue;
                }

                if (record.TryGetValue("paths", out var paths))
                {
                    // Fields of a file are kept by file.
                    foreach (
                        var field in JsonDocument.Parse(paths).RootElement[0].EnumerateObject()
                    )
                    {
                        record.TryAdd(field.Name, field.Value.GetString()!);
                    }
                }

                foreach (var field in data.EnumerateObject().Where(field => !IsLabel(field.Name)))
                {
                    Compare(line, field.Name, field.Value.GetString()!, Found(record, field.Name));
                }
            }
        }

        Report();
    }

    [Fact]
    public void Events_are_joined_as_go_libaudit_does()
    {
        var folder = Corpus.Need("auth", "go-libaudit", "aucoalesce");
        foreach (
            var file in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
        )
        {
            var samples = Samples(file);
            using var golden = JsonDocument.Parse(
                File.ReadAllText(Path.ChangeExtension(file, ".json.golden"))
            );
            foreach (var one in golden.RootElement.EnumerateArray())
            {
                var name = one.GetProperty("test_name").GetString()!;
                var expected = one.GetProperty("event");
                var read = CollectedRecords.Of(Format, samples[name]);
                Assert.Empty(read.Rejects);
                var record = Assert.Single(read.Records);
                Compare(
                    name,
                    "sequence",
                    expected.GetProperty("sequence").ToString(),
                    record["serial"]
                );
                Compare(
                    name,
                    "record_type",
                    expected.GetProperty("record_type").GetString()!,
                    Lower(record, "record_type")
                );
                foreach (var section in (string[])["process", "data", "file", "net"])
                {
                    if (
                        expected.TryGetProperty(section, out var fields)
                        && fields.ValueKind == JsonValueKind.Object
                    )
                    {
                        CompareSection(name, section, fields, record);
                    }
                }
            }
        }

        Report();
    }

    void CompareSection(
        string place,
        string section,
        JsonElement fields,
        Dictionary<string, string> record
    )
    {
        foreach (var field in fields.EnumerateObject())
        {
            var full = $"{section}.{field.Name}";
            switch (full)
            {
                case "process.args":
                    var arguments = field.Value.EnumerateArray().Select(value => value.GetString());
                    Compare(
                        place,
                        full,
                        string.Join(' ', arguments),
                        record.GetValueOrDefault("command_line", "")
                    );
                    break;
                case "file.path":
                    Compare(
                        place,
                        full,
                        field.Value.GetString()!,
                        record.GetValueOrDefault("path", "")
                    );
                    break;
                default:
                    if (
                        section is "process" or "data"
                        && field.Value.ValueKind == JsonValueKind.String
                        && !IsLabel(field.Name)
                    )
                    {
                        Compare(place, full, field.Value.GetString()!, Found(record, field.Name));
                    }

                    break;
            }
        }
    }

    // What go-libaudit calls our field, or makes of it.
    static string Found(Dictionary<string, string> record, string name) =>
        name switch
        {
            "result" => record.GetValueOrDefault("success") ?? record.GetValueOrDefault("res", ""),
            "title" => record.GetValueOrDefault("proctitle", ""),
            "name" when record.ContainsKey("comm") && !record.ContainsKey("name") => record["comm"],
            "new_auid" => record.GetValueOrDefault("auid", ""),
            "old_auid" => record.GetValueOrDefault("old-auid", ""),
            "new_ses" => record.GetValueOrDefault("ses", ""),
            "old_ses" => record.GetValueOrDefault("old-ses", ""),
            "socket_addr" => record.GetValueOrDefault("saddr_ip", ""),
            "socket_port" or "port" => record.GetValueOrDefault("saddr_port", ""),
            "socket_family" or "family" when record.ContainsKey("saddr_family") => record[
                "saddr_family"
            ],
            "addr" when record.ContainsKey("saddr_ip") => record["saddr_ip"],
            "path" when record.ContainsKey("saddr_path") => record["saddr_path"],
            _ => record.GetValueOrDefault(name, ""),
        };

    // Parts of SELinux' labels, which stay whole here; and the words of a command line, compared as one.
    static bool IsLabel(string name) =>
        name.StartsWith("subj_", StringComparison.Ordinal)
        || name.StartsWith("obj_", StringComparison.Ordinal);

    static string Lower(Dictionary<string, string> record, string name) =>
        record.GetValueOrDefault(name, "").ToLowerInvariant();

    void Compare(string place, string field, string expected, string found)
    {
        var isSame = Same(expected) == Same(found);
        var (same, all) = _agreement.GetValueOrDefault(field);
        _agreement[field] = (same + (isSame ? 1 : 0), all + 1);
        if (!isSame)
        {
            _differences.Add(
                $"{field}: '{expected}' there, '{found}' here, in {place[..Math.Min(120, place.Length)]}"
            );
        }
    }

    // Words for the same: results, families, identities never set, errors by name.
    static string Same(string value) =>
        value switch
        {
            "yes" or "1" or "success" => "success",
            "no" or "0" or "failed" or "fail" => "fail",
            "4294967295" or "-1" => "unset",
            "ipv4" => "inet",
            "ipv6" => "inet6",
            "EINPROGRESS" => "-115",
            "EFAULT" => "-14",
            "EACCES" => "-13",
            "ENOENT" => "-2",
            _ => value,
        };

    void Report()
    {
        foreach (var (field, (same, all)) in _agreement)
        {
            output.WriteLine($"{field, -28} {same, 5} of {all}");
        }

        foreach (var difference in _differences)
        {
            output.WriteLine(difference);
        }

        var fields = _agreement.Values.Sum(one => one.All);
        var agreed = _agreement.Values.Sum(one => one.Same);
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{agreed} of {fields} fields agree")
        );
        Assert.True(agreed >= fields * 0.97, string.Join('\n', _differences));
    }

    /// <summary>The samples of a table: names with a bar, messages below. The byte between plain and enriched fields is none that YAML allows.</summary>
    static Dictionary<string, string> Samples(string file)
    {
        var samples = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in File.ReadLines(file))
        {
            var text = line.Trim(' ');
            if (text.StartsWith("type=", StringComparison.Ordinal))
            {
                samples[name] += text + "\n";
            }
            else if (
                text.EndsWith(": |", StringComparison.Ordinal)
                || text.EndsWith(": >", StringComparison.Ordinal)
            )
            {
                name = text[..^3].Trim('"', '\'');
                samples[name] = "";
            }
        }

        return samples;
    }

    [Fact]
    public void Audit_logs_of_the_corpus_are_read_whole()
    {
        var folder = Corpus.Need("auth");
        foreach (
            var path in (string[])
                [
                    "plaso/audit_enriched.log",
                    "crowdsec-hub/auditd-logs/auditd-logs.log",
                    "crowdsec-hub/auditd-suid-crash/auditd-suid-crash.log",
                    "go-libaudit/auparse/test3.log",
                ]
        )
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, path));
            var read = CollectedRecords.Of(Format, bytes);
            Assert.Empty(read.Rejects);
            // An event is told by its stamp: counted with nothing of the reader.
            var stamps = Encoding
                .UTF8.GetString(bytes)
                .Split('\n')
                .Select(line => line.Split("audit(")[^1].Split(')')[0])
                .Where(stamp => stamp.Length > 0)
                .Distinct()
                .Count();
            output.WriteLine($"{path}: {read.Records.Count} events");
            Assert.Equal(stamps, read.Records.Count);
        }
    }
}
