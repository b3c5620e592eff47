using System.Buffers.Binary;
using System.IO.Compression;

namespace Harrier.Telemetry.Archives;

/// <summary>The end of a zip's central directory (APPNOTE 4.3.16, 4.3.14): read before the runtime reads all of the directory into memory.</summary>
static class ZipDirectory
{
    const int EndBytes = 22;
    const int MaxCommentBytes = ushort.MaxValue;

    /// <summary>The runtime makes an object of every member before the first is seen.</summary>
    const long MaxDirectoryBytes = 256L << 20;

    /// <exception cref="ArchiveLimitException">The zip declares more members than the limit.</exception>
    public static void Check(Stream zip, int maxMembers)
    {
        if (CountMembers(zip) is var members && members > maxMembers)
        {
            throw new ArchiveLimitException(
                $"the zip declares {members} members, more than the limit of {maxMembers}; --max-members raises it"
            );
        }
    }

    /// <summary>What the zip is, where it is no archive of logs but a document or a program.</summary>
    public static string? DocumentIn(ZipArchive zip) =>
        zip.GetEntry("[Content_Types].xml") is not null ? "an Office document"
        : zip.GetEntry("META-INF/manifest.xml") is not null ? "an OpenDocument file"
        : zip.GetEntry("META-INF/MANIFEST.MF") is not null ? "a Java archive"
        : null;

    /// <summary>Members that the zip declares; 0 where there is no end record, which the runtime then says better.</summary>
    static long CountMembers(Stream zip)
    {
        var length = (int)Math.Min(zip.Length, EndBytes + MaxCommentBytes + 20);
        var tail = new byte[length];
        zip.Position = zip.Length - length;
        zip.ReadExactly(tail);
        var end = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + EndBytes > tail.Length)
        {
            return 0;
        }

        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 12));
        if (bytes > MaxDirectoryBytes && bytes < uint.MaxValue)
        {
            throw new ArchiveLimitException(
                $"the zip's list of members has {bytes} bytes, more than the limit of {MaxDirectoryBytes}"
            );
        }

        long count = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 10));
        return count == ushort.MaxValue && end >= 20
            ? CountMembers64(zip, tail.AsSpan(end - 20, 20)) ?? count
            : count;
    }

    static long? CountMembers64(Stream zip, ReadOnlySpan<byte> locator)
    {
        if (!locator.StartsWith("PK\u0006\u0007"u8))
        {
            return null;
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        var record = new byte[56];
        if (offset < 0 || offset > zip.Length - record.Length)
        {
            return null;
        }

        zip.Position = offset;
        zip.ReadExactly(record);
        var count = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32));
        return count < 0 ? long.MaxValue : count;
    }
}
