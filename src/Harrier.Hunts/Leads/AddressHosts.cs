using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Identity;

namespace Harrier.Hunts.Leads;

/// <summary>
/// Names the host behind an address: a sensor on the network knows addresses only, and a lead about one joins those about its host
/// only when it says whose it was.
/// </summary>
static class AddressHosts
{
    /// <summary>A host keeps an address for a while before and after it is seen with it.</summary>
    const long Around = 12L * 3_600_000_000;

    /// <summary>The leads, those about addresses with the host that held the address at the time, where exactly one did.</summary>
    public static IReadOnlyList<Lead> Name(
        IReadOnlyList<Lead> leads,
        IEventStore store,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        var addresses = leads
            .Where(IsNameless)
            .SelectMany(lead => lead.Entities)
            .Where(entity => entity.Type == "address")
            .Select(entity => entity.Value)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (addresses.Count == 0)
        {
            return leads;
        }

        var links = EntityLinks
            .Of(store, window, addresses, cancel)
            .Where(link => link.Kind == "host_address")
            .ToLookup(link => link.Value, StringComparer.Ordinal);
        return [.. leads.Select(lead => IsNameless(lead) ? Name(lead, links) : lead)];
    }

    static bool IsNameless(Lead lead) =>
        lead.Entities.Any(entity => entity.Type == "address")
        && lead.Entities.All(entity => entity.Type != "host");

    static Lead Name(Lead lead, ILookup<string, EntityLink> links)
    {
        var entities = lead.Entities.ToList();
        var reasons = lead.Reasons.ToList();
        foreach (var address in lead.Entities.Where(entity => entity.Type == "address"))
        {
            var held = links[address.Value]
                .Where(link => link.First - Around <= lead.Last && lead.First <= link.Last + Around)
                .ToList();
            if (held.Select(link => link.Entity).Distinct(StringComparer.Ordinal).Count() != 1)
            {
                continue;
            }

            var host = new Entity("host", held[0].Entity);
            if (!entities.Contains(host))
            {
                entities.Add(host);
                reasons.Add(
                    $"{address.Value} was {host.Value} at the time, by {held.Sum(link => link.Events)} events ({held[0].Evidence})."
                );
            }
        }

        return entities.Count == lead.Entities.Count
            ? lead
            : lead with
            {
                Entities = entities,
                Reasons = reasons,
            };
    }
}
