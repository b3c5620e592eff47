using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Formats.Parquet;

/// <summary>Puts the columns of a row group together to records: groups flattened with dots, lists and maps as JSON.</summary>
sealed class ParquetRows(ParquetNode root, ParquetColumnReader[] columns)
{
    const int MaxJsonBytes = 16 << 20;

    /// <summary>A longer value is cut; one byte more than a column keeps tells the mapper so.</summary>
    const int MaxValueBytes = EventMapper.MaxValueBytes + 1;

    static readonly JsonWriterOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    readonly ArrayBufferWriter<byte> _buffer = new();
    readonly byte[] _text = new byte[128];

    /// <summary>Adds the next row's fields.</summary>
    /// <exception cref="InvalidDataException">The columns don't fit together.</exception>
    public void Read(Record record)
    {
        foreach (var child in root.Children)
        {
            Add(child, child.Name, record);
        }
    }

    void Add(ParquetNode node, string name, Record record)
    {
        var first = First(node);
        if (node.IsRepeated || node.IsList || node.IsMap)
        {
            AddJson(node, name, record, first);
        }
        else if (node.IsOptional && first.Definition < node.MaxDefinition)
        {
            SkipAll(node);
        }
        else if (node.IsLeaf)
        {
            var value = Text(node, first.Take(), out var kind);
            record.Add(Encoding.UTF8.GetBytes(name), Cut(value), kind);
        }
        else
        {
            foreach (var child in node.Children)
            {
                Add(child, $"{name}.{child.Name}", record);
            }
        }
    }

