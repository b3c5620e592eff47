using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Harrier.Telemetry.Formats.Pcap;

/// <summary>The question of a DNS message, and the answers it holds (RFC 1035; mDNS and LLMNR write alike).</summary>
/// <remarks>Pointers in names are followed at most <see cref="MostPointers"/> times and only backwards; names have at most 255 bytes, answers are at most <see cref="MostAnswers"/>.</remarks>
sealed record DnsMessage(
    ushort Id,
    bool IsResponse,
    string Query,
    string QueryType,
    string ResponseCode,
    string Answers
)
{
    const int MostPointers = 32;
    const int MostAnswers = 64;

    static readonly Dictionary<int, string> s_types = new()
    {
        [1] = "A",
        [2] = "NS",
        [5] = "CNAME",
        [6] = "SOA",
        [10] = "NULL",
        [12] = "PTR",
        [15] = "MX",
        [16] = "TXT",
        [28] = "AAAA",
        [33] = "SRV",
        [35] = "NAPTR",
        [41] = "OPT",
        [43] = "DS",
        [46] = "RRSIG",
        [48] = "DNSKEY",
        [64] = "SVCB",
        [65] = "HTTPS",
        [251] = "IXFR",
        [252] = "AXFR",
        [255] = "ANY",
    };

    static readonly string[] s_codes =
    [
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE",
    ];

    /// <summary>False for what is no message with a question.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out DnsMessage message)
    {
        message = null!;
        if (bytes.Length < 12)
        {
            return false;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        var questions = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        var at = 12;
        // Opcodes from 6 on are not given out, nor is the bit between the flags.
        if (
            questions is < 1 or > 16
            || ((flags >> 11) & 0xF) > 6
            || !TryName(bytes, ref at, out var query)
            || at + 4 > bytes.Length
        )
        {
            return false;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        at += 4;
        for (var more = 1; more < questions; more++)
        {
            if (!TryName(bytes, ref at, out _) || at + 4 > bytes.Length)
            {
                return false;
            }

            at += 4;
        }

        var isResponse = (flags & 0x8000) != 0;
        var code = flags & 0xF;
        message = new DnsMessage(
            BinaryPrimitives.ReadUInt16BigEndian(bytes),
            isResponse,
            query,
            TypeName(type),
            !isResponse ? ""
                : code < s_codes.Length ? s_codes[code]
                : code.ToString(CultureInfo.InvariantCulture),
            isResponse ? ReadAnswers(bytes, at, answers) : ""
        );
        return true;
    }

    static string ReadAnswers(ReadOnlySpan<byte> bytes, int at, int count)
    {
        var texts = new List<string>();
        for (var answer = 0; answer < Math.Min(count, MostAnswers); answer++)
        {
            if (!TryName(bytes, ref at, out _) || at + 10 > bytes.Length)
            {
                break;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
            at += 10;
            if (at + length > bytes.Length)
            {
                break;
            }

            texts.Add(Data(bytes, at, length, type));
            at += length;
        }

        return string.Join(';', texts);
    }

    static string Data(ReadOnlySpan<byte> bytes, int at, int length, int type)
    {
        var name =
            at
            + (
                type == 15 ? 2
                : type == 33 ? 6
                : 0
            );
        return type switch
        {
            1 when length == 4 => new IPAddress(bytes.Slice(at, 4)).ToString(),
            28 when length == 16 => new IPAddress(bytes.Slice(at, 16)).ToString(),
            2
            or 5
            or 12
            or 15
            or 33 when name < at + length && TryName(bytes, ref name, out var target) => target,
            16 => Texts(bytes.Slice(at, length)),
            _ => TypeName(type),
        };
    }

    static string Texts(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder();
        while (!data.IsEmpty)
        {
            var length = Math.Min(data[0], data.Length - 1);
            Append(text, data.Slice(1, length), isName: false);
            data = data[(1 + length)..];
        }

        return text.ToString();
    }

    static bool TryName(ReadOnlySpan<byte> bytes, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        var place = at;
        var isJumped = false;
        var pointers = 0;
        var total = 0;
        while (place < bytes.Length)
        {
            var length = bytes[place];
            if (length == 0)
            {
                at = isJumped ? at : place + 1;
                name = text.Length == 0 ? "." : text.ToString();
                return true;
            }

            if (length >= 0xC0)
            {
                if (place + 2 > bytes.Length || ++pointers > MostPointers)
                {
                    return false;
                }

                var target = BinaryPrimitives.ReadUInt16BigEndian(bytes[place..]) & 0x3FFF;
                at = isJumped ? at : place + 2;
                isJumped = true;
                // Only backwards, so that no circle is possible.
                if (target >= place)
                {
                    return false;
                }

                place = target;
                continue;
            }

            total += length + 1;
            if (length > 63 || place + 1 + length > bytes.Length || total > 255)
            {
                return false;
            }

            text.Append(text.Length > 0 ? "." : "");
            Append(text, bytes.Slice(place + 1, length), isName: true);
            place += 1 + length;
        }

        return false;
    }

    /// <summary>Printable ASCII as it is, the rest as <c>\DDD</c> (RFC 4343); so is a point inside a label.</summary>
    static void Append(StringBuilder text, ReadOnlySpan<byte> bytes, bool isName)
    {
        foreach (var letter in bytes)
        {
            if (
                letter is >= 0x20 and < 0x7F
                && letter != '\\'
                && !(isName && letter is (byte)'.' or (byte)' ')
            )
            {
                text.Append((char)letter);
            }
            else
            {
                text.Append('\\').Append(letter.ToString("000", CultureInfo.InvariantCulture));
            }
        }
    }

    static string TypeName(int type) =>
        s_types.TryGetValue(type, out var name)
            ? name
            : "TYPE" + type.ToString(CultureInfo.InvariantCulture);
}
