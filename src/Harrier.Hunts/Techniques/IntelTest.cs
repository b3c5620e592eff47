using System.Globalization;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Leads;
using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Intel.Matching;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>A step that looks for indicators of the workspace's intelligence. A match is a lead with its context, not a verdict.</summary>
/// <remarks>
/// A finding is an indicator on a host (or, where the log knows no host, for an account). Score: 0.45, and up to 0.5 more by the
/// highest confidence a source gives, halved where the events lie outside the time for which the sources give the indicator.
/// </remarks>
static class IntelTest
{
    const double Base = 0.45;
    const double PerConfidence = 0.005;
    const int UnknownConfidence = 50;

    public static TechniqueResult Run(
        StepTest.Intel test,
        HuntStep step,
        IEventStore store,
        IntelStore? intel,
        TimeWindow window,
        CancellationToken cancel
    )
    {
        if (intel is null || intel.Matcher() is not { Count: > 0 } matcher)
        {
            return new TechniqueResult([], 0, "no indicators: import intelligence first", []);
        }

        var found = new FindingRows();
        var present = store.Presence(window, cancel).Select(line => line.Class).ToHashSet();
        foreach (var eventClass in EventClasses.All.Where(c => present.Contains(c.Name)))
        {
            if (test.Classes.Count > 0 && !test.Classes.Contains(eventClass.Name))
            {
                continue;
            }

            var columns = IndicatorMatcher
                .MatchableColumns(eventClass)
                .Concat(EventText.Columns(eventClass))
                .Distinct()
                .ToList();
            foreach (var batch in store.Scan(eventClass, window, columns, cancel))
            {
                foreach (var hit in matcher.Match(batch))
                {
                    Take(batch, hit, step, found);
                }
            }
        }

        return new TechniqueResult(found.Findings(), found.Count, null, []);
    }

    static void Take(EventBatch batch, IndicatorHit hit, HuntStep step, FindingRows found)
    {
        var indicator = hit.Indicator;
        var evidence = EventText.Evidence(batch, hit.Row);
        var entities = new List<Entity> { new("indicator", indicator.Value) };
        var host = EventText.Text(batch, "host", hit.Row);
        var account = EventText.Text(batch, "account", hit.Row);
        // A sensor's record has no host: the address inside says whose connection it was.
        var who =
            host is not null ? new Entity("host", host)
            : account is not null ? new Entity("account", account)
            : Source(batch, hit);
        if (who is not null)
        {
            entities.Add(who);
        }

        if (host is not null && account is not null)
        {
            entities.Add(new Entity("account", account));
        }

        if (Kind(indicator.Type) is { } kind)
        {
            entities.Add(new Entity(kind, indicator.Value));
        }

        var valid = indicator.IsValidAt(evidence.Time);
        var confidence = Math.Clamp(indicator.Confidence ?? UnknownConfidence, 0, 100);
        var score = Base + (PerConfidence * confidence);
        found.Add(
            entities,
            evidence,
            valid ? score : score / 2,
            $"{indicator.Type.Name()} {indicator.Value} of {Named(indicator)} was seen{(who is null ? "" : $" by {who.Type} {who.Value}")}",
            Reasons(indicator, valid, hit),
            step.Attack.Count > 0 ? step.Attack : null,
            $"{indicator}{(who is null ? "" : $" | {who.Type}={who.Value}")}"
        );
    }

    static Entity? Source(EventBatch batch, IndicatorHit hit) =>
        EventText.Text(batch, "src_ip", hit.Row) is { } address && address != hit.Value
            ? new Entity("address", address)
            : null;

    static List<string> Reasons(Indicator indicator, bool valid, IndicatorHit hit)
    {
        var reasons = new List<string>
        {
            $"Found in column {hit.Column.Name}; named by {string.Join(", ", indicator.Sources.Take(3))}"
                + (
                    indicator.Confidence is { } c
                        ? $" with confidence {c} of 100."
                        : "; no source gives a confidence."
                ),
        };
        if (indicator.Names.Count > 0)
        {
            reasons.Add($"Connected with {string.Join(", ", indicator.Names.Take(5))}.");
        }

        if (!valid)
        {
            reasons.Add(
                $"Outside the time the sources give for it ({Day(indicator.FirstSeen)} to {Day(indicator.LastSeen)}): half the score."
            );
        }

        return reasons;
    }

    static string Named(Indicator indicator) =>
        indicator.Names.Count > 0 ? indicator.Names[0]
        : indicator.Sources.Count > 0 ? Path.GetFileName(indicator.Sources[0])
        : "intelligence";

    static string? Kind(IndicatorType type) =>
        type switch
        {
            IndicatorType.Ipv4 or IndicatorType.Ipv6 => "address",
            IndicatorType.Domain => "domain",
            IndicatorType.Url => "url",
            IndicatorType.Email => "email",
            IndicatorType.FileName => "file",
            IndicatorType.Network => null,
            _ => "hash",
        };

    static string Day(long? micros) =>
        micros is { } time
            ? DateTimeOffset
                .UnixEpoch.AddTicks(time * 10)
                .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : "open";
}
