using Harrier.Hunts.Documents;
using Harrier.Hunts.Verdicts;
using Harrier.Sigma;
using Xunit;

namespace Harrier.Tests.Hunts;

/// <summary>Steps of a hunt that are Sigma rules and correlations.</summary>
public sealed class SigmaStepTests
{
    const string Rules = """
        title: Who Am I
        name: whoami
        level: low
        logsource: {category: process_creation, product: windows}
        detection: {s: {CommandLine: whoami}, condition: s}
        ---
        title: Net View
        name: netview
        level: high
        logsource: {category: process_creation, product: windows}
        detection: {s: {CommandLine: net view}, condition: s}
        ---
        title: Looks Around
        id: 1f0e4a3c-0d51-4b7e-a3cf-1a7e6b4f8d01
        level: high
        tags: [attack.discovery, attack.t1033]
        correlation:
          type: temporal
          rules: [whoami, netview]
          group-by: [User]
          timespan: 5m
        """;

    [Fact]
    public void A_correlation_is_a_finding_about_its_group_with_the_events_that_contribute()
    {
        using var lake = new HuntLake();
        Start(lake, 0, "ws-1", "anna", "whoami");
        Start(lake, HuntLake.Minute, "ws-2", "anna", "net view");
        Start(lake, 2 * HuntLake.Minute, "ws-3", "ben", "whoami");

        var result = lake.Run(Hunt(SigmaRules.Parse(Rules, "r.yml")));

        var lead = Assert.Single(result.Leads);
        Assert.Equal(("account", "anna"), (lead.Entities[0].Type, lead.Entities[0].Value));
        Assert.StartsWith("anna: ", lead.Title, StringComparison.Ordinal);
        Assert.Equal(["T1033"], lead.Attack);
        Assert.Equal(2, lead.EvidenceCount);
        Assert.Equal([1L, 2L], lead.Evidence.Select(one => one.Record));
        Assert.Contains(
            "holds of User=CORP\\anna: 2 within 5 minutes",
            lead.Reasons[0],
            StringComparison.Ordinal
        );
        Assert.Equal(Verdict.ConfirmedMalicious, result.Run.Verdict);
    }

    [Fact]
    public void A_rule_that_only_a_correlation_asks_for_finds_nothing_by_itself()
    {
        using var lake = new HuntLake();
        Start(lake, 0, "ws-1", "anna", "net view");

        Assert.Empty(lake.Run(Hunt(SigmaRules.Parse(Rules, "r.yml"))).Leads);
        Assert.Single(
            lake.Run(
                Hunt(
                    SigmaRules.Parse(
                        Rules.Replace(
                            "timespan: 5m",
                            "timespan: 5m\n  generate: true",
                            StringComparison.Ordinal
                        ),
                        "r.yml"
                    )
                )
            ).Leads
        );
    }

    [Fact]
    public void A_correlation_one_of_whose_rules_has_no_data_is_no_answer()
    {
        using var lake = new HuntLake();
        Start(lake, 0, "ws-1", "anna", "whoami");
        var rules = Rules.Replace(
            "level: high\nlogsource: {category: process_creation, product: windows}",
            "level: high\nlogsource: {category: process_creation, product: linux}",
            StringComparison.Ordinal
        );

        var run = lake.Run(Hunt(SigmaRules.Parse(rules, "r.yml"))).Run;

        Assert.Equal(Verdict.Inconclusive, run.Verdict);
        Assert.Contains(
            "no data for the rule 'Net View' of the correlation 'Looks Around'",
            run.Reason,
            StringComparison.Ordinal
        );
    }

    static void Start(HuntLake lake, long after, string host, string account, string line) =>
        lake.Add(
            "process",
            HuntLake.Monday + after,
            ("host", host),
            ("account", account),
            ("user", $"CORP\\{account}"),
            ("source", "sysmon"),
            ("action", "start"),
            ("image", @"C:\Windows\System32\cmd.exe"),
            ("parent_image", @"C:\Windows\explorer.exe"),
            ("command_line", line)
        );

    static HuntDocument Hunt(SigmaRuleSet set)
    {
        var shipped = HuntLake.Shipped.Get("rules-of-the-house");
        return shipped with
        {
            Sequence = null,
            Confirm = VerdictRule.Parse("rules >= 1", "test"),
            Steps =
            [
                shipped.Steps[0] with
                {
                    Id = "rules",
                    Test = new StepTest.Sigma([], set),
                    Attack = [],
                },
            ],
        };
    }
}
