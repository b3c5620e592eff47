namespace Harrier.Store.Quality;

/// <summary>A host that a source stopped hearing of before the source itself ends.</summary>
/// <param name="Last">Start of its last hour with events, microseconds since 1970 UTC.</param>
/// <param name="SilentHours">Hours from there until half of the hosts that were heard of with it were heard of last.</param>
/// <param name="LongestGapHours">Hours of its longest silence before.</param>
public sealed record SilentHost(
    string Source,
    string Host,
    long Last,
    long SilentHours,
    long LongestGapHours
);

static class SilentHosts
{
    /// <summary>A silence is told once it is this many times the longest one before ...</summary>
    const int TimesLongest = 3;

    /// <summary>... and no shorter than this: a laptop may well be closed for half a working day.</summary>
    const int LeastHours = 4;

    /// <summary>Hours that must have events, so that there is a habit to compare with.</summary>
    const int LeastActiveHours = 3;

    /// <summary>Hosts heard of so long before a host's last hour are its companions: what happens to them all is no host's silence.</summary>
    const int CompanyHours = 24;

    public static IReadOnlyList<SilentHost> Of(IReadOnlyList<HostHours> all) =>
        [
            .. all.GroupBy(one => one.Source, StringComparer.Ordinal)
                .SelectMany(source => OfSource([.. source]))
                .OrderByDescending(host => host.SilentHours)
                .ThenBy(host => host.Host, StringComparer.Ordinal)
                .ThenBy(host => host.Source, StringComparer.Ordinal),
        ];

    static IEnumerable<SilentHost> OfSource(IReadOnlyList<HostHours> hosts)
    {
        foreach (var host in hosts.Where(host => host.Hours.Count >= LeastActiveHours))
        {
            var last = host.Hours[^1];
            var companions = hosts
                .Where(other =>
                    other != host
                    && other.Hours[0] <= last
                    && other.Hours[^1] >= last - CompanyHours
                )
                .Select(other => other.Hours[^1])
                .Order()
                .ToList();
            if (companions.Count == 0)
            {
                continue;
            }

            var silent = companions[(companions.Count - 1) / 2] - last;
            var longest = LongestGap(host.Hours);
            if (silent >= LeastHours && silent > TimesLongest * longest)
            {
                yield return new SilentHost(
                    host.Source,
                    host.Host,
                    last * HostHours.Hour,
                    silent,
                    longest
                );
            }
        }
    }

    static long LongestGap(IReadOnlyList<long> hours)
    {
        var longest = 1L;
        for (var at = 1; at < hours.Count; at++)
        {
            longest = Math.Max(longest, hours[at] - hours[at - 1]);
        }

        return longest;
    }
}
