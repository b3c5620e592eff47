namespace Harrier.Knowledge;

/// <summary>A change that somebody or a hunt made; entries are never changed or taken away.</summary>
/// <param name="Time">Microseconds since 1970 UTC.</param>
/// <param name="Who">Person or part of the program: <c>intel import</c>, a user's name.</param>
/// <param name="What">What was done, in a few words.</param>
/// <param name="Subject">What it was done to: an id or a value.</param>
public sealed record AuditEntry(
    long Time,
    string Who,
    string What,
    string Subject,
    string? Before,
    string? After
);
