namespace Harrier.Knowledge;

/// <summary>What went wrong with the knowledge database.</summary>
public enum KnowledgeFault
{
    /// <summary>The file was written by a newer program.</summary>
    Newer,

    /// <summary>The file is no SQLite database, or its pages are damaged.</summary>
    Damaged,

    /// <summary>The file or its folder can't be written.</summary>
    ReadOnly,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>Another program holds the database, and did not let go in time.</summary>
    Busy,

    /// <summary>The file can't be opened or read.</summary>
    Unreachable,
}

/// <summary>The knowledge database can't do it, and a person can mend it: one sentence, the file, a remedy.</summary>
/// <remarks>This room knows nothing of Harrier's own faults; callers turn it into one of theirs.</remarks>
public sealed class KnowledgeException(
    KnowledgeFault fault,
    string message,
    string file,
    string remedy,
    Exception? inner = null
) : Exception(message, inner)
{
    public KnowledgeFault Fault { get; } = fault;

    public string File { get; } = file;

    public string Remedy { get; } = remedy;
}
