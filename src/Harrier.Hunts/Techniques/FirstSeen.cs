using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Analytics.Novelty;

namespace Harrier.Hunts.Techniques;

/// <summary>Values in the last part of the window that were never there before it.</summary>
/// <remarks>
/// New things come every day. How surprising one is follows from the group's own history: new to all of its hosts, Good and
/// Turing's chance (n1 + 1) / (N + 1) that a sighting is a new value; new to the host but known on k hosts of the group, the
/// share of sightings that values on k hosts or fewer have. The second piece of evidence is the host: how many new values it
/// shows against the number that its sightings and that chance let expect (Poisson); both are combined by Fisher's rule. A
/// value that appears on several hosts at once was rolled out: its chance is taken times the number of hosts.
/// <para>
/// Without history everything is new. Below 'history' days before the recent part the answer is "inconclusive", and a host
/// that itself has no history is not judged.
/// </para>
/// Parameters: class, columns, by (host), filter, peers (true), normalise (true), watched, recent (40% of the window; or 2d,
/// 12h), history (2: days with data before it), min_score (0.2), limit (20).
/// </remarks>
sealed class FirstSeen : ITechnique
{
    public string Name => "first-seen";

    sealed record Parameters(ValueQuestion Question, Part Recent, int History);

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var read = new Parameters(
            ValueQuestion.Read(step),
            step.Part("recent", "40%"),
            step.Number("history", 2, 1, 3_650)
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
        if (sightings.TooMany)
        {
            return Techniques.TooMany(question);
        }

        var normal = Techniques.Distributions(context, question, sightings);
        if (sightings.Days.Count == 0)
        {
            return new TechniqueResult(
                [],
                0,
                $"No {question.Class.Name} events with {question.Names} in the window.",
                normal
            );
        }

        var border = RecentDay(context, read, sightings);
        var historyDays = sightings.Days.Count(day => day < border);
        if (historyDays < read.History)
        {
            return new TechniqueResult(
                [],
                sightings.Values.Count,
                $"{historyDays} of {Wording.Count(read.History, "day", "days")} of history before the recent part: everything would look new.",
                normal
            );
        }

        var groups = new SortedDictionary<string, History>(StringComparer.Ordinal);
        foreach (var (group, members) in sightings.Groups)
        {
            groups[group] = new History(sightings, group, members.ToHashSet(), border);
        }

        var candidates = Candidates(context, read, sightings, groups, border, out var examined);
        var findings = candidates
            .GroupBy(Bundle)
            .Select(bundle =>
                bundle
                    .OrderBy(item => item.P)
                    .ThenBy(item => item.Value.Text, StringComparer.Ordinal)
                    .ToList()
            )
            .Where(bundle => Surprise.Score(bundle[0].P, examined) >= question.MinScore)
            .OrderBy(bundle => bundle[0].P)
            .ThenBy(bundle => bundle[0].Value.Text, StringComparer.Ordinal)
            .Take(question.Limit)
            .Select(bundle =>
                Find(context, question, bundle, examined, border, historyDays, cancel)
            )
            .ToList();
        return new TechniqueResult(Techniques.Ordered(findings), examined, null, normal);
    }

    /// <summary>
    /// Many values that are new to all on one host are one finding, not many: a scan, a generator of names, an installation. So
    /// are those of a host that shows at least four; the rest, and watched ones, stand alone.
    /// </summary>
    static string Bundle(Candidate candidate)
    {
        const int Least = 4;
        return
            candidate.Subjects.Count == 1
            && candidate.NewOnSubject >= Least
            && candidate.Watched is null
            ? candidate.Subjects[0]
            : $"{string.Join(',', candidate.Subjects)} | {candidate.History.Group} | {candidate.Value.Text}";
    }

