using System.Text;
using Harrier.Telemetry.Formats.Auditd;
using Harrier.Telemetry.Formats.Evtx;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Formats.WindowsXml;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Makes records of syslog messages, whether lines of a file or entries of a journal hold them.</summary>
/// <remarks>
/// A message of the audit system goes to <see cref="AuditJoiner"/>; an event as XML (Sysmon for Linux) gets the fields that a Windows
/// event has; any other has time, hostname, program, pid, facility, severity and message, and where its program is known
/// (<see cref="SyslogMessages"/>) its own.
/// </remarks>
sealed class SyslogRecords(IRecordHandler handler)
{
    readonly SyslogMessages _messages = new();
    readonly AuditJoiner _audits = new(handler);
    readonly FieldPath _path = new();
    readonly Record _record = new();

    /// <param name="more">Further fields that stand after those of the message, where they have no namesake.</param>
    public void Add(in SyslogHead head, long number, Record? more = null)
    {
        if (AuditMessage.TryParse(head.Message, out var audit))
        {
            _audits.Add(audit, head.Host, number);
            return;
        }

        Begin(number);
        if (
            !IsEvent(head.Message) || !WindowsXmlFormat.TryRead(head.Message, _record, _path, out _)
        )
        {
            Begin(number);
            Fill(head);
        }

        for (var field = 0; more is not null && field < more.Count; field++)
        {
            if (more.Has(field) && _record.Find(more.Name(field)) < 0)
            {
                _record.Add(more.Name(field), more.Value(field), more.Kind(field));
            }
        }

        handler.Accept(_record);
    }

    /// <summary>A line without time and host: as an appliance wrote it to a file by itself, or the rest of the message before.</summary>
    public void AddBare(in SyslogHead head, long number)
    {
        Begin(number);
        Fill(head);
        handler.Accept(_record);
    }

    /// <summary>A message of the audit system whose head is known otherwise.</summary>
    public void Add(in AuditMessage audit, ReadOnlySpan<byte> host, long number) =>
        _audits.Add(audit, host, number);

    /// <summary>Hands on what waited for more.</summary>
    public void End() => _audits.End();

    static bool IsEvent(ReadOnlySpan<byte> message) =>
        message.StartsWith("<Event>"u8) || message.StartsWith("<Event "u8);

    void Begin(long number)
    {
        _record.Clear();
        _record.Number = number;
        _record.Position = number;
    }

    void Fill(in SyslogHead head)
    {
        if (head.Utc != default)
        {
            _record.Add("time"u8, Fields.Iso(head.Utc));
        }

        Fields.AddIfAny(_record, "hostname"u8, head.Host);
        Fields.AddIfAny(_record, "program"u8, head.Program);
        Fields.AddIfAny(_record, "pid"u8, head.Pid);
        if (head.Priority >= 0)
        {
            _record.Add(
                "facility"u8,
                Encoding.ASCII.GetBytes((head.Priority / 8).ToString()),
                FieldKind.Number
            );
            _record.Add(
                "severity"u8,
                Encoding.ASCII.GetBytes((head.Priority % 8).ToString()),
                FieldKind.Number
            );
        }

        Fields.AddIfAny(_record, "msgid"u8, head.MessageId);
        Fields.AddIfAny(_record, "structured_data"u8, head.StructuredData);
        Fields.AddIfAny(_record, "message"u8, head.Message);
        _messages.TryAdd(_record, Unfolded(head));
    }

    /// <summary><c>message repeated 2 times: [ Failed password ...]</c>: what was said, and how often more.</summary>
    SyslogHead Unfolded(SyslogHead head)
    {
        var rest = head.Message;
        if (!Fields.TryCutPrefix(ref rest, "message repeated "u8))
        {
            return head;
        }

        var times = Fields.Cut(ref rest, (byte)' ');
        if (
            Fields.TryInt(times, out _)
            && Fields.TryCutPrefix(ref rest, "times: ["u8)
            && rest.EndsWith("]"u8)
        )
        {
            _record.Add("repeated"u8, times, FieldKind.Number);
            head.Message = rest[..^1].Trim((byte)' ');
        }

        return head;
    }
}
