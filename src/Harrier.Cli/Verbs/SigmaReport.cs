using System.Globalization;
using Harrier.Cli.Console;
using Harrier.Hunts;
using Harrier.Hunts.Detections;
using Harrier.Reporting;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Scanning;

namespace Harrier.Cli.Verbs;

/// <summary>What a scan found, as tables, as lines for other programs, as the document <c>harrier.sigma.scan/1</c>, as a layer.</summary>
/// <param name="groupBy">rule, host, technique, or null for rule.</param>
/// <param name="attack">Names of ATT&amp;CK techniques that the workspace knows.</param>
/// <param name="unasked">Events that no rule is asked of.</param>
sealed class SigmaReport(
    SigmaFindings findings,
    double seconds,
    string? groupBy,
    IReadOnlyList<RuleStatistics>? statistics,
    IReadOnlyDictionary<string, string> attack,
    UnaskedEvents unasked
)
{
    const int MostRows = 50;

    /// <summary>Imports that alone were looked at; null: all.</summary>
    public IReadOnlyList<string>? NewImports { get; init; }

    readonly IReadOnlyList<RuleTally> _matches = findings.Matches;
    readonly IReadOnlyList<SigmaCorrelationHit> _correlated = findings.Correlated;
    readonly IReadOnlyList<HitGroup> _groups = groupBy switch
    {
        "host" => HitGroup.ByHost(findings),
        "technique" => HitGroup.ByTechnique(findings),
        _ => [],
    };

    int RulesRun =>
        findings.Plan.Rules.Count(rule => findings.Plan.Compiled.ClassesOf(rule).Count > 0);

    /// <summary>1 where a rule or correlation of a level or above holds; 0 also where no level is named.</summary>
    public int Exit(string? level) =>
        level is not null
        && _matches
            .Select(one => one.Rule.Level)
            .Concat(_correlated.Select(one => one.Correlation.Level))
            .Any(one => SigmaLevel.Rank(one) >= SigmaLevel.Rank(level))
            ? Application.No
            : Application.Done;

    /// <param name="leads">The run that keeps the matches as leads, or null.</param>
    public void Show(Face face, string format, HuntRunResult? leads)
    {
        face.Document(Json(leads));
        if (face.Json)
        {
            return;
        }

        switch (format)
        {
            case "ndjson":
                foreach (var row in Rows())
                {
                    face.Row(row);
                }

                break;
            case "csv":
                face.Stdout.WriteLine(
                    "kind,level,title,id,events,hosts,value,first,last,group,file"
                );
                foreach (var row in Rows())
                {
                    face.Stdout.WriteLine(
                        ListFormat.CsvLine([
                            row.Kind,
                            row.Level,
                            row.Title,
                            row.Id,
                            row.Events,
                            row.Hosts,
                            row.Value,
                            row.First,
                            row.Last,
                            row.Group,
                            row.File,
                        ])
                    );
                }

                break;
            default:
                Tables(face, leads);
                break;
        }
    }

    /// <summary>A line of a list: a rule, a correlation, or a group.</summary>
    sealed record Row(
        string Kind,
        string? Level,
        string Title,
        string? Id,
        long Events,
        int? Hosts,
        decimal? Value,
        string First,
        string Last,
        string? Group,
        string? File
    );

    IEnumerable<Row> Rows() =>
        _groups.Count > 0
            ? _groups.Select(one => new Row(
                groupBy!,
                one.Level,
                one.Key ?? "",
                null,
                one.Hits,
                one.Hosts,
                null,
                Shown.Rfc3339(one.First),
                Shown.Rfc3339(one.Last),
                string.Join("; ", one.Rules),
                null
            ))
            : _matches
                .Select(one => new Row(
                    "rule",
                    one.Rule.Level,
                    one.Rule.Title,
                    one.Rule.Id,
                    one.Count,
                    one.Hosts.Count,
                    null,
                    Shown.Rfc3339(one.First),
                    Shown.Rfc3339(one.Last),
                    null,
                    one.Rule.File
                ))
                .Concat(
                    _correlated.Select(one => new Row(
                        "correlation",
                        one.Correlation.Level,
                        one.Correlation.Title,
                        one.Correlation.Id,
                        one.Count,
                        null,
                        one.Value,
                        Shown.Rfc3339(one.First),
                        Shown.Rfc3339(one.Last),
                        GroupText.Of(one.Group),
                        one.Correlation.File
                    ))
                );

    IReadOnlyList<(string Rule, string Why)> NotRun() =>
        [
            .. findings
                .Plan.Compiled.NotRun.Select(pair => (pair.Rule.Title, pair.Why))
                .Concat(
                    findings.Plan.Correlations.NotRun.Select(pair =>
                        (pair.Correlation.Title, pair.Why)
                    )
                )
                .Concat(findings.Plan.Set.Diagnostics.Select(one => (one.File, one.ToString()))),
        ];

    /// <summary>The scan's document; an import that scans puts it into its own.</summary>
    public object Json(HuntRunResult? leads) =>
        new
        {
            Schema = "harrier.sigma.scan/1",
            Rules = RulesRun,
            findings.Events,
            CannotBeAnswered = findings.Blind.Count,
            Unasked = unasked.ByClass.Select(pair => new { Class = pair.Key, Events = pair.Value }),
            NewImports,
            Seconds = seconds,
            Matches = _matches.Select(one => new
            {
                Rule = new
                {
                    one.Rule.Id,
                    one.Rule.Title,
                    one.Rule.Level,
                    one.Rule.File,
                    one.Rule.Author,
                    one.Rule.References,
                    one.Rule.Attack,
                },
                one.Count,
                Hosts = one.Hosts.Keys.Order(StringComparer.Ordinal),
                First = Shown.Rfc3339(one.First),
                Last = Shown.Rfc3339(one.Last),
                Events = one.Events.Select(row => new
                {
                    row.Class,
                    row.File,
                    row.Record,
                    Time = Shown.Rfc3339(row.Time),
                }),
                Truncated = one.Count > one.Events.Count,
            }),
            Correlations = _correlated.Select(one => new
            {
                one.Correlation.Id,
                one.Correlation.Title,
                one.Correlation.Level,
                one.Correlation.Author,
                Group = one.Group.ToDictionary(pair => pair.Key, pair => pair.Value),
                First = Shown.Rfc3339(one.First),
                Last = Shown.Rfc3339(one.Last),
                one.Count,
                one.Value,
            }),
            CorrelationLosses = findings.Losses,
            SilentChildren = findings.SilentChildren.Select(one => new
            {
                Correlation = one.Correlation.Title,
                Rule = one.Rule.Rule.Title,
                one.Rule.Why,
            }),
            GroupBy = groupBy ?? "rule",
            Groups = _groups.Select(one => new
            {
                one.Key,
                Name = NameOf(one.Key),
                one.Rules,
                one.Hits,
                one.Hosts,
                one.Level,
                First = Shown.Rfc3339(one.First),
                Last = Shown.Rfc3339(one.Last),
            }),
            Statistics = statistics?.Select(one => new
            {
                Rule = one.Rule.Title,
                one.Rule.Id,
                one.Rule.Level,
                one.Rule.File,
                one.Count,
                Share = Math.Round(one.Share, 6),
                one.Hosts,
                one.HostsWithData,
                one.DaysWithData,
                PerDay = Math.Round(one.PerDay, 4),
                PerHostDay = one.PerHostDay is { } rate ? Math.Round(rate, 4) : (double?)null,
                Answer = AnswerOf(one),
                one.Answer.Why,
                one.Answer.MissingFields,
                SecondsPerMillionEvents = one.Cost is { } cost
                    ? Math.Round(cost, 4)
                    : (double?)null,
            }),
            Leads = leads is null
                ? null
                : new
                {
                    leads.Run.RunId,
                    leads.Run.Hunt,
                    Count = leads.Leads.Count,
                },
            NotRun = NotRun().Select(one => new { one.Rule, one.Why }),
            GaveUp = findings.Plan.Compiled.GaveUp.Select(rule => rule.Title),
            Unanswered = findings.Plan.Compiled.Unanswered.Select(one => new
            {
                Rule = one.Rule.Title,
                one.Source,
                one.Fields,
                one.CanHold,
            }),
        };

    static string AnswerOf(RuleStatistics one) =>
        one.Count > 0 ? "held"
        : one.Answer.Why is null ? "silent"
        : "cannot_be_answered";

    /// <summary>Techniques by the hits of their rules, on a scale of tenfolds: one loud rule doesn't blanch the others.</summary>
    public string Heat()
    {
        var techniques = HitGroup.ByTechnique(findings);
        var most = techniques.Count == 0 ? 1 : techniques.Max(one => Heat(one.Hits));
        return NavigatorLayer.Json(
            "Sigma matches",
            "Score: 1 + log10 of the hits of the technique's rules (1 is one hit, 3 a hundred).",
            most,
            techniques.Select(one =>
                (
                    one.Key!,
                    Heat(one.Hits),
                    $"{Shown.Count(one.Hits, "hit")} on {Shown.Count(one.Hosts, "host")}: {string.Join("; ", one.Rules)}"
                )
            )
        );

        static double Heat(long hits) => 1 + Math.Log10(hits);
    }

    /// <summary>What a person reads.</summary>
    public void Tables(Face face, HuntRunResult? leads = null)
    {
        if (groupBy is "host" or "technique")
        {
            ShowGroups(face);
        }
        else
        {
            ShowRules(face);
        }

        ShowCorrelated(face);
        foreach (var one in findings.SilentChildren)
        {
            face.Line(
                SafeText
                    .From(
                        $"! {one.Correlation.Title}: its rule '{one.Rule.Rule.Title}' can't be answered: {one.Rule.Why}"
                    )
                    .Value
            );
        }

        if (statistics is not null)
        {
            ShowStatistics(face, statistics);
        }

        Sum(face, leads);
    }

    void ShowRules(Face face)
    {
        if (_matches.Count == 0)
        {
            return;
        }

        var table = Face.Table("level", "rule", ">events", ">hosts", ">first (UTC)", ">last (UTC)");
        foreach (var one in _matches)
        {
            table.AddRow(
                Face.Cell(one.Rule.Level ?? ""),
                Face.Cell(SafeText.From(one.Rule.Title, 90)),
                Face.Cell(Shown.Count(one.Count)),
                Face.Cell(Shown.Count(one.Hosts.Count)),
                Face.Cell(Shown.Minute(one.First)),
                Face.Cell(Shown.Minute(one.Last))
            );
        }

        face.Show(table);
    }

    void ShowGroups(Face face)
    {
        if (_groups.Count == 0)
        {
            return;
        }

        var table = Face.Table("level", groupBy!, ">rules", ">hits", ">hosts", "foremost");
        foreach (var one in _groups)
        {
            table.AddRow(
                Face.Cell(one.Level ?? ""),
                Face.Cell(
                    SafeText.From(
                        NameOf(one.Key) is { } name ? $"{one.Key} {name}" : one.Key ?? "(no host)",
                        60
                    )
                ),
                Face.Cell(Shown.Count(one.Rules.Count)),
                Face.Cell(Shown.Count(one.Hits)),
                Face.Cell(Shown.Count(one.Hosts)),
                Face.Cell(SafeText.From(one.Rules[0], 60))
            );
        }

        face.Show(table);
    }

    void ShowCorrelated(Face face)
    {
        if (_correlated.Count == 0)
        {
            return;
        }

        var table = Face.Table(
            "level",
            "correlation",
            "group",
            ">value",
            ">first (UTC)",
            ">last (UTC)"
        );
        face.Line();
        foreach (var one in _correlated.Take(MostRows))
        {
            table.AddRow(
                Face.Cell(one.Correlation.Level ?? ""),
                Face.Cell(SafeText.From(one.Correlation.Title, 90)),
                Face.Cell(SafeText.From(GroupText.Of(one.Group), 80)),
                Face.Cell(one.Value.ToString("0.##", CultureInfo.InvariantCulture)),
                Face.Cell(Shown.Minute(one.First)),
                Face.Cell(Shown.Minute(one.Last))
            );
        }

        face.Show(table);
        More(face, _correlated.Count);
    }

    static void ShowStatistics(Face face, IReadOnlyList<RuleStatistics> statistics)
    {
        var withCost = statistics.Any(one => one.Cost is not null);
        var shown = (
            withCost
                ? statistics.OrderByDescending(one => one.Cost ?? 0)
                : statistics
                    .Where(one => one.Count > 0)
                    .OrderByDescending(one => one.Count)
                    .ThenBy(one => one.Rule.Title, StringComparer.Ordinal)
        ).ToList();
        if (shown.Count > 0)
        {
            face.Line();
            string[] headings = ["rule", ">hits", ">share", ">a day", ">a host-day", ">on hosts"];
            var table = Face.Table(withCost ? [.. headings, ">s per million"] : headings);
            foreach (var one in shown.Take(MostRows))
            {
                List<Spectre.Console.Rendering.IRenderable> cells =
                [
                    Face.Cell(SafeText.From(one.Rule.Title, 60)),
                    Face.Cell(Shown.Count(one.Count)),
                    Face.Cell(one.Share.ToString("0.0 %", CultureInfo.InvariantCulture)),
                    Face.Cell(Rate(one.PerDay)),
                    Face.Cell(one.PerHostDay is { } rate ? Rate(rate) : ""),
                    Face.Cell($"{Shown.Count(one.Hosts)} of {Shown.Count(one.HostsWithData)}"),
                ];
                if (withCost)
                {
                    cells.Add(
                        Face.Cell(
                            one.Cost is { } cost
                                ? cost.ToString("0.00", CultureInfo.InvariantCulture)
                                : ""
                        )
                    );
                }

                table.AddRow(cells);
            }

            face.Show(table);
            More(face, shown.Count);
        }

        var silent = statistics.Where(one => one.Count == 0).ToList();
        var blind = silent.Where(one => one.Answer.Why is not null).ToList();
        face.Line(
            $"{Shown.Count(silent.Count, "rule")} never fired: {Shown.Count(silent.Count - blind.Count)} could have, {Shown.Count(blind.Count)} can't be answered by this data"
        );
        foreach (
            var why in blind
                .GroupBy(one => one.Answer.Why!, StringComparer.Ordinal)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(10)
        )
        {
            face.Line(SafeText.From($"  {Shown.Count(why.Count(), "rule")}: {why.Key}", 160).Value);
        }
    }

    static string Rate(double rate) => rate.ToString("#,0.##", CultureInfo.InvariantCulture);

    static void More(Face face, int count)
    {
        if (count > MostRows)
        {
            face.Line($"and {Shown.Count(count - MostRows)} more: --json");
        }
    }

    void Sum(Face face, HuntRunResult? leads)
    {
        var notRun = NotRun().Count;
        // Statistics say it of each rule.
        var blind = statistics is null ? findings.Blind.Count : 0;
        if (NewImports is { Count: 0 })
        {
            face.Line("nothing was imported since the last scan with these rules");
            return;
        }

        face.Line(
            $"{Shown.Count(RulesRun, "rule")} over {Shown.Count(findings.Events, NewImports is null ? "event" : "new event")} in {Shown.Seconds(seconds)}: {Shown.Count(_matches.Count)} hold{(_correlated.Count > 0 ? $", {Shown.Count(_correlated.Count, "alert")} of correlations" : "")}{(blind > 0 ? $"; {Shown.Count(blind)} can't be answered by this data (--stats says why)" : "")}{(notRun > 0 ? $"; {Shown.Count(notRun)} not run (--json says why)" : "")}"
        );
        ShowUnasked(face);
        if (findings.Plan.Compiled.GaveUp is { Count: > 0 } gaveUp)
        {
            face.Line(
                $"! {Shown.Count(gaveUp.Count, "rule")} gave up an expression that took too long: {SafeText.From(string.Join("; ", gaveUp.Select(rule => rule.Title)), 200)}"
            );
        }

        if (leads is not null)
        {
            face.Line(
                $"{Shown.Count(leads.Leads.Count, "lead")} kept as run {leads.Run.RunId}: harrier leads"
            );
        }
    }

    void ShowUnasked(Face face)
    {
        const int MostClasses = 5;
        if (unasked.ByClass.Count == 0)
        {
            return;
        }

        var classes = unasked
            .ByClass.OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .ToList();
        var named = classes
            .Take(MostClasses)
            .Select(pair => $"{pair.Key} {Shown.Count(pair.Value)}")
            .Concat(
                classes.Count > MostClasses
                    ? [$"{Shown.Count(classes.Count - MostClasses)} more classes"]
                    : []
            );
        face.Line(
            $"no rule is asked of {Shown.Count(classes.Sum(pair => pair.Value), "event")} of other log sources: {string.Join(", ", named)}"
        );
    }

    /// <summary>Name of a technique; null where it is not known, or for a host.</summary>
    string? NameOf(string? key) =>
        key is null ? null
        : attack.TryGetValue(key, out var name) && name != key ? name
        : groupBy == "technique" ? AttackNames.ById.GetValueOrDefault(key)
        : null;
}
