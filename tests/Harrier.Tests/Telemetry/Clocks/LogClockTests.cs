using System.Globalization;
using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Maps;
using YamlDotNet.Serialization;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>The table beside this file: times as logs write them, and when that was.</summary>
public sealed class LogClockTests
{
    public sealed class TimeCase
    {
        public string Case { get; set; } = "";
        public List<string> Log { get; set; } = [];
        public string Zone { get; set; } = "UTC";
        public int Year { get; set; } = 2000;
        public string? Written { get; set; }
        public List<string> Utc { get; set; } = [];
    }

    static readonly List<TimeCase> Table = new DeserializerBuilder()
        .WithNamingConvention(
            YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance
        )
        .Build()
        .Deserialize<List<TimeCase>>(
            File.ReadAllText(
                RepositoryRoot.Combine("tests/Harrier.Tests/Telemetry/Clocks", "Times.cases.yaml")
            )
        );

    public static TheoryData<string> Names() => [.. Table.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Times_are_what_the_table_says(string name)
    {
        var one = Table.Single(candidate => candidate.Case == name);
        var clock = new LogClock(
            LocalZone.Parse(one.Zone),
            one.Year,
            one.Written is null ? null : DateTime.Parse(one.Written, CultureInfo.InvariantCulture)
        );
        Assert.Equal(one.Utc, one.Log.Select(text => Utc(text, clock)));
    }

    [Theory]
    [InlineData("Europe/Berln", "Europe/Berlin")]
    [InlineData("+25:00", "+02:00")]
    [InlineData("CEST", "IANA")]
    public void What_is_no_zone_is_told(string text, string remedy)
    {
        var fault = Assert.Throws<HarrierFault>(() => LocalZone.Parse(text));
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
    }

    static string Utc(string text, LogClock clock)
    {
        if (!TimeText.TryParse(Encoding.UTF8.GetBytes(text), clock, out var time))
        {
            return "";
        }

        clock.Follow(time);
        return DateTime
            .UnixEpoch.AddMicroseconds(time)
            .ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
    }
}
