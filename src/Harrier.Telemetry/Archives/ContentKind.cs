namespace Harrier.Telemetry.Archives;

/// <summary>Archives and compressions that are opened.</summary>
enum ArchiveKind
{
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstandard,
    Zip,
    SevenZip,
    Tar,
}

/// <summary>What first bytes tell of content that is an archive, or no log at all. Signatures: the formats' own specifications.</summary>
static class ContentKind
{
    /// <summary>Bytes that tell a compression.</summary>
    public const int SignatureBytes = 10;

    /// <summary>The archive that these first bytes begin. A tar needs 512 of them.</summary>
    public static ArchiveKind ArchiveOf(ReadOnlySpan<byte> head) =>
        CompressionOf(head) is var compression and not ArchiveKind.None ? compression
        : head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8)
            ? ArchiveKind.Zip
        : head.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
            ? ArchiveKind.SevenZip
        : IsTar(head) ? ArchiveKind.Tar
        : ArchiveKind.None;

    /// <summary>The compression of one content that these first bytes begin.</summary>
    public static ArchiveKind CompressionOf(ReadOnlySpan<byte> head) =>
        // Third byte: method, of which RFC 1952 knows only 8 (deflate).
        head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8])
            ? ArchiveKind.Gzip
        // 'BZh', size of blocks, and the digits of pi that begin a block, or those of its root that end an empty stream.
        : head.Length >= 10
        && head.StartsWith("BZh"u8)
        && head[3] is >= (byte)'1' and <= (byte)'9'
        && (
            head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
            || head[4..].StartsWith((ReadOnlySpan<byte>)[0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
        )
            ? ArchiveKind.Bzip2
        : head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) ? ArchiveKind.Xz
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || ZstandardFrame.IsSkippable(head)
            ? ArchiveKind.Zstandard
        : ArchiveKind.None;

    /// <summary>POSIX and GNU tar have their magic at 257; older ones are known by the checksum of the first header.</summary>
    static bool IsTar(ReadOnlySpan<byte> head) =>
        head.Length >= 512
        && head[0] != 0
        && (head[257..].StartsWith("ustar"u8) || HasTarChecksum(head[..512]));

    /// <summary>The archive or compression that this version does not open, by its signature; null: none. It may hold logs.</summary>
    public static string? UnopenedOf(ReadOnlySpan<byte> head)
    {
        foreach (var (signature, what) in Unopened)
        {
            if (head.StartsWith(signature))
            {
                return what;
            }
        }

        return null;
    }

    /// <summary>What binary data it is, by its signature; null: none that is known.</summary>
    public static string? BinaryOf(ReadOnlySpan<byte> head)
    {
        foreach (var (signature, offset, what) in Known)
        {
            if (head.Length >= offset + signature.Length && head[offset..].StartsWith(signature))
            {
                return what;
            }
        }

        return null;
    }

    static bool HasTarChecksum(ReadOnlySpan<byte> header)
    {
        var sum = 0;
        for (var at = 0; at < 512; at++)
        {
            sum += at is >= 148 and < 156 ? ' ' : header[at];
        }

        var written = 0;
        foreach (var letter in header[148..156])
        {
            if (letter is >= (byte)'0' and <= (byte)'7')
            {
                written = written * 8 + (letter - '0');
            }
        }

        return written == sum && sum > 0;
    }

    static readonly (byte[] Signature, string What)[] Unopened =
    [
        ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], "a rar archive"),
        ([0x04, 0x22, 0x4D, 0x18], "an lz4 file"),
        ([0x02, 0x21, 0x4C, 0x18], "an lz4 file of the old kind"),
        ([0x4D, 0x53, 0x43, 0x46, 0, 0, 0, 0], "a cabinet archive"),
        ([0x4C, 0x5A, 0x49, 0x50, 0x01], "an lzip file"),
        ([0x89, 0x4C, 0x5A, 0x4F, 0x00, 0x0D, 0x0A, 0x1A, 0x0A], "an lzop file"),
        ([0x1F, 0x9D], "a file of Unix' compress (.Z)"),
        ([0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59], "a Snappy file"),
    ];

    static readonly (byte[] Signature, int Offset, string What)[] Known =
    [
        ([0x89, 0x50, 0x4E, 0x47], 0, "a PNG picture"),
        ([0xFF, 0xD8, 0xFF], 0, "a JPEG picture"),
        ([0x47, 0x49, 0x46, 0x38], 0, "a GIF picture"),
        ([0x25, 0x50, 0x44, 0x46], 0, "a PDF document"),
        ([0xD0, 0xCF, 0x11, 0xE0], 0, "an Office or MSI document"),
        ([0x53, 0x51, 0x4C, 0x69, 0x74, 0x65, 0x20], 0, "a SQLite database"),
        ([0x7F, 0x45, 0x4C, 0x46], 0, "a Linux program"),
        ([0x4D, 0x5A, 0x90, 0x00], 0, "a Windows program"),
        ([0x4D, 0x5A, 0x78, 0x00], 0, "a Windows program"),
        ([0xCF, 0xFA, 0xED, 0xFE], 0, "a macOS program"),
        ([0xCA, 0xFE, 0xBA, 0xBE], 0, "a Java class or macOS program"),
        ([0x00, 0x61, 0x73, 0x6D], 0, "a WebAssembly program"),
        ([0x4C, 0x00, 0x00, 0x00, 0x01, 0x14, 0x02, 0x00], 0, "a Windows shortcut"),
        ([0x4D, 0x41, 0x4D, 0x04], 0, "a Windows prefetch file"),
        ([0x53, 0x43, 0x43, 0x41], 4, "a Windows prefetch file"),
        ([0x62, 0x70, 0x6C, 0x69, 0x73, 0x74], 0, "a binary property list"),
        ([0x52, 0x49, 0x46, 0x46], 0, "a sound, picture or film (RIFF)"),
        ([0x66, 0x74, 0x79, 0x70], 4, "a film"),
        ([0x49, 0x49, 0x2A, 0x00], 0, "a TIFF picture"),
        ([0x4D, 0x4D, 0x00, 0x2A], 0, "a TIFF picture"),
        ([0x00, 0x00, 0x01, 0x00], 0, "an icon"),
        ([0x4F, 0x67, 0x67, 0x53], 0, "a sound (Ogg)"),
        ([0x49, 0x44, 0x33], 0, "a sound (MP3)"),
        ([0x72, 0x65, 0x67, 0x66], 0, "a registry hive"),
    ];
}
