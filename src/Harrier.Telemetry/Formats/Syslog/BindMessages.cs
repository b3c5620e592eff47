using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Queries that the name server BIND logs: <c>client @0x7f 10.0.0.5#38251 (www.example.com): query: www.example.com IN A +E(0) (10.0.0.1)</c>,
/// in syslog, or in its own file with <c>24-Nov-2026 12:00:00.123 queries: info:</c> before it.
/// </summary>
sealed class BindMessages : ISyslogMessages
{
    const string OwnTime = "dd-MMM-yyyy HH:mm:ss.fff";

    public bool StandsAlone(ReadOnlySpan<byte> line) =>
        line.Length > OwnTime.Length
        && line[2] == '-'
        && line[6] == '-'
        && line[11] == ' '
        && line[14] == ':'
        && line[20] == '.'
        && line[OwnTime.Length] == ' ';

    public bool TryAdd(Record record, in SyslogHead head)
    {
        var text = head.Text;
        var isOwn = head.Utc == default && StandsAlone(text);
        if (isOwn)
        {
            AddTime(record, text[..OwnTime.Length]);
            text = text[OwnTime.Length..];
        }

        if (!isOwn && !head.Program.SequenceEqual("named"u8))
        {
            return false;
        }

        var client = text.IndexOf("client "u8);
        if (client < 0 || client > 40)
        {
            return isOwn;
        }

        var rest = text[(client + 7)..];
        if (rest.StartsWith("@"u8))
        {
            Fields.Cut(ref rest, (byte)' ');
        }

        var isQuery = rest.IndexOf(": query: "u8) >= 0;
        var at = rest.IndexOf(isQuery ? ": query: "u8 : ": answer: "u8);
        var sharp = rest.IndexOf((byte)'#');
        if (at < 0 || sharp < 0 || sharp > at)
        {
            return isOwn;
        }

        record.Add("log"u8, "bind"u8);
        record.Add("event"u8, isQuery ? "query"u8 : "answer"u8);
        record.Add("src_ip"u8, rest[..sharp]);
        var port = rest[(sharp + 1)..at];
        var digits = port.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        record.Add("src_port"u8, digits < 0 ? port : port[..digits]);
        AddQuestion(record, rest[(at + (isQuery ? 9 : 10))..]);
        return true;
    }

    /// <summary><c>www.example.com IN A +E(0)K (10.0.0.1)[ -> NOERROR]</c>.</summary>
    static void AddQuestion(Record record, ReadOnlySpan<byte> rest)
    {
        record.Add("query"u8, Fields.Cut(ref rest, (byte)' '));
        record.Add("query_class"u8, Fields.Cut(ref rest, (byte)' '));
        record.Add("query_type"u8, Fields.Cut(ref rest, (byte)' '));
        record.Add("flags"u8, Fields.Cut(ref rest, (byte)' '));
        var arrow = rest.IndexOf(" -> "u8);
        var server = arrow < 0 ? rest : rest[..arrow];
        if (server.StartsWith("("u8) && server.IndexOf((byte)')') is var close and > 1)
        {
            record.Add("dst_ip"u8, server[1..close]);
        }

        if (arrow >= 0)
        {
            record.Add("response_code"u8, rest[(arrow + 4)..]);
        }
    }

    /// <summary>Local time, as ISO.</summary>
    static void AddTime(Record record, ReadOnlySpan<byte> text)
    {
        if (
            DateTime.TryParseExact(
                Encoding.Latin1.GetString(text),
                OwnTime,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var time
            )
        )
        {
            record.Add("event_time"u8, Fields.Local(time));
        }
    }
}
