using System.Text.Json;
using Harrier.Knowledge;
using Harrier.Schema;

namespace Harrier.Hunts.Leads;

/// <summary>Which leads are wanted; null means any.</summary>
/// <param name="RunId">Of this run, also if a later one of its hunt is current.</param>
/// <param name="MinimumScore">Leads of this score and more.</param>
public sealed record LeadFilter(
    string? Hunt = null,
    string? RunId = null,
    double MinimumScore = 0,
    string? Entity = null
)
{
    public static LeadFilter All { get; } = new();
}

/// <summary>Runs, leads and judgements, kept in the workspace's knowledge. The latest run of each hunt is the current one.</summary>
/// <remarks>Stories and labels, of leads and of single records, are put on leads when they are read, because they change after a run was kept.</remarks>
public sealed class LeadStore
{
    static readonly JsonSerializerOptions Json = new() { MaxDepth = 16 };

    readonly KnowledgeDb _knowledge;

    public LeadStore(KnowledgeDb knowledge)
    {
        _knowledge = knowledge;
        knowledge.Migrate("hunts", typeof(LeadStore).Assembly, "Harrier.Hunts.Migrations.");
    }

    /// <summary>Keeps a run with its leads, and gives it the next number.</summary>
    internal (HuntRun Run, IReadOnlyList<Lead> Leads) Save(
        HuntRun run,
        IReadOnlyList<Lead> leads,
        string who
    ) =>
        _knowledge.Transaction(() =>
        {
            var number =
                _knowledge.Query("select coalesce(max(number), 0) from hunt_run", r => r.Long(0))[0]
                + 1;
            var numbered = run with { RunId = $"R-{number:0000}" };
            _knowledge.Execute(
                "insert into hunt_run (number, hunt, time, run) values (?1, ?2, ?3, ?4)",
                number,
                run.Hunt,
                _knowledge.Now(),
                JsonSerializer.Serialize(numbered, Json)
            );
            var kept = new List<Lead>();
            foreach (var lead in leads)
            {
                var own = lead with { RunId = numbered.RunId };
                kept.Add(own);
                _knowledge.Execute(
                    "insert into lead (run, id, lead) values (?1, ?2, ?3)",
                    number,
                    own.Id,
                    JsonSerializer.Serialize(own, Json)
                );
            }

            _knowledge.Audit(who, "hunt run", numbered.RunId, null, run.Hunt);
            return (numbered, (IReadOnlyList<Lead>)kept);
        });

    /// <summary>Every run, oldest first.</summary>
    public IReadOnlyList<HuntRun> Runs() =>
        _knowledge.Query(
            "select run from hunt_run order by number",
            row => JsonSerializer.Deserialize<HuntRun>(row.Text(0), Json)!
        );

    /// <summary>The latest run of each hunt, in order of hunts.</summary>
    public IReadOnlyList<HuntRun> CurrentRuns() =>
        _knowledge.Query(
            """
            select run from hunt_run
            where number in (select max(number) from hunt_run group by hunt)
            order by hunt
            """,
            row => JsonSerializer.Deserialize<HuntRun>(row.Text(0), Json)!
        );

    /// <exception cref="HarrierFault">There is no such run.</exception>
    public HuntRun Run(string runId) =>
        Runs().FirstOrDefault(run => run.RunId == runId)
        ?? throw new HarrierFault(FaultKind.Usage, $"There is no run '{runId}'.");

    /// <summary>Leads by score, then time, then id; labels and stories are those of now.</summary>
    public IReadOnlyList<Lead> All(LeadFilter filter)
    {
        var leads = filter.RunId is null ? Current() : OfRun(filter.RunId);
        return
        [
            .. Stories
                .Group(Labelled(leads))
                .Leads.Where(lead =>
                    (filter.Hunt is null || lead.Hunt == filter.Hunt)
                    && lead.Score >= filter.MinimumScore
                    && (
                        filter.Entity is null
                        || lead.Entities.Any(entity =>
                            string.Equals(
                                entity.Value,
                                filter.Entity,
                                StringComparison.OrdinalIgnoreCase
                            )
                        )
                    )
                ),
        ];
    }

    /// <summary>Stories of the current leads, by score.</summary>
    public IReadOnlyList<Story> CurrentStories() =>
        Stories.Group(Labels.Apply(Current(), LabelsNow())).Stories;

    /// <exception cref="HarrierFault">No run has such a lead.</exception>
    public Lead Get(string id)
    {
        if (All(LeadFilter.All).FirstOrDefault(lead => lead.Id == id) is { } current)
        {
            return current;
        }

        var older = _knowledge.Query(
            "select lead from lead where id = ?1 order by run desc limit 1",
            row => JsonSerializer.Deserialize<Lead>(row.Text(0), Json)!,
            id
        );
        return older.Count > 0
            ? Labelled(older)[0]
            : throw new HarrierFault(
                FaultKind.Usage,
                $"There is no lead '{id}'.",
                remedy: "'harrier leads' lists the leads there are."
            );
    }

