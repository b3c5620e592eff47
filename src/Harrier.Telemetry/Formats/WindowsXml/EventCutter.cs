using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WindowsXml;

/// <summary>Cuts <c>&lt;Event …&gt; … &lt;/Event&gt;</c> out of a stream of UTF-8, with the line each begins on.</summary>
sealed class EventCutter(Stream content, int maxEventBytes)
{
    readonly StreamWindow _window = new(content);
    long _line = 1;

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
            var window = _window.Ahead[searched..];
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

            if (_window.Ahead.Length >= maxEventBytes)
            {
                reason = $"An event of more than {maxEventBytes >> 20} MiB is refused.";
                xml = Take(_window.Ahead.Length);
                return true;
            }

            searched = Math.Max(0, _window.Ahead.Length - "</Event>".Length);
            if (!_window.Fill())
            {
                reason = "The event does not end: the file does.";
                xml = Take(_window.Ahead.Length);
                return true;
            }
        }
    }

    bool SeekStart()
    {
        while (true)
        {
            var at = IndexOfStart(_window.Ahead);
            if (at >= 0)
            {
                Take(at);
                return true;
            }

            // Keep the tail: a tag may stand across two reads.
            Take(Math.Max(0, _window.Ahead.Length - 8));
            if (!_window.Fill())
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
        var taken = _window.Take(length);
        _line += taken.Count((byte)'\n');
        return taken;
    }
}
