using System.Text;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>Runs the tables beside the maps: <c>maps/NAME.cases.yaml</c>, logs and what must come of them.</summary>
/// <remarks>
/// A case is either
/// <list type="bullet">
/// <item><c>sample</c>, text of a log in <c>format</c> (the reader; it must be the one that recognises the text), with a <c>file</c> name
/// where that matters, and <c>expect</c>: the event or the list of events that this map makes of it, in order. Other maps' events are not
/// looked at. <c>rejects</c> lists the positions that are refused; none where it is not there.</item>
/// <item>or <c>record</c>, fields of one record, for formats that no text can show (evtx); the expected event stands beside it.</item>
/// </list>
/// An event has <c>class</c>, <c>columns</c> (those not named are not looked at; an empty text: the column is null) and <c>extra</c>, which is
/// compared whole: a field that is neither in a column nor there was lost. A sample's event may leave <c>extra</c> out.
/// </remarks>
public sealed class MapCaseTests
{
    static readonly SourceMaps Maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    public static TheoryData<string, int, string> Cases()
    {
        var cases = new TheoryData<string, int, string>();
        foreach (
            var file in Directory
                .EnumerateFiles(RepositoryRoot.Combine("maps"), "*.cases.yaml")
                .Order(StringComparer.Ordinal)
        )
        {
            var index = 0;
            foreach (var one in Read(file))
            {
                cases.Add(Path.GetFileName(file), index++, Scalar(one, "name") ?? "");
            }
        }

        return cases;
    }

    [Fact]
    public void Every_map_has_cases() =>
        Assert.Empty(
            Maps.Maps.Where(map =>
                    !File.Exists(RepositoryRoot.Combine("maps", map.Id + ".cases.yaml"))
                )
                .Select(map =>
                    $"maps/{map.Id}.cases.yaml is missing: a sample of each event it makes, see maps/sshd.cases.yaml"
                )
        );

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logs_become_what_the_table_says(string file, int index, string name)
    {
        var one = Read(RepositoryRoot.Combine("maps", file))[index];
        var place = $"maps/{file}:{one.Line} {name}";
        var id = file[..^".cases.yaml".Length];
        var map = Maps.Maps.Single(map => map.Id == id);
        if (one.Find("record") is not null)
        {
            Compare(place, one, Assert.Single(EventsOf(map, one, place)), needsExtra: true);
            return;
        }

        var expected = one.Find("expect") switch
        {
            YamlNode.Sequence several => several.Items.Cast<YamlNode.Mapping>(),
            YamlNode.Mapping single => [single],
            _ => throw new InvalidDataException($"{place}: a sample has 'expect'"),
        };
        var events = EventsOfSample(map, one, place);
        Assert.Equal(
            (place, string.Join(", ", expected.Select(want => Scalar(want, "class")))),
            (place, string.Join(", ", events.Select(found => found.Class.Name)))
        );
        foreach (var (want, found) in expected.Zip(events))
        {
            Compare(place, want, found, needsExtra: false);
        }
    }

    static List<MappedEvent> EventsOf(SourceMap map, YamlNode.Mapping one, string place)
    {
        var record = new Record();
        foreach (var (key, value) in Pairs(one, "record"))
        {
            record.Add(key, value);
        }

        var mapping = new Mapping(Maps, map.Formats[0], "x");
        mapping.Accept(record);
        Assert.True(mapping.Rejects.Count == 0, $"{place}: {string.Join(' ', mapping.Rejects)}");
        Assert.Equal((place, map.Id), (place, mapping.Events[0].Source));
        return mapping.Events;
    }

    static List<MappedEvent> EventsOfSample(SourceMap map, YamlNode.Mapping one, string place)
    {
        var name = Scalar(one, "format") ?? map.Formats[0];
        Assert.Contains(name, map.Formats);
        var sample = Encoding.UTF8.GetBytes(Scalar(one, "sample")!);
        var fileName = Scalar(one, "file") ?? "x.log";
        var surest = LogFormats.All.MaxBy(format => format.Detect(sample, fileName))!;
        Assert.Equal((place, name), (place, surest.Name));
        var mapping = new Mapping(Maps, name, fileName);
        surest.Read(
            new MemoryStream(sample),
            Mapping.Options(fileName),
            mapping,
            CancellationToken.None
        );
        var rejects = one.Find("rejects") is YamlNode.Sequence positions
            ? string.Join(' ', positions.Items.Cast<YamlNode.Scalar>().Select(at => at.Text))
            : "";
        Assert.True(
            rejects == string.Join(' ', mapping.Rejects.Select(reject => reject.Position)),
            $"{place}: rejects {string.Join(' ', mapping.Rejects)}"
        );
        return [.. mapping.Events.Where(found => found.Source == map.Id)];
    }

    static void Compare(string place, YamlNode.Mapping want, MappedEvent found, bool needsExtra)
    {
        Assert.Equal((place, Scalar(want, "class")), (place, found.Class.Name));
        foreach (var (name, expected) in Pairs(want, "columns"))
        {
            Assert.True(
                found.Columns.TryGetValue(name, out var value),
                $"{place}: {name} is no column of {found.Class.Name}"
            );
            Assert.Equal((place, name, expected), (place, name, value));
        }

        if (needsExtra || want.Find("extra") is not null)
        {
            var extra = found.Columns["extra"] is { Length: > 0 } json
                ? JsonDocument
                    .Parse(json)
                    .RootElement.EnumerateObject()
                    .Select(pair => $"{pair.Name}={pair.Value}")
                : [];
            Assert.Equal(
                string.Join(
                    '\n',
                    Pairs(want, "extra").Select(pair => $"{pair.Key}={pair.Value}").Order()
                ),
                string.Join('\n', extra.Order())
            );
        }
    }

    static IReadOnlyList<YamlNode.Mapping> Read(string file) =>
        [
            .. (
                (YamlNode.Sequence)YamlTree.Read(File.ReadAllText(file), file)
            ).Items.Cast<YamlNode.Mapping>(),
        ];

    static string? Scalar(YamlNode.Mapping one, string key) =>
        (one.Find(key) as YamlNode.Scalar)?.Text;

    static IEnumerable<(string Key, string Value)> Pairs(YamlNode.Mapping one, string key) =>
        one.Find(key) is YamlNode.Mapping mapping
            ? mapping.Entries.Select(pair => (pair.Key.Text, ((YamlNode.Scalar)pair.Value).Text))
            : [];
}
