namespace Harrier.Telemetry.Formats.Text;

/// <summary>The bytes of a stream that were read and not yet taken: what a reader that cuts records out of a stream looks at.</summary>
/// <remarks>It grows to what is looked at without being taken; bounding that is for the reader, which knows how long its records may be.</remarks>
sealed class StreamWindow(Stream content)
{
    /// <summary>Bytes it holds at first, and reads at a time.</summary>
    public const int BlockBytes = 64 * 1024;

    // A log of one line, carried by another, needs no block.
    byte[] _buffer = new byte[
        content is MemoryStream text
            ? Math.Clamp(text.Length - text.Position + 1, 64, BlockBytes)
            : BlockBytes
    ];
    int _start;
    int _end;
    bool _isAtEnd;
    int _takenStart;
    int _takenLength;

    /// <summary>What lies ahead. Valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlySpan<byte> Ahead => _buffer.AsSpan(_start, _end - _start);

    /// <summary>What was taken last. Valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlySpan<byte> Taken => _buffer.AsSpan(_takenStart, _takenLength);

    /// <summary>Goes over the next bytes, and gives them.</summary>
    public ReadOnlySpan<byte> Take(int bytes)
    {
        (_takenStart, _takenLength) = (_start, bytes);
        _start += bytes;
        return Taken;
    }

    /// <summary>Goes over the next bytes; what was taken before stays as it is.</summary>
    public void Skip(int bytes) => _start += bytes;

    /// <summary>Reads more, behind what lies ahead; false at the end of the stream.</summary>
    /// <param name="atLeast">Bytes to wait for, where a part of them is not enough.</param>
    public bool Fill(int atLeast = 1)
    {
        if (_isAtEnd)
        {
            return false;
        }

        if (_start > 0)
        {
            Ahead.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = content.ReadAtLeast(
            _buffer.AsSpan(_end),
            Math.Min(atLeast, _buffer.Length - _end),
            throwOnEndOfStream: false
        );
        _isAtEnd = read == 0;
        _end += read;
        return read > 0;
    }
}
