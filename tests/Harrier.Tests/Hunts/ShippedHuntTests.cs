using Harrier.Hunts;
using Harrier.Hunts.Verdicts;
using Harrier.Schema;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class ShippedHuntTests
{
    public static TheoryData<string> Ids => [.. HuntLake.Shipped.Hunts.Select(hunt => hunt.Id)];

    [Fact]
    public void All_hunts_are_read_without_errors() => Assert.Empty(HuntLake.Shipped.Errors);

    [Fact]
    public void There_are_hunts_of_each_type() =>
        Assert.Equal(3, HuntLake.Shipped.Hunts.Select(hunt => hunt.Type).Distinct().Count());

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_hunt_runs_on_a_little_of_everything_and_confirms_nothing(string id)
    {
        using var lake = new HuntLake();
        foreach (var eventClass in EventClasses.All)
        {
            var values = eventClass
                .Columns.Skip(1)
                .Where(c => c.Name is not ("record" or "file" or "source" or "extra"))
                .Select(c =>
                    (c.Name, c.Type is ColumnType.Int or ColumnType.Time ? (object)1L : "x")
                )
                .ToArray();
            for (var day = 0; day < 3; day++)
            {
                lake.Add(eventClass.Name, HuntLake.Monday + (day * HuntLake.Day), values);
            }
        }

        var result = lake.Run(id);
        Assert.NotEqual(Verdict.ConfirmedMalicious, result.Run.Verdict);
        Assert.NotEmpty(result.Run.Reason);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_hunt_without_its_data_is_inconclusive_and_says_what_is_missing(string id)
    {
        using var lake = new HuntLake();
        lake.Add("other", HuntLake.Monday, ("host", "ws-1"), ("message", "hello"));
        var result = lake.Run(id);
        Assert.Equal(Verdict.Inconclusive, result.Run.Verdict);
        Assert.Empty(result.Leads);
        Assert.NotEmpty(result.Run.Coverage.Missing);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_hypothesis_can_be_shown_false(string id)
    {
        var hunt = HuntLake.Shipped.Get(id);
        if (hunt.Type == HuntType.Hypothesis)
        {
            Assert.NotEqual(hunt.Hypothesis!.Confirm, hunt.Hypothesis.Disconfirm);
            Assert.NotEmpty(hunt.Able!.Evidence);
            Assert.NotEmpty(hunt.IfConfirmed);
            Assert.NotEmpty(hunt.IfNot);
        }

        Assert.NotEmpty(hunt.CannotSee);
        Assert.NotEmpty(hunt.Benign);
    }
}
