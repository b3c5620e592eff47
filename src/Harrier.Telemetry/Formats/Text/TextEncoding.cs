using System.Text;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>The encoding of a text: told by its byte order mark, or for UTF-16 without one by where the zero bytes stand. Readers of text get UTF-8 without the mark.</summary>
/// <remarks>What is neither is left as it is: UTF-8, or Latin-1, whose stray bytes <see cref="LineReader"/> reads.</remarks>
public sealed class TextEncoding
{
    static readonly TextEncoding Plain = new([], null);
    static readonly TextEncoding LittleEndian = new([], Encoding.Unicode);
    static readonly TextEncoding BigEndian = new([], Encoding.BigEndianUnicode);

    static readonly TextEncoding[] Marked =
    [
        new([0xEF, 0xBB, 0xBF], null),
        new([0xFF, 0xFE], Encoding.Unicode),
        new([0xFE, 0xFF], Encoding.BigEndianUnicode),
    ];

    readonly byte[] _mark;
    readonly Encoding? _encoding;

    /// <summary>The content is read as its bytes stand, behind the mark.</summary>
    public bool IsUtf8 => _encoding is null;

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

        return IsUtf16(head, high: 1) ? LittleEndian
            : IsUtf16(head, high: 0) ? BigEndian
            : Plain;
    }

    /// <summary>
    /// A log has spaces, digits and line ends in any language: at least a quarter of its letters are ASCII, whose high byte is zero, and few would be
    /// ASCII in the other order, or two letters of ASCII in one byte each. Binary data has zeros in both places.
    /// </summary>
    static bool IsUtf16(ReadOnlySpan<byte> head, int high)
    {
        const int looked = 4096;
        const int fewest = 4;
        // Logs that were made larger in advance end in zeros.
        head = head[..Math.Min(head.Length, looked)];
        var end = head.Length;
        while (end >= 2 && (head[end - 1] | head[end - 2]) == 0)
        {
            end -= 2;
        }

        var letters = end / 2;
        var ascii = 0;
        var swapped = 0;
        var narrow = 0;
        for (var at = 0; at < letters; at++)
        {
            var (top, low) = (head[2 * at + high], head[2 * at + 1 - high]);
            if (top == 0)
            {
                if (low is (< 0x20 or 0x7F) and not (0x09 or 0x0A or 0x0C or 0x0D or 0x1B))
                {
                    return false;
                }

                ascii++;
            }
            else if (low == 0 && top < 0x80)
            {
                swapped++;
            }
            else if (low is >= 0x20 and < 0x80 && top is >= 0x20 and < 0x80)
            {
                narrow++;
            }
        }

        return letters >= fewest && ascii * 4 >= letters && swapped * 4 < ascii && narrow < ascii;
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
