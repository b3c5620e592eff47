using Harrier.Analytics.Calibration;
using Harrier.Analytics.Counting;
using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Accounts that log on from where, to where, in a way or at an hour they never did before.</summary>
/// <remarks>
/// An account has habits on several facets: host reached, source, logon type, hour band (night 22-6, morning 6-12, afternoon
/// 12-18, evening 18-22 UTC). For each, history tells how often a day brings a new value: (n1 + 5 pi) / (N + 5), Good and Turing's
/// chance of the account itself, drawn towards the rate pi of all accounts of its kind by five sightings, so that an account
/// with three days of history is not trusted with a habit. The new values of the recent part are set against that (Poisson);
/// the two most surprising facets are combined by Fisher's rule. One finding an account.
/// <para>
/// People, machine accounts (name$) and service accounts (svc..., ...svc, sa-..., system names) are three kinds, each compared with
/// its own. Windows' built-in identities (system, local service, anonymous logon, dwm-1 ...) are left out.
/// </para>
/// Parameters: class (logon), account (account), facets (host, src_host|src_ip, logon_type), hours (true), filter, recent (40%), history
/// (2 days), min_score (0.2), limit (20).
/// </remarks>
sealed class AccountHabits : ITechnique
{
    const int MostRows = 2_000_000;

    public string Name => "account-habits";

    sealed record Parameters(
        EventClass Class,
        ColumnChoice Account,
        IReadOnlyList<ColumnChoice> Facets,
        bool Hours,
        string Filter,
        Part Recent,
        int History,
        double MinScore,
        int Limit
    )
    {
        public IReadOnlyList<string> Names =>
            [
                .. Facets.Select(facet => facet.Name),
                .. Hours ? ["hour band"] : Array.Empty<string>(),
            ];
    }

    static Parameters Read(StepParameters parameters)
    {
        var step = new StepReader(parameters);
        var eventClass = EventClasses.Find(step.Text("class", "logon"));
        eventClass ??= step.Class();
        var read = new Parameters(
            eventClass,
            step.Choice(eventClass, step.Text("account", "account")),
            step.Columns("facets", eventClass, ["host", "src_host|src_ip", "logon_type"]),
            step.Flag("hours", true),
            step.Filter(),
            step.Part("recent", "40%"),
            step.Number("history", 2, 1, 3_650),
            step.Real("min_score", 0.2, 0, 1),
            step.Number("limit", 20, 1, 1_000)
        );
        step.Done();
        return read;
    }

    public IReadOnlyList<DataNeed> Needs(StepParameters parameters)
    {
        var read = Read(parameters);
        return [new DataNeed(read.Class, [.. read.Account.Columns.Take(1)])];
    }

    /// <summary>A facet value of an account: the days it was seen, and when it was new.</summary>
    sealed class Habit
    {
        public SortedDictionary<long, long> DayEvents { get; } = [];
        public long First { get; set; } = long.MaxValue;
        public long Last { get; set; } = long.MinValue;

        /// <summary>The value as it stands in the log: an address, where the value is its host's name.</summary>
        public SortedSet<string> Raw { get; } = new(StringComparer.Ordinal);
    }

    sealed class Account(string name, string kind, int facets)
    {
        public string Name => name;
        public string Kind => kind;
        public SortedDictionary<string, Habit>[] Facets { get; } =
        [
            .. Enumerable
                .Range(0, facets)
                .Select(_ => new SortedDictionary<string, Habit>(StringComparer.Ordinal)),
        ];

        /// <summary>Values of a facet seen on one day before the border, and sightings before it.</summary>
        public (long Once, long Sightings) Before(int facet, long border)
        {
            var once = 0L;
            var sightings = 0L;
            foreach (var habit in Facets[facet].Values)
            {
                var days = habit.DayEvents.Keys.Count(day => day < border);
                once += days == 1 ? 1 : 0;
                sightings += days;
            }

            return (once, sightings);
        }

        public long SightingsSince(int facet, long border) =>
            Facets[facet].Values.Sum(habit => habit.DayEvents.Keys.Count(day => day >= border));

        public IReadOnlyList<string> New(int facet, long border) =>
            [
                .. Facets[facet]
                    .Where(habit => habit.Value.DayEvents.Keys.First() >= border)
                    .Select(habit => habit.Key),
            ];
    }

