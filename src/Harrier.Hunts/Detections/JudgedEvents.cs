using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;

namespace Harrier.Hunts.Detections;

/// <summary>What persons judged, asked event by event.</summary>
/// <remarks>
/// A judgement of a record alone goes before all. Else an event is judged as the leads that name it as evidence were when they
/// were judged: what a later run finds, nobody has seen yet. Evidence is cut at 50 records; where a lead of a rule has more
/// events, it also speaks for the hits of that rule about its subject from its first event to its last. The worst judgement
/// of several counts.
/// </remarks>
sealed class JudgedEvents
{
    static readonly string[] s_order = ["benign", "suspicious", "malicious"];

    readonly IReadOnlyDictionary<(string Class, string File, long Record), LeadLabel> _events;
    readonly Dictionary<(string Class, string File, long Record), string> _evidence = [];
    readonly Dictionary<string, (string Judgement, long First, long Last)> _cut = new(
        StringComparer.Ordinal
    );
    readonly HashSet<(string Hunt, string Step)> _steps = [];
    readonly Dictionary<string, IReadOnlyList<string>> _idsOfKey = new(StringComparer.Ordinal);

    JudgedEvents(IReadOnlyDictionary<(string Class, string File, long Record), LeadLabel> events) =>
        _events = events;

    public static JudgedEvents Of(LeadStore leads)
    {
        var judged = new JudgedEvents(leads.EventLabelsNow());
        foreach (var label in leads.LabelsNow())
        {
            var judgement = label.Label.Judgement;
            var lead = leads.AsOf(label.Lead, label.Label.Time) ?? leads.Get(label.Lead);
            foreach (var one in lead.Evidence)
            {
                var key = (one.Class, one.File, one.Record);
                judged._evidence[key] = Worse(judged._evidence.GetValueOrDefault(key), judgement)!;
            }

            if (
                lead.EvidenceCount > lead.Evidence.Count
                && lead.Technique.EndsWith(SigmaTechnique, StringComparison.Ordinal)
            )
            {
                judged._cut[lead.Id] = (judgement, lead.First, lead.Last);
                judged._steps.Add((lead.Hunt, lead.Technique[..^SigmaTechnique.Length]));
            }
        }

        return judged;
    }

    /// <summary>What a lead's technique ends in when its step is Sigma rules.</summary>
    const string SigmaTechnique = " (sigma)";

    /// <summary>benign, suspicious, malicious, or null where nobody judged.</summary>
    public string? Of(SigmaRule rule, Entity subject, SigmaEventReference one)
    {
        var place = (one.Class, one.File, one.Record);
        if (_events.TryGetValue(place, out var own))
        {
            return own.Judgement;
        }

        var judgement = _evidence.GetValueOrDefault(place);
        var key = SigmaTest.KeyOf(rule, subject);
        if (!_idsOfKey.TryGetValue(key, out var ids))
        {
            _idsOfKey[key] = ids = [
                .. _steps
                    .Select(step => LeadMaker.Id(step.Hunt, step.Step, null, key))
                    .Where(_cut.ContainsKey),
            ];
        }

        foreach (var id in ids)
        {
            var lead = _cut[id];
            if (one.Time >= lead.First && one.Time <= lead.Last)
            {
                judgement = Worse(judgement, lead.Judgement);
            }
        }

        return judgement;
    }

    static string? Worse(string? one, string? other) =>
        Array.IndexOf(s_order, one) >= Array.IndexOf(s_order, other) ? one : other;
}
