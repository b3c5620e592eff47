using System.Security.Cryptography;
using System.Text;
using Harrier.Hunts.Documents;
using Harrier.Hunts.Techniques;

namespace Harrier.Hunts.Leads;

/// <summary>Makes leads of findings: stable ids, and next steps a person can run.</summary>
static class LeadMaker
{
    public static IReadOnlyList<Lead> Make(
        HuntDocument hunt,
        string step,
        string technique,
        IReadOnlyList<string> attack,
        IReadOnlyList<Finding> findings
    ) =>
        [
            .. findings
                .Where(finding => finding.Entities.Count > 0)
                .Select(finding => (finding, id: Id(hunt.Id, step, finding)))
                .GroupBy(pair => pair.id)
                .Select(group => group.OrderByDescending(pair => pair.finding.Score).First())
                .Select(pair => Make(hunt, step, technique, attack, pair.finding, pair.id))
                .OrderByDescending(lead => lead.Score)
                .ThenBy(lead => lead.First)
                .ThenBy(lead => lead.Id, StringComparer.Ordinal),
        ];

    static Lead Make(
        HuntDocument hunt,
        string step,
        string technique,
        IReadOnlyList<string> attack,
        Finding finding,
        string id
    ) =>
        new(
            id,
            "",
            hunt.Id,
            hunt.Type,
            step == technique ? step : $"{step} ({technique})",
            Math.Round(Math.Clamp(finding.Score, 0, 1), 6),
            finding.Title,
            finding.Entities,
            finding.Attack is { Count: > 0 } own ? own
                : attack.Count > 0 ? attack
                : hunt.Attack,
            finding.First,
            finding.Last,
            finding.Reasons,
            finding.Evidence,
            finding.EvidenceCount,
            NextSteps.For(hunt, finding, id)
        );

    /// <summary>The first ten hex digits of SHA-256 over hunt, step and what identifies the finding.</summary>
    internal static string Id(string hunt, string step, Finding finding) =>
        finding.Value is { } value
            ? Id(hunt, step, finding.Group, value)
            : Id(
                hunt,
                step,
                string.Join('\n', finding.Entities.Take(2).Select(e => $"{e.Type}={e.Value}"))
            );

    /// <summary>The id of the lead about a value of a peer group.</summary>
    internal static string Id(string hunt, string step, string? group, string value) =>
        Id(hunt, step, $"{group}\n{value}");

    static string Id(string hunt, string step, string identity)
    {
        var bytes = Encoding.UTF8.GetBytes($"{hunt}\n{step}\n{identity}");
        return $"L-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..10]}";
    }
}
