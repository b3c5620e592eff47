using Harrier.Schema;

namespace Harrier.Telemetry;

/// <summary>The files that paths stand for: folders with all below them, in ordinal order, without following links.</summary>
/// <param name="Unread">Paths at which there is nothing, folders that may not be read, links below a folder.</param>
sealed record FoundFiles(IReadOnlyList<string> Files, IReadOnlyList<FileReceipt> Unread)
{
    static readonly EnumerationOptions All = new()
    {
        IgnoreInaccessible = false,
        AttributesToSkip = FileAttributes.None,
    };

    public static FoundFiles In(IReadOnlyList<string> paths)
    {
        var files = new List<string>();
        var unread = new List<FileReceipt>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                var below = new List<string>();
                AddBelow(path, below, unread);
                files.AddRange(below.Order(StringComparer.Ordinal));
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                unread.Add(
                    new FileReceipt(Empty(path), null, "there is no such file or folder")
                    {
                        IsMissing = true,
                    }
                );
            }
        }

        return new FoundFiles([.. files.Distinct(StringComparer.Ordinal)], unread);
    }

    static void AddBelow(string top, List<string> files, List<FileReceipt> unread)
    {
        var folders = new Stack<string>([top]);
        while (folders.TryPop(out var folder))
        {
            try
            {
                foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", All))
                {
                    var attributes = File.GetAttributes(entry);
                    if (attributes.HasFlag(FileAttributes.ReparsePoint))
                    {
                        unread.Add(
                            new FileReceipt(
                                Empty(entry),
                                null,
                                "it is a link, and links below a folder are not followed: name it to read it"
                            )
                        );
                    }
                    else if (attributes.HasFlag(FileAttributes.Directory))
                    {
                        folders.Push(entry);
                    }
                    else
                    {
                        files.Add(entry);
                    }
                }
            }
            catch (Exception fault) when (fault is UnauthorizedAccessException or IOException)
            {
                unread.Add(
                    new FileReceipt(
                        Empty(folder),
                        null,
                        "the folder can't be read: " + fault.Message
                    )
                    {
                        IsLost = true,
                    }
                );
            }
        }
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
