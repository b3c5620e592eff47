using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>The slow reference of <see cref="BinXmlValue"/>: values of binary XML as text, as Windows' own XML shows them. Type numbers: [MS-EVEN6] 2.2.12, BinXmlVarType.</summary>
static class SlowBinXmlValue
{
    const int ArrayFlag = 0x80;

    /// <param name="record">Takes the texts of an array, each as a field; null in an attribute, where they are joined.</param>
    public static void Append(
        FieldPath path,
        byte type,
        ReadOnlySpan<byte> bytes,
        int offset,
        Record? record
    )
    {
        if ((type & ArrayFlag) == 0)
        {
            One(path, type, bytes, offset);
            return;
        }

        var element = (byte)(type & ~ArrayFlag);
        var separator = false;
        while (bytes.Length > 0)
        {
            var length = element switch
            {
                // Strings of an array end with a zero each.
                0x01 => StringLength(bytes),
                0x02 => bytes.IndexOf((byte)0) is var zero and >= 0 ? zero + 1 : bytes.Length,
                0x13 => bytes.Length >= 2 ? 8 + bytes[1] * 4 : bytes.Length,
                _ => SizeOf(element),
            };
            if (length <= 0 || length > bytes.Length)
            {
                throw new EvtxException(
                    $"an array of type 0x{element:x2} ends inside an element",
                    offset
                );
            }

            if (separator && element == 0x01 && record is not null)
            {
                path.NextOfArray(record);
            }
            else if (separator)
            {
                path.Append(", ");
            }

            One(path, element, bytes[..length], offset);
            separator = true;
            bytes = bytes[length..];
        }
    }

    public static void AddFileTime(Record record, ReadOnlySpan<byte> name, long fileTime)
    {
        if (FileTime(fileTime) is { } text)
        {
            record.Add(name, Encoding.ASCII.GetBytes(text));
        }
    }

    static void One(FieldPath path, byte type, ReadOnlySpan<byte> bytes, int offset)
    {
        var size = SizeOf(type);
        if (size > 0 && bytes.Length < size)
        {
            throw new EvtxException(
                $"a value of type 0x{type:x2} with {bytes.Length} of {size} bytes",
                offset
            );
        }

        switch (type)
        {
            case 0x01:
                // Of an odd count of bytes the last is no character.
                var characters = bytes[..(bytes.Length & ~1)];
                path.AppendUtf16(
                    bytes.Length == characters.Length && characters is [.., 0, 0]
                        ? characters[..^2]
                        : characters
                );
                break;
            case 0x02:
                path.Append(Encoding.Latin1.GetString(bytes.TrimEnd((byte)0)));
                break;
            case 0x03:
                path.Append(Number(unchecked((sbyte)bytes[0])));
                break;
            case 0x04:
                path.Append(Number(bytes[0]));
                break;
            case 0x05:
                path.Append(Number(BinaryPrimitives.ReadInt16LittleEndian(bytes)));
                break;
            case 0x06:
                path.Append(Number(BinaryPrimitives.ReadUInt16LittleEndian(bytes)));
                break;
            case 0x07:
                path.Append(Number(BinaryPrimitives.ReadInt32LittleEndian(bytes)));
                break;
            case 0x08:
                path.Append(Number(BinaryPrimitives.ReadUInt32LittleEndian(bytes)));
                break;
            case 0x09:
                path.Append(Number(BinaryPrimitives.ReadInt64LittleEndian(bytes)));
                break;
            case 0x0a:
                path.Append(
                    BinaryPrimitives
                        .ReadUInt64LittleEndian(bytes)
                        .ToString(CultureInfo.InvariantCulture)
                );
                break;
            case 0x0b:
                path.Append(
                    BinaryPrimitives
                        .ReadSingleLittleEndian(bytes)
                        .ToString(CultureInfo.InvariantCulture)
                );
                break;
            case 0x0c:
                path.Append(
                    BinaryPrimitives
                        .ReadDoubleLittleEndian(bytes)
                        .ToString(CultureInfo.InvariantCulture)
                );
                break;
            case 0x0d:
                path.Append(BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0 ? "false" : "true");
                break;
            case 0x0e:
                path.Append(Convert.ToHexString(bytes));
                break;
            case 0x0f:
                path.Append("{" + new Guid(bytes[..16]).ToString("D").ToUpperInvariant() + "}");
                break;
            case 0x10:
                path.Append(
                    "0x"
                        + (
                            bytes.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                            : bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                            : 0
                        ).ToString("x", CultureInfo.InvariantCulture)
                );
                break;
            case 0x11:
                path.Append(FileTime(BinaryPrimitives.ReadInt64LittleEndian(bytes)) ?? "");
                break;
            case 0x12:
                path.Append(SystemTime(bytes));
                break;
            case 0x13:
                path.Append(Sid(bytes, offset));
                break;
            case 0x14:
                path.Append(
                    "0x"
                        + BinaryPrimitives
                            .ReadUInt32LittleEndian(bytes)
                            .ToString("x", CultureInfo.InvariantCulture)
                );
                break;
            case 0x15:
                path.Append(
                    "0x"
                        + BinaryPrimitives
                            .ReadUInt64LittleEndian(bytes)
                            .ToString("x", CultureInfo.InvariantCulture)
                );
                break;
            default:
                throw new EvtxException($"a value of unknown type 0x{type:x2}", offset);
        }
    }

    /// <summary>Bytes of a value of fixed size; 0 where the size varies.</summary>
    static int SizeOf(byte type) =>
        type switch
        {
            0x03 or 0x04 => 1,
            0x05 or 0x06 => 2,
            0x07 or 0x08 or 0x0b or 0x0d or 0x14 => 4,
            0x09 or 0x0a or 0x0c or 0x11 or 0x15 => 8,
            0x0f or 0x12 => 16,
            0x13 => 8,
            _ => 0,
        };

    static int StringLength(ReadOnlySpan<byte> bytes)
    {
        var characters = MemoryMarshal.Cast<byte, char>(bytes[..(bytes.Length & ~1)]);
        var zero = characters.IndexOf('\0');
        return zero < 0 ? bytes.Length : (zero + 1) * 2;
    }

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>100 ns since 1601 as RFC 3339; null outside of what a calendar holds.</summary>
    static string? FileTime(long fileTime) =>
        fileTime is > 0 and < 2_650_467_743_999_999_999
            ? DateTime
                .FromFileTimeUtc(fileTime)
                .ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)
            : null;

    static string SystemTime(ReadOnlySpan<byte> bytes)
    {
        ushort Part(ReadOnlySpan<byte> from, int index) =>
            BinaryPrimitives.ReadUInt16LittleEndian(from[(index * 2)..]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Part(bytes, 0):0000}-{Part(bytes, 1):00}-{Part(bytes, 3):00}T{Part(bytes, 4):00}:{Part(bytes, 5):00}:{Part(bytes, 6):00}.{Part(bytes, 7):000}Z"
        );
    }

    /// <summary>S-revision-authority-sub-authorities ([MS-DTYP] 2.4.2).</summary>
    static string Sid(ReadOnlySpan<byte> bytes, int offset)
    {
        var count = bytes[1];
        if (bytes.Length < 8 + count * 4)
        {
            throw new EvtxException($"a SID of {count} parts in {bytes.Length} bytes", offset);
        }

        var authority =
            (long)BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) << 32
            | BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var text = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"S-{bytes[0]}-{authority}"
        );
        for (var part = 0; part < count; part++)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"-{BinaryPrimitives.ReadUInt32LittleEndian(bytes[(8 + part * 4)..])}"
            );
        }

        return text.ToString();
    }
}
