using System.Globalization;
using System.Text.Json;
using Harrier.Telemetry;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Harrier.Tests.Telemetry.Carried;

/// <summary>The table beside this file: logs that exports of other systems carry as text.</summary>
public sealed class CarriedLogsTests : IDisposable
{
    public sealed class CarriedCase
    {
        public string Case { get; set; } = "";
        public string File { get; set; } = "";
        public string Log { get; set; } = "";
        public List<Dictionary<string, object>> Expect { get; set; } = [];
    }

    static readonly List<CarriedCase> s_table = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .Build()
        .Deserialize<List<CarriedCase>>(
            File.ReadAllText(
                RepositoryRoot.Combine(
                    "tests/Harrier.Tests/Telemetry/Carried",
                    "Carried.cases.yaml"
                )
            )
        );

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-carried-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names() => [.. s_table.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_carried_log_is_read_as_if_it_had_come_alone(string name)
    {
        var one = s_table.Single(candidate => candidate.Case == name);
        File.WriteAllText(Path.Combine(_folder, one.File), one.Log);
        var events = new CollectedEvents();
        var receipt = ImportTests
            .NewImport(new ImportOptions([_folder]), events)
            .Run(CancellationToken.None);
        Assert.Equal(0, receipt.Rejected);
        Assert.Equal(one.Expect.Count, receipt.Imported);
        Assert.Equal(
            receipt.Imported,
            receipt.Files.Sum(file => file.File.Sources.Sum(source => source.Value))
        );
        var rows = events.Events.OrderBy(row => row["record"]).ThenBy(row => row["time"]).ToList();
        foreach (var (expected, row) in one.Expect.Zip(rows))
        {
            foreach (var (column, value) in expected)
            {
                if (column == "_carrier")
                {
                    Kept((Dictionary<object, object>)value, (string)row["extra"]!);
                }
                else
                {
                    Assert.Equal((column, value), (column, Text(column, row[column])));
                }
            }
        }
    }

    static void Kept(Dictionary<object, object> expected, string extra)
    {
        using var json = JsonDocument.Parse(extra);
        foreach (var (name, value) in expected)
        {
            Assert.Equal(value, json.RootElement.GetProperty($"_carrier.{name}").GetString());
        }
    }

    static string Text(string column, object? value) =>
        column == "time"
            ? DateTime
                .UnixEpoch.AddMicroseconds((long)value!)
                .ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture)
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
