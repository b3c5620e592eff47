namespace Harrier.Schema;

/// <summary>What a column holds.</summary>
public enum ColumnType
{
    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    Time,

    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>A signed 64-bit number.</summary>
    Int,

    /// <summary>A JSON object as text, at most 64 levels deep.</summary>
    Json,
}

/// <summary>A column of an event class, as <c>schema/*.yaml</c> describes it.</summary>
/// <param name="Name">Name in the lake and in SQL, snake_case.</param>
/// <param name="Ordinal">Position in its class, from 0; the common columns come first, in the same order in every class.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Entity">Kind of thing a value names (host, account, address, domain, hash ...), or null.</param>
/// <param name="Bloom">Whether needles are looked up in it, so that the lake keeps a bloom filter.</param>
/// <param name="Sigma">Names of this column in Sigma rules and Windows events.</param>
/// <param name="Ecs">Name in the Elastic Common Schema, or null.</param>
/// <param name="Ocsf">Name in OCSF, or null.</param>
/// <param name="Description">Meaning, one sentence.</param>
public sealed record Column(
    string Name,
    int Ordinal,
    ColumnType Type,
    string? Entity,
    bool Bloom,
    IReadOnlyList<string> Sigma,
    string? Ecs,
    string? Ocsf,
    string Description
);
