using Harrier.Sigma;
using Harrier.Sigma.Conditions;
using Harrier.Sigma.Language;

namespace Harrier.Tests.Sigma;

public class CorrelationReaderTests
{
    [Fact]
    public void A_correlation_is_read_whole() // S-901, S-904, S-912, S-950
    {
        var correlation = Assert.Single(
            Read(
                """
                title: Many failures, then a success
                name: guessed
                level: high
                correlation:
                  type: value_count
                  rules: [failed_logon, 929a690e-bef0-4204-a928-ef5e620d6fcc]
                  group-by: [user, Host]
                  timespan: 15m
                  aliases:
                    user: {failed_logon: TargetUserName, 929a690e-bef0-4204-a928-ef5e620d6fcc: User}
                  condition: {gte: 5, lt: 10.5, field: [IpAddress, IpPort]}
                generate: true
                """
            ).Correlations
        );

        Assert.Equal(CorrelationType.ValueCount, correlation.Type);
        Assert.Equal(["failed_logon", "929a690e-bef0-4204-a928-ef5e620d6fcc"], correlation.Rules);
        Assert.Equal(["user", "Host"], correlation.GroupBy);
        Assert.Equal(TimeSpan.FromMinutes(15), correlation.Timespan);
        Assert.Equal(
            [
                new CorrelationBound(CorrelationOperator.Gte, 5),
                new CorrelationBound(CorrelationOperator.Lt, 10.5m),
            ],
            correlation.Condition.Bounds
        );
        Assert.Equal(["IpAddress", "IpPort"], correlation.Condition.Fields);
        Assert.Equal("TargetUserName", correlation.Aliases["user"]["failed_logon"]);
        Assert.True(correlation.Generate);
        Assert.Equal("guessed", correlation.Name);
        Assert.Equal("high", correlation.Level);
    }

    [Fact]
    public void Temporal_types_need_no_condition_or_take_one_in_words() // S-913, S-960
    {
        var all = Assert.Single(
            Read(Of("type: temporal, rules: [a, b], timespan: 1h")).Correlations
        );
        var words = Assert.Single(
            Read(
                Of("type: temporal, rules: [a, b], timespan: 1h, condition: a and not b")
            ).Correlations
        );

        Assert.Empty(all.Condition.Bounds);
        Assert.Null(all.Condition.Expression);
        var and = Assert.IsType<ConditionTree.And>(words.Condition.Expression);
        Assert.Equal(new ConditionTree.Name("a"), and.Terms[0]);
        Assert.Equal(new ConditionTree.Not(new ConditionTree.Name("b")), and.Terms[1]);
    }

    [Fact]
    public void A_median_is_the_percentile_50()
    {
        var median = Assert.Single(
            Read(
                Of("type: value_median, rules: a, timespan: 2w, condition: {gt: 1, field: n}")
            ).Correlations
        );

        Assert.Equal(CorrelationType.ValuePercentile, median.Type);
        Assert.Equal(50, median.Condition.Percentile);
        Assert.Equal(TimeSpan.FromDays(14), median.Timespan);
    }

    [Theory]
    [InlineData("type: event_count, rules: [a], timespan: 0s, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1.5h, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1H, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1h30m, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: h, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: -1m, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 10 m, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1M, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1y, condition: {gt: 1}", "timespan")]
    [InlineData("type: event_count, rules: [a], timespan: 1m, condition: {}", "condition")]
    [InlineData("type: event_count, rules: [a], timespan: 1m", "condition")]
    [InlineData("type: event_count, rules: [a], timespan: 1m, condition: {gt: x}", "condition")]
    [InlineData("type: event_count, rules: [a], timespan: 1m, condition: {g: 1}", "condition")]
    [InlineData("type: event_count, rules: [a], timespan: 1m, condition: a", "condition")]
    [InlineData("type: value_count, rules: [a], timespan: 1m, condition: {gt: 1}", "condition")]
    [InlineData(
        "type: value_sum, rules: [a], timespan: 1m, condition: {gt: 1, field: [x, y]}",
        "condition"
    )]
    [InlineData(
        "type: value_percentile, rules: [a], timespan: 1m, condition: {gt: 1, field: x}",
        "condition"
    )]
    [InlineData("type: temporal, rules: [a], timespan: 1m, condition: a and c", "condition")]
    [InlineData("type: temporal, rules: [a, a], timespan: 1m", "rules")]
    [InlineData("type: temporal, rules: [], timespan: 1m", "correlation")]
    [InlineData("type: tempural, rules: [a], timespan: 1m", "correlation")]
    [InlineData("type: temporal, rules: [a], timespan: 1m, window: 1", "correlation")]
    [InlineData("type: temporal, rules: [a], timespan: 1m, aliases: {x: {b: c}}", "aliases")]
    [InlineData("type: temporal, rules: [a], timespan: 1m, generate: 1", "generate")]
    public void What_is_no_correlation_is_refused(string correlation, string code) // S-903, S-904, S-915, S-920
    {
        var set = Read(Of(correlation));

        Assert.Empty(set.Correlations);
        Assert.Equal(code, Assert.Single(set.Diagnostics).Code);
    }

    [Fact]
    public void A_correlation_has_no_log_source() // S-902
    {
        var set = Read(
            Of("type: temporal, rules: [a], timespan: 1m") + "logsource: {product: x}\n"
        );

        Assert.Equal("correlation", Assert.Single(set.Diagnostics).Code);
    }

    static string Of(string correlation) => $"title: t\ncorrelation: {{{correlation}}}\n";

    static SigmaRuleSet Read(string text) => SigmaRules.Parse(text, "c.yml");
}
