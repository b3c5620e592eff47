using System.Xml.Linq;

namespace Harrier.Tests.Architecture;

/// <summary>The direction between rooms, held against the project files (docs/ARCHITECTURE.md draws it).</summary>
public class Rooms
{
    static readonly Dictionary<string, string[]> s_mayKnow = new()
    {
        ["Schema"] = [],
        ["Analytics"] = [],
        ["Knowledge"] = [],
        ["Telemetry"] = ["Schema"],
        ["Store"] = ["Schema"],
        ["Sigma"] = ["Schema"],
        ["Intel"] = ["Knowledge", "Schema"],
        ["Hunts"] = ["Store", "Knowledge", "Sigma", "Intel", "Analytics", "Schema"],
        ["Simulation"] = ["Hunts", "Schema"],
        ["Reporting"] = ["Hunts", "Schema"],
        ["Cli"] =
        [
            "Reporting",
            "Simulation",
            "Telemetry",
            "Hunts",
            "Store",
            "Knowledge",
            "Sigma",
            "Intel",
            "Analytics",
            "Schema",
        ],
    };

    // An interface has two implementations, or guards a boundary that a test needs; each stands here with its reason.
    static readonly Dictionary<string, string> s_interfaces = new()
    {
        ["IEventSink"] = "the lake, an engine, a matcher that watches",
        ["IEventStore"] = "the lake, ClickHouse",
        ["ILogFormat"] = "a format each",
        ["ISyslogMessages"] = "a program or appliance each",
        ["IRecordHandler"] = "import, map test, counting",
        ["ITechnique"] = "a technique each",
        ["IReportWriter"] = "HTML, Markdown, JSON",
    };

    public static TheoryData<string> Names => [.. s_mayKnow.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_room_knows_only_the_rooms_it_may(string room)
    {
        var project = XDocument.Load(
            RepositoryRoot.Combine("src", $"Harrier.{room}", $"Harrier.{room}.csproj")
        );

        var known = project
            .Descendants("ProjectReference")
            .Select(reference =>
                Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)
                    .Replace("Harrier.", "")
            );

        Assert.Empty(known.Except(s_mayKnow[room]));
    }

    [Fact]
    public void Only_Store_knows_engines()
    {
        string[] engines = ["DuckDB", "ParquetSharp", "Apache.Arrow", "Parquet.Net", "ClickHouse"];

        var offenders = s_mayKnow
            .Keys.Where(room => room != "Store")
            .Where(room =>
                File.ReadAllText(
                    RepositoryRoot.Combine("src", $"Harrier.{room}", $"Harrier.{room}.csproj")
                )
                    is var text
                && engines.Any(engine => text.Contains($"\"{engine}", StringComparison.Ordinal))
            );

        Assert.Empty(offenders);
    }

    [Fact]
    public void Engine_types_are_internal_to_Store() =>
        Assert.DoesNotContain(
            typeof(Harrier.Store.IEventStore).Assembly.GetExportedTypes(),
            type =>
                type.Namespace is not null
                && type.Namespace.EndsWith("DuckDb", StringComparison.Ordinal)
        );

    [Fact]
    public void Interfaces_are_those_on_the_list()
    {
        var declared = s_mayKnow
            .Keys.SelectMany(room =>
                Directory.EnumerateFiles(
                    RepositoryRoot.Combine("src", $"Harrier.{room}"),
                    "*.cs",
                    SearchOption.AllDirectories
                )
            )
            .SelectMany(File.ReadLines)
            .Select(line =>
                System.Text.RegularExpressions.Regex.Match(
                    line,
                    @"^\s*(?:public |internal )?interface (I\w+)"
                )
            )
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value);

        Assert.Empty(declared.Except(s_interfaces.Keys));
    }
}
