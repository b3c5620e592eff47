using System.Text.Json;
using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>Runs the tables beside the maps: <c>maps/NAME.cases.yaml</c>, fields of a record and what must come of them.</summary>
/// <remarks>
/// A case has <c>record</c>, <c>class</c>, <c>columns</c> (an empty text: the column is null) and <c>extra</c>, which is compared
/// whole: a field that is neither in a column nor there was lost.
/// </remarks>
public sealed class MapCaseTests
{
    static readonly SourceMaps Maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (
            var file in Directory
                .EnumerateFiles(RepositoryRoot.Combine("maps"), "*.cases.yaml")
                .Order(StringComparer.Ordinal)
        )
        {
            for (var index = 0; index < Read(file).Count; index++)
            {
                cases.Add(Path.GetFileName(file), index);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Records_become_what_the_table_says(string file, int index)
    {
        var one = Read(RepositoryRoot.Combine("maps", file))[index];
        var place = $"{file}:{one.Line}";
        var record = new Record();
        foreach (var (key, value) in Pairs(one, "record"))
        {
            record.Add(key, value);
        }

        var id = file[..^".cases.yaml".Length];
        var format = Maps.Maps.Single(map => map.Id == id).Formats[0];
        using var mapper = new EventMapper(
            Maps,
            format,
            "I-0001",
            "x",
            new ReadOptions("x", TimeSpan.Zero, 2026)
        );
        var batches = new EventBatches();
        Assert.True(mapper.TryMap(record, batches, out var eventClass, out var reason), reason);
        Assert.Equal((place, Scalar(one, "class")), (place, eventClass.Name));
        var batch = batches[eventClass];
        Assert.Equal((place, id), (place, batch.Text(CommonColumns.Source).Text(0)));
        foreach (var (name, expected) in Pairs(one, "columns"))
        {
            var column = eventClass.Find(name);
            Assert.True(column is not null, $"{place}: {name} is no column of {eventClass.Name}");
            var found = batch[column.Ordinal] switch
            {
                TextColumn text => text.Text(0),
                IntColumn number when column.Type == ColumnType.Time => number.Value(0) is { } time
                    ? DateTime
                        .UnixEpoch.AddMicroseconds(time)
                        .ToString("yyyy-MM-dd HH:mm:ss.ffffff")
                    : null,
                IntColumn number => number.Value(0)?.ToString(),
                _ => null,
            };
            Assert.Equal((place, name, expected), (place, name, found ?? ""));
        }

        var extra = batch.Text(CommonColumns.Extra).Text(0) is { } json
            ? JsonDocument
                .Parse(json)
                .RootElement.EnumerateObject()
                .Select(pair => $"{pair.Name}={pair.Value}")
            : [];
        Assert.Equal(
            Pairs(one, "extra").Select(pair => $"{pair.Key}={pair.Value}").Order(),
            extra.Order()
        );
    }

    static IReadOnlyList<YamlNode.Mapping> Read(string file) =>
        [
            .. (
                (YamlNode.Sequence)YamlTree.Read(File.ReadAllText(file), file)
            ).Items.Cast<YamlNode.Mapping>(),
        ];

    static string Scalar(YamlNode.Mapping one, string key) =>
        ((YamlNode.Scalar)one.Find(key)!).Text;

    static IEnumerable<(string Key, string Value)> Pairs(YamlNode.Mapping one, string key) =>
        one.Find(key) is YamlNode.Mapping mapping
            ? mapping.Entries.Select(pair => (pair.Key.Text, ((YamlNode.Scalar)pair.Value).Text))
            : [];
}
