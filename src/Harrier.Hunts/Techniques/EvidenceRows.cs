using System.Globalization;
using System.Text;
using Harrier.Hunts.Leads;
using Harrier.Schema;

namespace Harrier.Hunts.Techniques;

/// <summary>Fetches the records behind a finding, for the few findings that become leads.</summary>
static class EvidenceRows
{
    /// <summary>Records kept with a finding.</summary>
    public const int Most = 50;

    const int LongestValue = 300;

    /// <summary>What one line of a record shows, by class; other classes show the columns of the step.</summary>
    static readonly Dictionary<string, string[]> Shown = new(StringComparer.Ordinal)
    {
        ["process"] = ["host", "user", "parent_image", "image", "command_line"],
        ["logon"] =
        [
            "host",
            "account",
            "outcome",
            "logon_type",
            "authentication",
            "src_host",
            "src_ip",
            "target_server",
        ],
        ["network"] =
        [
            "host",
            "image",
            "src_ip",
            "dst_ip",
            "dst_host",
            "dst_port",
            "protocol",
            "bytes_out",
            "bytes_in",
        ],
        ["dns"] = ["host", "image", "src_ip", "query", "query_type", "answers"],
        ["http"] = ["host", "src_ip", "method", "url_host", "url", "user_agent", "status"],
        ["share"] = ["host", "account", "src_ip", "share_name", "relative_path", "access_mask"],
        ["service"] = ["host", "account", "service_name", "image_path", "service_account"],
        ["task"] = ["host", "account", "task_name", "task_action"],
        ["registry"] = ["host", "account", "image", "key", "value_name", "details"],
        ["file"] = ["host", "account", "image", "path"],
        ["script"] = ["host", "account", "script_text"],
        ["email"] = ["recipient", "sender", "subject", "attachment_name", "url", "verdict"],
    };

    /// <param name="where">Condition with $1, $2 ... for <paramref name="parameters"/>.</param>
    public static IReadOnlyList<Evidence> Fetch(
        TechniqueContext context,
        EventClass eventClass,
        string where,
        IReadOnlyList<object> parameters,
        IEnumerable<Column> alsoShown,
        CancellationToken cancel
    )
    {
        var shown = Shown.TryGetValue(eventClass.Name, out var names)
            ? names.Select(name => eventClass.Find(name)!).ToList()
            : [eventClass.Find("host")!, eventClass.Find("account")!];
        shown.AddRange(alsoShown.Where(column => !shown.Contains(column)));
        var micros = context.Store.Dialect.Micros("time");
        var columns = string.Join(", ", shown.Select(c => $"\"{c.Name}\""));
        var sql = $"""
            select "file", "record", {micros} as t, {columns}
            from {eventClass.Name} where {where}
            order by t, "file", "record" limit {Most}
            """;
        var evidence = new List<Evidence>();
        using var rows = context.Store.Query(sql, context.Window, parameters, cancel);
        while (rows.Read())
        {
            var text = new StringBuilder();
            for (var i = 0; i < shown.Count; i++)
            {
                if (rows.Text(i + 3) is { Length: > 0 } value)
                {
                    value = value.Length > LongestValue ? value[..LongestValue] + "…" : value;
                    text.Append(text.Length > 0 ? " " : "")
                        .Append(shown[i].Name)
                        .Append('=')
                        .Append(value.ReplaceLineEndings(" "));
                }
            }

            evidence.Add(
                new Evidence(
                    eventClass.Name,
                    rows.Text(0) ?? "",
                    rows.Int(1),
                    rows.Int(2),
                    text.ToString()
                )
            );
        }

        return evidence;
    }

    /// <summary>A list of parameters after those that are there: "$3, $4".</summary>
    public static string Add(List<object> parameters, IEnumerable<string> values)
    {
        var places = new List<string>();
        foreach (var value in values)
        {
            parameters.Add(value);
            places.Add("$" + parameters.Count.ToString(CultureInfo.InvariantCulture));
        }

        return string.Join(", ", places);
    }
}
