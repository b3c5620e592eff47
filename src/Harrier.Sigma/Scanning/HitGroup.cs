namespace Harrier.Sigma.Scanning;

/// <summary>A host or a technique of ATT&amp;CK with what held there.</summary>
/// <param name="Key">Host or technique; null: events that name no host.</param>
/// <param name="Rules">Titles, those of the highest level first.</param>
/// <param name="Hits">Of all its rules: an event that two rules meet is two. An alert of a correlation is one, and has no host.</param>
/// <param name="Level">The highest.</param>
/// <param name="First">Microseconds UTC.</param>
/// <param name="Last">Microseconds UTC.</param>
public sealed record HitGroup(
    string? Key,
    IReadOnlyList<string> Rules,
    long Hits,
    int Hosts,
    string? Level,
    long First,
    long Last
)
{
    /// <summary>A line a host, by the highest level, then by the number of rules.</summary>
    public static IReadOnlyList<HitGroup> ByHost(SigmaFindings findings) =>
        Ordered(
            findings.Matches.SelectMany(tally =>
                tally
                    .Hosts.Select(pair => (Host: (string?)pair.Key, Events: pair.Value))
                    .Append((Host: null, Events: NoHost(tally)))
                    .Where(one => one.Events.Count > 0)
                    .Select(one => new Part(
                        one.Host,
                        tally.Rule.Title,
                        tally.Rule.Level,
                        one.Events.Count,
                        one.Host is null ? [] : [one.Host],
                        one.Events.First,
                        one.Events.Last
                    ))
            )
        );

    /// <summary>A line a technique that rules name in their tags, in the same order.</summary>
    public static IReadOnlyList<HitGroup> ByTechnique(SigmaFindings findings) =>
        Ordered(
            findings
                .Matches.SelectMany(tally =>
                    tally.Rule.Attack.Select(id => new Part(
                        id,
                        tally.Rule.Title,
                        tally.Rule.Level,
                        tally.Count,
                        tally.Hosts.Keys,
                        tally.First,
                        tally.Last
                    ))
                )
                .Concat(
                    findings.Correlated.SelectMany(hit =>
                        hit.Correlation.Attack.Select(id => new Part(
                            id,
                            hit.Correlation.Title,
                            hit.Correlation.Level,
                            1,
                            [],
                            hit.First,
                            hit.Last
                        ))
                    )
                )
        );

    sealed record Part(
        string? Key,
        string Title,
        string? Level,
        long Count,
        IEnumerable<string> Hosts,
        long First,
        long Last
    );

    static HostTally NoHost(RuleTally tally) =>
        new(tally.Count - tally.Hosts.Values.Sum(host => host.Count), tally.First, tally.Last);

    static IReadOnlyList<HitGroup> Ordered(IEnumerable<Part> parts) =>
        [
            .. parts
                .GroupBy(part => part.Key)
                .Select(group => new HitGroup(
                    group.Key,
                    [.. group.Select(part => part.Title).Distinct(StringComparer.Ordinal)],
                    group.Sum(part => part.Count),
                    group.SelectMany(part => part.Hosts).Distinct(StringComparer.Ordinal).Count(),
                    group.Select(part => part.Level).MaxBy(SigmaLevel.Rank),
                    group.Min(part => part.First),
                    group.Max(part => part.Last)
                ))
                .OrderByDescending(one => SigmaLevel.Rank(one.Level))
                .ThenByDescending(one => one.Rules.Count)
                .ThenByDescending(one => one.Hits)
                .ThenBy(one => one.Key, StringComparer.Ordinal),
        ];
}
