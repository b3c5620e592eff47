namespace Harrier.Hunts.Leads;

/// <summary>Something worth a look: the same shape from every technique, with comparable scores.</summary>
/// <param name="Id">Stable within a workspace: L- and the first ten hex digits of a hash over hunt, technique and subject.</param>
/// <param name="Score">In [0, 1]; the same score means about the same rarity for every technique.</param>
/// <param name="Title">The finding in a sentence, entity first.</param>
/// <param name="Entities">What it is about; the first is the subject.</param>
/// <param name="Attack">ATT&amp;CK technique ids.</param>
/// <param name="First">Time of the first evidence, microseconds UTC.</param>
/// <param name="Last">Time of the last evidence, microseconds UTC.</param>
/// <param name="Reasons">Sentences that name their numbers and their population.</param>
/// <param name="Evidence">Records behind it, in order of time, at most 50; <paramref name="EvidenceCount"/> says how many there are.</param>
/// <param name="NextSteps">What a hunter does next, with the command or query.</param>
/// <param name="Story">Leads of one story share it: S-0001 in order of score; null before grouping.</param>
/// <param name="Label">The last judgement of a person, or null.</param>
public sealed record Lead(
    string Id,
    string RunId,
    string Hunt,
    HuntType Type,
    string Technique,
    double Score,
    string Title,
    IReadOnlyList<Entity> Entities,
    IReadOnlyList<string> Attack,
    long First,
    long Last,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<Evidence> Evidence,
    long EvidenceCount,
    IReadOnlyList<string> NextSteps,
    string? Story = null,
    LeadLabel? Label = null
);

/// <summary>A thing a lead is about. Types: host, account, address, domain, url, hash, file, image, process, service, email, indicator.</summary>
public sealed record Entity(string Type, string Value);

/// <summary>A record behind a lead: where to see it again.</summary>
/// <param name="Time">Microseconds UTC.</param>
/// <param name="Text">The record in one line, as read; escaped by the face that shows it.</param>
/// <param name="Label">The last judgement of a person about this record alone, or null.</param>
public sealed record Evidence(
    string Class,
    string File,
    long Record,
    long Time,
    string Text,
    LeadLabel? Label = null
);

/// <summary>A person's judgement of a lead.</summary>
/// <param name="Judgement">benign, suspicious or malicious.</param>
/// <param name="Logic">Judgement of the hunt's logic: tp, btp (true but benign), fp; or null.</param>
public sealed record LeadLabel(string Judgement, string Why, string? Logic, string Who, long Time);
