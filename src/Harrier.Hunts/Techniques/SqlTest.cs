using System.Text.RegularExpressions;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>A step that a hunt document writes in SQL. Each row of the result is one event that answers the question.</summary>
/// <remarks>
/// Columns of the result:
/// <list type="bullet">
/// <item><c>time</c> (microseconds: write <c>${micros(time)} AS time</c>), <c>class</c>, <c>file</c>, <c>record</c>: the event. Required.</item>
/// <item>each column named in the step's <c>entities</c>. The first that is filled is the subject: rows that share it and the second one are one finding.</item>
/// <item><c>text</c>: the event in one line; <c>reason</c>: why it stands out, one sentence with its numbers; <c>title</c>: the finding in a sentence; <c>score</c>: in [0, 1]. Optional.</item>
/// </list>
/// <c>${micros(x)}</c> is a time as microseconds, <c>${from}</c> and <c>${to}</c> are the window's ends in microseconds.
/// Order by time and record, so that the same data give the same leads.
/// </remarks>
static partial class SqlTest
{
    const int MaxRows = 100_000;

    static readonly Dictionary<string, string> EntityTypes = new(StringComparer.Ordinal)
    {
        ["src_ip"] = "address",
        ["dst_ip"] = "address",
        ["address"] = "address",
        ["sender_domain"] = "domain",
        ["url_host"] = "domain",
        ["query"] = "domain",
        ["dst_host"] = "domain",
        ["server_name"] = "domain",
        ["sender"] = "email",
        ["image"] = "image",
        ["parent_image"] = "image",
        ["target_image"] = "image",
        ["path"] = "file",
        ["attachment_name"] = "file",
        ["sha256"] = "hash",
        ["service_name"] = "service",
        ["target_user"] = "account",
    };

    public static TechniqueResult Run(
        string sql,
        HuntStep step,
        IEventStore store,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var found = new FindingRows();
        using var rows = store.Query(Expand(sql, window, store.Dialect), window, [], cancel);
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var column = 0; column < rows.Columns; column++)
        {
            columns[rows.Name(column)] = column;
        }

        foreach (var name in step.Entities.Concat(["time", "class", "file", "record"]))
        {
            if (!columns.ContainsKey(name))
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"The SQL of step '{step.Id}' gives no column '{name}'.",
                    step.Parameters.Where
                );
            }
        }

        while (found.Count < MaxRows && rows.Read())
        {
            Take(rows, columns, step, found);
        }

        var findings = found.Findings();
        return new TechniqueResult(findings, found.Count, null, []);
    }

    static void Take(Rows rows, Dictionary<string, int> columns, HuntStep step, FindingRows found)
    {
        var entities = new List<Entity>();
        foreach (var name in step.Entities)
        {
            if (rows.Text(columns[name]) is { Length: > 0 } value)
            {
                entities.Add(new Entity(EntityTypes.GetValueOrDefault(name, name), value));
            }
        }

        if (entities.Count == 0)
        {
            return;
        }

        var text = Optional("text") ?? "";
        var evidence = new Evidence(
            rows.Text(columns["class"]) ?? "",
            rows.Text(columns["file"]) ?? "",
            rows.Int(columns["record"]),
            rows.Int(columns["time"]),
            text
        );
        var score = step.Score;
        if (columns.TryGetValue("score", out var column) && !rows.IsNull(column))
        {
            score = Math.Clamp(rows.Real(column), 0, 1);
        }

        var names = string.Join(", ", entities.Take(2).Select(e => e.Value));
        found.Add(
            entities,
            evidence,
            score,
            Optional("title") ?? $"{names}: {Wording.Statement(step.Question)}",
            Optional("reason") is { } reason ? [reason] : [],
            null,
            string.Join(" | ", entities.Take(2).Select(e => $"{e.Type}={e.Value}"))
        );

        string? Optional(string name) =>
            columns.TryGetValue(name, out var index) ? rows.Text(index) : null;
    }

    /// <summary>Fills in what the engine, or the window, says in its own way.</summary>
    static string Expand(string sql, TimeWindow window, Dialect dialect) =>
        Placeholder()
            .Replace(
                sql,
                match =>
                    match.Groups["name"].Value switch
                    {
                        "from" => $"{window.From}",
                        "to" => $"{window.To}",
                        _ => dialect.Micros(match.Groups["argument"].Value),
                    }
            );

    [GeneratedRegex(
        @"\$\{(?:(?<name>from|to)|micros\((?<argument>[^{}]*)\))\}",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Placeholder();
}