    /// <summary>First day of the recent part: whole days, and at least the last one.</summary>
    static long RecentDay(TechniqueContext context, Parameters read, Sightings sightings)
    {
        const double Day = 86_400_000_000;
        var from = Math.Max(context.Window.From, sightings.Days.Min * (long)Day);
        var to = Math.Min(context.Window.To, (sightings.Days.Max + 1) * (long)Day);
        var recent = read.Recent.Of(to - from);
        var day = (long)Math.Round((to - recent) / Day);
        return Math.Min(day, sightings.Days.Max);
    }

    /// <summary>What a peer group did before the recent part, and how much it did in it.</summary>
    sealed class History
    {
        readonly Rarity _rarity;

        public History(Sightings sightings, string group, HashSet<string> hosts, long border)
        {
            Group = group;
            var known = new List<(long Hosts, long Sightings)>();
            var once = 0L;
            foreach (var value in sightings.Values.Values)
            {
                var holders = 0L;
                var days = 0L;
                foreach (var (subject, use) in value.Uses.Where(use => hosts.Contains(use.Key)))
                {
                    var before = use.DayEvents.Keys.Count(day => day < border);
                    holders += before > 0 ? 1 : 0;
                    days += before;
                    Add(Before, subject, before);
                    Add(Recent, subject, use.DayEvents.Count - before);
                }

                if (holders > 0)
                {
                    known.Add((holders, days));
                    once += days == 1 ? 1 : 0;
                }
            }

            _rarity = new Rarity(known);
            SeenOnce = once;
            Hosts = Before.Count(host => host.Value > 0);
        }

        public string Group { get; }

        /// <summary>Hosts with history.</summary>
        public int Hosts { get; }
        public long SeenOnce { get; }
        public long Sightings => _rarity.Sightings;
        public Dictionary<string, long> Before { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, long> Recent { get; } = new(StringComparer.Ordinal);
        public double NewValue => GoodTuring.NewValue(SeenOnce, Sightings);

        /// <summary>Chance of a value as rare as one that <paramref name="hosts"/> hosts know.</summary>
        public double P(long hosts) =>
            hosts == 0 ? NewValue : Math.Max(NewValue, _rarity.P(hosts, long.MaxValue));

        static void Add(Dictionary<string, long> counts, string subject, long n) =>
            counts[subject] = counts.GetValueOrDefault(subject) + n;
    }

    sealed record Candidate(
        Sightings.Value Value,
        IReadOnlyList<string> Subjects,
        History History,
        long KnownInGroup,
        long KnownElsewhere,
        int NewOnSubject,
        double ExpectedOnSubject,
        double P,
        string? Watched
    );

    static List<Candidate> Candidates(
        TechniqueContext context,
        Parameters read,
        Sightings sightings,
        SortedDictionary<string, History> groups,
        long border,
        out long examined
    )
    {
        examined = 0;
        var raw = new List<Candidate>();
        var newToAll = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var value in sightings.Values.Values)
        {
            if (!value.Uses.Values.Any(use => use.DayEvents.Keys.Any(day => day >= border)))
            {
                continue;
            }

            examined++;
            var known = value
                .Uses.Where(use => use.Value.DayEvents.Keys.First() < border)
                .Select(use => Sightings.GroupOf(context, read.Question.Peers, use.Key))
                .ToList();
            var fresh = value
                .Uses.Where(use => use.Value.DayEvents.Keys.First() >= border)
                .Select(use => use.Key)
                .GroupBy(subject => Sightings.GroupOf(context, read.Question.Peers, subject));
            foreach (var group in fresh)
            {
                var history = groups[group.Key];
                var subjects = group
                    .Where(subject => history.Before.GetValueOrDefault(subject) > 0)
                    .ToList();
                if (subjects.Count == 0 || context.Known.Contains(group.Key, value.Text))
                {
                    continue;
                }

                var inGroup = known.Count(other => other == group.Key);
                if (known.Count == 0)
                {
                    foreach (var subject in subjects)
                    {
                        newToAll[subject] = newToAll.GetValueOrDefault(subject) + 1;
                    }
                }

                raw.Add(
                    new Candidate(
                        value,
                        subjects,
                        history,
                        inGroup,
                        known.Count - inGroup,
                        0,
                        0,
                        1,
                        read.Question.WatchedIn(value.Text)
                    )
                );
            }
        }

