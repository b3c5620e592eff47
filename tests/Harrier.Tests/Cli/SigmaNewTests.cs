using System.Text.Json;
using Harrier.Cli;
using Harrier.Tests.Hunts;

namespace Harrier.Tests.Cli;

/// <summary>Scans of what is new, and while importing.</summary>
public sealed class SigmaNewTests : IDisposable
{
    readonly SigmaLake _lake = SigmaLake.Filled();

    public void Dispose() => _lake.Dispose();

    string Rules => _lake.Put("rules.yml", SigmaLake.Rules);

    [Fact]
    public void Only_what_was_imported_since_the_last_scan_is_told()
    {
        Assert.Equal(9, Scan().GetProperty("events").GetInt64());
        Assert.Equal(0, Scan().GetProperty("events").GetInt64());
        Assert.Contains(
            "nothing was imported since",
            _lake.Harrier("sigma", "scan", Rules, "--new").Stdout,
            StringComparison.Ordinal
        );
        _lake.Start(
            3 * HuntLake.Hour,
            "ws-9",
            "zoe",
            "powershell.exe",
            "powershell -enc DDDD",
            @"C:\Windows\explorer.exe"
        );
        var root = Scan();
        Assert.Equal(1, root.GetProperty("events").GetInt64());
        Assert.Equal(
            "I-0002",
            Assert.Single(root.GetProperty("new_imports").EnumerateArray()).GetString()
        );
        var match = Assert.Single(root.GetProperty("matches").EnumerateArray());
        Assert.Equal(1, match.GetProperty("count").GetInt64());
        Assert.Equal("ws-9", match.GetProperty("hosts")[0].GetString());
        Assert.Empty(root.GetProperty("correlations").EnumerateArray());
    }

    [Fact]
    public void A_correlation_that_began_before_is_told_when_a_new_event_completes_it()
    {
        Assert.Single(Scan().GetProperty("correlations").EnumerateArray());
        // ben asked once at one o'clock on ws-3; this is the second time.
        _lake.Start(
            HuntLake.Hour + HuntLake.Minute,
            "ws-1",
            "ben",
            "whoami.exe",
            "whoami",
            @"C:\Windows\System32\cmd.exe"
        );
        var alert = Assert.Single(Scan().GetProperty("correlations").EnumerateArray());
        Assert.Equal(@"CORP\ben", alert.GetProperty("group").GetProperty("User").GetString());
    }

    [Fact]
    public void Rules_that_changed_are_scanned_over_everything()
    {
        Scan();
        _lake.Put("rules.yml", SigmaLake.Rules + "\n# changed\n");
        var (_, stdout, _) = _lake.Harrier(
            "--json",
            "sigma",
            "scan",
            _lake.PathOf("rules.yml"),
            "--new"
        );
        Assert.Equal(9, JsonDocument.Parse(stdout).RootElement.GetProperty("events").GetInt64());
    }

    [Theory]
    [InlineData("--from", "-1d")]
    [InlineData("--stats")]
    [InlineData("--leads")]
    public void What_is_new_and_what_is_there_are_two_questions(params string[] other) =>
        Assert.Equal(
            Application.CallIsWrong,
            _lake.Harrier(["sigma", "scan", Rules, "--new", .. other]).Code
        );

    [Fact]
    public void An_import_scans_what_it_brings_as_a_scan_would()
    {
        var log = _lake.Put(
            "sysmon.ndjson",
            string.Concat(
                Enumerable
                    .Range(0, 40)
                    .Select(at =>
                        $$$$"""
                            {"@timestamp":"2025-03-12T10:{{{{at:00}}}}:00Z","event":{"code":"1","provider":"Microsoft-Windows-Sysmon","module":"sysmon","action":"Process Create"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","provider_name":"Microsoft-Windows-Sysmon","event_id":"1","computer_name":"ws-{{{{at
                                % 3}}}}.corp.example","event_data":{"UtcTime":"2025-03-12 10:{{{{at:00}}}}:00.000","Image":"C:\\Windows\\System32\\{{{{(
                                at % 2 == 0 ? "powershell" : "cmd"
                            )}}}}.exe","CommandLine":"powershell -enc AAAA","User":"CORP\\u{{{{at
                                % 4}}}}","ParentImage":"C:\\Windows\\explorer.exe"}}}

                            """.ReplaceLineEndings(
                            "\n"
                        )
                    )
            )
        );
        var (code, stdout, _) = _lake.Harrier("--json", "import", log, "--sigma", Rules);
        Assert.Equal(Application.Done, code);
        var sigma = JsonDocument.Parse(stdout).RootElement.GetProperty("sigma");
        Assert.Equal("harrier.sigma.scan/1", sigma.GetProperty("schema").GetString());
        var match = Assert.Single(sigma.GetProperty("matches").EnumerateArray());
        Assert.Equal(20, match.GetProperty("count").GetInt64());
        Assert.Equal(3, match.GetProperty("hosts").GetArrayLength());

        var scanned = _lake.Harrier(
            "--json",
            "sigma",
            "scan",
            Rules,
            "--from",
            "2025-03-12T10:00:00Z",
            "--to",
            "2025-03-12T11:00:00Z"
        );
        var later = JsonDocument.Parse(scanned.Stdout).RootElement;
        Assert.Equal(
            later.GetProperty("matches").ToString(),
            sigma.GetProperty("matches").ToString()
        );
    }

    [Fact]
    public void An_import_that_scanned_leaves_nothing_new()
    {
        var rule = _lake.Put("one.yml", SigmaLake.Rules.Split("---\n")[0]);
        Assert.Equal(9, Scan(rule).GetProperty("events").GetInt64());
        var log = _lake.Put("a.log", "2025-03-12T10:00:00Z something\n");
        _lake.Harrier("import", log, "--sigma", rule);
        Assert.Equal(0, Scan(rule).GetProperty("events").GetInt64());
    }

    JsonElement Scan(string? rules = null) =>
        JsonDocument
            .Parse(_lake.Harrier("--json", "sigma", "scan", rules ?? Rules, "--new").Stdout)
            .RootElement;
}
