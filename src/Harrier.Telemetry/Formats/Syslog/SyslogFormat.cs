using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Lines of syslog as files hold them: the traditional head of RFC 3164, the same with an ISO time (rsyslog, journald), and RFC 5424.
/// Messages of programs and appliances that are known are taken apart (<see cref="SyslogMessages"/>); some stand without a head
/// as well, and bring their own time.
/// </summary>
/// <remarks>
/// Every line is one record with the fields time, hostname, program, pid, facility, severity and message;
/// a message that was understood has <c>event</c> and its own fields. A line without a head, such as the second one of a message, has the
/// message only.
/// </remarks>
public sealed class SyslogFormat : ILogFormat
{
    public string Name => "syslog";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var clock = new LogClock(LocalZone.Utc, 2000);
        var messages = new SyslogMessages();
        return LineRecords.AreMost(
            head,
            (line, _) =>
                (SyslogHead.TryParse(line, clock, out var parsed) && parsed.IsSure)
                || messages.StandsAlone(SyslogHead.Bare(line).Message)
                    ? LineKind.Record
                    : LineKind.Bad
        )
            ? 70
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content);
        var clock = options.Clock;
        var records = new SyslogRecords(handler);
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var line = lines.Line;
            if (line.IsEmpty)
            {
                continue;
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", line);
            }
            else if (SyslogHead.TryParse(line, clock, out var head))
            {
                records.Add(head, lines.Number);
            }
            else
            {
                records.AddBare(SyslogHead.Bare(line), lines.Number);
            }
        }

        records.End();
        if (clock.AssumedYear is { } year)
        {
            handler.Warn(
                $"Times carry no year; the first was taken as {year}, and the year goes up where the months start again."
            );
        }
    }
}
