namespace Harrier.Store.Lake;

/// <summary>What an import brought, summed over its files.</summary>
public sealed record ImportTotals(
    string Id,
    long Files,
    long Records,
    long Imported,
    long Rejected
);