    void AddJson(ParquetNode node, string name, Record record, ParquetColumnReader first)
    {
        // Empty and absent lists are no field.
        if (first.Definition < node.MaxDefinition)
        {
            SkipAll(node);
            return;
        }

        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer, s_json))
        {
            Write(node, writer);
        }

        record.Add(Encoding.UTF8.GetBytes(name), _buffer.WrittenSpan, FieldKind.Json);
    }

    void Write(ParquetNode node, Utf8JsonWriter writer)
    {
        if (!node.IsRepeated)
        {
            WriteOne(node, writer);
            return;
        }

        writer.WriteStartArray();
        WriteItems(node, () => WriteOne(node, writer), writer);
        writer.WriteEndArray();
    }

    /// <summary>The items of a repeated node, until an entry begins another list.</summary>
    void WriteItems(ParquetNode node, Action writeItem, Utf8JsonWriter writer)
    {
        var first = First(node);
        if (first.Definition < node.MaxDefinition)
        {
            SkipAll(node);
            return;
        }

        do
        {
            writeItem();
            if (writer.BytesCommitted + writer.BytesPending > MaxJsonBytes)
            {
                throw new InvalidDataException($"a list of more than {MaxJsonBytes >> 20} MiB");
            }
        } while (first.Peek() && first.Repetition >= node.MaxRepetition);
    }

    void WriteOne(ParquetNode node, Utf8JsonWriter writer)
    {
        var first = First(node);
        if (first.Definition < node.MaxDefinition)
        {
            SkipAll(node);
            writer.WriteNullValue();
        }
        else if (node.IsLeaf)
        {
            WriteValue(node, first.Take(), writer);
        }
        else if (node is { IsList: true, Children: [{ IsRepeated: true } items] })
        {
            // The usual three levels: the list, its repeated group, and the element in it.
            var element = items is { Children: [var only] } ? only : null;
            writer.WriteStartArray();
            WriteItems(
                items,
                () =>
                {
                    if (element is null)
                    {
                        WriteOne(items, writer);
                    }
                    else
                    {
                        Write(element, writer);
                    }
                },
                writer
            );
            writer.WriteEndArray();
        }
        else if (
            node is
            {
                IsMap: true,
                Children: [{ IsRepeated: true, Children: [{ IsLeaf: true } key, var value] } pairs]
            }
        )
        {
            writer.WriteStartObject();
            WriteItems(
                pairs,
                () =>
                {
                    writer.WritePropertyName(Valid(Text(key, First(key).Take(), out _)));
                    Write(value, writer);
                },
                writer
            );
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartObject();
            foreach (var child in node.Children)
            {
                writer.WritePropertyName(child.Name);
                Write(child, writer);
            }

            writer.WriteEndObject();
        }
    }

    void WriteValue(ParquetNode leaf, ReadOnlySpan<byte> raw, Utf8JsonWriter writer)
    {
        var text = Text(leaf, raw, out var kind);
        if (kind == FieldKind.Text)
        {
            writer.WriteStringValue(Valid(Cut(text)));
        }
        else
        {
            writer.WriteRawValue(text, skipInputValidation: true);
        }
    }

    ParquetColumnReader First(ParquetNode node)
    {
        var first = columns[node.FirstLeaf];
        return first.Peek()
            ? first
            : throw new InvalidDataException("a column that ends before the others");
    }

    void SkipAll(ParquetNode node)
    {
        for (var leaf = node.FirstLeaf; leaf < node.FirstLeaf + node.Leaves; leaf++)
        {
            columns[leaf].Skip();
        }
    }

    static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> value) =>
        value.Length > MaxValueBytes ? value[..MaxValueBytes] : value;

    static ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> value) =>
        System.Text.Unicode.Utf8.IsValid(value)
            ? value
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value));

    /// <summary>A value as text, and how JSON writes it.</summary>
    ReadOnlySpan<byte> Text(ParquetNode leaf, ReadOnlySpan<byte> raw, out FieldKind kind)
    {
        kind = FieldKind.Number;
        switch (leaf.Type)
        {
            case ParquetType.Boolean:
                kind = FieldKind.Literal;
                return raw[0] == 0 ? "false"u8 : "true"u8;
            case ParquetType.Int32:
                return Whole(leaf, BinaryPrimitives.ReadInt32LittleEndian(raw), 32, out kind);
            case ParquetType.Int64:
                return Whole(leaf, BinaryPrimitives.ReadInt64LittleEndian(raw), 64, out kind);
            case ParquetType.Int96:
                // Nanoseconds of the day and the Julian day, as Hive and Spark write times.
                var day = BinaryPrimitives.ReadInt32LittleEndian(raw[8..]) - 2_440_588L;
                return Time(
                    day * 86_400_000_000 + BinaryPrimitives.ReadInt64LittleEndian(raw) / 1000,
                    isUtc: true,
                    out kind
                );
            case ParquetType.Float:
                return Fraction(BinaryPrimitives.ReadSingleLittleEndian(raw), out kind);
            case ParquetType.Double:
                return Fraction(BinaryPrimitives.ReadDoubleLittleEndian(raw), out kind);
            default:
                return Bytes(leaf, raw, out kind);
        }
    }

    ReadOnlySpan<byte> Whole(ParquetNode leaf, long value, int bits, out FieldKind kind)
    {
        kind = FieldKind.Number;
        switch (leaf.Meaning)
        {
            case ParquetMeaning.TimestampMillis when Math.Abs(value) < long.MaxValue / 1000:
                return Time(value * 1000, leaf.IsUtc, out kind);
            case ParquetMeaning.TimestampMicros:
                return Time(value, leaf.IsUtc, out kind);
            case ParquetMeaning.TimestampNanos:
                return Time(value / 1000, leaf.IsUtc, out kind);
            case ParquetMeaning.Date when value is > -719_162 and < 2_932_896:
                kind = FieldKind.Text;
                return Ascii(
                    DateOnly
                        .FromDayNumber((int)value + 719_162)
                        .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                );
            case ParquetMeaning.Decimal:
                return Scaled(value, leaf.Scale);
            case ParquetMeaning.Unsigned:
                return Ascii(
                    (bits == 32 ? unchecked((uint)value) : unchecked((ulong)value)).ToString(
                        CultureInfo.InvariantCulture
                    )
                );
            default:
                return Ascii(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    ReadOnlySpan<byte> Time(long microseconds, bool isUtc, out FieldKind kind)
    {
        var ticks = (decimal)microseconds * 10 + DateTime.UnixEpoch.Ticks;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            kind = FieldKind.Number;
            return Ascii(microseconds.ToString(CultureInfo.InvariantCulture));
        }

        kind = FieldKind.Text;
        return Ascii(
            new DateTime((long)ticks).ToString(
                isUtc ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff",
                CultureInfo.InvariantCulture
            )
        );
    }

    ReadOnlySpan<byte> Fraction(double value, out FieldKind kind)
    {
        kind = double.IsFinite(value) ? FieldKind.Number : FieldKind.Text;
        return Ascii(value.ToString("R", CultureInfo.InvariantCulture));
    }

    ReadOnlySpan<byte> Bytes(ParquetNode leaf, ReadOnlySpan<byte> raw, out FieldKind kind)
    {
        kind = FieldKind.Text;
        if (leaf.Meaning == ParquetMeaning.Decimal && raw.Length is > 0 and <= 32)
        {
            kind = FieldKind.Number;
            return Scaled(new BigInteger(raw, isBigEndian: true), leaf.Scale);
        }

        if (leaf.Meaning == ParquetMeaning.Uuid && raw.Length == 16)
        {
            return Ascii(new Guid(raw, bigEndian: true).ToString());
        }

        // Without a word of the schema, bytes that are text are text.
        return leaf.Meaning == ParquetMeaning.Text || System.Text.Unicode.Utf8.IsValid(raw)
            ? raw
            : Encoding.ASCII.GetBytes(Convert.ToHexString(Cut(raw)));
    }

    ReadOnlySpan<byte> Scaled(BigInteger value, int scale)
    {
        if (scale == 0)
        {
            return Ascii(value.ToString(CultureInfo.InvariantCulture));
        }

        var digits = BigInteger
            .Abs(value)
            .ToString(CultureInfo.InvariantCulture)
            .PadLeft(scale + 1, '0');
        return Encoding.ASCII.GetBytes(
            $"{(value.Sign < 0 ? "-" : "")}{digits[..^scale]}.{digits[^scale..]}"
        );
    }

    ReadOnlySpan<byte> Ascii(string text)
    {
        if (text.Length > _text.Length)
        {
            return Encoding.ASCII.GetBytes(text);
        }

        var length = Encoding.ASCII.GetBytes(text, _text);
        return _text.AsSpan(0, length);
    }
}
