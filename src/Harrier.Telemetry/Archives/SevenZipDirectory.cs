using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Harrier.Telemetry.Archives;

/// <summary>A member of a 7z.</summary>
/// <param name="Folder">Index of the folder (7z's word for what is compressed as one) that holds it; members follow each other in it. -1: it is a directory, or empty.</param>
/// <param name="Crc">CRC-32 of its bytes, where the archive has one.</param>
/// <param name="Written">UTC.</param>
sealed record SevenZipMember(string Name, long Size, uint? Crc, DateTime? Written, int Folder);

/// <summary>One method of a folder, with its properties.</summary>
sealed record SevenZipCoder(ulong Method, byte[] Properties, bool IsSimple);

/// <summary>Members compressed as one, through a chain of methods.</summary>
/// <param name="Binds">Input of a coder, and the output that feeds it.</param>
/// <param name="PackedStreams">Packed streams it takes; more than one only with methods that mix them.</param>
sealed record SevenZipFolder(
    IReadOnlyList<SevenZipCoder> Coders,
    IReadOnlyList<(int In, int Out)> Binds,
    int PackedStreams
)
{
    /// <summary>Bytes that each coder makes.</summary>
    public long[] UnpackSizes { get; init; } = [];

    public uint? Crc { get; set; }
    public long PackedStart { get; set; }
    public long PackedSize { get; set; }

    public bool IsEncrypted => Coders.Any(coder => coder.Method == SevenZipDecoder.Aes);

    /// <summary>The coder whose output no other takes: what it makes is the folder.</summary>
    public int Last =>
        Enumerable
            .Range(0, Coders.Count)
            .FirstOrDefault(coder => !Binds.Any(bind => bind.Out == coder));

    public long UnpackSize => UnpackSizes[Last];
}

/// <summary>The directory of a 7z, which stands at its end and is compressed itself (7zFormat.txt of the LZMA SDK).</summary>
/// <remarks>
/// Why not the library's: it makes as many members as the directory declares before it looks whether they are there; thirty bytes cost
/// gigabytes. Here no count is believed that the bytes left could not hold.
/// </remarks>
sealed class SevenZipDirectory
{
    const int StartBytes = 32;
    const int MaxHeaderBytes = 256 * 1024 * 1024;
    const int MaxCoders = 8;

    readonly int _maxMembers;
    byte[] _bytes;
    int _at;

    SevenZipDirectory(byte[] bytes, int maxMembers)
    {
        _bytes = bytes;
        _maxMembers = maxMembers;
    }

