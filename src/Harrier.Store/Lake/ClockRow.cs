using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>A finding about clocks, and where it was made.</summary>
/// <param name="File">Null where it concerns the import as a whole.</param>
public sealed record ClockRow(string Import, string? File, ClockFinding Finding);