    public TechniqueResult Run(
        TechniqueContext context,
        StepParameters parameters,
        CancellationToken cancel
    )
    {
        var read = Read(parameters);
        var accounts = Load(context, read, cancel);
        var days = new SortedSet<long>(
            accounts.Values.SelectMany(account =>
                account.Facets.SelectMany(facet =>
                    facet.Values.SelectMany(habit => habit.DayEvents.Keys)
                )
            )
        );
        var normal = Normal(read, accounts);
        if (days.Count == 0)
        {
            return new TechniqueResult(
                [],
                0,
                $"No {read.Class.Name} events with an account.",
                normal
            );
        }

        var recent = read.Recent.Of((days.Max - days.Min + 1) * 86_400_000_000);
        var border = Math.Min(
            days.Max,
            (long)Math.Round(days.Max + 1 - (recent / 86_400_000_000.0))
        );
        var history = days.Count(day => day < border);
        if (history < read.History)
        {
            return new TechniqueResult(
                [],
                accounts.Count,
                $"{history} of {Wording.Count(read.History, "day", "days")} of history before the recent part: every habit would look new.",
                normal
            );
        }

        var judged = new List<Judged>();
        foreach (
            var kind in accounts
                .Values.GroupBy(account => account.Kind)
                .OrderBy(k => k.Key, StringComparer.Ordinal)
        )
        {
            judged.AddRange(JudgeKind(context, read, [.. kind], border));
        }

        var findings = judged
            .Where(item =>
                item.Facets.Count > 0 && Surprise.Score(item.P, judged.Count) >= read.MinScore
            )
            .OrderBy(item => item.P)
            .ThenBy(item => item.Account.Name, StringComparer.Ordinal)
            .Take(read.Limit)
            .Select(item => Find(context, read, item, judged.Count, history, border, cancel))
            .ToList();
        return new TechniqueResult(Techniques.Ordered(findings), judged.Count, null, normal);
    }

    /// <summary>New values of one facet of an account.</summary>
    sealed record NewValues(
        int Facet,
        string Title,
        IReadOnlyList<string> Values,
        long Known,
        double Expected,
        double P
    );

    sealed record Judged(Account Account, IReadOnlyList<NewValues> Facets, double P, int KindSize);

    static IEnumerable<Judged> JudgeKind(
        TechniqueContext context,
        Parameters read,
        List<Account> accounts,
        long border
    )
    {
        const double Weight = 5;
        var names = read.Names;
        var usual = new double[names.Count];
        for (var facet = 0; facet < names.Count; facet++)
        {
            var all = accounts.Select(account => account.Before(facet, border)).ToList();
            usual[facet] =
                (all.Sum(item => item.Once) + 1.0) / (all.Sum(item => item.Sightings) + 1.0);
        }

        foreach (var account in accounts)
        {
            if (account.Before(0, border).Sightings == 0 || account.SightingsSince(0, border) == 0)
            {
                continue;
            }

            var facets = new List<NewValues>();
            for (var facet = 0; facet < names.Count; facet++)
            {
                var fresh = account
                    .New(facet, border)
                    .Where(value =>
                        !context.Known.Contains(account.Kind, Key(account, names[facet], value))
                    )
                    .ToList();
                if (fresh.Count == 0)
                {
                    continue;
                }

                var (once, sightings) = account.Before(facet, border);
                var rate = Math.Min(1, (once + (Weight * usual[facet])) / (sightings + Weight));
                var expected = rate * account.SightingsSince(facet, border);
                facets.Add(
                    new NewValues(
                        facet,
                        names[facet],
                        fresh,
                        account.Facets[facet].Count - fresh.Count,
                        expected,
                        Tails.Poisson(fresh.Count, expected)
                    )
                );
            }

            facets.Sort((a, b) => a.P.CompareTo(b.P));
            var p =
                facets.Count == 0 ? 1
                : facets.Count == 1 ? Surprise.Combine(facets[0].P, 1)
                : Surprise.Combine(facets[0].P, facets[1].P);
            yield return new Judged(account, facets, p, accounts.Count);
        }
    }

    static string Key(Account account, string facet, string value) =>
        $"{account.Name} | {facet} | {value}";

