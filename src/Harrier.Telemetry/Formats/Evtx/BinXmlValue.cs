using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Values of binary XML as text (UTF-8), as Windows' own XML shows them. Type numbers: [MS-EVEN6] 2.2.12, BinXmlVarType.</summary>
static class BinXmlValue
{
    public const byte Null = 0x00;
    public const byte Utf16 = 0x01;
    public const byte BinXml = 0x21;

    /// <summary>Flag of a type: an array of it.</summary>
    public const byte ArrayOf = 0x80;

    const byte Ansi = 0x02;
    const byte SidType = 0x13;

    /// <summary>Appends a value, elements of an array joined by ', '.</summary>
    /// <exception cref="EvtxException">It is not what its type says.</exception>
    public static void Append(
        ArrayBufferWriter<byte> text,
        SubstitutionValue value,
        ReadOnlySpan<byte> chunk
    )
    {
        var bytes = value.Bytes(chunk);
        if ((value.Type & ArrayOf) == 0)
        {
            One(text, value.Type, bytes, value.Offset);
            return;
        }

        var type = (byte)(value.Type & ~ArrayOf);
        while (true)
        {
            var length = ElementLength(type, bytes);
            if (length <= 0 || length > bytes.Length)
            {
                throw new EvtxException(
                    $"an array of type 0x{type:x2} ends inside an element",
                    value.Offset
                );
            }

            One(text, type, bytes[..length], value.Offset);
            bytes = bytes[length..];
            if (bytes.Length == 0)
            {
                return;
            }

            text.Write(", "u8);
        }
    }

    /// <summary>Bytes of the first text of an array: they end with a zero each.</summary>
    public static int TextLength(ReadOnlySpan<byte> utf16)
    {
        var zero = MemoryMarshal.Cast<byte, char>(utf16).IndexOf('\0');
        return zero < 0 ? utf16.Length : (zero + 1) * 2;
    }

    /// <summary>Text, without a zero at its end; what is no UTF-16 is replaced.</summary>
    public static void AppendUtf16(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> utf16)
    {
        var characters = MemoryMarshal.Cast<byte, char>(utf16);
        if (utf16.Length % 2 == 0 && characters is [.., '\0'])
        {
            characters = characters[..^1];
        }

        Utf8.FromUtf16(characters, text.GetSpan(characters.Length * 3 + 1), out _, out var written);
        text.Advance(written);
    }

    /// <summary>100 ns since 1601 as RFC 3339; nothing outside of what a calendar holds.</summary>
    public static void AppendFileTime(ArrayBufferWriter<byte> text, long fileTime)
    {
        if (fileTime is > 0 and < 2_650_467_743_999_999_999)
        {
            AppendFormatted(text, DateTime.FromFileTimeUtc(fileTime), "O");
        }
    }

    static int ElementLength(byte type, ReadOnlySpan<byte> bytes) =>
        type switch
        {
            Utf16 => TextLength(bytes),
            Ansi => bytes.IndexOf((byte)0) is var zero and >= 0 ? zero + 1 : bytes.Length,
            SidType => bytes.Length >= 2 ? 8 + bytes[1] * 4 : bytes.Length,
            _ => SizeOf(type),
        };

