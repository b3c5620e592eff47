using System.Buffers.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>One line of the audit system, of which several make an event: <c>[node=N ]type=T msg=audit(SECONDS.MS:SERIAL): body</c>.</summary>
/// <remarks>
/// The kernel writes the same into syslog with a number for the type and without <c>msg=</c>, after <c>audit: </c> and perhaps the
/// seconds since boot in brackets.
/// </remarks>
ref struct AuditMessage
{
    // 1970 to 2106 in seconds: what audit's clock can say.
    const long MaxSeconds = uint.MaxValue;

    public ReadOnlySpan<byte> Node;

    /// <summary>Name of the type, or its number where it stands as one.</summary>
    public ReadOnlySpan<byte> Type;
    public DateTime Utc;

    /// <summary>Events of a machine are numbered from its start; with the time, the number tells an event.</summary>
    public ulong Serial;
    public ReadOnlySpan<byte> Body;

    /// <param name="dates">Reads times that <c>ausearch -i</c> has written as dates; null: they are none.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> line,
        out AuditMessage message,
        AusearchDates? dates = null
    )
    {
        message = default;
        var rest = line.TrimStart((byte)' ');
        if (rest.StartsWith("["u8))
        {
            Fields.Cut(ref rest, (byte)']');
            rest = rest.TrimStart((byte)' ');
        }

        Fields.TryCutPrefix(ref rest, "audit: "u8);
        if (Fields.TryCutPrefix(ref rest, "node="u8))
        {
            message.Node = Fields.Cut(ref rest, (byte)' ');
        }

        if (!Fields.TryCutPrefix(ref rest, "type="u8))
        {
            return false;
        }

        message.Type = Fields.Cut(ref rest, (byte)' ');
        Fields.TryCutPrefix(ref rest, "msg="u8);
        return !message.Type.IsEmpty
            && Fields.TryCutPrefix(ref rest, "audit("u8)
            && Fields.Cut(ref rest, (byte)')') is var stamp
            && (
                TryStamp(stamp, ref message) && TryBody(rest, ref message)
                || (
                    dates is not null
                    && dates.TryStamp(stamp, out message.Utc, out message.Serial)
                    && TryInterpreted(rest, ref message)
                )
            );
    }

    /// <summary><c>1700000000.123:4567</c>.</summary>
    static bool TryStamp(ReadOnlySpan<byte> stamp, ref AuditMessage message)
    {
        var colon = stamp.LastIndexOf((byte)':');
        if (
            colon < 0
            || !Utf8Parser.TryParse(stamp[(colon + 1)..], out message.Serial, out var used)
            || used != stamp.Length - colon - 1
            || !Utf8Parser.TryParse(stamp[..colon], out decimal seconds, out used)
            || used != colon
            || seconds < 0
            || seconds > MaxSeconds
        )
        {
            return false;
        }

        message.Utc = DateTime.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    static bool TryInterpreted(ReadOnlySpan<byte> rest, ref AuditMessage message)
    {
        message.Body = AusearchBody.Of(message.Type, rest.TrimStart(" :"u8).TrimEnd((byte)' '));
        return true;
    }

    /// <summary>What stands after the colon; some daemon messages have none.</summary>
    static bool TryBody(ReadOnlySpan<byte> rest, ref AuditMessage message)
    {
        Fields.TryCutPrefix(ref rest, ":"u8);
        message.Body = rest.Trim((byte)' ');
        return true;
    }
}
