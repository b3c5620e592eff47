using System.Globalization;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Techniques;

namespace Harrier.Hunts.Leads;

/// <summary>What a hunter does next with a lead, as commands that can be pasted.</summary>
/// <remarks>
/// Values come from logs that attackers write, and commands go into shells: a value that holds anything but letters, digits and
/// <c>. _ - : @</c> is never put into one.
/// </remarks>
static class NextSteps
{
    const long Hour = 3_600_000_000;

    public static IReadOnlyList<string> For(HuntDocument hunt, Finding finding, string id)
    {
        var steps = new List<string>();
        var from = Time(finding.First - Hour);
        var to = Time(finding.Last + Hour);
        foreach (var template in hunt.NextSteps)
        {
            if (Fill(template, finding, from, to) is { } step)
            {
                steps.Add(step);
            }
        }

        if (Value(finding, "host") is { } host)
        {
            steps.Add(
                $"What ran there around it: harrier query \"SELECT time, account, parent_image, image, command_line FROM process WHERE host = '{host}' ORDER BY time\" --from {from} --to {to}"
            );
        }

        if (Value(finding, "account") is { } account)
        {
            steps.Add(
                $"Where else the account was: harrier query \"SELECT time, host, outcome, logon_type, src_ip FROM logon WHERE account = '{account}' ORDER BY time\" --from {from} --to {to}"
            );
        }

        if (Value(finding, "address") is { } address)
        {
            steps.Add(
                $"Who else talks to it: harrier query \"SELECT host, src_ip, count(*) AS connections, min(time) AS first, max(time) AS last FROM network WHERE dst_ip = '{address}' GROUP BY host, src_ip\""
            );
        }

        if (Value(finding, "domain") is { } domain)
        {
            steps.Add(
                $"Who else asked for it: harrier query \"SELECT host, src_ip, count(*) AS queries FROM dns WHERE query = '{domain}' GROUP BY host, src_ip\""
            );
        }

        steps.Add(
            $"Say what it is: harrier leads label {id} benign|suspicious|malicious --why \"...\""
        );
        return steps;
    }

    static string? Fill(string template, Finding finding, string from, string to)
    {
        var filled = template
            .Replace("${from}", from, StringComparison.Ordinal)
            .Replace("${to}", to, StringComparison.Ordinal);
        foreach (
            var (name, value) in new[]
            {
                ("${subject}", Safe(finding.Entities[0].Value)),
                ("${host}", Value(finding, "host")),
                ("${account}", Value(finding, "account")),
                ("${address}", Value(finding, "address")),
                ("${domain}", Value(finding, "domain")),
            }
        )
        {
            if (!filled.Contains(name, StringComparison.Ordinal))
            {
                continue;
            }

            if (value is null)
            {
                return null;
            }

            filled = filled.Replace(name, value, StringComparison.Ordinal);
        }

        return filled;
    }

    static string? Value(Finding finding, string type) =>
        Safe(finding.Entities.FirstOrDefault(entity => entity.Type == type)?.Value);

    static string? Safe(string? value) =>
        value is { Length: > 0 and <= 100 }
        && char.IsAsciiLetterOrDigit(value[0])
        && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@')
            ? value
            : null;

    static string Time(long micros) =>
        DateTimeOffset
            .UnixEpoch.AddTicks(micros * 10)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
