using System.Text;
using System.Text.Unicode;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Zeek;

/// <summary>
/// Zeek's text logs: lines of values, with header lines that say separator, names and types, and may come again in the middle of a file.
/// </summary>
/// <remarks>
/// Unset values (<c>-</c>) give no field, empty ones (<c>(empty)</c>) a field without text. Elements of sets and vectors are joined by ';',
/// as in the JSON form. A row with fewer or more values than names is rejected.
/// </remarks>
sealed class ZeekTsv(string pathOfName, IRecordHandler handler)
{
    static readonly byte[] PathName = "_path"u8.ToArray();

    readonly Record _record = new();
    readonly List<byte[]> _names = [];
    readonly List<byte[]> _types = [];
    ZeekType[] _kinds = [];
    int[] _ends = [];
    RecordShape? _shape;
    byte[] _path = Encoding.UTF8.GetBytes(pathOfName);
    byte[] _unset = "-"u8.ToArray();
    byte[] _empty = "(empty)"u8.ToArray();
    byte[] _value = new byte[256];
    byte _separator = (byte)'\t';
    byte _setSeparator = (byte)',';
    bool _warnedNoHeader;

    public bool HasHeader => _names.Count > 0;

    public void Read(ReadOnlySpan<byte> line, long number)
    {
        if (line[0] == '#')
        {
            Header(line);
        }
        else if (!HasHeader)
        {
            handler.Reject(number, "no #fields line stands before this row", Fields.Head(line));
            _warnedNoHeader = true;
        }
        else
        {
            Row(line, number);
        }
    }

    public void End()
    {
        if (_warnedNoHeader)
        {
            handler.Warn("Rows stand before the first #fields line; they were rejected.");
        }
    }

    void Header(ReadOnlySpan<byte> line)
    {
        var rest = line[1..];
        if (Fields.TryCutPrefix(ref rest, "separator "u8))
        {
            // Only ASCII: another byte would cut letters of UTF-8 apart.
            _separator = Unescape(rest) is [< 0x80 and var separator, ..] ? separator : (byte)'\t';
            return;
        }

        var key = Fields.Cut(ref rest, _separator);
        if (key.SequenceEqual("fields"u8))
        {
            _names.Clear();
            _types.Clear();
            _shape = null;
            Split(rest, _names);
        }
        else if (key.SequenceEqual("types"u8))
        {
            _types.Clear();
            _shape = null;
            Split(rest, _types);
        }
        else if (key.SequenceEqual("path"u8))
        {
            _path = rest.ToArray();
        }
        else if (key.SequenceEqual("unset_field"u8))
        {
            _unset = Unescape(rest);
        }
        else if (key.SequenceEqual("empty_field"u8))
        {
            _empty = Unescape(rest);
        }
        else if (key.SequenceEqual("set_separator"u8))
        {
            _setSeparator = Unescape(rest) is [< 0x80 and var separator, ..]
                ? separator
                : (byte)',';
        }
    }

    void Split(ReadOnlySpan<byte> rest, List<byte[]> parts)
    {
        const int maxNames = 4096;
        while (!rest.IsEmpty && parts.Count < maxNames)
        {
            parts.Add(Fields.Cut(ref rest, _separator).ToArray());
        }
    }

    void Row(ReadOnlySpan<byte> line, long number)
    {
        _shape ??= Shape();
        var separators = Separators.Find(line, _separator, _ends);
        if (separators + 1 != _names.Count)
        {
            handler.Reject(
                number,
                $"the row has {line.Count(_separator) + 1} values where the header names {_names.Count}",
                Fields.Head(line)
            );
            return;
        }

        _ends[separators] = line.Length;
        _record.Begin(_shape, line);
        _record.Number = number;
        _record.Position = number;
        _record.Set(0, _path);
        var hasEscapes = line.Contains((byte)'\\');
        var start = 0;
        for (var field = 0; field < _kinds.Length; field++)
        {
            var raw = line[start.._ends[field]];
            if (!raw.SequenceEqual(_unset))
            {
                Set(field + 1, _kinds[field], raw, start, hasEscapes);
            }

            start = _ends[field] + 1;
        }

        handler.Accept(_record);
    }

    /// <summary>Names of the header, behind that of the path; and what their types say.</summary>
    RecordShape Shape()
    {
        _kinds = new ZeekType[_names.Count];
        for (var field = 0; field < Math.Min(_names.Count, _types.Count); field++)
        {
            _kinds[field] = KindOf(_types[field]);
        }

        _ends = new int[_names.Count];
        return _record.ShapeOf([PathName, .. _names]);
    }

