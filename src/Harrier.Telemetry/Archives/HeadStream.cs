using System.Runtime.ExceptionServices;

namespace Harrier.Telemetry.Archives;

/// <summary>A stream whose first bytes were looked at and are given again. Forward only.</summary>
sealed class HeadStream : ForwardStream
{
    readonly Stream _content;
    readonly byte[] _head;
    readonly ExceptionDispatchInfo? _fault;
    int _given;

    HeadStream(Stream content, byte[] head, ExceptionDispatchInfo? fault)
    {
        _content = content;
        _head = head;
        _fault = fault;
    }

    public ReadOnlySpan<byte> Head => _head;

    /// <summary>Content with some bytes put before it.</summary>
    public static HeadStream Before(byte[] head, Stream content) => new(content, head, null);

    /// <summary>Reads up to <paramref name="bytes"/> ahead.</summary>
    public static HeadStream Peek(Stream content, int bytes)
    {
        var head = new byte[bytes];
        var read = 0;
        try
        {
            int part;
            while (read < bytes && (part = content.Read(head, read, bytes - read)) > 0)
            {
                read += part;
            }
        }
        catch (Exception fault) when (read > 0 && SourceFaults.IsFaultOfSource(fault))
        {
            // What came before the fault is to be read first.
            return new HeadStream(content, head[..read], ExceptionDispatchInfo.Capture(fault));
        }

        return new HeadStream(content, head[..read], null);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_given == _head.Length)
        {
            _fault?.Throw();
            return _content.Read(buffer);
        }

        var part = Math.Min(buffer.Length, _head.Length - _given);
        _head.AsSpan(_given, part).CopyTo(buffer);
        _given += part;
        return part;
    }
}
