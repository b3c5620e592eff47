using System.Text.Json;
using Harrier.Sigma;
using Harrier.Sigma.Modifiers;
using Harrier.Sigma.Testing;

namespace Harrier.Tests.Sigma.Testing;

public sealed class RuleTrialTests
{
    const string Rules = """
        title: failed
        name: failed
        logsource: {product: windows}
        detection: {s: {EventID: 4625}, condition: s}
        ---
        title: many
        name: many
        correlation: {type: event_count, rules: [failed], group-by: [User], timespan: 1m, condition: {gte: 3}}
        """;

    [Fact]
    public void Correlations_run_over_records_in_the_order_of_their_times()
    {
        var trial = new RuleTrial(SigmaRules.Parse(Rules, "t.yml"), "when");
        string[] records =
        [
            """{"when":"2026-01-01T10:00:00Z","EventID":4625,"User":"bob"}""",
            """{"when":"2026-01-01T12:00:30+02:00","EventID":4625,"User":"bob"}""",
            """{"when":"2026-01-01T10:01:00.000000001Z","EventID":4625,"User":"bob"}""",
            """{"when":1767261610.5,"EventID":4625,"User":"bob"}""",
            """{"EventID":4625,"User":"eve"}""",
            """{"when":"2026-01-01T10:00:00Z","EventID":1}""",
        ];

        var matched = records
            .Select((record, number) => trial.Add(JsonDocument.Parse(record).RootElement, number))
            .ToList();
        var alert = Assert.Single(trial.Complete());

        Assert.Equal([true, true, true, true, true, false], matched);
        Assert.Equal(1, trial.Untimed);
        Assert.Equal([0, 3, 1], alert.Events.Select(one => one.Record));
        Assert.Equal("bob", Assert.Single(alert.Group).Value);
    }

    [Fact]
    public void What_can_not_run_is_named()
    {
        var trial = new RuleTrial(
            SigmaRules.Parse(Rules.Replace("[failed]", "[other]"), "t.yml"),
            "when"
        );

        Assert.Contains("'other'", Assert.Single(trial.NotRun).Why);
    }

    [Theory]
    [InlineData("2026-01-01", "2026-01-01T00:00:00.000000")]
    [InlineData("2026-01-01 10:00:00", "2026-01-01T10:00:00.000000")]
    [InlineData("2026-01-01T10:00:00.123456789Z", "2026-01-01T10:00:00.123456")]
    [InlineData("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000000")]
    [InlineData("2026-01-01T10:00:00.5-0530", "2026-01-01T15:30:00.500000")]
    [InlineData("1767261600", "2026-01-01T10:00:00.000000")]
    [InlineData("1767261600.25", "2026-01-01T10:00:00.250000")]
    [InlineData("1767261600123", "2026-01-01T10:00:00.123000")]
    [InlineData("1767261600123456", "2026-01-01T10:00:00.123456")]
    [InlineData("1767261600123456789", "2026-01-01T10:00:00.123456")]
    [InlineData("99999999999999999999999", null)]
    [InlineData("-5", null)]
    [InlineData("10:00", null)]
    [InlineData("2026-13-01T10:00:00Z", null)]
    [InlineData("2026-01-01T10:00:00+99", null)]
    public void Times_are_read_as_written(string text, string? expected) =>
        Assert.Equal(
            expected,
            WrittenTime.Read(text) is { } time
                ? DateTime
                    .UnixEpoch.AddMicroseconds(time.Micros)
                    .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff")
                : null
        );
}
