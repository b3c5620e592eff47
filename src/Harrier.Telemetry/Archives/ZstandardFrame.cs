using System.Buffers.Binary;

namespace Harrier.Telemetry.Archives;

/// <summary>
/// The packed bytes of one frame of zstandard (RFC 8878, 3.1), and no byte more, as the library's stream reads on over the end of a frame.
/// </summary>
sealed class ZstandardFrame(PackedStream packed) : ForwardStream
{
    const int RleBlock = 1;

    long _left;
    bool _isLastBlock;
    bool _hasChecksum;
    bool _isStarted;

    /// <summary>Bytes of a frame's or a block's head that are to be given before the rest.</summary>
    readonly byte[] _head = new byte[18];
    int _headStart;
    int _headEnd;

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            if (_headStart < _headEnd)
            {
                var part = Math.Min(buffer.Length, _headEnd - _headStart);
                _head.AsSpan(_headStart, part).CopyTo(buffer);
                _headStart += part;
                return part;
            }

            if (_left > 0)
            {
                var read = packed.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
                _left -= read;
                return read > 0
                    ? read
                    : throw new EndOfStreamException("the zstandard frame is cut off");
            }

            if (!Next())
            {
                return 0;
            }
        }
    }

    /// <summary>Passes over frames that carry no content (3.1.2): magic number, length, bytes of whoever wrote them.</summary>
    public static void SkipSkippable(PackedStream packed)
    {
        while (IsSkippable(packed.Peek(8)))
        {
            var left = (long)BinaryPrimitives.ReadUInt32LittleEndian(packed.Peek(8)[4..]);
            packed.Move(8);
            while (left > 0 && packed.Peek(1).Length > 0)
            {
                var part = (int)Math.Min(left, packed.Peek(4096).Length);
                packed.Move(part);
                left -= part;
            }
        }
    }

    public static bool IsSkippable(ReadOnlySpan<byte> head) =>
        head.Length >= 8 && (head[0] & 0xF0) == 0x50 && head[1..].StartsWith(SkippableMagic);

    static ReadOnlySpan<byte> SkippableMagic => [0x2A, 0x4D, 0x18];

    bool Next()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            return StartFrame();
        }

        if (_isLastBlock)
        {
            _left = _hasChecksum ? 4 : 0;
            _hasChecksum = false;
            return _left > 0;
        }

        Take(3);
        var block = _head[0] | _head[1] << 8 | _head[2] << 16;
        _isLastBlock = (block & 1) != 0;
        _left = (block >> 1 & 3) == RleBlock ? 1 : block >> 3;
        return true;
    }

    bool StartFrame()
    {
        Take(4);
        var descriptor = packed.Peek(1) is [var first]
            ? first
            : throw new EndOfStreamException("the zstandard frame is cut off");
        var isSingleSegment = (descriptor & 0x20) != 0;
        _hasChecksum = (descriptor & 4) != 0;
        var dictionary = (descriptor & 3) switch
        {
            3 => 4,
            var size => size,
        };
        var contentSize = (descriptor >> 6) switch
        {
            0 => isSingleSegment ? 1 : 0,
            1 => 2,
            2 => 4,
            _ => 8,
        };
        _left = 1 + (isSingleSegment ? 0 : 1) + dictionary + contentSize;
        return true;
    }

    void Take(int count)
    {
        packed.ReadExactly(_head, 0, count);
        _headStart = 0;
        _headEnd = count;
    }
}