    /// <summary>Keeps a judgement of a lead, or of records of it alone; the last one of each counts, the earlier ones stay.</summary>
    /// <param name="judgement">benign, suspicious or malicious.</param>
    /// <param name="logic">tp, btp, fp or null.</param>
    /// <param name="records">Places in the lead's evidence, from 1; null: the lead is judged.</param>
    /// <exception cref="HarrierFault">There is no such lead, record, judgement or logic, or no reason.</exception>
    public Lead Label(
        string id,
        string judgement,
        string why,
        string? logic,
        string who,
        IReadOnlyList<int>? records = null
    )
    {
        if (judgement is not ("benign" or "suspicious" or "malicious"))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"A judgement is benign, suspicious or malicious, not '{judgement}'."
            );
        }

        if (logic is not (null or "tp" or "btp" or "fp"))
        {
            throw new HarrierFault(FaultKind.Usage, $"The logic is tp, btp or fp, not '{logic}'.");
        }

        if (string.IsNullOrWhiteSpace(why))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                "A judgement needs a reason.",
                remedy: "Say --why."
            );
        }

        var lead = Get(id);
        if (records?.Any(number => number < 1 || number > lead.Evidence.Count) == true)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"Records of {id} are numbered from 1 to {lead.Evidence.Count}.",
                remedy: $"'harrier leads show {id}' lists them."
            );
        }

        _knowledge.Transaction(() =>
        {
            if (records is null)
            {
                LabelLead(lead, judgement, why, logic, who);
                return;
            }

            foreach (var record in records)
            {
                LabelEvent(lead, lead.Evidence[record - 1], judgement, why, logic, who);
            }
        });
        return Get(id);
    }

    void LabelLead(Lead lead, string judgement, string why, string? logic, string who)
    {
        _knowledge.Execute(
            """
            insert into lead_label
              (lead, hunt, technique, subject_type, subject_value, judgement, why, logic, who, time)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """,
            lead.Id,
            lead.Hunt,
            lead.Technique,
            lead.Entities[0].Type,
            lead.Entities[0].Value,
            judgement,
            why,
            logic,
            who,
            _knowledge.Now()
        );
        _knowledge.Audit(who, "lead label", lead.Id, lead.Label?.Judgement, $"{judgement}: {why}");
    }

    void LabelEvent(
        Lead lead,
        Evidence one,
        string judgement,
        string why,
        string? logic,
        string who
    )
    {
        _knowledge.Execute(
            """
            insert into event_label
              (lead, class, file, record, judgement, why, logic, who, time)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """,
            lead.Id,
            one.Class,
            one.File,
            one.Record,
            judgement,
            why,
            logic,
            who,
            _knowledge.Now()
        );
        _knowledge.Audit(
            who,
            "event label",
            $"{one.File} #{one.Record}",
            one.Label?.Judgement,
            $"{judgement}: {why}"
        );
    }

    /// <summary>The last judgement of each labelled lead, in order of leads.</summary>
    internal IReadOnlyList<LabelRecord> LabelsNow() =>
        _knowledge.Query(
            """
            select lead, hunt, technique, subject_type, subject_value, judgement, why, logic, who, time
            from lead_label
            where number in (select max(number) from lead_label group by lead)
            order by lead
            """,
            row => new LabelRecord(
                row.Text(0),
                row.Text(1),
                row.Text(2),
                new Entity(row.Text(3), row.Text(4)),
                new LeadLabel(row.Text(5), row.Text(6), row.TextOrNull(7), row.Text(8), row.Long(9))
            )
        );

    /// <summary>The last judgement of each record that was judged alone.</summary>
    internal IReadOnlyDictionary<
        (string Class, string File, long Record),
        LeadLabel
    > EventLabelsNow() =>
        _knowledge
            .Query(
                """
                select class, file, record, judgement, why, logic, who, time
                from event_label
                where number in (select max(number) from event_label group by class, file, record)
                """,
                row =>
                    (
                        Key: (row.Text(0), row.Text(1), row.Long(2)),
                        Label: new LeadLabel(
                            row.Text(3),
                            row.Text(4),
                            row.TextOrNull(5),
                            row.Text(6),
                            row.Long(7)
                        )
                    )
            )
            .ToDictionary(pair => pair.Key, pair => pair.Label);

    /// <summary>A lead as it was at a time: of the newest run until then. Null where no run had it.</summary>
    internal Lead? AsOf(string id, long time) =>
        _knowledge.Query(
            """
            select lead from lead join hunt_run on hunt_run.number = lead.run
            where lead.id = ?1 and hunt_run.time <= ?2
            order by lead.run desc limit 1
            """,
            row => JsonSerializer.Deserialize<Lead>(row.Text(0), Json)!,
            id,
            time
        )
            is [var lead]
            ? lead
            : null;

    IReadOnlyList<Lead> Labelled(IReadOnlyList<Lead> leads)
    {
        var events = EventLabelsNow();
        return Labels.Apply(
            events.Count == 0
                ? leads
                :
                [
                    .. leads.Select(lead =>
                        lead with
                        {
                            Evidence =
                            [
                                .. lead.Evidence.Select(one =>
                                    one with
                                    {
                                        Label = events.GetValueOrDefault(
                                            (one.Class, one.File, one.Record)
                                        ),
                                    }
                                ),
                            ],
                        }
                    ),
                ],
            LabelsNow()
        );
    }

    IReadOnlyList<Lead> Current() =>
        _knowledge.Query(
            """
            select lead from lead
            where run in (select max(number) from hunt_run group by hunt)
            order by run, id
            """,
            row => JsonSerializer.Deserialize<Lead>(row.Text(0), Json)!
        );

    IReadOnlyList<Lead> OfRun(string runId)
    {
        Run(runId);
        return _knowledge.Query(
            "select lead from lead where run = ?1 order by id",
            row => JsonSerializer.Deserialize<Lead>(row.Text(0), Json)!,
            long.Parse(runId.AsSpan(2))
        );
    }
}
