using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Alerts of Snort and Suricata in one line: in syslog <c>[1:366:11] PROTOCOL-ICMP PING [Classification: Misc activity] [Priority: 3] {ICMP} 10.0.0.1 -> 10.0.0.2</c>,
/// in files of their own with a time and <c>[**]</c> around the text .
/// </summary>
sealed class SnortMessages : ISyslogMessages
{
    public bool TryAdd(Record record, in SyslogHead head) =>
        (head.Program.StartsWith("snort"u8) || head.Program.StartsWith("suricata"u8))
        && TryAlert(record, head.Message);

    /// <summary>Adds the parts of an alert; false where the text is none.</summary>
    public static bool TryAlert(Record record, ReadOnlySpan<byte> text)
    {
        var start = text.IndexOf((byte)'[');
        while (start >= 0 && !IsSignature(text[(start + 1)..]))
        {
            var next = text[(start + 1)..].IndexOf((byte)'[');
            start = next < 0 ? -1 : start + 1 + next;
        }

        var brace = text.LastIndexOf(" {"u8);
        if (start < 0 || brace < start)
        {
            return false;
        }

        if (text[..start].IndexOf("Drop]"u8) >= 0)
        {
            record.Add("action"u8, "drop"u8);
        }

        var rest = text[(start + 1)..brace];
        var signature = Fields.Cut(ref rest, (byte)']');
        record.Add("log"u8, "snort"u8);
        record.Add("generator"u8, Fields.Cut(ref signature, (byte)':'));
        record.Add("signature_id"u8, Fields.Cut(ref signature, (byte)':'));
        record.Add("revision"u8, signature);
        AddText(record, rest);
        var ends = text[(brace + 2)..];
        record.Add("protocol"u8, Fields.Cut(ref ends, (byte)'}'));
        AddEnds(record, ends);
        return true;
    }

    /// <summary><c>1:2003068:6]</c>.</summary>
    static bool IsSignature(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)']');
        return end is >= 5 and <= 40
            && text[..end].Count((byte)':') == 2
            && char.IsAsciiDigit((char)text[0])
            && char.IsAsciiDigit((char)text[end - 1]);
    }

    /// <summary>The message, and in brackets after it classification and priority.</summary>
    static void AddText(Record record, ReadOnlySpan<byte> rest)
    {
        var end = rest.Length;
        if (rest.LastIndexOf("[Priority: "u8) is var priority and >= 0)
        {
            var value = rest[(priority + 11)..];
            record.Add("priority"u8, Fields.Cut(ref value, (byte)']'));
            end = priority;
        }

        if (rest[..end].LastIndexOf("[Classification: "u8) is var classification and >= 0)
        {
            var value = rest[(classification + 17)..];
            record.Add("classification"u8, Fields.Cut(ref value, (byte)']'));
            end = classification;
        }

        var message = rest[..end].Trim((byte)' ');
        message = message.EndsWith("[**]"u8) ? message[..^4].Trim((byte)' ') : message;
        record.Add("signature"u8, message.TrimEnd((byte)':').Trim((byte)'"'));
    }

    static void AddEnds(Record record, ReadOnlySpan<byte> ends)
    {
        var arrow = ends.IndexOf(" -> "u8);
        if (arrow < 0)
        {
            return;
        }

        record.TryGet("protocol"u8, out var protocol);
        // An IPv6 address has colons of its own: only these have a port after the last one.
        var hasPorts = protocol.SequenceEqual("TCP"u8) || protocol.SequenceEqual("UDP"u8);
        AddEnd(record, ends[..arrow].Trim((byte)' '), hasPorts, "src_ip"u8, "src_port"u8);
        AddEnd(record, ends[(arrow + 4)..].Trim((byte)' '), hasPorts, "dst_ip"u8, "dst_port"u8);
    }

    static void AddEnd(
        Record record,
        ReadOnlySpan<byte> end,
        bool hasPort,
        ReadOnlySpan<byte> ip,
        ReadOnlySpan<byte> port
    )
    {
        var colon = hasPort ? end.LastIndexOf((byte)':') : -1;
        record.Add(ip, colon < 0 ? end : end[..colon].Trim("[]"u8));
        if (colon >= 0)
        {
            record.Add(port, end[(colon + 1)..]);
        }
    }
}
