using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Values as audit writes them: text in hexadecimal where it holds a space, a quote or no ASCII, and socket addresses.</summary>
static class AuditValue
{
    // The kernel writes capitals.
    static readonly SearchValues<byte> s_hexadecimal = SearchValues.Create("0123456789ABCDEF"u8);

    // The fields that libauparse's typetab.h calls escaped, and the data of terminals.
    static readonly FrozenSet<string> s_encoded = new[]
    {
        "acct",
        "cgroup",
        "cmd",
        "comm",
        "cwd",
        "data",
        "device",
        "dir",
        "exe",
        "file",
        "grp",
        "info",
        "invalid_context",
        "key",
        "name",
        "new-chardev",
        "new-disk",
        "new-fs",
        "new-net",
        "new-rng",
        "new_group",
        "ocomm",
        "old-chardev",
        "old-disk",
        "old-fs",
        "old-net",
        "old-rng",
        "path",
        "proctitle",
        "profile",
        "root_dir",
        "sw",
        "vm",
        "watch",
    }.ToFrozenSet();

    /// <summary>The value of a field; decoded where it is one that may be encoded, stands without quotes, and is.</summary>
    public static ReadOnlySpan<byte> Decode(string name, ReadOnlySpan<byte> value, bool isQuoted) =>
        isQuoted || !s_encoded.Contains(name) ? value
        : name == "key" ? WithSeparators(Decode(value), 0x01, (byte)',')
        : name is "proctitle" or "cmd"
            ? WithSeparators(Decode(value).TrimEnd((byte)0), 0x00, (byte)' ')
        : Decode(value);

    /// <summary>Text of a value without quotes; the value itself where it is no encoded text.</summary>
    /// <remarks>
    /// Only text with a byte below 0x21, above 0x7E or a quote is ever encoded (<c>audit_string_contains_control</c> of the kernel): where no
    /// such byte comes out, the value is a plain word of hexadecimal letters.
    /// </remarks>
    public static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> value)
    {
        if (!IsHexadecimal(value))
        {
            return value;
        }

        // A number of a user stands without quotes too.
        var isNumber =
            value.Length <= 10 && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        var text = Bytes(value);
        var isEncoded = text.AsSpan().IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) >= 0;
        return isNumber || !(isEncoded || text.Contains((byte)'"'))
            ? value
            : LineReader.AsUtf8(text);
    }

    /// <summary>Adds what a <c>sockaddr</c> in hexadecimal says: family, address and port, or path.</summary>
    public static void AddAddress(Record record, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4 || !IsHexadecimal(value))
        {
            return;
        }

        ReadOnlySpan<byte> address = Bytes(value);
        // The family is in the machine's order; all families that are logged are below 256.
        var family = address[0] | address[1];
        var name = family switch
        {
            0 => "unspec",
            1 => "unix",
            2 => "inet",
            10 => "inet6",
            16 => "netlink",
            17 => "packet",
            38 => "alg",
            40 => "vsock",
            _ => family.ToString(CultureInfo.InvariantCulture),
        };
        record.Add("saddr_family"u8, Encoding.ASCII.GetBytes(name));
        switch (family)
        {
            case 1:
                AddPath(record, address[2..]);
                break;
            case 2 when address.Length >= 8:
                AddEndpoint(record, address[4..8], address[2..4]);
                break;
            case 10 when address.Length >= 24:
                AddEndpoint(record, address[8..24], address[2..4]);
                break;
            default:
                break;
        }
    }

    static void AddEndpoint(Record record, ReadOnlySpan<byte> address, ReadOnlySpan<byte> port)
    {
        record.Add("saddr_ip"u8, Encoding.ASCII.GetBytes(new IPAddress(address).ToString()));
        record.Add(
            "saddr_port"u8,
            Encoding.ASCII.GetBytes(
                ((port[0] << 8) | port[1]).ToString(CultureInfo.InvariantCulture)
            )
        );
    }

    /// <summary>A path ends with a zero; one that begins with a zero is a name of the abstract space, written with '@'.</summary>
    static void AddPath(Record record, ReadOnlySpan<byte> path)
    {
        var isAbstract = path.Length > 1 && path[0] == 0;
        var rest = isAbstract ? path[1..] : path;
        var end = rest.IndexOf((byte)0);
        rest = end < 0 ? rest : rest[..end];
        if (!rest.IsEmpty)
        {
            record.Add("saddr_path"u8, LineReader.AsUtf8(isAbstract ? [(byte)'@', .. rest] : rest));
        }
    }

    public static bool IsHexadecimal(ReadOnlySpan<byte> value) =>
        value.Length > 0 && value.Length % 2 == 0 && value.IndexOfAnyExcept(s_hexadecimal) < 0;

    public static byte[] Bytes(ReadOnlySpan<byte> hexadecimal)
    {
        var bytes = new byte[hexadecimal.Length / 2];
        Convert.FromHexString(hexadecimal, bytes, out _, out _);
        return bytes;
    }

    static ReadOnlySpan<byte> WithSeparators(ReadOnlySpan<byte> text, byte old, byte separator)
    {
        if (!text.Contains(old))
        {
            return text;
        }

        var copy = text.ToArray();
        copy.AsSpan().Replace(old, separator);
        return copy;
    }
}
