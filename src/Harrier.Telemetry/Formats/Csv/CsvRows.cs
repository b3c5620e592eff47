using System.Buffers;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Csv;

/// <summary>The rows of a text with separated values, one at a time: quotes doubled inside quotes (RFC 4180), quoted line breaks, any one-byte separator.</summary>
/// <remarks>
/// A quote that is never closed costs only the line it stands on: the lines after it are read as rows of their own. Memory is bounded by
/// <see cref="MaxRowBytes"/>.
/// </remarks>
/// <param name="quote">What surrounds values; 0 where nothing does.</param>
public sealed class CsvRows(Stream content, byte separator, byte quote = (byte)'"')
{
    /// <summary>Longest row over several lines: an open quote must not take the rest of a file with it.</summary>
    public const int MaxRowBytes = 1024 * 1024;

    readonly LineReader _lines = new(content);
    readonly Queue<byte[]> _again = new();
    readonly ArrayBufferWriter<byte> _row = new();
    readonly List<(int Start, int Length)> _values = [];
    byte[] _buffer = new byte[4096];
    int _length;
    long _linesBefore;

    /// <summary>Line on which the row begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Values in the row.</summary>
    public int Count => _values.Count;

    /// <summary>Why the row can't be split; null where it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>The row as it stands in the text, without its end.</summary>
    public ReadOnlySpan<byte> Raw => _row.WrittenSpan;

    /// <summary>A value, its quotes undone.</summary>
    public ReadOnlySpan<byte> this[int value] =>
        _buffer.AsSpan(_values[value].Start, _values[value].Length);

    /// <summary>Goes to the next row that is not empty; false at the end.</summary>
    public bool Read()
    {
        do
        {
            if (!TryNextLine(out var line, out var isTooLong))
            {
                return false;
            }

            Line = ++_linesBefore;
            _row.ResetWrittenCount();
            _row.Write(line);
            Fault = isTooLong ? "the row is longer than 16 MiB" : null;
        } while (_row.WrittenCount == 0);

        _values.Clear();
        if (Fault is null && !TrySplit(isStrict: false))
        {
            Continue();
        }

        return true;
    }

    /// <summary>Adds lines until the open quote closes; where it does not, all but the first go back.</summary>
    void Continue()
    {
        var added = new List<byte[]>();
        var isWithin = true;
        while (isWithin && TryNextLine(out var line, out var isTooLong))
        {
            added.Add(line.ToArray());
            _row.Write("\n"u8);
            _row.Write(line);
            isWithin = !isTooLong && _row.WrittenCount <= MaxRowBytes;
            // Splitting is tried only where a quote could have closed.
            if (isWithin && line.Contains(quote) && TrySplit(isStrict: true))
            {
                _linesBefore += added.Count;
                return;
            }
        }

        Fault = "a quote is never closed";
        var first = _row.WrittenSpan;
        var firstEnd = first.IndexOf((byte)'\n');
        var head = firstEnd < 0 ? first.ToArray() : first[..firstEnd].ToArray();
        _row.ResetWrittenCount();
        _row.Write(head);
        _values.Clear();
        var later = _again.ToArray();
        _again.Clear();
        foreach (var line in added.Concat(later))
        {
            _again.Enqueue(line);
        }
    }

    bool TryNextLine(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        isTooLong = false;
        if (_again.TryDequeue(out var kept))
        {
            line = kept;
            return true;
        }

        var any = _lines.Read();
        line = any ? _lines.Line : default;
        isTooLong = any && _lines.IsTooLong;
        return any;
    }

    /// <summary>False where a quote is still open at the end.</summary>
    /// <param name="isStrict">A quote inside of quotes that is neither doubled nor before a separator is wrong; else it is text.</param>
    bool TrySplit(bool isStrict)
    {
        var row = _row.WrittenSpan;
        _values.Clear();
        _length = 0;
        if (_buffer.Length < row.Length)
        {
            Array.Resize(ref _buffer, row.Length * 2);
        }

        while (true)
        {
            var start = _length;
            if (quote != 0 && !row.IsEmpty && row[0] == quote && !TryQuoted(ref row, isStrict))
            {
                return false;
            }

            var end = row.IndexOf(separator);
            Append(end < 0 ? row : row[..end]);
            _values.Add((start, _length - start));
            if (end < 0)
            {
                return true;
            }

            row = row[(end + 1)..];
        }
    }

    bool TryQuoted(ref ReadOnlySpan<byte> row, bool isStrict)
    {
        row = row[1..];
        while (true)
        {
            var end = row.IndexOf(quote);
            if (end < 0)
            {
                return false;
            }

            Append(row[..end]);
            row = row[(end + 1)..];
            if (row.IsEmpty || row[0] == separator)
            {
                return true;
            }

            if (row[0] == quote)
            {
                row = row[1..];
            }
            else if (isStrict)
            {
                return false;
            }

            Append([quote]);
        }
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
