using Harrier.Hunts;
using Harrier.Hunts.Leads;

namespace Harrier.Reporting;

/// <summary>Everything a report says; the writers only choose the form.</summary>
/// <param name="Workspace">Name of the workspace.</param>
/// <param name="GeneratedAt">When it was written, microseconds UTC; part of the report's bytes.</param>
/// <param name="Version">Version of Harrier.</param>
/// <param name="ManifestHash">Hash over the data's manifest.</param>
/// <param name="Runs">The newest run of each hunt.</param>
/// <param name="Leads">Their leads, best first.</param>
/// <param name="Texts">What the hunt documents say, by hunt id.</param>
/// <param name="Techniques">Names of ATT&amp;CK techniques by id; those not here are shown by id.</param>
public sealed record ReportModel(
    string Workspace,
    long GeneratedAt,
    string Version,
    string ManifestHash,
    IReadOnlyList<HuntRun> Runs,
    IReadOnlyList<Lead> Leads,
    IReadOnlyDictionary<string, HuntText> Texts,
    IReadOnlyList<ClassSummary> Classes,
    IReadOnlyList<DayPresence> Presence,
    IReadOnlyList<ImportSummary> Imports,
    IntelSummary Intel,
    IReadOnlyDictionary<string, string> Techniques
);

/// <summary>What a hunt document says of itself.</summary>
public sealed record HuntText(
    string Question,
    string Why,
    IReadOnlyList<string> CannotSee,
    string? IfConfirmed,
    string? IfNot,
    IReadOnlyList<string> Attack
);

/// <summary>Events of a class in the data hunted over; times in microseconds UTC.</summary>
public sealed record ClassSummary(string Class, long Events, long Hosts, long First, long Last);

/// <summary>Events of a host (or of no known host) on a day; <paramref name="Day"/> is its midnight in microseconds UTC.</summary>
public sealed record DayPresence(string Class, string? Host, long Day, long Events);

/// <summary>An import's receipt in a line.</summary>
public sealed record ImportSummary(
    string Id,
    long Files,
    long Records,
    long Imported,
    long Rejected
);

/// <summary>What intelligence was at hand, and how much of it was seen.</summary>
public sealed record IntelSummary(long Indicators, long Sources, long Matched);