        return [.. raw.Select(candidate => Judge(candidate, newToAll))];
    }

    static Candidate Judge(Candidate candidate, Dictionary<string, int> newToAll)
    {
        var history = candidate.History;
        var known = candidate.KnownInGroup + candidate.KnownElsewhere;
        var value = Math.Min(1, history.P(known) * candidate.Subjects.Count);
        var subject = candidate.Subjects.MaxBy(host => newToAll.GetValueOrDefault(host))!;
        var count = known == 0 ? newToAll.GetValueOrDefault(subject) : 0;
        var expected = history.Recent.GetValueOrDefault(subject) * history.NewValue;
        var host = known == 0 ? Tails.Poisson(count, expected) : 1;
        var p = Surprise.Combine(value, host) * (candidate.Watched is null ? 1 : 0.1);
        return candidate with { NewOnSubject = count, ExpectedOnSubject = expected, P = p };
    }

    static Finding Find(
        TechniqueContext context,
        ValueQuestion question,
        IReadOnlyList<Candidate> bundle,
        long examined,
        long border,
        int historyDays,
        CancellationToken cancel
    )
    {
        var candidate = bundle[0];
        var (value, history) = (candidate.Value, candidate.History);
        var uses = bundle
            .SelectMany(item => item.Subjects.Select(subject => item.Value.Uses[subject]))
            .ToList();
        var events = uses.Sum(use => use.Events);
        var days = Wording.Count(historyDays, "day", "days");
        var group = history.Group == "all" ? "" : $" of group '{history.Group}'";
        var reasons = new List<string>
        {
            candidate.KnownInGroup + candidate.KnownElsewhere == 0
                ? $"Never seen on any host in {days} of history ({history.Hosts} hosts{group} with {Wording.Count(history.Sightings, "sighting", "sightings")}, {history.SeenOnce:#,0} values seen once)."
                : $"New to this host; in {days} of history {candidate.KnownInGroup} of {history.Hosts} hosts{group} had it, and {candidate.KnownElsewhere} others.",
            $"Since then on {Wording.Count(candidate.Subjects.Count, "host", "hosts")}, in {Wording.Count(events, "event", "events")}.",
        };
        if (bundle.Count > 1)
        {
            reasons.Add(
                $"{Wording.Count(bundle.Count, "value", "values")} of this host together: {Wording.List([.. bundle.Select(item => question.Show(item.Value))])}."
            );
        }

        if (candidate.NewOnSubject > 0)
        {
            reasons.Add(
                $"The host shows {Wording.Count(candidate.NewOnSubject, "value", "values")} new to all; {Wording.Number(candidate.ExpectedOnSubject)} were to be expected."
            );
        }

        Techniques.Say(reasons, candidate.Watched);
        reasons.Add(Wording.Chance(Surprise.Expected(candidate.P, examined)));
        return new Finding(
            Surprise.Score(candidate.P, examined),
            bundle.Count == 1
                ? $"{Wording.List(candidate.Subjects.ToList())}: first {question.Names}: {question.Show(value)}"
                : $"{candidate.Subjects[0]}: {bundle.Count} first values of {question.Names}: {Wording.List([.. bundle.Take(3).Select(item => question.Show(item.Value))])} ...",
            Sightings.Entities(question, candidate.Subjects, uses[0]),
            uses.Min(use => use.First),
            uses.Max(use => use.Last),
            reasons,
            Sightings.Evidence(context, question, uses, border * 86_400_000_000, cancel),
            events,
            Group: history.Group,
            Value: value.Text
        );
    }
}
