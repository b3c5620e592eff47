using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Puts the fields of a message that is all fields into a record, beside those of the syslog head.</summary>
/// <remarks>A field that bears a name of the head's gets the dialect's name before it: <c>fortinet.hostname</c>, with a head or without.</remarks>
static class PayloadFields
{
    static readonly byte[][] s_ofHead =
    [
        "time"u8.ToArray(),
        "hostname"u8.ToArray(),
        "program"u8.ToArray(),
        "pid"u8.ToArray(),
        "facility"u8.ToArray(),
        "severity"u8.ToArray(),
        "msgid"u8.ToArray(),
        "structured_data"u8.ToArray(),
        "message"u8.ToArray(),
        "log"u8.ToArray(),
        "event_time"u8.ToArray(),
    ];

    /// <summary>Takes the whole message away, which the fields replace, and names the dialect in <c>log</c>.</summary>
    public static void Begin(Record record, ReadOnlySpan<byte> dialect)
    {
        var message = record.Find("message"u8);
        if (message >= 0)
        {
            record.Truncate(message);
        }

        record.Add("log"u8, dialect);
    }

    public static void Add(
        Record record,
        ReadOnlySpan<byte> dialect,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value
    )
    {
        if (value.IsEmpty)
        {
            return;
        }

        foreach (var reserved in s_ofHead)
        {
            if (name.SequenceEqual(reserved))
            {
                record.Add([.. dialect, (byte)'.', .. name], value);
                return;
            }
        }

        record.Add(name, value);
    }

    /// <summary>The current pair's value, its escapes undone where it has any.</summary>
    public static ReadOnlySpan<byte> ValueOf(KeyValues pairs, ReadOnlySpan<byte> escaped) =>
        pairs.IsEscaped ? Unescape(pairs.Value, escaped) : pairs.Value;

    /// <summary>A value with its escapes undone: a backslash before any of <paramref name="escaped"/>, and <c>\n</c>, <c>\r</c>, <c>\t</c>.</summary>
    public static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> value, ReadOnlySpan<byte> escaped)
    {
        if (!value.Contains((byte)'\\'))
        {
            return value;
        }

        var plain = new byte[value.Length];
        var length = 0;
        for (var at = 0; at < value.Length; at++)
        {
            var next = at + 1 < value.Length ? value[at + 1] : (byte)0;
            var meant =
                value[at] != '\\' ? (byte)0
                : escaped.Contains(next) ? next
                : next == 'n' ? (byte)'\n'
                : next == 'r' ? (byte)'\r'
                : next == 't' ? (byte)'\t'
                : (byte)0;
            plain[length++] = meant == 0 ? value[at] : meant;
            at += meant == 0 ? 0 : 1;
        }

        return plain.AsSpan(0, length);
    }
}
