using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;

namespace Harrier.Telemetry.Archives;

/// <summary>The walk through one file and what it holds.</summary>
sealed class FileWalk(
    ArchiveOptions options,
    ContentVisitor visitor,
    int part,
    int parts,
    CancellationToken cancel
)
{
    /// <summary>Bytes needed to tell an archive.</summary>
    const int PeekBytes = 512;

    readonly ByteBudget _budget = new(options.MaxBytes);
    bool _isShared = parts > 1;
    int _members;
    bool _saidTooMany;

    /// <summary>What is thrown now comes from the visitor, and is not for us to explain.</summary>
    public bool IsVisiting { get; private set; }

    /// <param name="depth">Archives and compressions that were opened to come here.</param>
    public void Content(ContentInfo info, Stream content, int depth)
    {
        cancel.ThrowIfCancellationRequested();
        var head = HeadStream.Peek(content, PeekBytes);
        var kind = ContentKind.ArchiveOf(head.Head);
        if (kind is not ArchiveKind.None && depth == options.MaxDepth)
        {
            visitor.Lose(
                info,
                $"archives lie in each other more than {options.MaxDepth} deep: unpack one by hand, or raise --max-depth"
            );
            return;
        }

        switch (kind)
        {
            case ArchiveKind.None:
                IsVisiting = true;
                visitor.Visit(info, head);
                IsVisiting = false;
                break;
            case ArchiveKind.Zip:
                WithSeeking(content, head, file => Zip(info, file, depth + 1));
                break;
            case ArchiveKind.SevenZip:
                WithSeeking(content, head, file => SevenZip(info, file, depth + 1));
                break;
            case ArchiveKind.Tar:
                Tar(info, head, depth + 1);
                break;
            default:
                Compressed(kind, info, head, depth + 1);
                break;
        }
    }

    /// <summary>A gzip keeps the date of the file that was compressed, which is older than its own where it was copied; 0: it does not.</summary>
    static DateTime? WrittenIn(ArchiveKind kind, ReadOnlySpan<byte> head, DateTime? written)
    {
        if (kind != ArchiveKind.Gzip || head.Length < 8)
        {
            return written;
        }

        var inside = DateTime.UnixEpoch.AddSeconds(
            BinaryPrimitives.ReadUInt32LittleEndian(head[4..])
        );
        return inside.Year > 1980 && (written is null || inside < written) ? inside : written;
    }

    void Compressed(ArchiveKind kind, ContentInfo info, HeadStream packed, int depth)
    {
        if (kind is ArchiveKind.Bzip2 or ArchiveKind.Xz && !MayGoAlone(info))
        {
            return;
        }

        using var plain = new Decompressed(kind, packed, _budget);
        Content(
            info with
            {
                FileBytes = null,
                Written = WrittenIn(kind, packed.Head, info.Written),
            },
            plain,
            depth
        );
        if (plain.TrailingBytes > 0)
        {
            LoseRest(info, $"{plain.TrailingBytes} bytes after the end of the {Name(kind)} data");
        }
    }

    static string Name(ArchiveKind kind) => kind.ToString().ToLowerInvariant();

    void LoseRest(ContentInfo info, string what) =>
        visitor.Lose(
            Member(info, "rest", "(after its end)", null),
            what + " are not read: look what they are"
        );

    void WithSeeking(Stream content, HeadStream head, Action<FileStream> read)
    {
        if (content is FileStream file)
        {
            read(file);
            return;
        }

        using var spooled = Spool(head);
        read(spooled);
    }

    FileStream Spool(Stream content)
    {
        Directory.CreateDirectory(options.TemporaryFolder);
        // Deleted by the system when it is closed, even by a kill.
        var spooled = new FileStream(
            Path.Combine(options.TemporaryFolder, Path.GetRandomFileName()),
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

    void Zip(ContentInfo info, FileStream file, int depth)
    {
        ZipDirectory.Check(file, options.MaxMembers);
        file.Position = 0;
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        if (ZipDirectory.DocumentIn(zip) is { } document)
        {
            visitor.Skip(info, $"it is no log: {document}");
            return;
        }

        using var rarer = new RarerZip(file, options.Password);
        for (var index = 0; index < zip.Entries.Count; index++)
        {
            var entry = zip.Entries[index];
            if (entry.FullName.EndsWith('/') || !IsOfPart(info, index))
            {
                continue;
            }

            var member = Member(info, $"{index}", entry.FullName, entry.LastWriteTime.DateTime);
            if (!CountMember(member))
            {
                return;
            }

            var at = index;
            Guarded(
                member,
                () =>
                {
                    using var content = DecoderStream.Open(() => rarer.Open(entry, at), _budget);
                    Content(member, content, depth);
                }
            );
        }
    }

    void SevenZip(ContentInfo info, FileStream file, int depth)
    {
        if (!MayGoAlone(info))
        {
            return;
        }

        var decoder = new SevenZipDecoder(file, options.Password, _budget);
        var directory = SevenZipDirectory.Read(file, decoder, options.MaxMembers);
        SevenZipContent? folder = null;
        for (var index = 0; index < directory.Members.Count; index++)
        {
            var packed = directory.Members[index];
            if (packed.Folder < 0)
            {
                continue;
            }

            var member = Member(info, $"{index}", packed.Name, packed.Written);
            if (!CountMember(member))
            {
                break;
            }

            Guarded(
                member,
                () =>
                {
                    if (folder?.Folder != packed.Folder)
                    {
                        folder?.Dispose();
                        folder = new SevenZipContent(directory, packed.Folder, decoder);
                    }

                    folder.Next(packed);
                    Content(member, folder, depth);
                }
            );
        }

        folder?.Dispose();
    }

    void Tar(ContentInfo info, Stream content, int depth)
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
                visitor.Lose(
                    Member(info, "rest", "(rest)", null),
                    "the rest of the tar can't be read: " + fault.Message
                );
                return;
            }

            if (entry is null)
            {
                LoseAfterTar(info, content);
                return;
            }

            if (
                entry.DataStream is null
                || entry.EntryType is TarEntryType.Directory
                || !IsOfPart(info, index)
            )
            {
                continue;
            }

            var member = Member(info, $"{index}", entry.Name, entry.ModificationTime.UtcDateTime);
            if (!CountMember(member))
            {
                return;
            }

            Guarded(member, () => Content(member, entry.DataStream, depth));
        }
    }

    /// <summary>Blocks of zeros end a tar and pad it; another tar may stand behind them, which tar itself does not show.</summary>
    void LoseAfterTar(ContentInfo info, Stream content)
    {
        var buffer = new byte[64 * 1024];
        var bytes = 0L;
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            cancel.ThrowIfCancellationRequested();
            bytes += bytes > 0 || buffer.AsSpan(0, read).ContainsAnyExcept((byte)0) ? read : 0;
        }

        if (bytes > 0)
        {
            LoseRest(info, $"{bytes} bytes after the end of the tar");
        }
    }

    /// <summary>Whether this walker takes the member; of the file's own members, each walker has its share.</summary>
    bool IsOfPart(ContentInfo archive, int index) =>
        !_isShared || archive.Key.Length > 0 || index % parts == part;

    /// <summary>Slow to unpack, and only from the start: one walker takes it all, the others leave it.</summary>
    bool MayGoAlone(ContentInfo info)
    {
        if (info.Key.Length == 0 && _isShared)
        {
            _isShared = false;
            return part == 0;
        }

        return true;
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
            visitor.Lose(member, SourceFaults.Sentence(fault));
        }
    }

    bool CountMember(ContentInfo member)
    {
        if (_members++ < options.MaxMembers)
        {
            return true;
        }

        if (!_saidTooMany)
        {
            visitor.Lose(
                member,
                $"this and further members are over the limit of {options.MaxMembers}; --max-members raises it"
            );
            _saidTooMany = true;
        }

        return false;
    }

    static ContentInfo Member(ContentInfo parent, string key, string name, DateTime? written) =>
        new(
            parent.Key.Length == 0 ? key : $"{parent.Key}.{key}",
            parent.Path,
            parent.Member is null ? name : $"{parent.Member}!{name}",
            // 1970 and 1980 are where the clocks of tar and zip begin: nobody said when. The archive was written after its members.
            written is { Year: > 1980 }
                ? written
                : parent.Written
        );
}
