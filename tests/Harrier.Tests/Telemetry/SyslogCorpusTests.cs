using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.ShellHistory;
using Harrier.Telemetry.Formats.Syslog;

namespace Harrier.Tests.Telemetry;

/// <summary>Messages of Linux programs against public logs whose templates, or fields, others have told.</summary>
public sealed partial class SyslogCorpusTests(ITestOutputHelper output)
{
    static readonly SyslogFormat Format = new();

    /// <summary>What a template of loghub is called here; templates that are not named are of no program that is taken apart.</summary>
    static readonly Dictionary<string, string> s_openSsh = new()
    {
        ["E1"] = "accepted",
        ["E2"] = "connection-closed",
        ["E3"] = "no-identification",
        ["E4"] = "too-many-failures",
        ["E5"] = "too-many-failures",
        ["E6"] = "received-disconnect",
        ["E7"] = "received-disconnect",
        ["E8"] = "failed",
        ["E9"] = "failed",
        ["E10"] = "failed",
        ["E11"] = "",
        ["E12"] = "invalid-user-request",
        ["E13"] = "invalid-user",
        ["E14"] = "failed",
        ["E15"] = "more-failures",
        ["E16"] = "more-failures",
        ["E17"] = "more-failures",
        ["E18"] = "max-retries",
        ["E19"] = "pam-failure",
        ["E20"] = "pam-failure",
        ["E21"] = "unknown-user",
        ["E22"] = "session-closed",
        ["E23"] = "session-opened",
        ["E24"] = "received-disconnect",
        ["E25"] = "received-disconnect",
        ["E26"] = "received-disconnect",
        ["E27"] = "reverse-mapping-failed",
    };

    static readonly Dictionary<string, string> s_linux = new()
    {
        ["E9"] = "login",
        ["E13"] = "login-failed",
        ["E14"] = "login-failed",
        ["E15"] = "pam-failure",
        ["E16"] = "pam-failure",
        ["E17"] = "pam-failure",
        ["E18"] = "pam-failure",
        ["E19"] = "pam-failure",
        ["E27"] = "unknown-user",
        ["E29"] = "ftp-connection",
        ["E91"] = "login",
        ["E101"] = "session-closed",
        ["E102"] = "session-opened",
        ["E103"] = "session-opened",
    };

    [Theory]
    [InlineData("OpenSSH")]
    [InlineData("Linux")]
    public void Templates_are_the_events_of_their_programs(string name)
    {
        var log = Corpus.Need("auth", "loghub", name, $"{name}_2k.log");
        var events = name == "OpenSSH" ? s_openSsh : s_linux;
        var read = CollectedRecords.Of(Format, File.ReadAllBytes(log), year: 2015);
        Assert.Empty(read.Rejects);
        var templates = Templates(log + "_structured.csv.gz");
        Assert.Equal(templates.Count, read.Records.Count);
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var addresses = 0;
        foreach (var ((id, content), record) in templates.Zip(read.Records))
        {
            var found = record.GetValueOrDefault("event", "");
            var key = $"{id} {found}";
            counts[key] = counts.GetValueOrDefault(key) + 1;
            Assert.Equal((content, events.GetValueOrDefault(id, "")), (content, found));
            if (record.TryGetValue("src_ip", out var address))
            {
                Assert.Contains(address, content, StringComparison.Ordinal);
                addresses += Address().IsMatch(address) ? 1 : 0;
            }
        }

        foreach (var (key, count) in counts)
        {
            output.WriteLine($"{count, 5} {key}");
        }

        output.WriteLine($"{addresses} addresses");
    }

    [Fact]
    public void Elastics_sample_has_the_same_fields()
    {
        var log = Corpus.Need("auth", "elastic-package", "system", "auth", "test-auth.log");
        var read = CollectedRecords.Of(Format, File.ReadAllBytes(log), year: 2023);
        using var golden = JsonDocument.Parse(File.ReadAllText(log + "-expected.json"));
        var expected = golden.RootElement.GetProperty("expected").EnumerateArray().ToList();
        Assert.Equal(expected.Count, read.Records.Count);
        foreach (var (want, found) in expected.Zip(read.Records))
        {
            var place = found["message"];
            Assert.Equal((place, Text(want, "process", "name")), (place, found["program"]));
            Assert.Equal(
                (place, Text(want, "process", "pid")),
                (place, found.GetValueOrDefault("pid", ""))
            );
            Assert.Equal((place, Text(want, "@timestamp")[..19]), (place, found["time"][..19]));
            if (Text(want, "source", "ip") is { Length: > 0 } ip)
            {
                Assert.Equal((place, ip), (place, found["src_ip"]));
                Assert.Equal(
                    (place, Text(want, "source", "port")),
                    (place, found.GetValueOrDefault("src_port", ""))
                );
            }

            var user = Text(want, "user", "name");
            Assert.Equal(
                (place, user),
                (
                    place,
                    found.GetValueOrDefault("user") ?? (user == "apache" ? found["target"] : "")
                )
            );
            Assert.Equal(
                (place, Text(want, "system", "auth", "sudo", "command")),
                (place, found.GetValueOrDefault("command", ""))
            );
            Assert.Equal(
                (place, Text(want, "system", "auth", "ssh", "method")),
                (place, found.GetValueOrDefault("method", ""))
            );
        }
    }

