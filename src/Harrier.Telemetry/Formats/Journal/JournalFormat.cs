using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Formats.Auditd;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Journal;

/// <summary>
/// Exports of systemd's journal: <c>journalctl -o json</c>, <c>json-pretty</c>, <c>json-seq</c> and <c>export</c>. An entry becomes what
/// a syslog line of the same message becomes, with the journal's own fields (<c>_UID</c>, <c>_EXE</c>, <c>_SYSTEMD_UNIT</c> ...) after it.
/// </summary>
/// <remarks>
/// The formats are those of https://systemd.io/JOURNAL_EXPORT_FORMATS: in JSON a value that is no text is an array of bytes, and one
/// given several times an array of values. Times are microseconds, UTC.
/// </remarks>
public sealed class JournalFormat : ILogFormat
{
    public string Name => "journal";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        if (head.StartsWith("__CURSOR="u8) || head.StartsWith("__REALTIME_TIMESTAMP="u8))
        {
            return 95;
        }

        var objects = new JsonObjects(new MemoryStream(head.ToArray()));
        return
            objects.Read()
            && objects.Fault is null
            && objects.Object.IndexOf("\"__REALTIME_TIMESTAMP\""u8) >= 0
            ? 95
            : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        // The first byte tells which of the two it is.
        var whole = HeadStream.Peek(content, 1);
        var entries = new Entries(handler);
        if (
            whole.Head is [var first]
            && (first is (byte)'_' or (byte)'\n' || char.IsAsciiLetterUpper((char)first))
        )
        {
            ReadExport(new JournalExport(whole), entries, handler, cancel);
        }
        else
        {
            ReadJson(new JsonRecords(new JsonObjects(whole), handler), entries, cancel);
        }

        entries.End();
    }

    static void ReadJson(JsonRecords records, Entries entries, CancellationToken cancel)
    {
        var record = new Record();
        while (records.Read(record, cancel))
        {
            entries.Take(record);
        }
    }

    static void ReadExport(
        JournalExport export,
        Entries entries,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var record = new Record();
        while (export.Read(record))
        {
            cancel.ThrowIfCancellationRequested();
            if (export.Fault is { } fault)
            {
                handler.Reject(record.Position, fault, default);
            }
            else
            {
                entries.Take(record);
            }
        }
    }

    /// <summary>Entries on their way to the records of syslog.</summary>
    sealed class Entries(IRecordHandler handler)
    {
        readonly SyslogRecords _records = new(handler);
        readonly Record _more = new();

        public void Take(Record entry)
        {
            var hasTime =
                TryTime(entry, "_SOURCE_REALTIME_TIMESTAMP"u8, out var utc)
                || TryTime(entry, "__REALTIME_TIMESTAMP"u8, out utc);
            var head = new SyslogHead
            {
                Utc = utc,
                Priority = Priority(entry),
                Host = Text(entry, "_HOSTNAME"u8),
                Program = Text(entry, "SYSLOG_IDENTIFIER"u8),
                Pid = Text(entry, "SYSLOG_PID"u8),
                Message = Text(entry, "MESSAGE"u8),
            };
            head.Program = head.Program.IsEmpty ? Text(entry, "_COMM"u8) : head.Program;
            head.Pid = head.Pid.IsEmpty ? Text(entry, "_PID"u8) : head.Pid;
            if (hasTime && TryAudit(entry, utc, head.Message, out var audit))
            {
                _records.Add(audit, head.Host, entry.Number);
            }
            else
            {
                KeepOthers(entry, hasTime);
                _records.Add(head, entry.Number, _more);
            }
        }

        public void End() => _records.End();

        /// <summary>What the head did not take, without what the journal says of its own file.</summary>
        void KeepOthers(Record entry, bool hasTime)
        {
            _more.Clear();
            for (var field = 0; field < entry.Count; field++)
            {
                var name = entry.Name(field);
                var isTaken =
                    (hasTime || !name.SequenceEqual("__REALTIME_TIMESTAMP"u8))
                        && name.StartsWith("__"u8)
                    || name.SequenceEqual("MESSAGE"u8)
                    || name.SequenceEqual("_HOSTNAME"u8)
                    || name.SequenceEqual("SYSLOG_IDENTIFIER"u8)
                    || name.SequenceEqual("PRIORITY"u8)
                    || name.SequenceEqual("SYSLOG_FACILITY"u8)
                    || name.SequenceEqual("SYSLOG_PID"u8)
                    || (hasTime && name.SequenceEqual("_SOURCE_REALTIME_TIMESTAMP"u8));
                if (!isTaken && entry.Has(field))
                {
                    _more.Add(name, entry.Value(field), entry.Kind(field));
                }
            }
        }

        /// <summary>A message of the audit system, which the journal keeps with its number: <c>SYSCALL arch=c000003e ...</c>.</summary>
        static bool TryAudit(
            Record entry,
            DateTime utc,
            ReadOnlySpan<byte> message,
            out AuditMessage audit
        )
        {
            audit = default;
            var type = Text(entry, "_AUDIT_TYPE_NAME"u8);
            type = type.IsEmpty ? Text(entry, "_AUDIT_TYPE"u8) : type;
            var serial = Text(entry, "_AUDIT_ID"u8);
            if (
                type.IsEmpty
                || !Utf8Parser.TryParse(serial, out audit.Serial, out var used)
                || used != serial.Length
            )
            {
                return false;
            }

            audit.Utc = utc;
            audit.Type = type;
            // The name of the type stands before it.
            Fields.Cut(ref message, (byte)' ');
            audit.Body = message;
            return true;
        }

        static bool TryTime(Record entry, ReadOnlySpan<byte> name, out DateTime utc)
        {
            var text = Text(entry, name);
            var isTime =
                Utf8Parser.TryParse(text, out long microseconds, out var used)
                && used == text.Length
                && microseconds is > 0 and < 253_402_300_800_000_000;
            utc = isTime ? DateTime.UnixEpoch.AddMicroseconds(microseconds) : default;
            return isTime;
        }

        static int Priority(Record entry)
        {
            var hasSeverity = Fields.TryInt(Text(entry, "PRIORITY"u8), out var severity);
            var hasFacility = Fields.TryInt(Text(entry, "SYSLOG_FACILITY"u8), out var facility);
            return !hasSeverity || severity is < 0 or > 7 ? -1
                : hasFacility && facility is >= 0 and <= 23 ? facility * 8 + severity
                // Without one it is a program's own text: facility user.
                : 8 + severity;
        }

        /// <summary>A value as text: bytes put together, of several values the first.</summary>
        static ReadOnlySpan<byte> Text(Record entry, ReadOnlySpan<byte> name)
        {
            var field = entry.Find(name);
            return field < 0 ? default
                : entry.Kind(field) == FieldKind.Json ? OfArray(entry.Value(field))
                : entry.Value(field);
        }

        static ReadOnlySpan<byte> OfArray(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            var bytes = new List<byte>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.Number when reader.TryGetByte(out var one):
                        bytes.Add(one);
                        break;
                    case JsonTokenType.String when bytes.Count == 0:
                        return OfString(ref reader);
                    case JsonTokenType.StartArray when bytes.Count == 0:
                        break;
                    default:
                        return LineReader.AsUtf8([.. bytes]);
                }
            }

            return LineReader.AsUtf8([.. bytes]);
        }

        static byte[] OfString(scoped ref Utf8JsonReader reader)
        {
            try
            {
                return Encoding.UTF8.GetBytes(reader.GetString()!);
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair is no text: as it stands, then.
                return LineReader.AsUtf8(reader.ValueSpan);
            }
        }
    }
}
