using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>The encoding that a byte order mark tells. Readers of text get UTF-8 without the mark.</summary>
public sealed class TextEncoding
{
    static readonly TextEncoding Plain = new([], null);

    static readonly TextEncoding[] Marked =
    [
        new([0xEF, 0xBB, 0xBF], null),
        new([0xFF, 0xFE], Encoding.Unicode),
        new([0xFE, 0xFF], Encoding.BigEndianUnicode),
    ];

    readonly byte[] _mark;
    readonly Encoding? _encoding;

    TextEncoding(byte[] mark, Encoding? encoding)
    {
        _mark = mark;
        _encoding = encoding;
    }

    public static TextEncoding Of(ReadOnlySpan<byte> head)
    {
        foreach (var marked in Marked)
        {
            if (head.StartsWith(marked._mark))
            {
                return marked;
            }
        }

        return Plain;
    }

    /// <summary>First bytes as UTF-8.</summary>
    public ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> head)
    {
        head = head[_mark.Length..];
        return _encoding is null ? head : Encoding.UTF8.GetBytes(_encoding.GetString(head));
    }

    /// <summary>Content as UTF-8; its first byte is that of the mark.</summary>
    public Stream ToUtf8(Stream content)
    {
        var mark = new byte[_mark.Length];
        content.ReadExactly(mark);
        return _encoding is null
            ? content
            : Encoding.CreateTranscodingStream(
                content,
                _encoding,
                new UTF8Encoding(false),
                leaveOpen: true
            );
    }
}
