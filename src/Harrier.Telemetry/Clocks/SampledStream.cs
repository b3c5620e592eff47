using Harrier.Telemetry.Archives;

namespace Harrier.Telemetry.Clocks;

/// <summary>Parts of a stream, for a reader that needs to see some of all: its beginning, then a quarter of the rest, evenly.</summary>
/// <remarks>
/// Parts begin and end where a chunk of an EVTX file does (4 KiB of header, then chunks of 64 KiB). Between parts of text stands the
/// end of a line, so that a cut line spoils no whole one. Forward only.
/// </remarks>
/// <param name="isText">Lines are kept apart.</param>
/// <param name="isPromising">Whether the reader has found any of what it looks for; if not, a sixteenth must do, and of EVTX the beginning is cut short.</param>
sealed class SampledStream(Stream content, bool isText, Func<bool> isPromising) : ForwardStream
{
    const int HeaderBytes = 4096;
    const long ShortHeadBytes = HeaderBytes + 512 * 1024;
    const long HeadBytes = HeaderBytes + 4 * 1024 * 1024;
    const long PeriodBytes = 1024 * 1024;
    const long LongPeriodBytes = 4 * 1024 * 1024;
    const long PartBytes = 256 * 1024;

    readonly byte[] _skipped = new byte[64 * 1024];
    long _position;
    long _partEnd;
    bool _isHead = true;
    bool _isLineCut;
    bool _isEnded;

    /// <summary>Something was left out.</summary>
    public bool HasSkipped { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _isEnded)
        {
            return 0;
        }

        var left = LeftOfPart();
        if (left == 0)
        {
            if (!Skip((isPromising() ? PeriodBytes : LongPeriodBytes) - PartBytes))
            {
                _isEnded = true;
                return 0;
            }

            left = PartBytes;
            if (isText)
            {
                buffer[0] = (byte)'\n';
                _isLineCut = true;
                return 1;
            }
        }

        var read = content.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
        _position += read;
        if (!_isLineCut)
        {
            return read;
        }

        // The rest of the line that was cut: blank, which readers pass over.
        var end = buffer[..read].IndexOf((byte)'\n');
        buffer[..(end < 0 ? read : end)].Fill((byte)' ');
        _isLineCut = end < 0 && read > 0;
        return read;
    }

    long LeftOfPart()
    {
        if (_isHead)
        {
            // An EVTX file has one channel: what its beginning hasn't got, the rest seldom has.
            var head = isText || isPromising() ? HeadBytes : ShortHeadBytes;
            if (_position < head)
            {
                return head - _position;
            }

            _isHead = false;
            _partEnd = _position;
        }

        return _partEnd - _position;
    }

    /// <summary>False at the end of the content.</summary>
    bool Skip(long bytes)
    {
        while (bytes > 0)
        {
            var read = content.Read(_skipped.AsSpan(0, (int)Math.Min(bytes, _skipped.Length)));
            if (read == 0)
            {
                return false;
            }

            bytes -= read;
            _position += read;
            HasSkipped = true;
        }

        _partEnd = _position + PartBytes;
        return true;
    }
}
