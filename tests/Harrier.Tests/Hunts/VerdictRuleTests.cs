using Harrier.Hunts.Verdicts;
using Harrier.Schema;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class VerdictRuleTests
{
    [Theory]
    [InlineData("a >= 1", true)]
    [InlineData("a > 2", false)]
    [InlineData("a >= 1 and b >= 1", false)]
    [InlineData("a >= 1 or b >= 1", true)]
    [InlineData("b >= 1 and a >= 1 or a.score >= 0.5", true)]
    [InlineData("b >= 1 and (a >= 1 or a.score >= 0.5)", false)]
    [InlineData("a.hosts >= 3", false)]
    public void A_rule_holds_by_numbers(string rule, bool expected) =>
        Assert.Equal(expected, VerdictRule.Parse(rule, "t:1:1").Holds(Measure));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a >= x")]
    [InlineData("a == 1")]
    [InlineData("a.size >= 1")]
    [InlineData("(a >= 1")]
    [InlineData("a >= 1 b >= 1")]
    [InlineData("not a >= 1")]
    [InlineData("((((((((((((((((((a >= 1))))))))))))))))))")]
    public void What_is_no_rule_is_refused_with_its_place(string rule)
    {
        var fault = Assert.Throws<HarrierFault>(() => VerdictRule.Parse(rule, "hunt.yaml:3:5"));
        Assert.Equal("hunt.yaml:3:5", fault.Where);
    }

    [Fact]
    public void The_reason_names_the_numbers() =>
        Assert.Equal(
            "a is 2 (needed >= 3) and b.score is 0 (needed > 0.5)",
            VerdictRule.Parse("a >= 3 and b.score > 0.5", "t").Describe(Measure)
        );

    [Fact]
    public void What_did_not_run_could_have_confirmed() =>
        Assert.True(
            VerdictRule
                .Parse("a >= 1 and b >= 1", "t")
                .CouldHold(Measure, new HashSet<string> { "b" })
        );

    static double Measure(string name, string what) =>
        (name, what) switch
        {
            ("a", "findings") => 2,
            ("a", "score") => 0.6,
            _ => 0,
        };
}