    static IReadOnlyList<NormalValue> Normal(
        Parameters read,
        SortedDictionary<string, Account> accounts
    )
    {
        const int MostNormal = 5_000;
        var names = read.Names;
        var normal = new List<NormalValue>();
        foreach (var account in accounts.Values)
        {
            for (var facet = 0; facet < names.Count; facet++)
            {
                foreach (var (value, habit) in account.Facets[facet])
                {
                    normal.Add(
                        new NormalValue(
                            account.Kind,
                            Key(account, names[facet], value),
                            habit.DayEvents.Values.Sum(),
                            1,
                            habit.First,
                            habit.Last
                        )
                    );
                }
            }
        }

        return
        [
            .. normal
                .OrderByDescending(value => value.Events)
                .ThenBy(value => value.Value, StringComparer.Ordinal)
                .Take(MostNormal),
        ];
    }

    static SortedDictionary<string, Account> Load(
        TechniqueContext context,
        Parameters read,
        CancellationToken cancel
    )
    {
        var named = read.Facets.Any(Subjects.CanBeAddress)
            ? Subjects.Learn(context, cancel)
            : Subjects.None;
        var micros = context.Store.Dialect.Micros("time");
        var keys = Enumerable.Range(0, read.Facets.Count).Select(i => $"f{i}").ToList();
        var facets = read.Facets.Select((facet, i) => $"{facet.Sql} as f{i}");
        var filter = read.Filter.Length > 0 ? $" where ({read.Filter})" : "";
        var sql = $"""
            select s, {string.Join(", ", keys)}, h, count(*) as n, min(t) as a, max(t) as z
            from (
              select lower({read.Account.Sql}) as s, {string.Join(", ", facets)}, {micros} as t,
                cast(floor({micros} / 3600000000.0) as bigint) as h
              from {read.Class.Name}{filter}
            ) as e
            where s is not null
            group by s, {string.Join(", ", keys)}, h
            order by s, {string.Join(", ", keys)}, h
            limit {MostRows}
            """;
        var accounts = new SortedDictionary<string, Account>(StringComparer.Ordinal);
        using var rows = context.Store.Query(sql, context.Window, [], cancel);
        while (rows.Read())
        {
            var name = rows.Text(0)!;
            if (IsBuiltIn(name))
            {
                continue;
            }

            if (!accounts.TryGetValue(name, out var account))
            {
                accounts[name] = account = new Account(name, KindOf(name), read.Names.Count);
            }

            var width = keys.Count;
            var hour = rows.Int(width + 1);
            for (var facet = 0; facet < width; facet++)
            {
                if (rows.Text(facet + 1) is { } value)
                {
                    var raw = value.ToLowerInvariant();
                    Add(account, facet, named.Name(raw), raw, hour, rows, width);
                }
            }

            if (read.Hours)
            {
                Add(account, width, Band(hour), "", hour, rows, width);
            }
        }

        return accounts;
    }

    static void Add(
        Account account,
        int facet,
        string value,
        string raw,
        long hour,
        Store.Rows rows,
        int width
    )
    {
        if (!account.Facets[facet].TryGetValue(value, out var habit))
        {
            account.Facets[facet][value] = habit = new Habit();
        }

        habit.Raw.Add(raw);
        var day = (long)Math.Floor(hour / 24.0);
        habit.DayEvents[day] = habit.DayEvents.GetValueOrDefault(day) + rows.Int(width + 2);
        habit.First = Math.Min(habit.First, rows.Int(width + 3));
        habit.Last = Math.Max(habit.Last, rows.Int(width + 4));
    }

    static string Band(long hour) =>
        (hour % 24) switch
        {
            < 6 or >= 22 => "night",
            < 12 => "morning",
            < 18 => "afternoon",
            _ => "evening",
        };

    static bool IsBuiltIn(string account) =>
        account
            is "system"
                or "local service"
                or "network service"
                or "localservice"
                or "networkservice"
                or "anonymous logon"
                or "anonymous"
                or "iusr"
        || account.StartsWith("dwm-", StringComparison.Ordinal)
        || account.StartsWith("umfd-", StringComparison.Ordinal);

