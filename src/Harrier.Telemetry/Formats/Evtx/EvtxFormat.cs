using System.Buffers.Binary;
using System.IO.Hashing;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>
/// Windows event log files (.evtx): a file header of 4,096 bytes, then chunks of 65,536 bytes with records in binary XML.
/// </summary>
/// <remarks>
/// Read forward only, a chunk at a time. A chunk whose checksums do not fit is read all the same and said; a record that can't
/// be read is rejected with its offset and the next one is read. Records behind a chunk's free-space offset, and chunks behind
/// the file header's count, are left-overs of older use and do not count, except in a dirty file: there all chunks are live,
/// and records behind the offset that continue the numbers without a gap.
/// Source: [MS-EVEN6] 2.2.12 to 2.2.17 for the binary XML; J. Metz, Windows XML Event Log (EVTX) format, for the file.
/// </remarks>
public sealed class EvtxFormat : ILogFormat
{
    const int FileHeaderBytes = 4096;
    const int ChunkBytes = 65_536;

    public string Name => "evtx";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        head.StartsWith("ElfFile\0"u8) ? 100
        : head.StartsWith("ElfChnk\0"u8) ? 90
        : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var reader = new EvtxChunkReader(handler, options.Recovers);
        var chunk = new byte[ChunkBytes];
        var length = Fill(content, chunk, 0, FileHeaderBytes);
        var file = FileHeader.Carved;
        var offset = 0L;
        if (chunk.AsSpan(0, length).StartsWith("ElfChnk\0"u8))
        {
            handler.Warn("The file header is missing; chunks are read from the start.");
        }
        else
        {
            file = FileHeader.Check(chunk.AsSpan(0, length), options, handler);
            offset = length;
            length = 0;
        }

        var bad = 0;
        var leftOver = 0;
        for (var index = 0L; ; index++)
        {
            cancel.ThrowIfCancellationRequested();
            length = Fill(content, chunk, length, ChunkBytes);
            if (length == 0)
            {
                break;
            }

            if (TryChunk(chunk.AsSpan(0, length), offset, handler, out var header))
            {
                var isLeftOver = index >= file.Chunks;
                leftOver += isLeftOver ? 1 : 0;
                bad += header.ChecksumFits ? 0 : 1;
                if (!isLeftOver || options.Recovers)
                {
                    reader.Read(chunk, length, header, offset, file.IsDirty, isLeftOver);
                }
            }

            offset += length;
            length = 0;
        }

        if (bad > 0)
        {
            handler.Warn(
                $"{bad} chunk{(bad == 1 ? "" : "s")} with a wrong checksum: what could be read of {(bad == 1 ? "it" : "them")} was."
            );
        }

        if (leftOver > 0 && !options.Recovers)
        {
            handler.Warn(
                $"{leftOver} chunk{(leftOver == 1 ? "" : "s")} behind the {file.Chunks} that the file header counts: left over of older use, read with 'import --recover'."
            );
        }

        if (reader.Lost > 0)
        {
            handler.Warn(
                $"{reader.Lost} left-over{(reader.Lost == 1 ? "" : "s")} of older use can't be recovered: parts were written over."
            );
        }
    }

    static int Fill(Stream content, byte[] chunk, int from, int to) =>
        from + content.ReadAtLeast(chunk.AsSpan(from..to), to - from, throwOnEndOfStream: false);

    /// <summary>False where there is no chunk: unused, or rejected.</summary>
    static bool TryChunk(
        ReadOnlySpan<byte> bytes,
        long fileOffset,
        IRecordHandler handler,
        out EvtxChunkHeader header
    )
    {
        header = default;
        if (bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return false;
        }

        if (EvtxChunkHeader.TryRead(bytes, out header))
        {
            return true;
        }

        handler.Reject(
            fileOffset,
            "A chunk does not begin with 'ElfChnk': its records can't be told apart.",
            bytes[..Math.Min(bytes.Length, 200)]
        );
        return false;
    }

    /// <summary>What the file header says of the chunks.</summary>
    /// <param name="IsDirty">The file says it was not closed: what the headers count may be older than the last records.</param>
    /// <param name="Chunks">Chunks in use; those behind are left over of older use.</param>
    readonly record struct FileHeader(bool IsDirty, long Chunks)
    {
        // The count has 16 bits: that of a file with more chunks means nothing.
        const long MaxCountedBytes = (long)ushort.MaxValue * ChunkBytes;

        public static FileHeader Carved => new(IsDirty: false, long.MaxValue);

        public static FileHeader Check(
            ReadOnlySpan<byte> header,
            ReadOptions options,
            IRecordHandler handler
        )
        {
            if (header.Length < 128 || !header.StartsWith("ElfFile\0"u8))
            {
                handler.Reject(
                    0,
                    $"No EVTX file header: 'ElfFile' is expected in 128 bytes, {header.Length} are there.",
                    header[..Math.Min(header.Length, 200)]
                );
                return new FileHeader(IsDirty: true, long.MaxValue);
            }

            var fits =
                Crc32.HashToUInt32(header[..120])
                == BinaryPrimitives.ReadUInt32LittleEndian(header[124..]);
            if (!fits)
            {
                handler.Warn(
                    "The file header's checksum is wrong; its chunks are read all the same."
                );
            }

            var isDirty = (BinaryPrimitives.ReadUInt32LittleEndian(header[120..]) & 1) != 0;
            if (isDirty)
            {
                handler.Warn("The log was not closed (dirty): its newest records may be missing.");
            }

            var count = BinaryPrimitives.ReadUInt16LittleEndian(header[42..]);
            var isSure = fits && !isDirty && count > 0 && options.Bytes <= MaxCountedBytes;
            return new FileHeader(isDirty, isSure ? count : long.MaxValue);
        }
    }
}
