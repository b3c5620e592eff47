namespace Harrier.Telemetry.Formats.Email;

/// <summary>Cuts an mbox into its messages; what does not begin like one is a single message. The bytes of a message stay as they are.</summary>
sealed class MessageCutter(Stream content) : IDisposable
{
    readonly ByteLines _lines = new(content);
    readonly MemoryStream _message = new();
    bool _isStarted;
    bool _isMbox;
    bool _isEnded;

    /// <summary>Number of the message, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Offset of its first byte.</summary>
    public long Position { get; private set; }

    public bool IsTooLong { get; private set; }

    public ReadOnlySpan<byte> Message => _message.GetBuffer().AsSpan(0, (int)_message.Length);

    public bool Read(CancellationToken cancel)
    {
        if (_isEnded)
        {
            return false;
        }

        _message.SetLength(0);
        IsTooLong = false;
        Position = _lines.Position;
        var wasBlank = false;
        while (_lines.Read())
        {
            cancel.ThrowIfCancellationRequested();
            var line = _lines.Line;
            var isFirst = !_isStarted;
            _isStarted = true;
            if (
                (isFirst || (_isMbox && wasBlank))
                && _lines.IsAtStart
                && EmailFormat.IsSeparator(line.TrimEnd("\r\n"u8))
            )
            {
                _isMbox = true;
                if (!isFirst)
                {
                    Number++;
                    return true;
                }

                Position = _lines.Position;
                continue;
            }

            wasBlank = _lines.IsAtStart && line.TrimEnd("\r\n"u8).IsEmpty;
            Add(line);
        }

        _isEnded = true;
        Number++;
        return _message.Length > 0;
    }

    public void Dispose() => _message.Dispose();

    void Add(ReadOnlySpan<byte> line)
    {
        // '>From ' in a message was 'From ' before it came into the mbox.
        if (_isMbox && _lines.IsAtStart && line.StartsWith(">From "u8))
        {
            line = line[1..];
        }

        if (_message.Length + line.Length > EmailFormat.MaxMessageBytes)
        {
            IsTooLong = true;
            return;
        }

        _message.Write(line);
    }

    /// <summary>Lines with their ends, in pieces of at most 64 KiB.</summary>
    sealed class ByteLines(Stream content)
    {
        readonly byte[] _buffer = new byte[64 * 1024];
        int _start;
        int _length;
        int _end;
        bool _endsLine = true;

        /// <summary>Offset after the current line.</summary>
        public long Position { get; private set; }
        public bool IsAtStart { get; private set; }
        public ReadOnlySpan<byte> Line => _buffer.AsSpan(_start, _length);

        public bool Read()
        {
            _start += _length;
            _length = 0;
            IsAtStart = _endsLine;
            while (true)
            {
                var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (at >= 0 || _end - _start == _buffer.Length)
                {
                    return Take(at < 0 ? _buffer.Length : at + 1, at >= 0);
                }

                if (_start > 0)
                {
                    _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                    _end -= _start;
                    _start = 0;
                }

                var read = content.Read(_buffer, _end, _buffer.Length - _end);
                if (read == 0)
                {
                    return _end > 0 && Take(_end, endsLine: true);
                }

                _end += read;
            }
        }

        bool Take(int length, bool endsLine)
        {
            _length = length;
            _endsLine = endsLine;
            Position += length;
            return length > 0;
        }
    }
}
