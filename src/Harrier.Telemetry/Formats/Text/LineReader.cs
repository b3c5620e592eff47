using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>
/// The lines of a text, one at a time, as UTF-8 without their end. Ends are LF or CRLF; a text whose first block has CR and no LF ends its lines with CR.
/// </summary>
/// <remarks>
/// Zero bytes around a line, which pad files, are left out. A line that is no UTF-8 has its stray bytes read as Latin-1, so that nothing is lost and the lake gets valid text.
/// Memory is bounded by <paramref name="maxLineBytes"/>: of a longer line the head is kept and the rest passed over.
/// </remarks>
/// <param name="range">Where the lines stand in a file, if the content is not all of it.</param>
public sealed class LineReader(
    Stream content,
    int maxLineBytes = LineReader.MaxLineBytes,
    LineRange range = default
)
{
    /// <summary>Longest line that is read: 16 MiB.</summary>
    public const int MaxLineBytes = 16 * 1024 * 1024;

    readonly StreamWindow _window = new(content);
    byte _lineEnd = (byte)'\n';
    long _taken;
    int _lineLength;
    byte[]? _repaired;

    /// <summary>Number of the current line in the file, from 1.</summary>
    public long Number =>
        _taken > range.HeaderLines ? _taken + range.Before - range.HeaderLines : _taken;

    /// <summary>The current line is longer than the limit; <see cref="Line"/> holds its head only.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The current line; valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Line => _repaired ?? _window.Taken[.._lineLength];

    /// <summary>Goes to the next line; false at the end. The last line needs no end.</summary>
    public bool Read()
    {
        IsTooLong = false;
        _repaired = null;
        var scanned = 0;
        while (true)
        {
            if (scanned == 0)
            {
                DropZeros();
            }

            var found = _window.Ahead[scanned..].IndexOf(_lineEnd);
            if (found >= 0)
            {
                Take(scanned + found, consumed: scanned + found + 1);
                return true;
            }

            scanned = _window.Ahead.Length;
            if (scanned >= maxLineBytes)
            {
                return TakeTooLong();
            }

            if (!Fill())
            {
                if (scanned == 0)
                {
                    return false;
                }

                Take(scanned, consumed: scanned);
                return true;
            }
        }
    }

    void Take(int length, int consumed)
    {
        _taken++;
        var line = _window.Take(consumed)[..length];
        if (_lineEnd == '\n' && line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        _lineLength = line.TrimEnd((byte)0).Length;
        Repair(line[.._lineLength]);
    }

    /// <summary>Zeros before a line: a file that was made larger in advance ends in them, one of a machine that lost power has them in its middle.</summary>
    void DropZeros()
    {
        var zeros = _window.Ahead.IndexOfAnyExcept((byte)0);
        _window.Skip(zeros < 0 ? _window.Ahead.Length : zeros);
    }

    void Repair(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
        {
            _repaired = AsUtf8(line);
        }
    }

    /// <summary>The same text with stray bytes, which are no UTF-8, read as Latin-1.</summary>
    internal static byte[] AsUtf8(ReadOnlySpan<byte> bytes)
    {
        var text = new ArrayBufferWriter<byte>(bytes.Length + 16);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out var used) == OperationStatus.Done)
            {
                text.Write(bytes[..used]);
                bytes = bytes[used..];
            }
            else
            {
                // 0x80..0xFF are U+0080..U+00FF: two bytes of UTF-8.
                text.Write([(byte)(0xC0 | (bytes[0] >> 6)), (byte)(0x80 | (bytes[0] & 0x3F))]);
                bytes = bytes[1..];
            }
        }

        return text.WrittenSpan.ToArray();
    }

    bool TakeTooLong()
    {
        const int kept = 256;
        _taken++;
        IsTooLong = true;
        _repaired = _window.Ahead[..Math.Min(kept, _window.Ahead.Length)].ToArray();
        Repair(_repaired);
        while (true)
        {
            var found = _window.Ahead.IndexOf(_lineEnd);
            if (found >= 0)
            {
                _window.Skip(found + 1);
                return true;
            }

            _window.Skip(_window.Ahead.Length);
            if (!Fill())
            {
                return true;
            }
        }
    }

    bool Fill()
    {
        if (_taken > 0 || !_window.Ahead.IsEmpty)
        {
            return _window.Fill();
        }

        // The first block whole, since it decides what ends a line.
        var any = _window.Fill(StreamWindow.BlockBytes);
        var block = _window.Ahead;
        if (
            range.Before == 0
            && block.Contains((byte)'\r')
            && !block.Contains((byte)'\n')
            && block.Length > 1
        )
        {
            _lineEnd = (byte)'\r';
        }

        return any;
    }
}

/// <summary>Where a range of lines stands in its file; lines of the file end in LF.</summary>
/// <param name="Before">Lines of the file before the range; 0: it is the beginning, or all of the file.</param>
/// <param name="HeaderLines">Of these, the first ones that are given again before the range.</param>
public readonly record struct LineRange(long Before, long HeaderLines);
