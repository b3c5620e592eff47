using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>
/// Reads the JSON that records nearly always are, in one pass. It never says what is wrong: whatever it is not sure of (a syntax error,
/// half a surrogate pair, a bound that bites) is left to <see cref="Utf8JsonReader"/>, which judges.
/// </summary>
/// <remarks>
/// The library's reader goes over a text with an escape byte by byte, and over it again to undo the escapes. Messages of Windows events
/// hold a line end every few words: that was a fifth of the time of their import.
/// </remarks>
/// <param name="json">One object, valid UTF-8.</param>
ref struct PlainJson(ReadOnlySpan<byte> json, Record record)
{
    /// <summary>Deeper ones are rare: the library reads them.</summary>
    const int MaxDepth = 32;

    /// <summary>What ends a text or needs a look: the quote, the backslash, and control characters, which no text may hold.</summary>
    static readonly SearchValues<byte> s_stops = SearchValues.Create([
        (byte)'"',
        (byte)'\\',
        .. Enumerable.Range(0, 0x20).Select(letter => (byte)letter),
    ]);

    readonly ReadOnlySpan<byte> _json = json;
    int _at;

    /// <summary>Adds the fields of the object to the record.</summary>
    /// <param name="name">Room for names, used again; likewise <paramref name="text"/>.</param>
    /// <returns>False: it is not for this reader, and the record has some of the fields.</returns>
    public bool TryRead(ref byte[] name, ref byte[] text) =>
        TryTake((byte)'{') && TryObject(0, 0, ref name, ref text) && Next() < 0;

    /// <summary>What stands between the braces, and the closing one.</summary>
    /// <param name="prefix">Bytes of the name that go before those of its properties.</param>
    bool TryObject(int prefix, int depth, ref byte[] name, ref byte[] text)
    {
        if (TryTake((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!TryTake((byte)'"') || !TryText(ref text, out var property))
            {
                return false;
            }

            var length = prefix + property.Length;
            if (
                length > JsonFields.MaxNameBytes
                || record.Count >= JsonFields.MaxFields
                || !TryTake((byte)':')
            )
            {
                return false;
            }

            Ensure(ref name, length + 1);
            property.CopyTo(name.AsSpan(prefix));
            if (!TryValue(length, depth, ref name, ref text))
            {
                return false;
            }
        } while (TryTake((byte)','));
        return TryTake((byte)'}');
    }

    bool TryValue(int length, int depth, ref byte[] name, ref byte[] text)
    {
        var field = name.AsSpan(0, length);
        switch (Next())
        {
            case '"':
                _at++;
                if (!TryText(ref text, out var value))
                {
                    return false;
                }

                record.Add(field, value);
                return true;
            case '{':
                _at++;
                name[length] = (byte)'.';
                return depth < MaxDepth && TryObject(length + 1, depth + 1, ref name, ref text);
            case '[':
                return TryArray(field);
            case 't':
                return TryLiteral("true"u8, field);
            case 'f':
                return TryLiteral("false"u8, field);
            case 'n':
                // null: the field is not there.
                return TryWord("null"u8);
            default:
                return TryNumber(field);
        }
    }

    /// <summary>A text up to its closing quote, without its escapes; valid until the next one.</summary>
    bool TryText(ref byte[] room, out ReadOnlySpan<byte> text)
    {
        var rest = _json[_at..];
        var end = rest.IndexOfAny(s_stops);
        if (end >= 0 && rest[end] == '"')
        {
            _at += end + 1;
            text = rest[..end];
            return true;
        }

        text = default;
        var length = 0;
        while (end >= 0 && end + 1 < rest.Length && rest[end] is (byte)'\\' or (byte)'"')
        {
            // No escape is shorter than what it stands for.
            Ensure(ref room, length + end + 2);
            rest[..end].CopyTo(room.AsSpan(length));
            length += end;
            if (rest[end] == '"')
            {
                _at = _json.Length - rest.Length + end + 1;
                text = room.AsSpan(0, length);
                return true;
            }

            var used = Unescape(rest[(end + 1)..], ref room, ref length);
            if (used == 0)
            {
                return false;
            }

            rest = rest[(end + 1 + used)..];
            end = rest.IndexOfAny(s_stops);
        }

        return false;
    }

    /// <summary>Writes what stands behind a backslash; how many bytes that was, 0 where it is not for this reader.</summary>
    static int Unescape(ReadOnlySpan<byte> escape, ref byte[] room, ref int length)
    {
        var letter = escape[0] switch
        {
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)escape[0],
            _ => '\0',
        };
        if (letter != '\0')
        {
            Ensure(ref room, length + 1);
            room[length++] = (byte)letter;
            return 1;
        }

        const int digits = 4;
        if (
            escape[0] != 'u'
            || escape.Length <= digits
            || !Utf8Parser.TryParse(escape.Slice(1, digits), out int code, out var used, 'x')
            || used != digits
            || !Rune.TryCreate(code, out var rune)
        )
        {
            return 0;
        }

        Ensure(ref room, length + digits);
        length += rune.EncodeToUtf8(room.AsSpan(length));
        return 1 + digits;
    }

    /// <summary>An array as it stands.</summary>
    bool TryArray(ReadOnlySpan<byte> field)
    {
        var rest = _json[_at..];
        // Judged by the library; what it finds wrong it finds again.
        var reader = new Utf8JsonReader(
            rest,
            isFinalBlock: false,
            new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth })
        );
        try
        {
            if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        record.Add(field, rest[..(int)reader.BytesConsumed], FieldKind.Json);
        _at += (int)reader.BytesConsumed;
        return true;
    }

    bool TryLiteral(ReadOnlySpan<byte> word, ReadOnlySpan<byte> field)
    {
        if (!TryWord(word))
        {
            return false;
        }

        record.Add(field, word, FieldKind.Literal);
        return true;
    }

    bool TryWord(ReadOnlySpan<byte> word)
    {
        if (!_json[_at..].StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>Digits with a sign and decimals; a power of ten is left to the library.</summary>
    bool TryNumber(ReadOnlySpan<byte> field)
    {
        var rest = _json[_at..];
        var at = rest.Length > 0 && rest[0] == '-' ? 1 : 0;
        var whole = Digits(rest[at..]);
        if (whole == 0 || (whole > 1 && rest[at] == '0'))
        {
            return false;
        }

        at += whole;
        if (at < rest.Length && rest[at] == '.')
        {
            var decimals = Digits(rest[(at + 1)..]);
            if (decimals == 0)
            {
                return false;
            }

            at += 1 + decimals;
        }

        // What follows a value is judged by the caller: 'e' is neither comma nor brace.
        record.Add(field, rest[..at], FieldKind.Number);
        _at += at;
        return true;
    }

    static int Digits(ReadOnlySpan<byte> text)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit((char)text[digits]))
        {
            digits++;
        }

        return digits;
    }

    bool TryTake(byte letter)
    {
        if (Next() != letter)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>The next byte that is no white space; -1 at the end.</summary>
    int Next()
    {
        while (
            _at < _json.Length && _json[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'
        )
        {
            _at++;
        }

        return _at < _json.Length ? _json[_at] : -1;
    }

    static void Ensure(ref byte[] room, int length)
    {
        if (room.Length < length)
        {
            Array.Resize(ref room, Math.Max(room.Length * 2, length));
        }
    }
}
