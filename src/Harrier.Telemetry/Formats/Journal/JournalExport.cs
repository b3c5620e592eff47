using System.Buffers.Binary;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Journal;

/// <summary>The entries of <c>journalctl -o export</c>: <c>FIELD=text</c> a line, or <c>FIELD</c>, a length of 8 bytes and as many bytes; an empty line ends an entry.</summary>
sealed class JournalExport(Stream content)
{
    const int MaxValueBytes = 16 << 20;
    const int MaxFields = 5_000;

    readonly StreamWindow _window = new(content);
    long _line = 1;
    long _number;

    /// <summary>Why the entry can't be read; what follows it is read where its end is found.</summary>
    public string? Fault { get; private set; }

    /// <summary>Fills the record with the next entry; false at the end.</summary>
    public bool Read(Record entry)
    {
        entry.Clear();
        Fault = null;
        entry.Position = _line;
        while (TryLine(out var line))
        {
            _line++;
            if (line.IsEmpty)
            {
                if (entry.Count > 0 || Fault is not null)
                {
                    break;
                }

                // Empty lines before it.
                entry.Position = _line;
                continue;
            }

            Take(entry, line);
        }

        entry.Number = entry.Count > 0 || Fault is not null ? ++_number : _number;
        return entry.Count > 0 || Fault is not null;
    }

    void Take(Record entry, ReadOnlySpan<byte> line)
    {
        if (Fault is not null || entry.Count >= MaxFields)
        {
            Fault ??= $"an entry of more than {MaxFields} fields is refused";
            return;
        }

        var equals = line.IndexOf((byte)'=');
        if (equals > 0)
        {
            entry.Add(LineReader.AsUtf8(line[..equals]), LineReader.AsUtf8(line[(equals + 1)..]));
            return;
        }

        var name = LineReader.AsUtf8(line);
        if (!TryBytes(sizeof(ulong), out var size))
        {
            Fault = "the entry does not end: the file does";
            return;
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (length > MaxValueBytes)
        {
            Fault =
                $"a value of {length} bytes is refused: more than {MaxValueBytes >> 20} MiB, or no length";
        }
        else if (!TryBytes((int)length + 1, out var value))
        {
            Fault = "the entry does not end: the file does";
        }
        else
        {
            _line += value.Count((byte)'\n');
            entry.Add(name, LineReader.AsUtf8(value[..^1]));
        }
    }

    bool TryLine(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _window.Ahead[searched..].IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _window.Take(searched + at + 1)[..^1];
                return true;
            }

            searched = _window.Ahead.Length;
            if (searched > MaxValueBytes || !_window.Fill())
            {
                line = _window.Take(searched);
                return searched > 0;
            }
        }
    }

    bool TryBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        while (_window.Ahead.Length < count)
        {
            if (!_window.Fill())
            {
                bytes = default;
                _window.Skip(_window.Ahead.Length);
                return false;
            }
        }

        bytes = _window.Take(count);
        return true;
    }
}
