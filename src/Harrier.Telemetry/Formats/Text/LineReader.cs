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

    const int BlockBytes = 64 * 1024;

    byte[] _buffer = new byte[BlockBytes];
    int _start;
    int _end;
    bool _contentEnded;
    byte _lineEnd = (byte)'\n';
    long _taken;
    int _lineStart;
    int _lineLength;
    byte[]? _repaired;

    /// <summary>Number of the current line in the file, from 1.</summary>
    public long Number =>
        _taken > range.HeaderLines ? _taken + range.Before - range.HeaderLines : _taken;

    /// <summary>The current line is longer than the limit; <see cref="Line"/> holds its head only.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The current line; valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Line => _repaired ?? _buffer.AsSpan(_lineStart, _lineLength);

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

            var found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf(_lineEnd);
            if (found >= 0)
            {
                Take(scanned + found, consumed: scanned + found + 1);
                return true;
            }

            scanned = _end - _start;
            if (scanned >= maxLineBytes)
            {
                return TakeTooLong();
            }

            if (!Fill())
            {
                if (_end == _start)
                {
                    return false;
                }

                Take(_end - _start, consumed: _end - _start);
                return true;
            }
        }
    }

    void Take(int length, int consumed)
    {
        _taken++;
        _lineStart = _start;
        _start += consumed;
        if (length > 0 && _lineEnd == '\n' && _buffer[_lineStart + length - 1] == '\r')
        {
            length--;
        }

        _lineLength = _buffer.AsSpan(_lineStart, length).TrimEnd((byte)0).Length;
        Repair();
    }

    /// <summary>Zeros before a line: a file that was made larger in advance ends in them, one of a machine that lost power has them in its middle.</summary>
    void DropZeros()
    {
        var zeros = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept((byte)0);
        _start += zeros < 0 ? _end - _start : zeros;
    }

    void Repair()
    {
        var line = _buffer.AsSpan(_lineStart, _lineLength);
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
        var head = _buffer.AsSpan(_start, Math.Min(kept, _end - _start)).ToArray();
        while (true)
        {
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf(_lineEnd);
            if (found >= 0)
            {
                _start += found + 1;
                break;
            }

            _start = _end;
            if (!Fill())
            {
                break;
            }
        }

        // The head is put before what follows, so that Line stays a slice of the one buffer.
        var rest = _end - _start;
        if (_start < head.Length)
        {
            var larger = new byte[Math.Max(_buffer.Length, head.Length + rest)];
            _buffer.AsSpan(_start, rest).CopyTo(larger.AsSpan(head.Length));
            _buffer = larger;
            _start = head.Length;
            _end = head.Length + rest;
        }

        head.CopyTo(_buffer.AsSpan(0));
        _lineStart = 0;
        _lineLength = head.Length;
        Repair();
        return true;
    }

    bool Fill()
    {
        if (_contentEnded)
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

        // The first block whole, since it decides what ends a line.
        var read =
            _end == 0 && _taken == 0
                ? content.ReadAtLeast(_buffer, BlockBytes, throwOnEndOfStream: false)
                : content.Read(_buffer, _end, _buffer.Length - _end);
        if (read == 0)
        {
            _contentEnded = true;
            return false;
        }

        if (_end == 0 && _taken == 0)
        {
            var block = _buffer.AsSpan(0, read);
            if (
                range.Before == 0
                && block.Contains((byte)'\r')
                && !block.Contains((byte)'\n')
                && read > 1
            )
            {
                _lineEnd = (byte)'\r';
            }
        }

        _end += read;
        return true;
    }
}

/// <summary>Where a range of lines stands in its file; lines of the file end in LF.</summary>
/// <param name="Before">Lines of the file before the range; 0: it is the beginning, or all of the file.</param>
/// <param name="HeaderLines">Of these, the first ones that are given again before the range.</param>
public readonly record struct LineRange(long Before, long HeaderLines);
