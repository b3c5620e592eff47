namespace Harrier.Schema;

/// <summary>What kind of fault: decides the exit code (cli.md).</summary>
public enum FaultKind
{
    /// <summary>The call is wrong: usage, unknown id, bad SQL, bad YAML. Exit code 2.</summary>
    Usage,

    /// <summary>Input could not be read. Exit code 3.</summary>
    Input,

    /// <summary>The environment failed: disk full, no permission, out of memory. Exit code 4.</summary>
    Environment,
}

/// <summary>This command can't go on, and a person can do something about it: one sentence, a place, a remedy.</summary>
public sealed class HarrierFault(
    FaultKind kind,
    string message,
    string? where = null,
    string? remedy = null,
    Exception? inner = null
) : Exception(message, inner)
{
    public FaultKind Kind { get; } = kind;

    /// <summary>File with line and column, YAML path, rule or hunt id; null where there is no place.</summary>
    public string? Where { get; } = where;

    /// <summary>What the person can do, one sentence; null where the message says it.</summary>
    public string? Remedy { get; } = remedy;
}
