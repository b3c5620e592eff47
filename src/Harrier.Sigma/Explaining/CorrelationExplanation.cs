using Harrier.Sigma.Language;

namespace Harrier.Sigma.Explaining;

/// <summary>Why a correlation holds or not: what its rules brought, and how near its groups came.</summary>
/// <param name="Condition">What it asks for, in words.</param>
/// <param name="Rules">What it refers to, in the order written.</param>
/// <param name="Groups">Groups that had an event.</param>
/// <param name="GroupsLeftOut">Whether there were more groups than are told apart (<see cref="CorrelationTrace.MostGroups"/>).</param>
/// <param name="Nearest">The groups nearest to the condition, at most <see cref="CorrelationTrace.MostNearest"/>: those that held first.</param>
/// <param name="Alerts">How often it began to hold.</param>
/// <param name="Why">Why it never held, as the end of a sentence; null where it did.</param>
/// <param name="CanBeAnswered">False where events or fields that it needs are nowhere in the data: its silence means nothing.</param>
public sealed record CorrelationExplanation(
    SigmaCorrelation Correlation,
    string Condition,
    IReadOnlyList<ReferredEvents> Rules,
    int Groups,
    bool GroupsLeftOut,
    IReadOnlyList<GroupExplanation> Nearest,
    long Alerts,
    string? Why,
    bool CanBeAnswered
);

/// <summary>What a rule or correlation brought to the one that refers to it.</summary>
/// <param name="Text">The id or name that the correlation writes.</param>
/// <param name="Title">Title of the rule or correlation meant.</param>
/// <param name="Events">Events it met, or alerts it gave.</param>
/// <param name="Counted">Those that are in a group, and whose value can be read.</param>
/// <param name="Missing">Fields of group-by and of the condition that events lack, by the rule's names, with the number of these events.</param>
/// <param name="NoNumber">Events whose value is no number where numbers are added up.</param>
/// <param name="Why">Why the data can't answer it, as the end of a sentence; null where it can.</param>
public sealed record ReferredEvents(
    string Text,
    string Title,
    long Events,
    long Counted,
    IReadOnlyList<KeyValuePair<string, long>> Missing,
    long NoNumber,
    string? Why
);

/// <summary>The window of a group that came nearest to the condition; of several, the first.</summary>
/// <param name="Group">Fields or aliases of group-by with their values.</param>
/// <param name="Events">Events of the group at all times.</param>
/// <param name="Value">What the condition compares.</param>
/// <param name="Lacks">What the value lacks of the condition; 0 where it held.</param>
/// <param name="First">Time of the window's first event, microseconds.</param>
/// <param name="Last">Time of its last one.</param>
/// <param name="Seen">Rules seen, where the correlation asks which are.</param>
/// <param name="Alerts">How often the condition began to hold of the group, and was told.</param>
public sealed record GroupExplanation(
    IReadOnlyList<KeyValuePair<string, string>> Group,
    long Events,
    decimal Value,
    decimal Lacks,
    long First,
    long Last,
    IReadOnlyList<string> Seen,
    long Alerts
);
