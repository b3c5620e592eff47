using Harrier.Telemetry.Maps;

namespace Harrier.Tests.Telemetry;

public sealed class MapDraftTests : IDisposable
{
    const string Proxy =
        "{\"timestamp\":\"2026-03-02T10:00:00Z\",\"product\":\"acme proxy\",\"source.ip\":\"10.0.0.5\",\"DestinationIp\":\"198.51.100.7\",\"dst_port\":443,\"protocol\":\"tcp\",\"odd|name\":\"x\",\"rule: a\":7,\"host.name\":\"WS1.corp.example\"}\n"
        + "{\"timestamp\":\"2026-03-02T10:00:01Z\",\"product\":\"acme proxy\",\"source.ip\":\"10.0.0.6\",\"DestinationIp\":\"198.51.100.8\",\"dst_port\":80,\"protocol\":\"tcp\",\"odd|name\":\"y\",\"rule: a\":8,\"host.name\":\"WS2.corp.example\"}\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-draft-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("proxy.json", "json", "network", "timestamp", Proxy)]
    [InlineData(
        "vpn.csv",
        "csv",
        "logon",
        "event_time",
        "event_time,TargetUserName,IpAddress,Status,City\n2026-03-02 10:00:00,anna,10.0.0.5,ok,Oslo\n2026-03-02 10:00:01,ben,10.0.0.6,bad,Rome\n"
    )]
    [InlineData(
        "days.csv",
        "csv",
        "other",
        "Date + ' ' + Time",
        "Badge,Date,Time\n17,2026-03-02,10:00:00\n18,2026-03-03,11:00:00\n"
    )]
    [InlineData(
        "site.log",
        "w3c",
        null,
        null,
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-03-02 10:00:00 10.0.0.5 GET /a 200\n2026-03-02 10:00:01 10.0.0.6 GET /b 404\n"
    )]
    [InlineData(
        "messages.log",
        "syslog",
        null,
        null,
        "Mar  2 10:00:00 gate door[7]: opened by anna\nMar  2 10:00:01 gate door[7]: closed\n"
    )]
    [InlineData(
        "dns.log",
        "zeek",
        null,
        "ts",
        "#separator \\x09\n#path\tbadge\n#fields\tts\tuid\tid.orig_h\tdoor\n#types\ttime\tstring\taddr\tstring\n1773057600.5\tC1\t10.0.0.5\tnorth\n1773057601.5\tC2\t10.0.0.6\tsouth\n"
    )]
    public void A_draft_loads_and_maps_its_own_sample(
        string name,
        string format,
        string? eventClass,
        string? time,
        string text
    )
    {
        var (draft, trial) = Of(name, text);
        Assert.Equal(format, draft.Format);
        Assert.Equal((2, 2, 0), (trial.Records, trial.Taken, trial.Rejected));
        Assert.Equal(eventClass ?? draft.Class.Name, draft.Class.Name);
        Assert.Equal(time ?? draft.Time, draft.Time);
    }

    [Fact]
    public void Names_of_sigma_ecs_and_the_schema_are_recognised_and_the_rest_is_listed()
    {
        var (draft, trial) = Of("proxy.json", Proxy);
        Assert.Equal(
            [
                "computer=host.name",
                "host=host.name | host",
                "dst_ip=DestinationIp | address",
                "dst_port=dst_port",
                "protocol=protocol",
                "src_ip=source.ip | address",
            ],
            draft
                .Columns.Select(pair => $"{pair.Column}={pair.Expression}")
                .Order(StringComparer.Ordinal)
                .OrderBy(text => text[0] is 'd' or 'p' or 's')
        );
        Assert.Equal(["product", "odd|name", "rule: a"], draft.Others);
        Assert.Contains("when: { product: acme proxy }", draft.Yaml, StringComparison.Ordinal);
        Assert.Contains("#   \"\\\"odd|name\\\"\": \"x\"", draft.Yaml, StringComparison.Ordinal);
        var columns = trial.Events[0].Columns.ToDictionary(one => one.Column, one => one.Value);
        Assert.Equal("2026-03-02T10:00:00.000000Z", columns["time"]);
        Assert.Equal("ws1", columns["host"]);
    }

    [Theory]
    [InlineData("a\\nevents: []", "v")]
    [InlineData("\\u001b[2J", "\\u001b[2J\\u202e")]
    [InlineData("'", "'")]
    [InlineData("\\\"", "\\\"")]
    [InlineData("domain_user a b", "#")]
    [InlineData("x ?? y", "a: [b")]
    [InlineData("a + b", "*")]
    [InlineData("😀", "😀")]
    [InlineData("source", "\\\"}\\nclass: x")]
    [InlineData("product", "a\\\\b😀")]
    [InlineData(" time ", "2026-03-02T10:00:00Z")]
    [InlineData("image", "C:\\\\a|b")]
    [InlineData("no", "yes")]
    public void Hostile_names_and_values_stay_what_they_are(string name, string value)
    {
        var record =
            $"{{\"timestamp\":\"2026-03-02T10:00:00Z\",\"{name}\":\"{value}\",\"command_line\":\"a\",\"{name}2\":\"{value}\"}}\n";
        var (draft, trial) = Of("a.json", record + record);
        Assert.Equal((2, 0), (trial.Taken, trial.Rejected));
        Assert.DoesNotContain(
            draft.Yaml,
            letter => (char.IsControl(letter) && letter != '\n') || letter == '\u202e'
        );
    }

    [Fact]
    public void A_sample_without_times_makes_a_draft_that_says_so()
    {
        File.WriteAllText(Path.Combine(_folder, "t.csv"), "door,count\nnorth,400000000\n");
        var draft = MapDraft.Of(
            Path.Combine(_folder, "t.csv"),
            "csv",
            null,
            CancellationToken.None
        );
        Assert.Null(draft.Time);
        Assert.Contains("# time: no field", draft.Yaml, StringComparison.Ordinal);
        SourceMaps.Read(draft.Yaml, "t.yaml");
    }

    (MapDraft, MapTrial) Of(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        var draft = MapDraft.Of(path, null, null, CancellationToken.None);
        var map = SourceMaps.Read(draft.Yaml, draft.Id + ".yaml");
        return (draft, MapTrial.Of(map, path, null, 5, CancellationToken.None));
    }
}
