namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>How much the binary XML of a record, and of its chunk, may ask for.</summary>
/// <remarks>
/// Templates may use templates, and values be used again and again: 64 KiB can ask for work without end. A record of an honest
/// log has some hundred parts, a chunk some ten thousand.
/// </remarks>
sealed class BinXmlWork
{
    public const int MaxDepth = 32;
    const int MaxRecordParts = 100_000;
    const int MaxChunkParts = 1_000_000;
    const long MaxRecordBytes = 8 << 20;
    const long MaxChunkBytes = 4 * MaxRecordBytes;

    int _position;
    int _recordParts;
    int _chunkParts;
    long _recordBytes;
    long _chunkBytes;

    public void BeginChunk()
    {
        _chunkParts = 0;
        _chunkBytes = 0;
    }

    /// <param name="position">Of the record in the chunk, for messages.</param>
    public void BeginRecord(int position)
    {
        _position = position;
        _recordParts = 0;
        _recordBytes = 0;
    }

    /// <summary>Counts what was done for a record: slots and parts, bytes of names and values.</summary>
    /// <exception cref="EvtxException">It is too much.</exception>
    public void Did(int parts, int bytes)
    {
        _recordParts += parts;
        _recordBytes += bytes;
        if (_recordParts > MaxRecordParts || _recordBytes > MaxRecordBytes)
        {
            throw TooMuch();
        }

        Compiled(parts, bytes);
    }

    /// <summary>Parts of one text may be many, and each the same large value.</summary>
    /// <exception cref="EvtxException">It is too long.</exception>
    public static void CheckText(int bytes, int position)
    {
        if (bytes > MaxRecordBytes)
        {
            throw new EvtxException($"a text of more than {MaxRecordBytes} bytes", position);
        }
    }

    /// <summary>Counts what was done to make a template ready, which serves all records of the chunk.</summary>
    /// <exception cref="EvtxException">It is too much.</exception>
    public void Compiled(int parts, int bytes)
    {
        _chunkParts += parts;
        _chunkBytes += bytes;
        if (_chunkParts > MaxChunkParts || _chunkBytes > MaxChunkBytes)
        {
            throw ChunkTooMuch();
        }
    }

    // Apart, so that the counting stands in the readers themselves: it is done for each field.
    EvtxException TooMuch() =>
        new(
            $"a record of more than {MaxRecordParts} parts or {MaxRecordBytes} bytes of text",
            _position
        );

    EvtxException ChunkTooMuch()
    {
        // All that follows in the chunk is refused too.
        _chunkParts = MaxChunkParts;
        return new EvtxException(
            $"a chunk of more than {MaxChunkParts} parts or {MaxChunkBytes} bytes of text",
            _position
        );
    }
}
