using System.Text.Json;
using Harrier.Cli;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Cli;

public sealed class MapVerbTests : IDisposable
{
    const string Map =
        "id: door\nformats: [json]\nwhen: { product: door, site: north }\nunless: { test: \"*\" }\ntime: timestamp\ncommon:\n  host: gate | host\nevents:\n  - when: { kind: open }\n    class: other\n    action: open\n";

    const string Log =
        "{\"timestamp\":\"2026-03-02T10:00:00Z\",\"product\":\"door\",\"site\":\"north\",\"gate\":\"G1.corp\",\"kind\":\"open\",\"note\":\"\\u001b[2J\"}\n"
        + "{\"timestamp\":\"2026-03-02T10:00:00Z\",\"product\":\"door\",\"site\":\"south\"}\n"
        + "{\"timestamp\":\"2026-03-02T10:00:00Z\",\"product\":\"door\",\"site\":\"north\",\"test\":\"1\"}\n"
        + "{\"timestamp\":\"2026-03-02T10:00:00Z\",\"product\":\"door\"}\n"
        + "{\"timestamp\":\"soon\",\"product\":\"door\",\"site\":\"north\"}\n"
        + "{broken}\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Test_shows_columns_extra_conditions_and_rejects()
    {
        var (code, stdout, _) = Harrier("map", "test", Put("door.yaml", Map), Put("a.json", Log));
        Assert.Equal(Application.Done, code);
        Assert.DoesNotContain('\u001b', stdout);
        foreach (
            var text in new[]
            {
                "class other (event 1 of the map)",
                "gate | host",
                "␛[2J",
                "when site: it is 'south', wanted is 'north'",
                "unless test: it is '1'",
                "when site: the record has no such field",
                "Field timestamp holds no time",
                "5 records: 1 mapped (1 shown), 3 not taken, 1 without a time; 2 rejects",
            }
        )
        {
            Assert.Contains(text, stdout, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Test_says_the_same_as_json()
    {
        var (_, stdout, _) = Harrier(
            "--json",
            "map",
            "test",
            Put("door.yaml", Map),
            Put("a.json", Log),
            "--limit",
            "1"
        );
        var root = JsonDocument.Parse(stdout).RootElement;
        Assert.Equal("harrier.map.test/1", root.GetProperty("schema").GetString());
        var one = root.GetProperty("events")[0];
        Assert.Equal("\u001b[2J", one.GetProperty("extra").GetProperty("note").GetString());
        Assert.Equal(3, root.GetProperty("reasons").GetArrayLength());
        Assert.Equal(1, root.GetProperty("rejects").GetArrayLength());
        Assert.Equal(2, root.GetProperty("rejected").GetInt64());
    }

    [Fact]
    public void A_format_that_the_map_does_not_take_is_told()
    {
        var csv = Put("a.csv", "time,a\n2026-03-02 10:00:00,1\n");
        var (code, _, stderr) = Harrier("map", "test", Put("door.yaml", Map), csv);
        Assert.Equal(Application.CallIsWrong, code);
        Assert.Contains("the map takes json", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_map_is_written_once_and_takes_its_sample()
    {
        var log = Put("a.json", Log);
        var map = Path.Combine(_folder, "gates.yaml");
        Assert.Equal(Application.Done, Harrier("map", "new", log, "--out", map).Code);
        Assert.Contains("id: gates\n", File.ReadAllText(map), StringComparison.Ordinal);
        Assert.Equal(Application.Done, Harrier("map", "test", map, log).Code);

        var (again, _, stderr) = Harrier("map", "new", log, "--out", map);
        Assert.Equal(Application.CallIsWrong, again);
        Assert.Contains("it is kept", stderr, StringComparison.Ordinal);

        var (code, stdout, _) = Harrier("map", "new", log);
        Assert.Equal(Application.Done, code);
        Assert.Contains("id: a\n", stdout.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Unmapped_names_the_fields_that_stay_in_extra_and_the_map_to_write()
    {
        Harrier("import", Put("a.json", Log));
        var (code, stdout, _) = Harrier("--json", "data", "unmapped");
        Assert.Equal(Application.Done, code);
        var root = JsonDocument.Parse(stdout).RootElement;
        var source = root.GetProperty("sources")[0];
        Assert.Equal("", source.GetProperty("source").GetString());
        Assert.Equal(5, source.GetProperty("sampled").GetInt64());
        Assert.Equal(
            ["product 5", "site 4", "gate 1", "kind 1", "note 1", "test 1", "timestamp 1"],
            source
                .GetProperty("fields")
                .EnumerateArray()
                .Select(field => $"{field.GetProperty("field")} {field.GetProperty("events")}")
        );
        Assert.Contains(
            "harrier map new",
            root.GetProperty("next").GetString(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\u001b', Harrier("data", "unmapped", "none").Stdout);
        Assert.Equal(Application.CallIsWrong, Harrier("data", "unmapped", "nowhere").Code);
    }

    string Put(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    (int Code, string Stdout, string Stderr) Harrier(params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = Application.Run(
            ["--workspace", Path.Combine(_folder, "ws"), .. args],
            stdout,
            stderr,
            new FakeTimeProvider(new DateTimeOffset(2026, 5, 13, 8, 0, 0, TimeSpan.Zero))
        );
        return (code, stdout.ToString(), stderr.ToString());
    }
}
