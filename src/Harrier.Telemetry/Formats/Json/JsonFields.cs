using System.Text.Json;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>Turns one JSON object into the fields of a record: nested objects flattened with dots, arrays kept as JSON.</summary>
public sealed class JsonFields
{
    /// <summary>Deeper nesting is refused: the lake's JSON functions are safe only on shallow text.</summary>
    public const int MaxDepth = 64;

    internal const int MaxFields = 5_000;

    // A long name around many others would be written out once for each of them.
    internal const int MaxNameBytes = 4096;

    byte[] _text = new byte[4096];
    byte[] _name = new byte[512];

    /// <summary>Adds the fields of the object to the record.</summary>
    /// <param name="json">One object; anything after it but white space is an error.</param>
    /// <param name="under">Name that goes before all names, with a dot; none where it is empty.</param>
    /// <exception cref="JsonException">It is no JSON object, too deep, or has too many fields or too long names.</exception>
    public void Read(ReadOnlySpan<byte> json, Record record, ReadOnlySpan<byte> under = default)
    {
        if (under.IsEmpty)
        {
            var before = record.Count;
            if (new PlainJson(json, record).TryRead(ref _name, ref _text))
            {
                return;
            }

            record.Truncate(before);
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a JSON object is expected");
        }

        var prefix = WritePrefix(under);
        var depth = 0;
        var lengths = (Span<int>)stackalloc int[MaxDepth + 1];
        var propertyLength = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    propertyLength = prefix + WriteName(ref reader, prefix);
                    break;
                case JsonTokenType.StartObject:
                    lengths[depth++] = prefix;
                    Ensure(ref _name, propertyLength + 1);
                    _name[propertyLength] = (byte)'.';
                    prefix = propertyLength + 1;
                    break;
                case JsonTokenType.EndObject:
                    if (depth == 0)
                    {
                        RequireEnd(ref reader);
                        return;
                    }

                    prefix = lengths[--depth];
                    break;
                case JsonTokenType.StartArray:
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    record.Add(
                        _name.AsSpan(0, propertyLength),
                        json[start..(int)reader.BytesConsumed],
                        FieldKind.Json
                    );
                    break;
                case JsonTokenType.String:
                    record.Add(_name.AsSpan(0, propertyLength), Text(ref reader));
                    break;
                case JsonTokenType.Number:
                    record.Add(_name.AsSpan(0, propertyLength), reader.ValueSpan, FieldKind.Number);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    record.Add(
                        _name.AsSpan(0, propertyLength),
                        reader.ValueSpan,
                        FieldKind.Literal
                    );
                    break;
                default:
                    // null: the field is not there.
                    break;
            }

            if (record.Count > MaxFields)
            {
                throw new JsonException($"more than {MaxFields} fields");
            }
        }

        throw new JsonException("the object does not end");
    }

    int WritePrefix(ReadOnlySpan<byte> under)
    {
        if (under.IsEmpty)
        {
            return 0;
        }

        Ensure(ref _name, under.Length + 1);
        under.CopyTo(_name);
        _name[under.Length] = (byte)'.';
        return under.Length + 1;
    }

    static void RequireEnd(ref Utf8JsonReader reader)
    {
        if (reader.Read())
        {
            throw new JsonException("something stands after the object");
        }
    }

    int WriteName(ref Utf8JsonReader reader, int prefix)
    {
        if (prefix + reader.ValueSpan.Length > MaxNameBytes)
        {
            throw new JsonException($"a name of more than {MaxNameBytes} bytes");
        }

        Ensure(ref _name, prefix + reader.ValueSpan.Length);
        return Copy(ref reader, _name.AsSpan(prefix));
    }

    ReadOnlySpan<byte> Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        Ensure(ref _text, reader.ValueSpan.Length);
        var length = Copy(ref reader, _text);
        return _text.AsSpan(0, length);
    }

    static int Copy(ref Utf8JsonReader reader, Span<byte> target)
    {
        try
        {
            return reader.CopyString(target);
        }
        catch (InvalidOperationException fault)
        {
            // A lone surrogate parses as JSON but is no text.
            throw new JsonException("a text holds half a surrogate pair", fault);
        }
    }

    static void Ensure(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length));
        }
    }
}
