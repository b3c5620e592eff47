using Harrier.Hunts.Techniques;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Verdicts;

/// <summary>What of the needed data is there, found before a hunt runs: it limits what the hunt may say.</summary>
/// <param name="Share">Share of (host, day) cells with life in them in which every needed class was there, in [0, 1].</param>
/// <param name="Absent">Needed classes without any event, and needed columns ("class.column") without any value.</param>
public sealed record PreflightResult(Coverage Coverage, double Share, IReadOnlySet<string> Absent)
{
    /// <summary>Why a step with these needs can't run, or null.</summary>
    public string? WhyNot(IReadOnlyList<DataNeed> needs)
    {
        var absent = new List<string>();
        foreach (var need in needs)
        {
            if (Absent.Contains(need.Class.Name))
            {
                absent.Add($"no {need.Class.Name} events");
                continue;
            }

            absent.AddRange(
                need.Columns.Where(column => Absent.Contains($"{need.Class.Name}.{column.Name}"))
                    .Select(column => $"{need.Class.Name}.{column.Name} is never filled")
            );
        }

        return absent.Count == 0 ? null : string.Join("; ", absent.Distinct());
    }
}

/// <summary>Compares what a hunt needs with what the store has in the window.</summary>
static class Preflight
{
    /// <summary>Classes of gateways, sensors and services: their host is not the machine an event is about.</summary>
    static readonly HashSet<string> SiteWide = new(StringComparer.Ordinal)
    {
        "email",
        "cloud",
        "alert",
    };

    const int MaxNames = 5;
    const double FewValues = 0.05;

    /// <param name="needs">What the hunt can't do without: its coverage is measured on these.</param>
    /// <param name="wanted">What else its steps read: only checked for being there at all.</param>
    public static PreflightResult Check(
        IEventStore store,
        TimeWindow window,
        IReadOnlyList<DataNeed> needs,
        IReadOnlyList<DataNeed> wanted,
        Func<string, bool> inScope,
        CancellationToken cancel
    )
    {
        var presence = store
            .Presence(window, cancel)
            .Where(line => line.Host is null || inScope(line.Host))
            .ToList();
        var absent = new HashSet<string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var need in Merge([.. needs, .. wanted]))
        {
            var events = presence.Where(line => line.Class == need.Class.Name).Sum(l => l.Events);
            var needed = needs.Any(n => n.Class == need.Class);
            if (events == 0)
            {
                absent.Add(need.Class.Name);
                missing.Add(
                    $"{need.Class.Name}: no events in the window{(needed ? "" : " (helpful, not needed)")}."
                );
                continue;
            }

            CheckFill(store, window, need, absent, missing, cancel);
        }

        return Cover(presence, Merge(needs), absent, missing);
    }

    static void CheckFill(
        IEventStore store,
        TimeWindow window,
        DataNeed need,
        HashSet<string> absent,
        List<string> missing,
        CancellationToken cancel
    )
    {
        if (need.Columns.Count == 0)
        {
            return;
        }

        var counts = string.Join(", ", need.Columns.Select(column => $"count(\"{column.Name}\")"));
        using var rows = store.Query(
            $"SELECT count(*), {counts} FROM \"{need.Class.Name}\"",
            window,
            [],
            cancel
        );
        rows.Read();
        var all = rows.Int(0);
        for (var index = 0; index < need.Columns.Count; index++)
        {
            var filled = rows.Int(index + 1);
            var name = $"{need.Class.Name}.{need.Columns[index].Name}";
            if (filled == 0)
            {
                absent.Add(name);
                missing.Add($"{name}: filled in none of {all} events.");
            }
            else if (filled < all * FewValues)
            {
                missing.Add($"{name}: filled in only {filled} of {all} events.");
            }
        }
    }

    static PreflightResult Cover(
        IReadOnlyList<Presence> presence,
        IReadOnlyList<DataNeed> needs,
        HashSet<string> absent,
        List<string> missing
    )
    {
        var days = presence.Select(line => line.Day).Distinct().Order().ToList();
        var byClass = presence.ToLookup(line => line.Class);
        var perHost = needs
            .Where(need =>
                !SiteWide.Contains(need.Class.Name)
                && byClass[need.Class.Name].Any()
                && byClass[need.Class.Name].All(line => line.Host is not null)
            )
            .ToList();
        // Only machines that write logs of their own about themselves: a mail gateway's name is no scoped host.
        var cells = presence
            .Where(line => line.Host is not null && !SiteWide.Contains(line.Class))
            .Select(line => (line.Host!, line.Day))
            .ToHashSet();
        var hosts = cells
            .Select(cell => cell.Item1)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var daysWithData = days.Where(day =>
                needs.All(need => byClass[need.Class.Name].Any(line => line.Day == day))
            )
            .ToHashSet();
        var withData = cells.Where(cell => daysWithData.Contains(cell.Day)).ToHashSet();
        foreach (var need in perHost)
        {
            var own = byClass[need.Class.Name].Select(line => (line.Host!, line.Day)).ToHashSet();
            withData.IntersectWith(own);
            var without = hosts.Where(host => !own.Any(cell => cell.Item1 == host)).ToList();
            if (without.Count > 0)
            {
                missing.Add(
                    $"{need.Class.Name}: no events from {without.Count} of {hosts.Count} hosts ({Names(without)})."
                );
            }
        }

        foreach (var need in needs.Where(need => !absent.Contains(need.Class.Name)))
        {
            var own = byClass[need.Class.Name].Select(line => line.Day).ToHashSet();
            if (own.Count < days.Count)
            {
                missing.Add(
                    $"{need.Class.Name}: no events on {days.Count - own.Count} of {days.Count} days."
                );
            }

            if (!perHost.Contains(need))
            {
                missing.Add(
                    $"{need.Class.Name}: comes from a sensor or gateway, so only its days can be counted, not its hosts."
                );
            }
        }

        var coverage = new Coverage(
            withData.Select(cell => cell.Item1).Distinct().Count(),
            hosts.Count,
            daysWithData.Count,
            days.Count,
            missing
        );
        var share =
            cells.Count > 0 ? (double)withData.Count / cells.Count
            : days.Count > 0 ? (double)daysWithData.Count / days.Count
            : 0;
        return new PreflightResult(coverage, share, absent);
    }

    static string Names(IReadOnlyList<string> hosts) =>
        hosts.Count <= MaxNames
            ? string.Join(", ", hosts)
            : $"{string.Join(", ", hosts.Take(MaxNames))} and {hosts.Count - MaxNames} more";

    static IReadOnlyList<DataNeed> Merge(IReadOnlyList<DataNeed> needs) =>
        [
            .. needs
                .GroupBy(need => need.Class)
                .Select(group => new DataNeed(
                    group.Key,
                    [.. group.SelectMany(need => need.Columns).Distinct()]
                )),
        ];
}
