using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>The first message of a TLS client or server (RFC 8446, 5246), with its JA3 or JA3S.</summary>
/// <remarks>JA3 after github.com/salesforce/ja3: version, ciphers, extensions, curves, point formats in decimal, without GREASE values, MD5.</remarks>
sealed record TlsHello(
    bool IsClient,
    int Version,
    IReadOnlyList<int> Ciphers,
    string ServerName,
    string Protocols,
    string Ja3
)
{
    const int Handshake = 22;
    const int MostRecords = 8;

    public static bool IsLikely(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 3 && bytes[0] == Handshake && bytes[1] == 3 && bytes[2] <= 4;

    /// <summary>False where the message is incomplete or none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TlsHello hello)
    {
        hello = null!;
        var message = Assemble(bytes);
        if (message.Length < 4 || message[0] is not (1 or 2))
        {
            return false;
        }

        var length = (message[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (length > message.Length - 4)
        {
            return false;
        }

        return TryRead(new Reader(message.Slice(4, length)), message[0] == 1, out hello);
    }

    /// <summary>The handshake's bytes without the heads of the records around them.</summary>
    static ReadOnlySpan<byte> Assemble(ReadOnlySpan<byte> bytes)
    {
        if (!IsLikely(bytes) || bytes.Length < 5)
        {
            return default;
        }

        int first = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        if (first <= bytes.Length - 5 && first >= 4)
        {
            var whole = (bytes[6] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[7..]);
            if (whole + 4 <= first)
            {
                return bytes.Slice(5, first);
            }
        }

        var message = new List<byte>();
        for (var record = 0; record < MostRecords && IsLikely(bytes) && bytes.Length >= 5; record++)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            message.AddRange(bytes.Slice(5, Math.Min(length, bytes.Length - 5)));
            bytes = bytes[Math.Min(bytes.Length, 5 + length)..];
        }

        return message.ToArray();
    }

    static bool TryRead(Reader reader, bool isClient, out TlsHello hello)
    {
        hello = null!;
        if (
            !reader.TryUInt16(out var version)
            || !reader.TrySkip(32)
            || !reader.TryBytes(1, out _)
            || !TryCiphers(ref reader, isClient, out var ciphers)
        )
        {
            return false;
        }

        var extensions = new List<int>();
        var curves = new List<int>();
        var formats = new List<int>();
        var serverName = "";
        var protocols = "";
        var chosen = version;
        if (reader.TryBytes(2, out var all))
        {
            var rest = new Reader(all);
            while (rest.TryUInt16(out var type) && rest.TryBytes(2, out var data))
            {
                extensions.Add(type);
                switch (type)
                {
                    case 0 when isClient && data.Length > 5:
                        var name = data[3..];
                        var length = BinaryPrimitives.ReadUInt16BigEndian(name);
                        serverName = Text(name[2..][..Math.Min(length, name.Length - 2)]);
                        break;
                    case 10 when data.Length > 2:
                        curves = Numbers(data[2..]);
                        break;
                    case 11 when data.Length > 1:
                        formats = [.. data[1..].ToArray().Select(format => (int)format)];
                        break;
                    case 16 when data.Length > 3:
                        protocols = Alpn(data[2..]);
                        break;
                    case 43 when !isClient && data.Length == 2:
                        chosen = BinaryPrimitives.ReadUInt16BigEndian(data);
                        break;
                    case 43 when isClient && data.Length > 2:
                        chosen = Numbers(data[1..])
                            .Where(offered => !IsGrease(offered) && offered < 0x7F00)
                            .DefaultIfEmpty(version)
                            .Max();
                        break;
                }
            }
        }

        var text = isClient
            ? $"{version},{List(ciphers)},{List(extensions)},{List(curves)},{List(formats)}"
            : $"{version},{List(ciphers)},{List(extensions)}";
        hello = new TlsHello(isClient, chosen, ciphers, serverName, protocols, Md5(text));
        return true;
    }

    static bool TryCiphers(ref Reader reader, bool isClient, out List<int> ciphers)
    {
        ciphers = [];
        if (isClient)
        {
            if (!reader.TryBytes(2, out var offered) || !reader.TryBytes(1, out _))
            {
                return false;
            }

            ciphers = Numbers(offered);
            return true;
        }

        if (!reader.TryUInt16(out var cipher) || !reader.TrySkip(1))
        {
            return false;
        }

        ciphers.Add(cipher);
        return true;
    }

    /// <summary>TLSv1.2 and the like, as Zeek writes them.</summary>
    public string VersionName =>
        Version switch
        {
            0x0300 => "SSLv3",
            0x0301 => "TLSv10",
            0x0302 => "TLSv11",
            0x0303 => "TLSv12",
            0x0304 => "TLSv13",
            _ => "0x" + Version.ToString("x4", CultureInfo.InvariantCulture),
        };

    static List<int> Numbers(ReadOnlySpan<byte> data)
    {
        var numbers = new List<int>();
        for (var at = 0; at + 2 <= data.Length; at += 2)
        {
            numbers.Add(BinaryPrimitives.ReadUInt16BigEndian(data[at..]));
        }

        return numbers;
    }

    static string Alpn(ReadOnlySpan<byte> data)
    {
        var names = new List<string>();
        var reader = new Reader(data);
        while (reader.TryBytes(1, out var name))
        {
            names.Add(Text(name));
        }

        return string.Join(';', names);
    }

    /// <summary>Printable ASCII; anything else is a question mark.</summary>
    static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var letter in bytes)
        {
            text.Append(letter is >= 0x20 and < 0x7F ? (char)letter : '?');
        }

        return text.ToString();
    }

    /// <summary>Values that say nothing, sent so that servers learn to bear them (RFC 8701).</summary>
    static bool IsGrease(int value) => (value & 0x0F0F) == 0x0A0A && (value >> 8) == (value & 0xFF);

    static string List(IEnumerable<int> values) =>
        string.Join('-', values.Where(value => !IsGrease(value)));

    static string Md5(string text) =>
#pragma warning disable CA5351 // JA3 is defined with MD5.
        Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(text)));
#pragma warning restore CA5351

    ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> _rest = bytes;

        public bool TrySkip(int count)
        {
            if (_rest.Length < count)
            {
                return false;
            }

            _rest = _rest[count..];
            return true;
        }

        public bool TryUInt16(out int value)
        {
            value = 0;
            if (_rest.Length < 2)
            {
                return false;
            }

            value = BinaryPrimitives.ReadUInt16BigEndian(_rest);
            _rest = _rest[2..];
            return true;
        }

        /// <summary>Bytes with their number before them, in one or two bytes.</summary>
        public bool TryBytes(int lengthBytes, out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            if (_rest.Length < lengthBytes)
            {
                return false;
            }

            var length = lengthBytes == 1 ? _rest[0] : BinaryPrimitives.ReadUInt16BigEndian(_rest);
            if (length > _rest.Length - lengthBytes)
            {
                return false;
            }

            bytes = _rest.Slice(lengthBytes, length);
            _rest = _rest[(lengthBytes + length)..];
            return true;
        }
    }
}
