namespace Harrier.Hunts.Techniques;

/// <summary>Gives hosts their names where a source knows only addresses.</summary>
/// <remarks>
/// Zeek sees 10.0.0.17, Sysmon on the same machine says ws-07: without a name for the address one machine would count as two,
/// and would have no peer group. An address belongs to a host when at least nine in ten of the connections that hosts
/// themselves reported as theirs from it, ten or more, name that host. (Where addresses wander among machines, none does.)
/// </remarks>
sealed class Subjects
{
    readonly Dictionary<string, string> _hosts = new(StringComparer.Ordinal);

    public static Subjects Learn(TechniqueContext context, CancellationToken cancel)
    {
        const string Sql = """
            select src_ip, host, count(*) as n from network
            where host is not null and src_ip is not null and lower(initiated) = 'true'
            group by src_ip, host order by src_ip, n desc, host
            """;
        var subjects = new Subjects();
        var counts = new Dictionary<string, List<(string Host, long Events)>>(
            StringComparer.Ordinal
        );
        using var rows = context.Store.Query(Sql, context.Window, [], cancel);
        while (rows.Read())
        {
            if (
                rows.Text(0) is { } address
                && rows.Text(1) is { } host
                && !address.StartsWith("127.", StringComparison.Ordinal)
                && !address.StartsWith("fe80", StringComparison.Ordinal)
                && address != "::1"
            )
            {
                if (!counts.TryGetValue(address, out var list))
                {
                    counts[address] = list = [];
                }

                list.Add((host, rows.Int(2)));
            }
        }

        foreach (var (address, list) in counts)
        {
            var all = list.Sum(item => item.Events);
            if (all >= 10 && list[0].Events * 10 >= all * 9)
            {
                subjects._hosts[address] = list[0].Host;
            }
        }

        return subjects;
    }

    public static Subjects None { get; } = new();

    /// <summary>Whether subjects of these columns can be addresses, so that names are worth learning.</summary>
    public static bool CanBeAddress(ColumnChoice by) =>
        by.Columns.Any(column => column.Entity == "address");

    public string Name(string subject) => _hosts.GetValueOrDefault(subject, subject);
}