    /// <param name="start">Where the value stands in the line.</param>
    void Set(int slot, ZeekType type, ReadOnlySpan<byte> raw, int start, bool hasEscapes)
    {
        if (raw.SequenceEqual(_empty))
        {
            _record.Set(slot, default);
        }
        else if (type == ZeekType.Bool && raw.Length == 1 && raw[0] is (byte)'T' or (byte)'F')
        {
            _record.Set(slot, raw[0] == 'T' ? "true"u8 : "false"u8, FieldKind.Literal);
        }
        else if (type == ZeekType.Number && IsJsonNumber(raw))
        {
            _record.Set(slot, start, raw.Length, FieldKind.Number);
        }
        else if (hasEscapes || type == ZeekType.Set)
        {
            _record.Set(slot, Decoded(raw, type == ZeekType.Set));
        }
        else
        {
            _record.Set(slot, start, raw.Length);
        }
    }

    enum ZeekType : byte
    {
        Text,
        Bool,
        Number,

        /// <summary>A set or a vector.</summary>
        Set,
    }

    static ZeekType KindOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("bool"u8) ? ZeekType.Bool
        : type.StartsWith("set["u8) || type.StartsWith("vector["u8) ? ZeekType.Set
        : type.SequenceEqual("time"u8)
        || type.SequenceEqual("interval"u8)
        || type.SequenceEqual("count"u8)
        || type.SequenceEqual("int"u8)
        || type.SequenceEqual("port"u8)
        || type.SequenceEqual("double"u8)
            ? ZeekType.Number
        : ZeekType.Text;

    /// <summary>Digits with at most one point and a sign: what is a number in JSON too. Other values of numeric columns stay text.</summary>
    static bool IsJsonNumber(ReadOnlySpan<byte> raw)
    {
        var digits = raw.Length > 0 && raw[0] == '-' ? raw[1..] : raw;
        var point = -1;
        for (var at = 0; at < digits.Length; at++)
        {
            if (digits[at] == '.' && point < 0)
            {
                point = at;
            }
            else if (!char.IsAsciiDigit((char)digits[at]))
            {
                return false;
            }
        }

        var whole = point < 0 ? digits.Length : point;
        return whole > 0 && (whole == 1 || digits[0] != '0') && point + 1 < digits.Length;
    }

    /// <summary>The value with its escapes undone; valid until the next call.</summary>
    ReadOnlySpan<byte> Decoded(ReadOnlySpan<byte> raw, bool isSet)
    {
        if (raw.IndexOf((byte)'\\') < 0 && (!isSet || raw.IndexOf(_setSeparator) < 0))
        {
            return raw;
        }

        if (_value.Length < raw.Length)
        {
            _value = new byte[Math.Max(raw.Length, _value.Length * 2)];
        }

        var length = 0;
        for (var at = 0; at < raw.Length; at++)
        {
            var letter = raw[at];
            if (isSet && letter == _setSeparator)
            {
                _value[length++] = (byte)';';
            }
            else if (letter == '\\')
            {
                _value[length++] = Escape(raw, ref at);
            }
            else
            {
                _value[length++] = letter;
            }
        }

        // Zeek escapes bytes that are no text; those stay as it wrote them.
        var decoded = _value.AsSpan(0, length);
        return Utf8.IsValid(decoded) ? decoded : raw;
    }

    static byte[] Unescape(ReadOnlySpan<byte> raw)
    {
        var bytes = new List<byte>(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            bytes.Add(raw[at] == '\\' ? Escape(raw, ref at) : raw[at]);
        }

        return [.. bytes];
    }

    /// <summary>Byte that an escape stands for, <c>\x09</c> or <c>\\</c>; leaves <paramref name="at"/> on its last letter. A backslash of its own stays one.</summary>
    static byte Escape(ReadOnlySpan<byte> raw, ref int at)
    {
        if (at + 3 < raw.Length && raw[at + 1] == 'x')
        {
            var high = HexDigit(raw[at + 2]);
            var low = HexDigit(raw[at + 3]);
            if (high >= 0 && low >= 0)
            {
                at += 3;
                return (byte)(high * 16 + low);
            }
        }

        if (at + 1 < raw.Length && raw[at + 1] == '\\')
        {
            at++;
        }

        return (byte)'\\';
    }

    static int HexDigit(byte letter) =>
        char.IsAsciiHexDigit((char)letter) ? Convert.ToInt32(((char)letter).ToString(), 16) : -1;
}
