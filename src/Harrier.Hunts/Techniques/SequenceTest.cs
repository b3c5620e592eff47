using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;

namespace Harrier.Hunts.Techniques;

/// <summary>A stage of a sequence: what a step found, as leads of the run.</summary>
sealed record Stage(string Step, IReadOnlyList<Lead> Leads);

/// <summary>
/// Joins what steps found into sequences: the first step opens one for an account (or host), the other steps follow it in time.
/// </summary>
/// <remarks>
/// The account of a lead is the one it names. A lead that names a host only belongs to the account that uses that host most
/// (<paramref name="MainUsers"/>), so that a proxy's or a sensor's view joins a person's mail. A stage counts when one of its
/// events happened after the opening event and within the span. A stage counts once, however often it happened.
/// Score: 1 - product of (1 - score) over stages; the stages of a story are not independent of each other, so the product is
/// damped by the number of different source classes behind them: one source can't make more than its best stage plus a half.
/// </remarks>
sealed record SequenceTest(SequenceRule Rule, IReadOnlyDictionary<string, string> MainUsers)
{
    const int MaxEvidence = 50;
    const int PerStage = 10;

    public IReadOnlyList<Finding> Run(IReadOnlyList<Stage> stages)
    {
        var opening = stages.First(stage => stage.Step == Rule.Steps[0]);
        var followers = stages.Where(stage => stage != opening).ToList();
        var followersByKey = followers
            .SelectMany(stage =>
                stage.Leads.SelectMany(lead => Keys(lead).Select(key => (key, stage, lead)))
            )
            .ToLookup(found => found.key, found => (found.stage, found.lead));
        return
        [
            .. opening
                .Leads.SelectMany(lead => Keys(lead).Select(key => (key, lead)))
                .GroupBy(pair => pair.key, pair => pair.lead)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => Best(group.Key, [.. group], [.. followersByKey[group.Key]]))
                .OfType<Finding>(),
        ];
    }

    /// <summary>The opening event from which most stages follow; an early one wins a tie.</summary>
    Finding? Best(
        string key,
        IReadOnlyList<Lead> openings,
        IReadOnlyList<(Stage Stage, Lead Lead)> followers
    ) =>
        openings
            .SelectMany(lead => lead.Evidence.Select(evidence => (lead, evidence)))
            .OrderBy(pair => pair.evidence.Time)
            .Select(pair => Follow(pair.lead, pair.evidence, followers))
            .Where(members => members.Count >= Rule.Least)
            .OrderByDescending(members => members.Count)
            .Select(members => Tell(key, members))
            .FirstOrDefault();

    List<Member> Follow(
        Lead opening,
        Evidence at,
        IReadOnlyList<(Stage Stage, Lead Lead)> followers
    )
    {
        var members = new List<Member> { new(Rule.Steps[0], opening, [at]) };
        foreach (var step in Rule.Steps.Skip(1))
        {
            var best = followers
                .Where(follower => follower.Stage.Step == step)
                .Select(follower => new Member(
                    step,
                    follower.Lead,
                    [
                        .. follower
                            .Lead.Evidence.Where(e =>
                                e.Time >= at.Time && e.Time - at.Time <= Rule.Within
                            )
                            .Take(PerStage),
                    ]
                ))
                .Where(member => member.Evidence.Count > 0)
                .OrderByDescending(member => member.Lead.Score)
                .ThenBy(member => member.Evidence[0].Time)
                .ThenBy(member => member.Lead.Id, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best is not null)
            {
                members.Add(best);
            }
        }

        return members;
    }

    Finding Tell(string key, List<Member> members)
    {
        var evidence = members
            .SelectMany(member => member.Evidence)
            .Distinct()
            .OrderBy(e => e, Comparer<Evidence>.Create(EvidenceOrder.Compare))
            .Take(MaxEvidence)
            .ToList();
        var classes = evidence
            .Select(e => e.Class)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var subject = Parse(key);
        var story = string.Join(
            ", then ",
            members.OrderBy(m => m.Evidence[0].Time).Select(m => m.Step)
        );
        return new Finding(
            Score(members, classes.Count),
            $"{subject.Type} {subject.Value}: {story}",
            [
                subject,
                .. members
                    .SelectMany(m => m.Lead.Entities)
                    .Where(e => e != subject)
                    .Distinct()
                    .Take(11),
            ],
            evidence[0].Time,
            evidence[^1].Time,
            [
                $"{members.Count} of {Rule.Steps.Count} stages followed each other for {subject.Type} {subject.Value}, seen by {classes.Count} kinds of log ({string.Join(", ", classes)}).",
                .. members.Select(m => $"{m.Step}: {m.Lead.Title}"),
            ],
            evidence,
            members.Sum(m => m.Lead.EvidenceCount),
            [.. members.SelectMany(m => m.Lead.Attack).Distinct().Order(StringComparer.Ordinal)],
            Value: key
        );
    }

    static double Score(List<Member> members, int classes)
    {
        var best = members.Max(member => member.Lead.Score);
        var together = 1 - members.Aggregate(1.0, (rest, member) => rest * (1 - member.Lead.Score));
        return classes > 1 ? together : best + ((together - best) / 2);
    }

    IEnumerable<string> Keys(Lead lead)
    {
        var accounts = lead.Entities.Where(e => e.Type == "account").Select(e => e.Value).ToList();
        var hosts = lead.Entities.Where(e => e.Type == "host").Select(e => e.Value).ToList();
        var keys = new List<string>();
        if (Rule.Join.Contains("account"))
        {
            keys.AddRange(accounts.Select(account => $"account={account}"));
            if (accounts.Count == 0)
            {
                keys.AddRange(
                    hosts.Where(MainUsers.ContainsKey).Select(host => $"account={MainUsers[host]}")
                );
            }
        }

        if (Rule.Join.Contains("host"))
        {
            keys.AddRange(hosts.Select(host => $"host={host}"));
        }

        return keys.Distinct(StringComparer.Ordinal);
    }

    static Entity Parse(string key)
    {
        var equals = key.IndexOf('=');
        return new Entity(key[..equals], key[(equals + 1)..]);
    }

    sealed record Member(string Step, Lead Lead, IReadOnlyList<Evidence> Evidence);
}
