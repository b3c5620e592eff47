using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of Cisco's firewalls (ASA, FTD, FWSM, PIX), which carry <c>%ASA-6-302013:</c> before their text.</summary>
/// <remarks>
/// A connection's end does not say who opened it; the line of its beginning does, and is remembered by the connection's number
/// (<see cref="RememberedConnections"/> at least). <c>src</c> is who opened it; where that is unknown, the address named first.
/// </remarks>
sealed class CiscoMessages : ISyslogMessages
{
    /// <summary>Connections remembered at least; twice as many at most.</summary>
    internal const int RememberedConnections = 100_000;

    HashSet<string> _young = new(StringComparer.Ordinal);
    HashSet<string> _old = new(StringComparer.Ordinal);

    // As few as there are templates.
    readonly Dictionary<RecordShape, RecordShape> _turned = [];

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var text = head.Text;
        var percent = text.IndexOf((byte)'%');
        // Before it a device's name may stand, and a colon.
        if (percent is < 0 or > 128 || !TryTag(text[(percent + 1)..], out var tag, out var message))
        {
            return false;
        }

        record.Add("log"u8, "cisco-asa"u8);
        record.Add("product"u8, tag.Product);
        record.Add("level"u8, tag.Level);
        record.Add("message_id"u8, tag.Number);
        if (!Fields.TryInt(tag.Number, out var number))
        {
            return true;
        }

        if (number is >= 430001 and <= 430005)
        {
            AddPairs(record, message);
            record.Add("event"u8, "ftd"u8);
        }
        else if (CiscoTemplates.TryAdd(record, number, message))
        {
            if (number is >= 302013 and <= 302018 or 302020 or 302021)
            {
                Turn(record, Encoding.UTF8.GetString(head.Host));
            }
        }

        return true;
    }

    /// <summary><c>ASA-6-302013: </c> or <c>ASA-session-5-106100: </c>; the colon may be missing.</summary>
    static bool TryTag(ReadOnlySpan<byte> text, out CiscoTag tag, out ReadOnlySpan<byte> message)
    {
        tag = default;
        message = default;
        var end = text.IndexOfAny((byte)':', (byte)' ');
        if (end is < 12 or > 40)
        {
            return false;
        }

        var rest = text[..end];
        var product = Fields.Cut(ref rest, (byte)'-');
        if (
            !product.SequenceEqual("ASA"u8)
            && !product.SequenceEqual("FTD"u8)
            && !product.SequenceEqual("FWSM"u8)
            && !product.SequenceEqual("PIX"u8)
        )
        {
            return false;
        }

        var last = rest.LastIndexOf((byte)'-');
        if (last < 1)
        {
            return false;
        }

        tag.Product = product;
        tag.Number = rest[(last + 1)..];
        tag.Level = rest[..last][^1..];
        message = text[(end + 1)..].Trim((byte)' ');
        return tag.Level[0] is >= (byte)'0' and <= (byte)'8' && tag.Number.Length == 6;
    }

    /// <summary>
    /// Puts who opened the connection first. 'outbound' means that the second address did; an end is turned as its beginning was.
    /// </summary>
    void Turn(Record record, string host)
    {
        record.TryGet("connection"u8, out var connection);
        record.TryGet("direction"u8, out var direction);
        var key = Key(record, host, connection);
        var isOutbound = direction.SequenceEqual("outbound"u8);
        if (isOutbound)
        {
            Remember(key);
        }
        else if (direction.IsEmpty && (_young.Remove(key) | _old.Remove(key)))
        {
            isOutbound = true;
        }

        if (!isOutbound)
        {
            return;
        }

        record.Rename(Turned(record));
    }

    /// <summary>The record's names with source and destination exchanged.</summary>
    RecordShape Turned(Record record)
    {
        if (!_turned.TryGetValue(record.Shape, out var turned))
        {
            turned = record.ShapeOf(
                Enumerable
                    .Range(0, record.Count)
                    .Select(field => TurnedName(Encoding.UTF8.GetString(record.Name(field))))
            );
            _turned.Add(record.Shape, turned);
        }

        return turned;
    }

    static byte[] TurnedName(string name) =>
        Encoding.UTF8.GetBytes(
            name.StartsWith("src_", StringComparison.Ordinal) ? "dst_" + name[4..]
            : name.StartsWith("dst_", StringComparison.Ordinal) ? "src_" + name[4..]
            : name
        );

    static string Key(Record record, string host, ReadOnlySpan<byte> connection)
    {
        if (!connection.IsEmpty)
        {
            return host + "/" + Encoding.UTF8.GetString(connection);
        }

        record.TryGet("src_ip"u8, out var one);
        record.TryGet("dst_ip"u8, out var other);
        record.TryGet("dst_port"u8, out var id);
        return $"{host}/{Encoding.UTF8.GetString(one)}/{Encoding.UTF8.GetString(other)}/{Encoding.UTF8.GetString(id)}";
    }

    void Remember(string key)
    {
        if (_young.Count >= RememberedConnections)
        {
            _old = _young;
            _young = new(StringComparer.Ordinal);
        }

        _young.Add(key);
    }

    /// <summary>Connection, intrusion and file events of FTD: <c>SrcIP: 10.0.0.1, DstIP: 192.0.2.1, Protocol: tcp</c>.</summary>
    static void AddPairs(Record record, ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            var colon = rest.IndexOf(": "u8);
            if (colon < 0)
            {
                return;
            }

            var name = rest[..colon];
            rest = rest[(colon + 2)..];
            var end = NextPair(rest);
            record.Add(name, rest[..end]);
            rest = end + 2 <= rest.Length ? rest[(end + 2)..] : default;
        }
    }

    /// <summary>Where the value ends: before ', Name: '. A comma alone may be of the value.</summary>
    static int NextPair(ReadOnlySpan<byte> rest)
    {
        var at = 0;
        while (rest[at..].IndexOf(", "u8) is var comma and >= 0)
        {
            at += comma;
            var name = rest[(at + 2)..];
            var length = 0;
            while (
                length < name.Length
                && (char.IsAsciiLetterOrDigit((char)name[length]) || name[length] == '_')
            )
            {
                length++;
            }

            if (length > 0 && name[length..].StartsWith(": "u8))
            {
                return at;
            }

            at += 2;
        }

        return rest.Length;
    }

    ref struct CiscoTag
    {
        public ReadOnlySpan<byte> Product;
        public ReadOnlySpan<byte> Level;
        public ReadOnlySpan<byte> Number;
    }
}
