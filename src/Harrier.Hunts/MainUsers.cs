using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts;

/// <summary>The account that uses a host most, by processes it started: what joins a host's events to a person's mail.</summary>
static class MainUsers
{
    /// <summary>Accounts that are no person's.</summary>
    static readonly HashSet<string> Machine = new(StringComparer.Ordinal)
    {
        "system",
        "local service",
        "network service",
        "localsystem",
        "administrator",
        "root",
        "-",
        "",
    };

    /// <summary>Below this, an account is a visitor.</summary>
    const double MainShare = 0.5;

    public static IReadOnlyDictionary<string, string> Of(
        IEventStore store,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var counts = new List<(string Host, string Account, long Events)>();
        using (
            var rows = store.Query(
                """
                SELECT host, account, count(*) FROM process
                WHERE host IS NOT NULL AND account IS NOT NULL
                GROUP BY host, account ORDER BY host, account
                """,
                window,
                [],
                cancel
            )
        )
        {
            while (rows.Read())
            {
                counts.Add((rows.Text(0)!, rows.Text(1)!, rows.Int(2)));
            }
        }

        return counts
            .Where(count =>
                !Machine.Contains(count.Account)
                && !count.Account.EndsWith('$')
                && !count.Account.StartsWith("dwm-", StringComparison.Ordinal)
                && !count.Account.StartsWith("umfd-", StringComparison.Ordinal)
            )
            .GroupBy(count => count.Host)
            .Select(group => (all: group.Sum(c => c.Events), main: group.MaxBy(c => c.Events)))
            .Where(host => host.main.Events >= host.all * MainShare)
            .ToDictionary(
                host => host.main.Host,
                host => host.main.Account,
                StringComparer.Ordinal
            );
    }
}
