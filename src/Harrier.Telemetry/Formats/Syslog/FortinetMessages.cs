using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Logs of Fortinet's FortiGate and its relatives: <c>date=2026-11-24 time=12:00:00 devname="fw" logid="0000000013" type="traffic" ...</c>.</summary>
/// <remarks>
/// <c>date</c>, <c>time</c> and <c>tz</c> become <c>event_time</c>; a local time where <c>tz</c> is missing. <c>eventtime</c> is left as it is.
/// </remarks>
sealed class FortinetMessages : ISyslogMessages
{
    public bool StandsAlone(ReadOnlySpan<byte> line) => IsOwn(line);

    /// <summary>Pairs from the first word on, and among them what every log of these appliances has.</summary>
    static bool IsOwn(ReadOnlySpan<byte> text) =>
        text.IndexOfAny((byte)'=', (byte)' ') is var end and > 0
        && text[end] == '='
        && (text.IndexOf("logid="u8) > 0 || text.IndexOf("log_id="u8) > 0)
        && text.IndexOf(" type="u8) > 0
        && (
            text.IndexOf("date="u8) >= 0
            || text.IndexOf("devname="u8) >= 0
            || text.IndexOf("devid="u8) >= 0
            || text.IndexOf("vd="u8) > 0
        );

    public bool TryAdd(Record record, in SyslogHead head)
    {
        // Without a host in its head, the first pair stands where the host should.
        if (!IsOwn(head.Text))
        {
            return false;
        }

        PayloadFields.Begin(record, "fortinet"u8);
        ReadOnlySpan<byte> date = default;
        ReadOnlySpan<byte> time = default;
        ReadOnlySpan<byte> zone = default;
        var pairs = new KeyValues(head.Text);
        while (pairs.Read())
        {
            var value = PayloadFields.ValueOf(pairs, "\"\\"u8);
            if (pairs.Key.SequenceEqual("date"u8))
            {
                date = value;
            }
            else if (pairs.Key.SequenceEqual("time"u8))
            {
                time = value;
            }
            else if (pairs.Key.SequenceEqual("tz"u8))
            {
                zone = value;
            }
            else
            {
                PayloadFields.Add(record, "fortinet"u8, pairs.Key, value);
            }
        }

        if (!date.IsEmpty && !time.IsEmpty)
        {
            record.Add("event_time"u8, [.. date, (byte)' ', .. time, .. zone]);
        }

        return true;
    }
}
