namespace Harrier.Telemetry.Archives;

/// <summary>A file, or a member of an archive, that may be a log.</summary>
/// <param name="Key">Its place in the file: "" for the file itself, else indexes of members, "3.0" for the first member in the fourth.</param>
/// <param name="Path">The file.</param>
/// <param name="Member">Name inside the archive, members of members after '!'; null for the file itself. Only a name: nothing is ever written under it.</param>
/// <param name="Written">When it was written last: UTC where its kind says so, else local to its machine (zip); or null.</param>
public sealed record ContentInfo(string Key, string Path, string? Member, DateTime? Written)
{
    /// <summary>Size of the file, where the content is the file as it lies on the disk; null for what was unpacked.</summary>
    public long? FileBytes { get; init; }

    public string Name => Member is null ? Path : $"{Path}!{Member}";

    /// <summary>Name of the log itself: without folders and without the ending of a compression.</summary>
    public string LogName =>
        Endings.FirstOrDefault(ending => Name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            is { } found
            ? Name[..^found.Length]
            : Name;

    static readonly string[] Endings = [".gz", ".bz2", ".xz", ".zst"];
}
