namespace Harrier.Telemetry.Archives;

/// <summary>Takes what a walk comes to.</summary>
/// <param name="Visit">Content that is no archive. It may be read, once, or be left.</param>
/// <param name="Skip">Something that is passed over because it is nothing to read, and why.</param>
/// <param name="Lose">Something that may hold logs and could not be opened, wholly or in part, and why.</param>
public sealed record ContentVisitor(
    Action<ContentInfo, Stream> Visit,
    Action<ContentInfo, string> Skip,
    Action<ContentInfo, string> Lose
);

/// <summary>
/// Opens files and the archives among them, by content and not by name: gzip, bzip2, xz, zstandard, zip, 7z and tar, in each other.
/// Nothing is unpacked onto the disk, but for a zip or 7z inside an archive, which needs seeking: it goes to a temporary file that is
/// deleted as it is closed.
/// </summary>
public sealed class ArchiveWalker(ArchiveOptions options)
{
    /// <summary>Walks a file. Of the members of an archive, only every <paramref name="parts"/>-th is opened: several walkers share a large one.</summary>
    public void Walk(
        string path,
        ContentVisitor visitor,
        CancellationToken cancel,
        int part = 0,
        int parts = 1
    )
    {
        var info = new ContentInfo("", path, null, null);
        var walk = new FileWalk(options, visitor, part, parts, cancel);
        try
        {
            // Opening a pipe waits for a writer who may never come, and a device has no end: both say that they hold nothing.
            if (LengthOf(path) == 0)
            {
                visitor.Skip(
                    info,
                    "it is empty, or a pipe or device: save what it gives as a file"
                );
                return;
            }

            using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    BufferSize = 128 * 1024,
                    Options = FileOptions.SequentialScan,
                }
            );
            walk.Content(
                info with
                {
                    Written = File.GetLastWriteTimeUtc(path),
                    FileBytes = file.Length,
                },
                file,
                depth: 0
            );
        }
        catch (Exception fault) when (!walk.IsVisiting && SourceFaults.IsFaultOfSource(fault))
        {
            visitor.Lose(info, SourceFaults.Sentence(fault));
        }
    }

    static long LengthOf(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target
            ? target.Length
            : new FileInfo(path).Length;
}
