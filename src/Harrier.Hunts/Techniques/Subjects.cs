using System.Net;
using System.Net.Sockets;

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

    /// <summary>
    /// Whether a subject is one of ours: a name, or an address of a private network (RFC 1918, 4193, 6598, link-local). A web server's
    /// visitors are sources too, but no machines that can be compared with ours.
    /// </summary>
    public static bool IsInside(string subject)
    {
        if (!IPAddress.TryParse(subject, out var address))
        {
            return true;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal;
        }

        var bytes = address.GetAddressBytes();
        return bytes switch
        {
            [10, ..] or [192, 168, ..] or [169, 254, ..] => true,
            [172, var second, ..] => second is >= 16 and < 32,
            [100, var second, ..] => second is >= 64 and < 128,
            _ => false,
        };
    }

    public string Name(string subject) => _hosts.GetValueOrDefault(subject, subject);
}
