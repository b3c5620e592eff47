using Harrier.Hunts.Techniques;

namespace Harrier.Hunts;

/// <summary>Peer groups of hosts: roles that a person gave, else what the names share.</summary>
static class PeerGroupsOf
{
    /// <summary>A smaller group can't say what is usual among its members.</summary>
    const int LeastHosts = 5;

    /// <param name="roles">Role of each host from the environment profile; a host with a role keeps it.</param>
    public static PeerGroups Hosts(
        IEnumerable<string> hosts,
        IReadOnlyDictionary<string, string> roles
    )
    {
        var groups = hosts
            .Distinct()
            .GroupBy(host => roles.GetValueOrDefault(host) ?? Prefix(host))
            .Where(group => group.Key.Length > 0)
            .Where(group => group.Count() >= LeastHosts || roles.Values.Contains(group.Key));
        return new PeerGroups(
            groups
                .SelectMany(group => group.Select(host => (host, group.Key)))
                .ToDictionary(pair => pair.host, pair => pair.Key, StringComparer.Ordinal)
        );
    }

    /// <summary>Letters at the start of a name: 'ws' of ws-017, 'srv' of srv-file-01.</summary>
    static string Prefix(string host) => new([.. host.TakeWhile(char.IsAsciiLetter)]);
}
