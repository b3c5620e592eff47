namespace Harrier.Telemetry.Formats.WindowsXml;

/// <summary>Cuts <c>&lt;Event …&gt; … &lt;/Event&gt;</c> out of a stream of UTF-8, with the line each begins on.</summary>
sealed class EventCutter(Stream content, int maxEventBytes)
{
    byte[] _buffer = new byte[1 << 16];
    int _start;
    int _end;
    long _line = 1;
    bool _ended;

    /// <summary>The next event; false at the end.</summary>
    /// <param name="reason">Why it can't be an event (cut off, too long), or null.</param>
    public bool Next(out ReadOnlySpan<byte> xml, out long line, out string? reason)
    {
        reason = null;
        xml = default;
        if (!SeekStart())
        {
            line = _line;
            return false;
        }

        line = _line;
        var searched = 0;
        while (true)
        {
            var window = _buffer.AsSpan(_start + searched, _end - _start - searched);
            var end = window.IndexOf("</Event>"u8);
            // Another start before an end: the first one was cut off.
            var next = IndexOfStart(searched == 0 ? window[1..] : window);
            next = next >= 0 && searched == 0 ? next + 1 : next;
            if (next >= 0 && (end < 0 || next < end))
            {
                reason = "The event does not end: another one begins inside it.";
                xml = Take(searched + next);
                return true;
            }

            if (end >= 0)
            {
                xml = Take(searched + end + "</Event>".Length);
                return true;
            }

            if (_end - _start >= maxEventBytes)
            {
                reason = $"An event of more than {maxEventBytes >> 20} MiB is refused.";
                xml = Take(_end - _start);
                return true;
            }

            searched = Math.Max(0, _end - _start - "</Event>".Length);
            if (!Fill())
            {
                reason = "The event does not end: the file does.";
                xml = Take(_end - _start);
                return true;
            }
        }
    }

    bool SeekStart()
    {
        while (true)
        {
            var at = IndexOfStart(_buffer.AsSpan(_start, _end - _start));
            if (at >= 0)
            {
                Take(at);
                return true;
            }

            // Keep the tail: a tag may stand across two reads.
            Take(Math.Max(0, _end - _start - 8));
            if (!Fill())
            {
                return false;
            }
        }
    }

    /// <summary>Where <c>&lt;Event</c> begins, but not <c>&lt;Events</c> or <c>&lt;EventData</c>; -1: nowhere.</summary>
    static int IndexOfStart(ReadOnlySpan<byte> text)
    {
        var from = 0;
        while (true)
        {
            var at = text[from..].IndexOf("<Event"u8);
            if (at < 0 || from + at + 6 >= text.Length)
            {
                return -1;
            }

            if (
                text[from + at + 6]
                is (byte)'>'
                    or (byte)' '
                    or (byte)'\t'
                    or (byte)'\r'
                    or (byte)'\n'
            )
            {
                return from + at;
            }

            from += at + 6;
        }
    }

    ReadOnlySpan<byte> Take(int length)
    {
        var taken = _buffer.AsSpan(_start, length);
        _line += taken.Count((byte)'\n');
        _start += length;
        return taken;
    }

    bool Fill()
    {
        if (_ended)
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = content.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
        return read > 0;
    }
}