    static void One(ArrayBufferWriter<byte> text, byte type, ReadOnlySpan<byte> bytes, int offset)
    {
        if (bytes.Length < SizeOf(type))
        {
            throw new EvtxException(
                $"a value of type 0x{type:x2} with {bytes.Length} of {SizeOf(type)} bytes",
                offset
            );
        }

        switch (type)
        {
            case Utf16:
                AppendUtf16(text, bytes);
                break;
            case Ansi:
                AppendLatin1(text, bytes.TrimEnd((byte)0));
                break;
            case 0x03:
                AppendFormatted(text, unchecked((sbyte)bytes[0]));
                break;
            case 0x04:
                AppendFormatted(text, bytes[0]);
                break;
            case 0x05:
                AppendFormatted(text, BinaryPrimitives.ReadInt16LittleEndian(bytes));
                break;
            case 0x06:
                AppendFormatted(text, BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            case 0x07:
                AppendFormatted(text, BinaryPrimitives.ReadInt32LittleEndian(bytes));
                break;
            case 0x08:
                AppendFormatted(text, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                break;
            case 0x09:
                AppendFormatted(text, BinaryPrimitives.ReadInt64LittleEndian(bytes));
                break;
            case 0x0a:
                AppendFormatted(text, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
            case 0x0b:
                AppendFormatted(text, BinaryPrimitives.ReadSingleLittleEndian(bytes));
                break;
            case 0x0c:
                AppendFormatted(text, BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                break;
            case 0x0d:
                text.Write(
                    BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0 ? "false"u8 : "true"u8
                );
                break;
            case 0x0e:
                Convert.TryToHexString(bytes, text.GetSpan(bytes.Length * 2), out var digits);
                text.Advance(digits);
                break;
            case 0x0f:
                AppendGuid(text, new Guid(bytes[..16]));
                break;
            case 0x10:
                AppendHex(
                    text,
                    bytes.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                        : bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                        : 0
                );
                break;
            case 0x11:
                AppendFileTime(text, BinaryPrimitives.ReadInt64LittleEndian(bytes));
                break;
            case 0x12:
                AppendSystemTime(text, MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            case SidType:
                AppendSid(text, bytes, offset);
                break;
            case 0x14:
                AppendHex(text, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                break;
            case 0x15:
                AppendHex(text, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
            default:
                throw new EvtxException($"a value of unknown type 0x{type:x2}", offset);
        }
    }

    /// <summary>Bytes that a value has at least; 0 where the size varies.</summary>
    static int SizeOf(byte type) =>
        type switch
        {
            0x03 or 0x04 => 1,
            0x05 or 0x06 => 2,
            0x07 or 0x08 or 0x0b or 0x0d or 0x14 => 4,
            0x09 or 0x0a or 0x0c or 0x11 or 0x15 => 8,
            0x0f or 0x12 => 16,
            SidType => 8,
            _ => 0,
        };

    /// <summary>Numbers and times: none is longer than 64 bytes.</summary>
    static void AppendFormatted<T>(ArrayBufferWriter<byte> text, T value, string? format = null)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(text.GetSpan(64), out var written, format, CultureInfo.InvariantCulture);
        text.Advance(written);
    }

    static void AppendHex(ArrayBufferWriter<byte> text, ulong value)
    {
        var digits = (67 - BitOperations.LeadingZeroCount(value | 1)) / 4;
        var hex = text.GetSpan(2 + digits);
        hex[0] = (byte)'0';
        hex[1] = (byte)'x';
        for (var at = 1 + digits; at > 1; at--)
        {
            hex[at] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }

        text.Advance(2 + digits);
    }

    static void AppendLatin1(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> latin1)
    {
        foreach (var code in latin1)
        {
            text.Advance(new Rune(code).EncodeToUtf8(text.GetSpan(2)));
        }
    }

    static void AppendGuid(ArrayBufferWriter<byte> text, Guid guid)
    {
        var span = text.GetSpan(38);
        guid.TryFormat(span, out var written, "B");
        Ascii.ToUpperInPlace(span[..written], out _);
        text.Advance(written);
    }

    /// <summary>Year, month, day of week, day, hour, minute, second, millisecond ([MS-DTYP] 2.3.13).</summary>
    static void AppendSystemTime(ArrayBufferWriter<byte> text, ReadOnlySpan<ushort> parts)
    {
        Utf8.TryWrite(
            text.GetSpan(64),
            CultureInfo.InvariantCulture,
            $"{parts[0]:0000}-{parts[1]:00}-{parts[3]:00}T{parts[4]:00}:{parts[5]:00}:{parts[6]:00}.{parts[7]:000}Z",
            out var written
        );
        text.Advance(written);
    }

    /// <summary>S-revision-authority-sub-authorities ([MS-DTYP] 2.4.2).</summary>
    static void AppendSid(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> bytes, int offset)
    {
        var count = bytes[1];
        if (bytes.Length < 8 + count * 4)
        {
            throw new EvtxException($"a SID of {count} parts in {bytes.Length} bytes", offset);
        }

        var authority =
            (long)BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) << 32
            | BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        text.Write("S-"u8);
        AppendFormatted(text, bytes[0]);
        text.Write("-"u8);
        AppendFormatted(text, authority);
        for (var part = 0; part < count; part++)
        {
            text.Write("-"u8);
            AppendFormatted(text, BinaryPrimitives.ReadUInt32LittleEndian(bytes[(8 + part * 4)..]));
        }
    }
}