    [Fact]
    public void Every_line_of_crowdsecs_sshd_logs_is_an_event()
    {
        var folder = Corpus.Need("auth", "crowdsec-hub");
        var (lines, without) = (0, 0);
        foreach (
            var log in Directory
                .EnumerateFiles(folder, "*.log", SearchOption.AllDirectories)
                .Where(IsOfSshd)
                .Order(StringComparer.Ordinal)
        )
        {
            var read = CollectedRecords.Of(Format, File.ReadAllBytes(log));
            var none = read
                .Records.Where(record => !record.ContainsKey("event"))
                .Select(record => record["message"])
                .ToList();
            output.WriteLine(
                $"{Path.GetFileName(log)}: {read.Records.Count} lines, {none.Count} without an event"
            );
            foreach (var message in none)
            {
                output.WriteLine("    " + message);
            }

            lines += read.Records.Count;
            without += none.Count;
        }

        Assert.True(without * 20 <= lines, $"{without} of {lines} lines have no event");
    }

    [Theory]
    [InlineData("branch-office-days")]
    [InlineData("branch-office-quiet")]
    [InlineData("meridian-loop61")]
    public void Linux_hosts_of_eforge_are_read_whole(string name)
    {
        using var zip = ZipFile.OpenRead(Corpus.Need("eforge", name, "data.zip"));
        var events = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var commands = 0;
        foreach (var member in zip.Entries.Where(member => member.Length > 0))
        {
            var isHistory = member.FullName.EndsWith("bash_history", StringComparison.Ordinal);
            if (!isHistory && member.Name != "syslog.log")
            {
                continue;
            }

            using var content = new MemoryStream();
            using (var packed = member.Open())
            {
                packed.CopyTo(content);
            }

            var lines = System
                .Text.Encoding.UTF8.GetString(content.ToArray())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            ILogFormat format = isHistory ? new HistoryFormat() : Format;
            var read = CollectedRecords.Of(format, content.ToArray(), member.FullName);
            Assert.Empty(read.Rejects);
            if (isHistory)
            {
                Assert.Equal(
                    lines.Count(line => !Stamp().IsMatch(line)),
                    read.Records.Sum(record => record["command"].Split('\n').Length)
                );
                Assert.All(
                    read.Records,
                    record => Assert.Equal(member.FullName.Split('/')[^3], record["computer"])
                );
                Assert.All(
                    read.Records,
                    record => Assert.Equal(member.Name[..^".bash_history".Length], record["user"])
                );
                commands += read.Records.Count;
                continue;
            }

            Assert.Equal(lines.Length, read.Records.Count);
            foreach (var record in read.Records)
            {
                var key = record.GetValueOrDefault(
                    "event",
                    "none, " + record.GetValueOrDefault("program", "")
                );
                events[key] = events.GetValueOrDefault(key) + 1;
            }
        }

        foreach (var (key, count) in events.OrderByDescending(pair => pair.Value))
        {
            output.WriteLine($"{count, 6} {key}");
        }

        output.WriteLine($"{commands} commands");
    }

    [Fact]
    public void The_auth_log_of_grr_is_read_with_its_wrong_lines()
    {
        var read = CollectedRecords.Of(
            Format,
            File.ReadAllBytes(Corpus.Need("auth", "grr", "auth.log"))
        );
        // 'AWS 26 20:01:38' and 'Wrong line format....'
        Assert.Empty(read.Rejects);
        Assert.Equal(
            ["4", "5"],
            read.Records.Select((record, index) => (record, index))
                .Where(pair => !pair.record.ContainsKey("time"))
                .Select(pair => $"{pair.index + 1}")
        );
        Assert.Equal(
            ["postponed", "accepted", "session-opened"],
            read.Records.Take(3).Select(record => record["event"])
        );
    }

    static bool IsOfSshd(string path) =>
        Path.GetFileName(path).StartsWith("sshd", StringComparison.Ordinal);

    static string Text(JsonElement element, params string[] path)
    {
        foreach (var name in path)
        {
            if (!element.TryGetProperty(name, out element))
            {
                return "";
            }
        }

        return element.ToString();
    }

    static List<(string Id, string Content)> Templates(string file)
    {
        using var text = new StreamReader(
            new GZipStream(File.OpenRead(file), CompressionMode.Decompress)
        );
        var templates = new List<(string, string)>();
        var header = text.ReadLine()!.TrimEnd('\r').Split(',');
        var id = Array.IndexOf(header, "EventId");
        var content = Array.IndexOf(header, "Content");
        while (text.ReadLine() is { } line)
        {
            var values = CsvLine()
                .Matches(line.TrimEnd('\r'))
                .Select(match =>
                    match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value
                )
                .ToList();
            templates.Add((values[id], values[content]));
        }

        return templates;
    }

    [GeneratedRegex(@"(?:^|,)(?:""((?:[^""]|"""")*)""|([^,]*))", RegexOptions.None, 1000)]
    private static partial Regex CsvLine();

    [GeneratedRegex(@"^#\d{10}\r?$", RegexOptions.None, 1000)]
    private static partial Regex Stamp();

    [GeneratedRegex(@"\b\d{1,3}(?:\.\d{1,3}){3}\b", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
