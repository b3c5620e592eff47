namespace Harrier.Telemetry.Archives;

/// <summary>A stream whose first bytes were looked at and are given again. Forward only.</summary>
sealed class HeadStream : Stream
{
    readonly Stream _content;
    readonly byte[] _head;
    int _given;

    HeadStream(Stream content, byte[] head)
    {
        _content = content;
        _head = head;
    }

    public ReadOnlySpan<byte> Head => _head;

    /// <summary>Reads up to <paramref name="bytes"/> ahead.</summary>
    public static HeadStream Peek(Stream content, int bytes)
    {
        var head = new byte[bytes];
        var read = content.ReadAtLeast(head, bytes, throwOnEndOfStream: false);
        return new HeadStream(content, head[..read]);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_given == _head.Length)
        {
            return _content.Read(buffer);
        }

        var part = Math.Min(buffer.Length, _head.Length - _given);
        _head.AsSpan(_given, part).CopyTo(buffer);
        _given += part;
        return part;
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        Read(buffer.AsSpan(offset, count));

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();
}
