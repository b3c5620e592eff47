using System.Buffers.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Stamps as <c>ausearch -i</c> writes them: <c>03/02/2026 10:00:00.123:456</c>, local, the date in the language of whoever ran it.</summary>
sealed class AusearchDates
{
    readonly LocalDates _dates;
    readonly LogClock _clock;

    /// <param name="head">First bytes of the log, which tell whether day or month is first.</param>
    public AusearchDates(ReadOnlySpan<byte> head, LogClock clock)
    {
        _clock = clock;
        // The date is not at the start of a line, where those of other logs are.
        var lines = new List<byte>();
        while (!head.IsEmpty)
        {
            var line = Fields.Cut(ref head, (byte)'\n');
            var at = line.IndexOf("audit("u8);
            lines.AddRange(at < 0 ? default : line[(at + 6)..]);
            lines.Add((byte)'\n');
        }

        _dates = new LocalDates(lines.ToArray());
    }

    /// <summary>Dates stand there that could be read either way.</summary>
    public bool IsGuessed => _dates.IsAsked && !_dates.IsTold;

    public bool TryStamp(ReadOnlySpan<byte> stamp, out DateTime utc, out ulong serial)
    {
        utc = default;
        serial = 0;
        var colon = stamp.LastIndexOf((byte)':');
        if (
            colon < 0
            || !Utf8Parser.TryParse(stamp[(colon + 1)..], out serial, out var used)
            || used != stamp.Length - colon - 1
        )
        {
            return false;
        }

        var time = stamp[..colon];
        var point = time.LastIndexOf((byte)'.');
        var milliseconds = 0;
        if (
            point > 0
            && point >= time.LastIndexOf((byte)':')
            && Fields.TryInt(time[(point + 1)..], out milliseconds)
        )
        {
            time = time[..point];
        }

        var date = Fields.Cut(ref time, (byte)' ');
        if (
            !_dates.TryParse(date, time, out var local)
            || _clock.ToUtc(local.AddMilliseconds(Math.Clamp(milliseconds, 0, 999)))
                is not { } moment
        )
        {
            return false;
        }

        utc = moment;
        return true;
    }
}
