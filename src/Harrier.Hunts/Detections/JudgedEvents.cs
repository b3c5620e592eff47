using Harrier.Hunts.Leads;
using Harrier.Hunts.Techniques;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;

namespace Harrier.Hunts.Detections;

/// <summary>What persons judged, asked event by event.</summary>
/// <remarks>
/// An event is judged as the leads that name it as evidence are; a hit of a rule also as the lead of that rule about the same
/// subject, from the lead's first event to its last (evidence is cut at 50 records). The worst judgement counts.
/// </remarks>
sealed class JudgedEvents
{
    static readonly string[] s_order = ["benign", "suspicious", "malicious"];

    readonly Dictionary<(string Class, string File, long Record), string> _evidence = [];
    readonly Dictionary<string, (string Judgement, long First, long Last)> _leads = new(
        StringComparer.Ordinal
    );
    readonly HashSet<(string Hunt, string Step)> _steps = [];
    readonly Dictionary<string, IReadOnlyList<string>> _idsOfKey = new(StringComparer.Ordinal);

    public static JudgedEvents Of(LeadStore leads)
    {
        var judged = new JudgedEvents();
        foreach (var label in leads.LabelsNow())
        {
            var lead = leads.Get(label.Lead);
            var judgement = label.Label.Judgement;
            judged._leads[lead.Id] = (judgement, lead.First, lead.Last);
            if (lead.Technique.EndsWith(SigmaTechnique, StringComparison.Ordinal))
            {
                judged._steps.Add((lead.Hunt, lead.Technique[..^SigmaTechnique.Length]));
            }

            foreach (var one in lead.Evidence)
            {
                var key = (one.Class, one.File, one.Record);
                judged._evidence[key] = Worse(judged._evidence.GetValueOrDefault(key), judgement)!;
            }
        }

        return judged;
    }

    /// <summary>What a lead's technique ends in when its step is Sigma rules.</summary>
    const string SigmaTechnique = " (sigma)";

    /// <summary>benign, suspicious, malicious, or null where nobody judged.</summary>
    public string? Of(SigmaRule rule, Entity subject, SigmaEventReference one)
    {
        var judgement = _evidence.GetValueOrDefault((one.Class, one.File, one.Record));
        var key = SigmaTest.KeyOf(rule, subject);
        if (!_idsOfKey.TryGetValue(key, out var ids))
        {
            _idsOfKey[key] = ids = [
                .. _steps
                    .Select(step => LeadMaker.Id(step.Hunt, step.Step, null, key))
                    .Where(_leads.ContainsKey),
            ];
        }

        foreach (var id in ids)
        {
            var lead = _leads[id];
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
