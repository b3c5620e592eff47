using System.Buffers.Binary;
using System.IO.Hashing;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>
/// Windows event log files (.evtx): a file header of 4,096 bytes, then chunks of 65,536 bytes with records in binary XML.
/// </summary>
/// <remarks>
/// Read forward only, a chunk at a time. A chunk whose checksums do not fit is read all the same and said; a record that can't
/// be read is rejected with its offset and the next one is read. Records behind a chunk's free-space offset are left-overs of
/// older use and do not count, except in the chunk that a dirty file was writing: there, records that continue the numbers
/// without a gap are live.
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
        var chunk = new byte[ChunkBytes];
        var offset = 0L;
        var isDirty = false;
        var first = content.ReadAtLeast(
            chunk.AsSpan(0, FileHeaderBytes),
            FileHeaderBytes,
            throwOnEndOfStream: false
        );
        if (chunk.AsSpan(0, first).StartsWith("ElfChnk\0"u8))
        {
            // A carved file without its header: the first bytes are the first chunk's.
            handler.Warn("The file header is missing; chunks are read from the start.");
            var rest = content.ReadAtLeast(
                chunk.AsSpan(first),
                ChunkBytes - first,
                throwOnEndOfStream: false
            );
            ReadChunk(chunk.AsSpan(0, first + rest), 0, isDirty, handler);
            offset = first + rest;
        }
        else
        {
            isDirty = CheckFileHeader(chunk.AsSpan(0, first), handler);
            offset = first;
        }

        var bad = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var length = content.ReadAtLeast(chunk, ChunkBytes, throwOnEndOfStream: false);
            if (length == 0)
            {
                break;
            }

            bad += ReadChunk(chunk.AsSpan(0, length), offset, isDirty, handler) ? 0 : 1;
            offset += length;
        }

        if (bad > 0)
        {
            handler.Warn(
                $"{bad} chunk{(bad == 1 ? "" : "s")} with a wrong checksum: what could be read of {(bad == 1 ? "it" : "them")} was."
            );
        }
    }

    /// <summary>Whether the file says it was not closed.</summary>
    static bool CheckFileHeader(ReadOnlySpan<byte> header, IRecordHandler handler)
    {
        if (header.Length < 128 || !header.StartsWith("ElfFile\0"u8))
        {
            handler.Reject(
                0,
                $"No EVTX file header: 'ElfFile' is expected in 128 bytes, {header.Length} are there.",
                header[..Math.Min(header.Length, 200)]
            );
            return true;
        }

        if (
            Crc32.HashToUInt32(header[..120])
            != BinaryPrimitives.ReadUInt32LittleEndian(header[124..])
        )
        {
            handler.Warn("The file header's checksum is wrong; its chunks are read all the same.");
        }

        var isDirty = (BinaryPrimitives.ReadUInt32LittleEndian(header[120..]) & 1) != 0;
        if (isDirty)
        {
            handler.Warn("The log was not closed (dirty): its newest records may be missing.");
        }

        return isDirty;
    }

    /// <summary>Whether the chunk's checksums fit (an unused chunk does).</summary>
    static bool ReadChunk(
        ReadOnlySpan<byte> bytes,
        long fileOffset,
        bool isDirty,
        IRecordHandler handler
    )
    {
        if (bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return true;
        }

        if (!EvtxChunkHeader.TryRead(bytes, out var header))
        {
            handler.Reject(
                fileOffset,
                "A chunk does not begin with 'ElfChnk': its records can't be told apart.",
                bytes[..Math.Min(bytes.Length, 200)]
            );
            return true;
        }

        new EvtxChunk(bytes, header, fileOffset, handler).Read(isDirty);
        return header.ChecksumFits;
    }
}
