using Harrier.Hunts;
using Harrier.Hunts.Leads;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class StoryTests
{
    [Fact]
    public void Leads_that_share_a_host_within_a_day_are_one_story_and_later_ones_are_not()
    {
        var (leads, stories) = Stories.Group([
            Lead("a", 0, 0.5, ("host", "ws-1")),
            Lead("b", 20, 0.5, ("host", "ws-1"), ("address", "198.51.100.7"), hunt: "other"),
            Lead("c", 30, 0.4, ("address", "198.51.100.7")),
            Lead("d", 80, 0.9, ("host", "ws-1")),
        ]);
        Assert.Equal(2, stories.Count);
        Assert.Equal(["d"], stories[0].Leads);
        Assert.Equal(["a", "b", "c"], stories[1].Leads.Order());
        Assert.Equal(0.75, stories[1].Score, 6);
        Assert.All(leads, lead => Assert.NotNull(lead.Story));
    }

    [Fact]
    public void A_domain_controller_glues_nothing()
    {
        var leads = Enumerable
            .Range(0, 11)
            .Select(i => Lead($"l{i:00}", i, 0.5, ("host", "dc-1"), ("account", $"user{i}")));
        Assert.Equal(11, Stories.Group([.. leads]).Stories.Count);
    }

    [Fact]
    public void Judgements_rank_and_say_so()
    {
        var label = new LeadLabel("benign", "a backup", null, "me", 1);
        var labels = new[]
        {
            new LabelRecord("a", "hunt", "step", new Entity("host", "ws-1"), label),
            new LabelRecord(
                "z",
                "hunt",
                "step",
                new Entity("host", "ws-9"),
                label with
                {
                    Judgement = "malicious",
                }
            ),
        };
        var leads = Labels.Apply(
            [
                Lead("a", 0, 0.5, ("host", "ws-1")),
                Lead("b", 0, 0.5, ("host", "ws-1")),
                Lead("c", 0, 0.5, ("host", "ws-9"), hunt: "other"),
                Lead("d", 0, 0.5, ("host", "ws-2")),
            ],
            labels
        );
        Assert.Equal([0.1, 0.25, 0.65, 0.5], leads.Select(lead => Math.Round(lead.Score, 6)));
        Assert.Equal("Judged benign by me: a backup", leads[0].Reasons[^1]);
        Assert.Null(leads[1].Label);
    }

    static Lead Lead(
        string id,
        int hour,
        double score,
        (string Type, string Value) first,
        (string Type, string Value)? second = null,
        string hunt = "hunt"
    ) =>
        new(
            id,
            "R-0001",
            hunt,
            HuntType.Baseline,
            "step",
            score,
            id,
            second is { } more
                ? [new Entity(first.Type, first.Value), new Entity(more.Type, more.Value)]
                : [new Entity(first.Type, first.Value)],
            [],
            hour * HuntLake.Hour,
            hour * HuntLake.Hour,
            [],
            [],
            0,
            []
        );
}