    static string KindOf(string account) =>
        account.EndsWith('$') ? "machine accounts"
        : account.StartsWith("svc", StringComparison.Ordinal)
        || account.EndsWith("svc", StringComparison.Ordinal)
        || account.EndsWith("service", StringComparison.Ordinal)
        || account.StartsWith("sa-", StringComparison.Ordinal)
            ? "service accounts"
        : "people";

    static Finding Find(
        TechniqueContext context,
        Parameters read,
        Judged item,
        int examined,
        int history,
        long border,
        CancellationToken cancel
    )
    {
        var account = item.Account;
        var reasons = new List<string>();
        foreach (var facet in item.Facets)
        {
            reasons.Add(
                $"{Wording.Count(facet.Values.Count, "new value", "new values")} of {facet.Title}: {Wording.List(facet.Values)}; {Wording.Count(facet.Known, "was", "were")} known from {Wording.Count(history, "day", "days")} of history, {Wording.Number(facet.Expected)} new to be expected."
            );
        }

        reasons.Add(
            $"Compared with {Wording.Count(item.KindSize, "account", "accounts")}: {account.Kind}."
        );
        reasons.Add(Wording.Chance(Surprise.Expected(item.P, examined)));
        var (evidence, entities) = EvidenceOf(context, read, item, border, cancel);
        var habits = item
            .Facets.SelectMany(facet =>
                facet.Values.Select(value => account.Facets[facet.Facet][value])
            )
            .ToList();
        var titles = item.Facets.Select(facet => $"{facet.Title} {Wording.List(facet.Values)}");
        return new Finding(
            Surprise.Score(item.P, examined),
            $"{account.Name}: logs on in a new way: {string.Join("; ", titles)}",
            entities,
            habits.Min(habit => habit.First),
            habits.Max(habit => habit.Last),
            reasons,
            evidence,
            item.Facets.Max(facet =>
                facet.Values.Sum(value => account.Facets[facet.Facet][value].DayEvents.Values.Sum())
            ),
            Group: account.Kind,
            Value: Key(account, item.Facets[0].Title, item.Facets[0].Values[0])
        );
    }

    /// <summary>Logons of the recent part with one of the new values; hour bands alone: all of the account's.</summary>
    static (IReadOnlyList<Evidence> Rows, IReadOnlyList<Entity> Entities) EvidenceOf(
        TechniqueContext context,
        Parameters read,
        Judged item,
        long border,
        CancellationToken cancel
    )
    {
        var entities = new List<Entity> { new("account", item.Account.Name) };
        var micros = context.Store.Dialect.Micros("time");
        var parameters = new List<object> { item.Account.Name, border * 86_400_000_000 };
        var terms = new List<string>();
        foreach (var facet in item.Facets)
        {
            var values = facet.Values.Take(20).ToList();
            var raw = values.SelectMany(value => item.Account.Facets[facet.Facet][value].Raw);
            if (facet.Facet == read.Facets.Count)
            {
                var hours = $"(cast(floor({micros} / 3600000000.0) as bigint) % 24)";
                terms.AddRange(values.Select(value => BandSql(hours, value)));
                continue;
            }

            var column = read.Facets[facet.Facet];
            terms.Add($"lower({column.Sql}) in ({EvidenceRows.Add(parameters, raw.Take(50))})");
            foreach (var value in values.Take(5))
            {
                var isAddress = System.Net.IPAddress.TryParse(value, out _);
                if (isAddress || column.Columns[0].Entity is "host" or "address")
                {
                    entities.Add(new Entity(isAddress ? "address" : "host", value));
                }
            }
        }

        var filter = read.Filter.Length > 0 ? $"({read.Filter}) and " : "";
        var rows = EvidenceRows.Fetch(
            context,
            read.Class,
            $"{filter}lower({read.Account.Sql}) = $1 and {micros} >= $2 and ({string.Join(" or ", terms)})",
            parameters,
            read.Facets.SelectMany(facet => facet.Columns),
            cancel
        );
        return (rows, [.. entities.Distinct()]);
    }

    static string BandSql(string hour, string band) =>
        band switch
        {
            "night" => $"({hour} < 6 or {hour} >= 22)",
            "morning" => $"({hour} >= 6 and {hour} < 12)",
            "afternoon" => $"({hour} >= 12 and {hour} < 18)",
            _ => $"({hour} >= 18 and {hour} < 22)",
        };
}
