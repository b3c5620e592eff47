using System.Formats.Tar;
using System.IO.Compression;

namespace Harrier.Telemetry.Archives;

/// <summary>Takes what a walk comes to.</summary>
/// <param name="Visit">Content that is no archive. It may be read, once, or be left.</param>
/// <param name="Skip">Something that is passed over, and why.</param>
public sealed record ContentVisitor(
    Action<ContentInfo, Stream> Visit,
    Action<ContentInfo, string> Skip
);

/// <summary>
/// Opens files and the archives among them: gzip, zip and tar, by content and not by name. Archives may be nested once, gzip twice.
/// Nothing is unpacked onto the disk, but for a zip inside an archive, which needs seeking: it goes to a temporary file without a name of its own.
/// </summary>
/// <param name="maxMembers">Members of one file, nested ones too, that are looked at.</param>
/// <param name="maxSpooledBytes">Largest zip inside an archive.</param>
/// <param name="temporaryFolder">Where a nested zip is put while it is read.</param>
public sealed class ArchiveWalker(int maxMembers, long maxSpooledBytes, string temporaryFolder)
{
    const int MaxArchives = 2;
    const int MaxGzips = 2;

    /// <summary>Bytes needed to tell an archive.</summary>
    const int PeekBytes = 512;

    /// <summary>Walks a file. Of a zip's own members, only every <paramref name="parts"/>-th is opened: several walkers share a large one.</summary>
    public void Walk(
        string path,
        ContentVisitor visitor,
        CancellationToken cancel,
        int part = 0,
        int parts = 1
    )
    {
        var walk = new FileWalk(
            maxMembers,
            maxSpooledBytes,
            temporaryFolder,
            visitor,
            part,
            parts,
            cancel
        );
        var info = new ContentInfo("", path, null, null);
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
                    Written = File.GetLastWriteTime(path),
                },
                file,
                archives: 0,
                gzips: 0
            );
        }
        catch (Exception fault) when (!walk.IsVisiting && SourceFaults.IsFaultOfSource(fault))
        {
            visitor.Skip(info, SourceFaults.Sentence(fault));
        }
    }

    static long LengthOf(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target
            ? target.Length
            : new FileInfo(path).Length;

    sealed class FileWalk(
        int maxMembers,
        long maxSpooledBytes,
        string temporaryFolder,
        ContentVisitor visitor,
        int part,
        int parts,
        CancellationToken cancel
    )
    {
        int _members;
        bool _saidTooMany;

        /// <summary>What is thrown now comes from the visitor, and is not for us to explain.</summary>
        public bool IsVisiting { get; private set; }

        public void Content(ContentInfo info, Stream content, int archives, int gzips)
        {
            cancel.ThrowIfCancellationRequested();
            var head = HeadStream.Peek(content, PeekBytes);
            if (ContentKind.IsGzip(head.Head))
            {
                if (gzips == MaxGzips)
                {
                    visitor.Skip(info, "gzip is nested more than twice");
                    return;
                }

                using var plain = new GZipStream(head, CompressionMode.Decompress);
                Content(info, plain, archives, gzips + 1);
            }
            else if (ContentKind.IsZip(head.Head) || ContentKind.IsTar(head.Head))
            {
                if (archives == MaxArchives)
                {
                    visitor.Skip(
                        info,
                        "the archive lies in an archive in an archive: unpack one by hand"
                    );
                }
                else if (ContentKind.IsZip(head.Head))
                {
                    Zip(info, content, head, archives, gzips);
                }
                else
                {
                    Tar(info, head, archives, gzips);
                }
            }
            else
            {
                IsVisiting = true;
                visitor.Visit(info, head);
                IsVisiting = false;
            }
        }

        void Zip(ContentInfo info, Stream content, HeadStream head, int archives, int gzips)
        {
            if (content is FileStream file)
            {
                file.Position = 0;
                ZipMembers(info, file, archives, gzips);
                return;
            }

            using var spooled = Spool(head);
            ZipMembers(info, spooled, archives, gzips);
        }

        FileStream Spool(Stream content)
        {
            Directory.CreateDirectory(temporaryFolder);
            // Deleted by the system when it is closed, even by a kill.
            var spooled = new FileStream(
                Path.Combine(temporaryFolder, Path.GetRandomFileName()),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    Options = FileOptions.DeleteOnClose,
                    BufferSize = 128 * 1024,
                }
            );
            try
            {
                var buffer = new byte[128 * 1024];
                int read;
                while ((read = content.Read(buffer)) > 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (spooled.Length + read > maxSpooledBytes)
                    {
                        throw new InvalidDataException(
                            "a zip inside an archive is larger than the limit of an import"
                        );
                    }

                    spooled.Write(buffer, 0, read);
                }

                spooled.Position = 0;
                return spooled;
            }
            catch
            {
                spooled.Dispose();
                throw;
            }
        }

        void ZipMembers(ContentInfo info, FileStream file, int archives, int gzips)
        {
            if (ZipDirectory.CountMembers(file) is var declared && declared > maxMembers)
            {
                visitor.Skip(
                    info,
                    $"the zip declares {declared} members, more than the limit of {maxMembers}"
                );
                return;
            }

            file.Position = 0;
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            for (var index = 0; index < zip.Entries.Count; index++)
            {
                var entry = zip.Entries[index];
                if (entry.FullName.EndsWith('/') || (archives == 0 && index % parts != part))
                {
                    continue;
                }

                var member = Member(info, index, entry.FullName, entry.LastWriteTime.DateTime);
                if (!CountMember(member))
                {
                    return;
                }

                if (entry.IsEncrypted)
                {
                    visitor.Skip(member, "the member is encrypted: unpack it by hand");
                    continue;
                }

                Guarded(
                    member,
                    () =>
                    {
                        using var content = entry.Open();
                        Content(member, content, archives + 1, gzips);
                    }
                );
            }
        }

        void Tar(ContentInfo info, Stream content, int archives, int gzips)
        {
            using var tar = new TarReader(content, leaveOpen: true);
            for (var index = 0; ; index++)
            {
                TarEntry? entry;
                try
                {
                    entry = tar.GetNextEntry(copyData: false);
                }
                catch (Exception fault) when (SourceFaults.IsFaultOfSource(fault))
                {
                    visitor.Skip(
                        Member(info, index, "(rest)", null),
                        "the rest of the tar can't be read: " + fault.Message
                    );
                    return;
                }

                if (entry is null)
                {
                    return;
                }

                if (entry.DataStream is null || entry.EntryType is TarEntryType.Directory)
                {
                    continue;
                }

                var member = Member(info, index, entry.Name, entry.ModificationTime.DateTime);
                if (!CountMember(member))
                {
                    return;
                }

                Guarded(member, () => Content(member, entry.DataStream, archives + 1, gzips));
            }
        }

        /// <summary>A member that can't be opened is told, and the next one is tried.</summary>
        void Guarded(ContentInfo member, Action open)
        {
            try
            {
                open();
            }
            catch (Exception fault) when (!IsVisiting && SourceFaults.IsFaultOfSource(fault))
            {
                visitor.Skip(member, SourceFaults.Sentence(fault));
            }
        }

        bool CountMember(ContentInfo member)
        {
            if (_members++ < maxMembers)
            {
                return true;
            }

            if (!_saidTooMany)
            {
                visitor.Skip(
                    member,
                    $"this and further members are over the limit of {maxMembers}"
                );
                _saidTooMany = true;
            }

            return false;
        }

        static ContentInfo Member(ContentInfo parent, int index, string name, DateTime? written) =>
            new(
                parent.Key.Length == 0 ? index.ToString() : $"{parent.Key}.{index}",
                parent.Path,
                parent.Member is null ? name : $"{parent.Member}!{name}",
                written
            );
    }
}
