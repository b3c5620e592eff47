namespace Harrier.Telemetry.Archives;

/// <summary>
/// Compressed bytes that can be looked at before they are taken, and given back after. A read gives all that was asked for, unless the
/// content ends: some decoders take less for the end.
/// </summary>
sealed class PackedStream(Stream content) : ForwardStream
{
    /// <summary>Bytes already taken that can still be given back.</summary>
    public const int Kept = 32 * 1024;

    const int BlockBytes = 128 * 1024;

    readonly byte[] _buffer = new byte[Kept + BlockBytes];
    int _start;
    int _end;
    long _taken;
    bool _isEnded;

    /// <summary>Bytes that may be taken until this is set again: what stops a decoder that reads on and on and gives nothing.</summary>
    public long Allowance { get; set; } = long.MaxValue;

    /// <summary>The next bytes, up to <paramref name="count"/>; fewer only at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && Fill()) { }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>The last bytes taken (up to <see cref="Kept"/>) and the next ones.</summary>
    public ReadOnlySpan<byte> Around(int back, int ahead, out int taken)
    {
        _ = Peek(ahead);
        taken = (int)Math.Min(Math.Min(back, _start), _taken);
        return _buffer.AsSpan(_start - taken, taken + Math.Min(ahead, _end - _start));
    }

    /// <summary>Takes (or with a negative count gives back) bytes that <see cref="Around"/> has shown.</summary>
    public void Move(int count)
    {
        _start += count;
        _taken += count;
    }

    public override int Read(Span<byte> buffer)
    {
        var given = 0;
        while (given < buffer.Length)
        {
            if (_start == _end && !Fill())
            {
                break;
            }

            var part = Math.Min(buffer.Length - given, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(buffer[given..]);
            Count(part);
            given += part;
        }

        return given;
    }

    public override int ReadByte()
    {
        if (_start == _end && !Fill())
        {
            return -1;
        }

        var value = _buffer[_start];
        Count(1);
        return value;
    }

    void Count(int bytes)
    {
        Move(bytes);
        Allowance -= bytes;
        if (Allowance < 0)
        {
            throw new InvalidDataException("it holds too much that unpacks to nothing");
        }
    }

    bool Fill()
    {
        if (_isEnded)
        {
            return false;
        }

        if (_end == _buffer.Length)
        {
            var kept = Math.Min(_start, Kept);
            _buffer.AsSpan(_start - kept, _end - _start + kept).CopyTo(_buffer);
            _end -= _start - kept;
            _start = kept;
        }

        var read = content.Read(_buffer, _end, _buffer.Length - _end);
        _isEnded = read == 0;
        _end += read;
        return read > 0;
    }

    public override long Position
    {
        get => _taken;
        set => throw new NotSupportedException();
    }
}
