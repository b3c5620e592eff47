namespace Harrier.Telemetry.Formats.Csv;

/// <summary>The values of one line with commas between, quotes doubled inside quotes; for lines whose columns a document names, without a header.</summary>
ref struct CsvLine(ReadOnlySpan<byte> line, byte separator = (byte)',')
{
    ReadOnlySpan<byte> _rest = line;
    bool _isEnd;

    /// <summary>The current value, its quotes undone.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next value; false behind the last.</summary>
    public bool Read()
    {
        if (_isEnd)
        {
            return false;
        }

        if (!_rest.IsEmpty && _rest[0] == '"' && Closing(_rest) is var close and > 0)
        {
            Value = Plain(_rest[1..close]);
            _rest = _rest[(close + 1)..];
        }
        else
        {
            var end = _rest.IndexOf(separator);
            Value = end < 0 ? _rest : _rest[..end];
        }

        var next = _rest.IndexOf(separator);
        _isEnd = next < 0;
        _rest = _isEnd ? default : _rest[(next + 1)..];
        return true;
    }

    static int Closing(ReadOnlySpan<byte> text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                if (at + 1 == text.Length || text[at + 1] != '"')
                {
                    return at;
                }

                at++;
            }
        }

        return -1;
    }

    static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> value)
    {
        if (value.IndexOf("\"\""u8) < 0)
        {
            return value;
        }

        var plain = new byte[value.Length];
        var length = 0;
        for (var at = 0; at < value.Length; at++)
        {
            plain[length++] = value[at];
            at += value[at] == '"' ? 1 : 0;
        }

        return plain.AsSpan(0, length);
    }
}
