namespace Harrier.Hunts.Leads;

/// <summary>Leads that belong together: they share entities within a day.</summary>
/// <param name="Score">1 - product of (1 - score) over the hunts in it, each with its best lead: independent views add up.</param>
public sealed record Story(
    string Id,
    double Score,
    IReadOnlyList<string> Leads,
    IReadOnlyList<Entity> Entities,
    IReadOnlyList<string> Attack,
    long First,
    long Last
);

/// <summary>Groups leads into stories by union-find over what they share.</summary>
/// <remarks>
/// A host, account, address or domain joins two leads when their times are at most a day apart. One that more than ten leads
/// are about (a domain controller, a proxy) joins nothing: it would glue everything.
/// </remarks>
static class Stories
{
    const long Day = 86_400_000_000;
    const int Hub = 10;
    const int MaxEntities = 20;

    public static (IReadOnlyList<Lead> Leads, IReadOnlyList<Story> Stories) Group(
        IReadOnlyList<Lead> unordered
    )
    {
        var leads = unordered
            .OrderByDescending(lead => lead.Score)
            .ThenBy(lead => lead.First)
            .ThenBy(lead => lead.Id, StringComparer.Ordinal)
            .ToList();
        var parents = Enumerable.Range(0, leads.Count).ToArray();
        foreach (var sharing in Shared(leads))
        {
            foreach (var (earlier, later) in sharing.Zip(sharing.Skip(1)))
            {
                if (leads[later].First - leads[earlier].Last <= Day)
                {
                    Join(parents, earlier, later);
                }
            }
        }

        var groups = Enumerable
            .Range(0, leads.Count)
            .GroupBy(index => Root(parents, index))
            .Select(group => group.ToList())
            .Select(members => (members, score: Score(members.Select(m => leads[m]))))
            .OrderByDescending(group => group.score)
            .ThenBy(group => leads[group.members[0]].First)
            .ThenBy(group => leads[group.members[0]].Id, StringComparer.Ordinal)
            .ToList();
        var stories = new List<Story>();
        foreach (var (members, score) in groups)
        {
            var story = Tell(
                $"S-{stories.Count + 1:0000}",
                score,
                [.. members.Select(m => leads[m])]
            );
            stories.Add(story);
            foreach (var member in members)
            {
                leads[member] = leads[member] with { Story = story.Id };
            }
        }

        return (leads, stories);
    }

    /// <summary>For each entity that joins: its leads in order of time.</summary>
    static IEnumerable<List<int>> Shared(List<Lead> leads) =>
        Enumerable
            .Range(0, leads.Count)
            .SelectMany(index =>
                leads[index]
                    .Entities.Where(e => e.Type is "host" or "account" or "address" or "domain")
                    .Distinct()
                    .Select(entity => (entity, index))
            )
            .GroupBy(pair => pair.entity, pair => pair.index)
            .Select(group => group.OrderBy(index => leads[index].First).ThenBy(i => i).ToList())
            .Where(group => group.Count is > 1 and <= Hub);

    static double Score(IEnumerable<Lead> leads) =>
        1
        - leads
            .GroupBy(lead => lead.Hunt)
            .Aggregate(1.0, (rest, hunt) => rest * (1 - hunt.Max(lead => lead.Score)));

    static Story Tell(string id, double score, IReadOnlyList<Lead> leads) =>
        new(
            id,
            score,
            [.. leads.Select(lead => lead.Id)],
            [
                .. leads
                    .SelectMany(lead => lead.Entities)
                    .GroupBy(entity => entity)
                    .OrderByDescending(group => group.Count())
                    .ThenBy(group => group.Key.Value, StringComparer.Ordinal)
                    .Select(group => group.Key)
                    .Take(MaxEntities),
            ],
            [.. leads.SelectMany(lead => lead.Attack).Distinct().Order(StringComparer.Ordinal)],
            leads.Min(lead => lead.First),
            leads.Max(lead => lead.Last)
        );

    static int Root(int[] parents, int index)
    {
        while (parents[index] != index)
        {
            parents[index] = parents[parents[index]];
            index = parents[index];
        }

        return index;
    }

    static void Join(int[] parents, int left, int right)
    {
        var (a, b) = (Root(parents, left), Root(parents, right));
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }
}
