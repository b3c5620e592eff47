namespace Harrier.Telemetry.Archives;

/// <summary>What a decoder of a library makes, counted against the budget. Decoders throw whatever comes to them on hostile bytes: that becomes one kind of fault.</summary>
sealed class DecoderStream : ForwardStream
{
    readonly Stream _decoder;
    readonly ByteBudget _budget;

    DecoderStream(Stream decoder, ByteBudget budget)
    {
        _decoder = decoder;
        _budget = budget;
    }

    /// <exception cref="InvalidDataException">The decoder did not like what it saw.</exception>
    public static DecoderStream Open(Func<Stream> decoder, ByteBudget budget) =>
        new(Guard(decoder), budget);

    /// <exception cref="InvalidDataException">The library did not like what it saw.</exception>
    public static T Guard<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception fault) when (IsOfDecoder(fault))
        {
            throw new InvalidDataException(fault.Message, fault);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _decoder.Read(buffer);
        }
        catch (Exception fault) when (IsOfDecoder(fault))
        {
            throw new InvalidDataException(fault.Message, fault);
        }

        _budget.Take(read);
        return read;
    }

    // Faults of the disk and of limits stay what they are.
    static bool IsOfDecoder(Exception fault) =>
        fault is not (IOException or InvalidDataException or OperationCanceledException);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