    public IReadOnlyList<SevenZipFolder> Folders { get; private set; } = [];
    public IReadOnlyList<SevenZipMember> Members { get; private set; } = [];

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="ArchiveLockedException">It is encrypted.</exception>
    /// <exception cref="ArchiveLimitException">It has too many members.</exception>
    public static SevenZipDirectory Read(Stream file, SevenZipDecoder decoder, int maxMembers)
    {
        var start = new byte[StartBytes];
        file.Position = 0;
        file.ReadExactly(start);
        var offset = BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(12));
        var size = BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(20));
        if (
            Crc32.HashToUInt32(start.AsSpan(12))
            != BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8))
        )
        {
            throw new InvalidDataException("the head of the 7z is damaged");
        }

        if (
            offset < 0
            || size < 0
            || offset > file.Length - StartBytes
            || size > file.Length - StartBytes - offset
        )
        {
            throw new InvalidDataException("its end, where the list of members stands, is missing");
        }

        if (size > MaxHeaderBytes)
        {
            throw new InvalidDataException("its list of members is larger than 256 MiB");
        }

        var header = new byte[size];
        file.Position = StartBytes + offset;
        file.ReadExactly(header);
        Check(header, BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(28)));
        var directory = new SevenZipDirectory(header, maxMembers);
        if (size > 0)
        {
            directory.ReadHeader(decoder);
        }

        return directory;
    }

    static void Check(ReadOnlySpan<byte> bytes, uint crc)
    {
        if (Crc32.HashToUInt32(bytes) != crc)
        {
            throw new InvalidDataException("the checksum of the list of members is wrong");
        }
    }

    void ReadHeader(SevenZipDecoder decoder)
    {
        const byte header = 1;
        const byte encoded = 0x17;
        const int mostLayers = 4;
        for (var layers = 0; Byte() is var kind && kind != header; layers++)
        {
            if (kind != encoded || layers == mostLayers)
            {
                throw Damaged();
            }

            Decode(decoder);
        }

        ReadMembers();
    }

    /// <summary>The list is a folder by itself: it takes the place of the bytes that describe it.</summary>
    void Decode(SevenZipDecoder decoder)
    {
        var (folders, _) = ReadStreams();
        if (folders is not [var folder] || folder.UnpackSize > MaxHeaderBytes)
        {
            throw Damaged();
        }

        if (folder.IsEncrypted && !decoder.HasPassword)
        {
            throw new ArchiveLockedException("its list of members is encrypted");
        }

        try
        {
            (_bytes, _at) = (Decoded(folder, decoder), 0);
        }
        catch (Exception fault)
            when (folder.IsEncrypted && fault is (InvalidDataException or EndOfStreamException))
        {
            throw new ArchiveLockedException(
                "its list of members can't be decrypted: the password is not its own, or it is damaged"
            );
        }
    }

    static byte[] Decoded(SevenZipFolder folder, SevenZipDecoder decoder)
    {
        var bytes = new byte[folder.UnpackSize];
        using (var content = decoder.Open(folder))
        {
            content.ReadExactly(bytes);
        }

        if (folder.Crc is { } crc)
        {
            Check(bytes, crc);
        }

        return bytes;
    }

    void ReadMembers()
    {
        const byte archiveProperties = 2;
        const byte mainStreams = 4;
        const byte files = 5;
        List<(long Size, uint? Crc, int Folder)> streams = [];
        var kind = Byte();
        if (kind == archiveProperties)
        {
            while (Byte() != 0)
            {
                Skip(Number());
            }

            kind = Byte();
        }

        if (kind == mainStreams)
        {
            (var folders, streams) = ReadStreams();
            Folders = folders;
            kind = Byte();
        }

        if (kind == files)
        {
            Members = ReadFiles(streams);
        }
        else if (kind != 0)
        {
            // 3, additional streams: nothing writes them.
            throw Damaged();
        }
    }

    List<SevenZipMember> ReadFiles(List<(long Size, uint? Crc, int Folder)> streams)
    {
        const byte emptyStream = 0x0E;
        const byte names = 0x11;
        const byte written = 0x14;
        var count = MemberCount(Number());
        var isEmpty = new bool[count];
        var texts = new string[count];
        var times = new DateTime?[count];
        while (Byte() is var property && property != 0)
        {
            var size = Number();
            if (size > (ulong)(_bytes.Length - _at))
            {
                throw Damaged();
            }

            var end = _at + (int)size;
            switch (property)
            {
                case emptyStream:
                    isEmpty = Bits(count);
                    break;
                case names:
                    ReadNames(texts);
                    break;
                case written:
                    ReadTimes(times);
                    break;
            }

            _at = end;
        }

        var members = new List<SevenZipMember>(count);
        var stream = 0;
        for (var at = 0; at < count; at++)
        {
            var (size, crc, folder) =
                isEmpty[at] ? (0, null, -1)
                : streams.ElementAtOrDefault(stream++) is { Size: >= 0 } one
                && stream <= streams.Count
                    ? one
                : throw Damaged();
            members.Add(new SevenZipMember(texts[at] ?? $"({at})", size, crc, times[at], folder));
        }

        return members;
    }

    void ReadNames(string[] names)
    {
        if (Byte() != 0)
        {
            return;
        }

        for (var at = 0; at < names.Length; at++)
        {
            var end = _at;
            while (end + 1 < _bytes.Length && (_bytes[end] | _bytes[end + 1]) != 0)
            {
                end += 2;
            }

            if (end + 1 >= _bytes.Length)
            {
                throw Damaged();
            }

            names[at] = Encoding.Unicode.GetString(_bytes, _at, end - _at);
            _at = end + 2;
        }
    }

    void ReadTimes(DateTime?[] times)
    {
        var isKnown = OptionalBits(times.Length);
        if (Byte() != 0)
        {
            return;
        }

        for (var at = 0; at < times.Length; at++)
        {
            if (isKnown[at])
            {
                var ticks = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
                times[at] =
                    ticks >= 0 && ticks <= DateTime.MaxValue.ToFileTimeUtc()
                        ? DateTime.FromFileTimeUtc(ticks)
                        : null;
            }
        }
    }

    /// <summary>Folders, and the contents in them in the order of the members.</summary>
    (List<SevenZipFolder> Folders, List<(long Size, uint? Crc, int Folder)> Streams) ReadStreams()
    {
        const byte packInfo = 6;
        const byte unpackInfo = 7;
        const byte subStreams = 8;
        List<SevenZipFolder> folders = [];
        List<(long, uint?, int)>? streams = null;
        var packedStart = 0L;
        List<long> packedSizes = [];
        while (Byte() is var kind && kind != 0)
        {
            switch (kind)
            {
                case packInfo:
                    packedStart = Size();
                    packedSizes = ReadPackInfo();
                    break;
                case unpackInfo:
                    folders = ReadFolders();
                    break;
                case subStreams:
                    streams = ReadSubStreams(folders);
                    break;
                default:
                    throw Damaged();
            }
        }

        Place(folders, StartBytes + packedStart, packedSizes);
        return (
            folders,
            streams ?? [.. folders.Select((folder, at) => (folder.UnpackSize, folder.Crc, at))]
        );
    }

    static void Place(List<SevenZipFolder> folders, long start, List<long> sizes)
    {
        var stream = 0;
        foreach (var folder in folders)
        {
            folder.PackedStart = start;
            for (var at = 0; at < folder.PackedStreams; at++, stream++)
            {
                var size = stream < sizes.Count ? sizes[stream] : throw Damaged();
                folder.PackedSize = size;
                start += size;
            }
        }
    }

    List<long> ReadPackInfo()
    {
        const byte size = 9;
        const byte crc = 0x0A;
        var count = Count();
        List<long> sizes = [];
        while (Byte() is var kind && kind != 0)
        {
            switch (kind)
            {
                case size:
                    for (var at = 0; at < count; at++)
                    {
                        sizes.Add(Size());
                    }

                    break;
                case crc:
                    _ = Digests(count);
                    break;
                default:
                    throw Damaged();
            }
        }

        return sizes;
    }

    List<SevenZipFolder> ReadFolders()
    {
        const byte folder = 0x0B;
        const byte sizes = 0x0C;
        const byte crc = 0x0A;
        List<SevenZipFolder> folders = [];
        while (Byte() is var kind && kind != 0)
        {
            switch (kind)
            {
                case folder:
                    var count = Count();
                    // Else 'external': in another stream, which nothing writes.
                    if (Byte() != 0)
                    {
                        throw Damaged();
                    }

                    for (var at = 0; at < count; at++)
                    {
                        folders.Add(ReadFolder());
                    }

                    break;
                case sizes:
                    for (var at = 0; at < folders.Count; at++)
                    {
                        folders[at] = folders[at] with
                        {
                            UnpackSizes = [.. folders[at].Coders.Select(_ => Size())],
                        };
                    }

                    break;
                case crc:
                    var digests = Digests(folders.Count);
                    for (var at = 0; at < folders.Count; at++)
                    {
                        folders[at].Crc = digests[at];
                    }

                    break;
                default:
                    throw Damaged();
            }
        }

        return folders.TrueForAll(one => one.UnpackSizes.Length > 0) ? folders : throw Damaged();
    }

    SevenZipFolder ReadFolder()
    {
        const int complex = 0x10;
        const int hasProperties = 0x20;
        var count = Number();
        if (count is 0 or > MaxCoders)
        {
            throw Damaged();
        }

        var coders = new List<SevenZipCoder>();
        ulong inputs = 0;
        for (var at = 0; at < (int)count; at++)
        {
            var flags = Byte();
            var method = Take(flags & 0x0F).ToArray().Aggregate(0UL, (id, next) => id << 8 | next);
            ulong ins = 1;
            if ((flags & complex) != 0)
            {
                ins = Number();
                // Two outputs: an old method for programs, which packers no longer know.
                if (ins is 0 or > MaxCoders || Number() != 1)
                {
                    throw Damaged();
                }
            }

            inputs += ins;
            var properties = (flags & hasProperties) != 0 ? Take(Count()).ToArray() : [];
            coders.Add(new SevenZipCoder(method, properties, ins == 1));
        }

        var binds = new List<(int, int)>();
        for (var at = 1; at < coders.Count; at++)
        {
            binds.Add(
                ((int)Math.Min(Number(), int.MaxValue), (int)Math.Min(Number(), int.MaxValue))
            );
        }

        var packed = (int)inputs - binds.Count;
        if (packed > 1)
        {
            for (var at = 0; at < packed; at++)
            {
                _ = Number();
            }
        }

        return packed > 0 ? new SevenZipFolder(coders, binds, packed) : throw Damaged();
    }

    List<(long Size, uint? Crc, int Folder)> ReadSubStreams(List<SevenZipFolder> folders)
    {
        const byte counts = 0x0D;
        const byte sizes = 9;
        const byte crc = 0x0A;
        var inFolder = new int[folders.Count];
        Array.Fill(inFolder, 1);
        var kind = Byte();
        if (kind == counts)
        {
            ulong all = 0;
            for (var at = 0; at < inFolder.Length; at++)
            {
                var count = Number();
                all += Math.Min(count, int.MaxValue);
                inFolder[at] = (int)Math.Min(count, int.MaxValue);
            }

            _ = MemberCount(all);
            kind = Byte();
        }

        var streams = new List<(long Size, uint? Crc, int Folder)>();
        for (var folder = 0; folder < folders.Count; folder++)
        {
            var left = folders[folder].UnpackSize;
            for (var at = 1; at < inFolder[folder]; at++)
            {
                var size = kind == sizes ? Size() : throw Damaged();
                left -= size;
                streams.Add((size, null, folder));
            }

            if (inFolder[folder] > 0)
            {
                streams.Add((left >= 0 ? left : throw Damaged(), null, folder));
            }
        }

        if (kind == sizes)
        {
            kind = Byte();
        }

        if (kind == crc)
        {
            AddDigests(streams, folders, inFolder);
            kind = Byte();
        }

        return kind == 0 ? streams : throw Damaged();
    }

    /// <summary>Only those that are not known yet are listed: a folder of one member has its own.</summary>
    void AddDigests(
        List<(long Size, uint? Crc, int Folder)> streams,
        List<SevenZipFolder> folders,
        int[] inFolder
    )
    {
        bool IsKnown(int folder) => inFolder[folder] == 1 && folders[folder].Crc is not null;
        var digests = Digests(streams.Count(stream => !IsKnown(stream.Folder)));
        var next = 0;
        for (var at = 0; at < streams.Count; at++)
        {
            var folder = streams[at].Folder;
            streams[at] = streams[at] with
            {
                Crc = IsKnown(folder) ? folders[folder].Crc : digests[next++],
            };
        }
    }

    uint?[] Digests(int count)
    {
        var isKnown = OptionalBits(count);
        var digests = new uint?[count];
        for (var at = 0; at < count; at++)
        {
            digests[at] = isKnown[at] ? BinaryPrimitives.ReadUInt32LittleEndian(Take(4)) : null;
        }

        return digests;
    }

    bool[] OptionalBits(int count)
    {
        if (Byte() == 0)
        {
            return Bits(count);
        }

        var all = new bool[count];
        Array.Fill(all, true);
        return all;
    }

    bool[] Bits(int count)
    {
        var packed = Take((count + 7) / 8);
        var bits = new bool[count];
        for (var at = 0; at < count; at++)
        {
            bits[at] = (packed[at / 8] & 0x80 >> at % 8) != 0;
        }

        return bits;
    }

    byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Damaged();

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Damaged();
        }

        _at += count;
        return _bytes.AsSpan(_at - count, count);
    }

    void Skip(ulong count) => _ = Take((int)Math.Min(count, int.MaxValue));

    /// <summary>As many leading ones of the first byte, so many bytes follow, lowest first; what is left of the first one stands above them.</summary>
    ulong Number()
    {
        var first = Byte();
        ulong value = 0;
        byte mask = 0x80;
        for (var at = 0; at < 8; at++, mask >>= 1)
        {
            if ((first & mask) == 0)
            {
                return value | (ulong)(first & mask - 1) << 8 * at;
            }

            value |= (ulong)Byte() << 8 * at;
        }

        return value;
    }

    long Size() => Number() is var size and <= long.MaxValue / 4 ? (long)size : throw Damaged();

    /// <summary>A number of things that take a byte each at least.</summary>
    int Count() =>
        Number() is var count && count <= (ulong)(_bytes.Length - _at)
            ? (int)count
            : throw Damaged();

    int MemberCount(ulong count) =>
        count <= (ulong)_maxMembers
            ? (int)count
            : throw new ArchiveLimitException(
                $"the 7z declares {count} members, more than the limit of {_maxMembers}; --max-members raises it"
            );

    static InvalidDataException Damaged() => new("its list of members is damaged");
}
