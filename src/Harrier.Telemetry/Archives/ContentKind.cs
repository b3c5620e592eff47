using System.Text.Unicode;

namespace Harrier.Telemetry.Archives;

/// <summary>What first bytes tell of content that is an archive, or no log at all. Signatures: the formats' own specifications.</summary>
static class ContentKind
{
    public static bool IsZip(ReadOnlySpan<byte> head) =>
        head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8);

    // Third byte: method, of which RFC 1952 knows only 8 (deflate).
    public static bool IsGzip(ReadOnlySpan<byte> head) =>
        head.Length >= 3 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;

    /// <summary>POSIX and GNU tar have their magic at 257; older ones are known by the checksum of the first header.</summary>
    public static bool IsTar(ReadOnlySpan<byte> head) =>
        head.Length >= 512
        && head[0] != 0
        && (head[257..].StartsWith("ustar"u8) || HasTarChecksum(head[..512]));

    /// <summary>Why content that no format claims is no log, for the receipt.</summary>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        foreach (var (signature, offset, what) in Known)
        {
            if (head.Length >= offset + signature.Length && head[offset..].StartsWith(signature))
            {
                return what;
            }
        }

        return head.Contains((byte)0) || !IsText(head)
            ? "binary data of an unknown kind"
            : "text of an unknown format";
    }

    static bool IsText(ReadOnlySpan<byte> head)
    {
        // The last letter may be cut.
        for (var cut = 0; cut <= 3 && cut < head.Length; cut++)
        {
            if (Utf8.IsValid(head[..^cut]))
            {
                return true;
            }
        }

        return false;
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

    static readonly (byte[] Signature, int Offset, string What)[] Known =
    [
        ([0x42, 0x5A, 0x68], 0, "a bzip2 archive, which this version does not open"),
        (
            [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00],
            0,
            "an xz archive, which this version does not open"
        ),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, "a 7z archive, which this version does not open"),
        (
            [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07],
            0,
            "a rar archive, which this version does not open"
        ),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "a zstandard archive, which this version does not open"),
        ([0x04, 0x22, 0x4D, 0x18], 0, "an lz4 archive, which this version does not open"),
        ([0x89, 0x50, 0x4E, 0x47], 0, "a PNG picture"),
        ([0xFF, 0xD8, 0xFF], 0, "a JPEG picture"),
        ([0x47, 0x49, 0x46, 0x38], 0, "a GIF picture"),
        ([0x25, 0x50, 0x44, 0x46], 0, "a PDF document"),
        ([0xD0, 0xCF, 0x11, 0xE0], 0, "an Office or MSI document"),
        ([0x53, 0x51, 0x4C, 0x69, 0x74, 0x65, 0x20], 0, "a SQLite database"),
        ([0xD4, 0xC3, 0xB2, 0xA1], 0, "a packet capture"),
        ([0xA1, 0xB2, 0xC3, 0xD4], 0, "a packet capture"),
        ([0x4D, 0x3C, 0xB2, 0xA1], 0, "a packet capture"),
        ([0x0A, 0x0D, 0x0D, 0x0A], 0, "a packet capture"),
        ([0x7F, 0x45, 0x4C, 0x46], 0, "a Linux program"),
        ([0x4D, 0x5A], 0, "a Windows program"),
        ([0x72, 0x65, 0x67, 0x66], 0, "a registry hive"),
    ];
}
