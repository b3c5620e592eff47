using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Logs of the Linux audit daemon (<c>audit.log</c>), raw or enriched, and what <c>ausearch</c> prints, with <c>--raw</c> or <c>-i</c>. A record is an event, joined of its messages.</summary>
/// <remarks>The same messages inside syslog are read by the syslog reader with the same code. Times are UTC.</remarks>
public sealed class AuditdFormat : ILogFormat
{
    public string Name => "auditd";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var dates = new AusearchDates(head, new LogClock(LocalZone.Utc, 2000));
        return LineRecords.AreMost(
            head,
            (line, _) =>
                IsSeparator(line) ? LineKind.Passed
                : AuditMessage.TryParse(line, out var _, dates) ? LineKind.Record
                : LineKind.Bad
        )
            ? 90
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = HeadStream.Peek(content, Survey.HeadBytes);
        var dates = new AusearchDates(head.Head, options.Clock);
        var lines = new LineReader(head);
        var joiner = new AuditJoiner(handler);
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var line = lines.Line;
            if (IsSeparator(line))
            {
                continue;
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", line);
            }
            else if (AuditMessage.TryParse(line, out var message, dates))
            {
                joiner.Add(message, default, lines.Number);
            }
            else
            {
                handler.Reject(
                    lines.Number,
                    "the line is no audit message: type=T msg=audit(SECONDS:SERIAL): is expected",
                    Fields.Head(line)
                );
            }
        }

        joiner.End();
        if (dates.IsGuessed)
        {
            handler.Warn(
                "Dates that can be read both ways were taken as month first: no date of the log tells."
            );
        }
    }

    /// <summary>Empty lines, and what ausearch prints between events.</summary>
    static bool IsSeparator(ReadOnlySpan<byte> line) =>
        line.IsEmpty || line.SequenceEqual("----"u8) || line.StartsWith("time->"u8);
}
