namespace Harrier.Telemetry.Formats.Text;

/// <summary>Pairs as <c>key=value key2="a value" key3='another'</c>, one at a time: the language of many firewalls and of auditd.</summary>
/// <remarks>Words without '=' are passed over. Inside double quotes <c>\"</c> and <c>\\</c> stand for the mark itself; values are given as they stand, with <see cref="IsEscaped"/>.</remarks>
/// <param name="hasEscapes">A backslash in double quotes escapes; auditd knows none, and writes a value with a quote in hexadecimal.</param>
public ref struct KeyValues(
    ReadOnlySpan<byte> text,
    byte separator = (byte)' ',
    bool hasEscapes = true
)
{
    ReadOnlySpan<byte> _rest = text;

    /// <summary>Name of the current pair.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>Its value, without the quotes around it.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value stands in quotes.</summary>
    public bool IsQuoted { get; private set; }

    /// <summary>The value stands in double quotes and holds a backslash.</summary>
    public bool IsEscaped { get; private set; }

    /// <summary>Goes to the next pair; false at the end.</summary>
    public bool Read()
    {
        while (true)
        {
            _rest = _rest.TrimStart(separator).TrimStart((byte)' ');
            var end = _rest.IndexOfAny((byte)'=', separator);
            if (end < 0)
            {
                return false;
            }

            if (_rest[end] != '=')
            {
                _rest = _rest[(end + 1)..];
                continue;
            }

            Key = _rest[..end];
            _rest = _rest[(end + 1)..];
            TakeValue();
            if (!Key.IsEmpty)
            {
                return true;
            }
        }
    }

    void TakeValue()
    {
        IsEscaped = false;
        IsQuoted = false;
        if (!_rest.IsEmpty && _rest[0] is (byte)'"' or (byte)'\'')
        {
            var end = hasEscapes ? Closing(_rest) : _rest[1..].IndexOf(_rest[0]) + 1;
            if (end > 0)
            {
                Value = _rest[1..end];
                IsEscaped = hasEscapes && _rest[0] == '"' && Value.Contains((byte)'\\');
                IsQuoted = true;
                _rest = _rest[(end + 1)..];
                return;
            }
        }

        Value = Fields.Cut(ref _rest, separator);
    }

    /// <summary>Index of the quote that closes the first one; -1 where none does.</summary>
    static int Closing(ReadOnlySpan<byte> text)
    {
        var quote = text[0];
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                return at;
            }

            if (quote == '"' && text[at] == '\\')
            {
                at++;
            }
        }

        return -1;
    }
}
