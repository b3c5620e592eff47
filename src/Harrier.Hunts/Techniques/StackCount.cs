using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Analytics.Novelty;

namespace Harrier.Hunts.Techniques;

/// <summary>Least frequency of occurrence: counts values per peer group, and names those that few hosts show, and seldom.</summary>
/// <remarks>
/// A value's surprise is the share of all sightings (value, host, day) that belong to values as rare as it, so that in a fleet
/// full of one-off values a one-off is ordinary. Two corrections: it is taken times the distinct values looked at, and times
/// the rare values of the same host over what hosts here usually have, because a machine that is unlike all others (the one
/// domain controller, the one developer) has many rare values, and none of them says anything.
/// <para>Groups smaller than 'min_group' hosts are judged against the whole fleet; a fleet smaller than 'min_hosts' is not judged.</para>
/// Parameters: class, columns, by (host), filter, peers (true), normalise (true), watched (words that make a value ten times
/// as surprising: the hunter's own knowledge, named in the reasons), max_hosts (2), max_share (0.1 of the group's hosts),
/// min_hosts (5), min_group (5), min_score (0.2: 16 by chance alone), limit (20).
/// </remarks>
sealed class StackCount : ITechnique
{
    public string Name => "stack-count";

    sealed record Parameters(
        ValueQuestion Question,
        int MaxHosts,
        double MaxShare,
        int MinHosts,
        int MinGroup
    );

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var read = new Parameters(
            ValueQuestion.Read(step),
            step.Number("max_hosts", 2, 1, 1_000_000),
            step.Real("max_share", 0.1, 0, 1),
            step.Number("min_hosts", 5, 2, 1_000_000),
            step.Number("min_group", 5, 2, 1_000_000)
        );
        step.Done();
        return read;
    }

    public IReadOnlyList<DataNeed> Needs(StepParameters parameters) =>
        Read(parameters).Question.Needs;

    public TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    )
    {
        var read = Read(parameters);
        var question = read.Question;
        var sightings = Sightings.Count(context, question, cancel);
        var hosts = sightings.Groups.Values.Sum(members => members.Count);
        if (sightings.TooMany)
        {
            return Techniques.TooMany(question);
        }

        if (hosts < read.MinHosts)
        {
            return new TechniqueResult(
                [],
                sightings.Values.Count,
                $"Only {Wording.Count(hosts, "host", "hosts")} of {question.Class.Name} events; rarity needs {read.MinHosts}.",
                Techniques.Distributions(context, question, sightings)
            );
        }

        var candidates = new List<Candidate>();
        var examined = 0L;
        foreach (var population in Populations(sightings, read.MinGroup))
        {
            examined += Judge(context, read, population, candidates);
        }

        var findings = candidates
            .OrderBy(candidate => candidate.P)
            .ThenBy(candidate => candidate.Value.Text, StringComparer.Ordinal)
            .Where(candidate => Surprise.Score(candidate.P, examined) >= question.MinScore)
            .Take(question.Limit)
            .Select(candidate => Find(context, question, candidate, examined, cancel))
            .ToList();
        return new TechniqueResult(
            Techniques.Ordered(findings),
            examined,
            null,
            Techniques.Distributions(context, question, sightings)
        );
    }

    /// <summary>Hosts that are compared with each other, and the values they showed.</summary>
    sealed record Population(
        string Group,
        string Title,
        IReadOnlySet<string> Hosts,
        IReadOnlySet<string> Judged,
        IReadOnlyList<Seen> Values
    );

    /// <summary>A value within a population.</summary>
    sealed record Seen(Sightings.Value Value, long Hosts, long Sightings);

    sealed record Candidate(
        Sightings.Value Value,
        Seen Seen,
        Population Population,
        int AsRare,
        double P,
        string? Watched
    );

    /// <summary>Large groups by themselves, members of small ones against all.</summary>
    static List<Population> Populations(Sightings sightings, int minGroup)
    {
        var populations = new List<Population>();
        var all = sightings.Groups.Values.SelectMany(members => members).ToHashSet();
        foreach (var (group, members) in sightings.Groups)
        {
            var small = members.Count < minGroup || members.Count == all.Count;
            var hosts = small ? all : members.ToHashSet();
            var values = sightings
                .Values.Values.Select(value => InPopulation(value, hosts))
                .Where(seen => seen.Hosts > 0)
                .ToList();
            populations.Add(
                new Population(
                    group,
                    small ? $"all {hosts.Count} hosts" : $"{hosts.Count} hosts of group '{group}'",
                    hosts,
                    members,
                    values
                )
            );
        }

        return populations;
    }

    static Seen InPopulation(Sightings.Value value, IReadOnlySet<string> hosts)
    {
        var count = 0L;
        var days = 0L;
        foreach (var (subject, use) in value.Uses)
        {
            if (hosts.Contains(subject))
            {
                count++;
                days += use.DayEvents.Count;
            }
        }

        return new Seen(value, count, days);
    }

    static long Judge(
        TechniqueContext context,
        Parameters read,
        Population population,
        List<Candidate> candidates
    )
    {
        var rarity = new Rarity(population.Values.Select(seen => (seen.Hosts, seen.Sightings)));
        var most = Math.Min(
            read.MaxHosts,
            Math.Max(1, (long)(read.MaxShare * population.Hosts.Count))
        );
        var rare = population.Values.Where(seen => seen.Hosts <= most).ToList();
        var perHost = population.Hosts.ToDictionary(host => host, _ => 0.0);
        foreach (var subject in rare.SelectMany(seen => seen.Value.Uses.Keys))
        {
            if (perHost.TryGetValue(subject, out var n))
            {
                perHost[subject] = n + 1;
            }
        }

        var usual = Math.Max(1, Quantiles.Median([.. perHost.Values]));
        var examined = 0L;
        foreach (var seen in population.Values)
        {
            // A value is judged in the group of the first of its hosts, once.
            var first = seen.Value.Uses.Keys.FirstOrDefault(population.Hosts.Contains);
            if (first is null || !population.Judged.Contains(first))
            {
                continue;
            }

            examined++;
            if (seen.Hosts > most || context.Known.Contains(population.Group, seen.Value.Text))
            {
                continue;
            }

            var unlike = Math.Max(1, perHost[first] / usual);
            var watched = read.Question.WatchedIn(seen.Value.Text);
            var p = rarity.P(seen.Hosts, seen.Sightings) * unlike * (watched is null ? 1 : 0.1);
            candidates.Add(
                new Candidate(
                    seen.Value,
                    seen,
                    population,
                    rarity.AsRare(seen.Hosts, seen.Sightings),
                    Math.Min(1, p),
                    watched
                )
            );
        }

        return examined;
    }

    static Finding Find(
        TechniqueContext context,
        ValueQuestion question,
        Candidate candidate,
        long examined,
        CancellationToken cancel
    )
    {
        var (value, seen, population) = (candidate.Value, candidate.Seen, candidate.Population);
        var uses = value
            .Uses.Where(use => population.Hosts.Contains(use.Key))
            .ToDictionary(use => use.Key, use => use.Value);
        var events = uses.Values.Sum(use => use.Events);
        var elsewhere = value.Uses.Count - uses.Count;
        var reasons = new List<string>
        {
            $"Seen on {seen.Hosts} of {population.Title}, on {Wording.Count(seen.Sightings, "host-day", "host-days")}, in {Wording.Count(events, "event", "events")}.",
            $"{Wording.Count(candidate.AsRare, "value", "values")} of {population.Values.Count:#,0} are as rare or rarer.",
        };
        if (elsewhere > 0)
        {
            reasons.Add($"Outside the group it is on {Wording.Count(elsewhere, "host", "hosts")}.");
        }

        Techniques.Say(reasons, candidate.Watched);
        reasons.Add(Wording.Chance(Surprise.Expected(candidate.P, examined)));
        var subjects = uses.Keys.ToList();
        return new Finding(
            Surprise.Score(candidate.P, examined),
            $"{Wording.List(subjects)}: rare {question.Names}: {question.Show(value)}",
            Sightings.Entities(question, subjects, uses.Values.First()),
            uses.Values.Min(use => use.First),
            uses.Values.Max(use => use.Last),
            reasons,
            Sightings.Evidence(context, question, uses.Values, long.MinValue, cancel),
            events,
            Group: population.Group,
            Value: value.Text
        );
    }
}
