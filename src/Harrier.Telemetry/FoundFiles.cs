using Harrier.Schema;

namespace Harrier.Telemetry;

/// <summary>The files that paths stand for: folders with all below them, in ordinal order, without following links.</summary>
/// <param name="Missing">Paths at which there is nothing.</param>
sealed record FoundFiles(IReadOnlyList<string> Files, IReadOnlyList<FileReceipt> Missing)
{
    static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    public static FoundFiles In(IReadOnlyList<string> paths)
    {
        var files = new List<string>();
        var missing = new List<FileReceipt>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(
                    Directory.EnumerateFiles(path, "*", Below).Order(StringComparer.Ordinal)
                );
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                missing.Add(
                    new FileReceipt(Empty(path), null, "there is no such file or folder")
                    {
                        IsMissing = true,
                    }
                );
            }
        }

        return new FoundFiles([.. files.Distinct(StringComparer.Ordinal)], missing);
    }

    static SourceFile Empty(string path) =>
        new(
            path,
            null,
            "",
            "",
            0,
            0,
            0,
            0,
            new Dictionary<string, long>(StringComparer.Ordinal),
            [],
            []
        );
}
