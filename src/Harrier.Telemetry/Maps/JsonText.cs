using System.Text;
using System.Text.Encodings.Web;

namespace Harrier.Telemetry.Maps;

/// <summary>A JSON object that is written property by property into one buffer, used again for each object.</summary>
/// <remarks>Text is escaped as <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/> does it: only what JSON wants, so that patterns meet the text itself.</remarks>
sealed class JsonText
{
    static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>What the encoder makes of each letter of ASCII.</summary>
    static readonly byte[][] s_escapes =
    [
        .. Enumerable
            .Range(0, 128)
            .Select(letter => Encoding.ASCII.GetBytes(s_encoder.Encode($"{(char)letter}"))),
    ];

    byte[] _bytes = new byte[1024];
    int _length;

    public bool IsEmpty => _length == 0;

    public void Clear() => _length = 0;

    /// <summary>Begins a property.</summary>
    /// <param name="name">In quotes and escaped, with a comma before and the colon behind it.</param>
    public void Property(ReadOnlySpan<byte> name)
    {
        var isFirst = IsEmpty;
        Raw(name);
        if (isFirst)
        {
            _bytes[0] = (byte)'{';
        }
    }

    /// <summary>The whole object; valid until the next change.</summary>
    public ReadOnlySpan<byte> End()
    {
        Raw("}"u8);
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>A value that is JSON already.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        Ensure(json.Length);
        json.CopyTo(_bytes.AsSpan(_length));
        _length += json.Length;
    }

    /// <summary>A text in quotes. Most of it needs no escape and is copied.</summary>
    /// <param name="utf8">Valid UTF-8.</param>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        Quote();
        while (s_encoder.FindFirstCharacterToEncodeUtf8(utf8) is >= 0 and var plain)
        {
            Raw(utf8[..plain]);
            utf8 = utf8[plain..];
            if (utf8[0] < s_escapes.Length)
            {
                Raw(s_escapes[utf8[0]]);
                utf8 = utf8[1..];
            }
            else
            {
                utf8 = utf8[Escape(utf8)..];
            }
        }

        Raw(utf8);
        Quote();
    }

    void Quote()
    {
        Ensure(1);
        _bytes[_length++] = (byte)'"';
    }

    /// <summary>The first letters, of other languages or none; how many bytes they were.</summary>
    int Escape(ReadOnlySpan<byte> utf8)
    {
        const int longestEscape = 6;
        var piece = utf8[..Math.Min(utf8.Length, 1024)];
        Ensure(piece.Length * longestEscape);
        s_encoder.EncodeUtf8(
            piece,
            _bytes.AsSpan(_length),
            out var read,
            out var written,
            isFinalBlock: piece.Length == utf8.Length
        );
        _length += written;
        return read;
    }

    void Ensure(int more)
    {
        if (_bytes.Length - _length < more)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
        }
    }
}
