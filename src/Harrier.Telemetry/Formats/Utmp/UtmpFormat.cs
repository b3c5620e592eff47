using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Utmp;

/// <summary>The log of sessions of Unix: utmp, wtmp, btmp of Linux on any processor, utmpx of macOS.</summary>
/// <remarks>
/// Records have a fixed size and no signature: the layout is the one in which most of them make sense. A slot of zeros was never used and is no record.
/// Fields: <c>time</c>, <c>event</c>, <c>type</c>, <c>pid</c>, <c>line</c>, <c>id</c>, <c>user</c>, <c>remote_host</c>, <c>remote_ip</c>, <c>session</c>, <c>exit</c>.
/// </remarks>
public sealed class UtmpFormat : ILogFormat
{
    const int MostLines = 100_000;

    public string Name => "utmp";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        UtmpLayout.Of(head) is { } layout
            ? layout.IsMacOs
                ? 95
                : 80
            : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = HeadStream.Peek(content, Survey.HeadBytes);
        var layout = UtmpLayout.Of(head.Head) ?? UtmpLayout.Common;
        // lastb's file is the same but for its name: what it lists was refused.
        var isOfFailures = Path.GetFileName(options.FileName)
            .Contains("btmp", StringComparison.OrdinalIgnoreCase);
        var users = new Dictionary<string, string>(StringComparer.Ordinal);
        var bytes = new byte[layout.Size];
        var record = new Record();
        for (long number = 1, position = 0; ; number++, position += layout.Size)
        {
            if ((number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var read = head.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read == 0)
            {
                return;
            }

            var slot = bytes.AsSpan(0, read);
            if (read < bytes.Length)
            {
                if (slot.ContainsAnyExcept((byte)0, (byte)'\n'))
                {
                    handler.Reject(position, "the file ends within a record", Fields.Head(slot));
                }

                return;
            }

            if (!slot.ContainsAnyExcept((byte)0) || layout.IsHeader(slot))
            {
                continue;
            }

            if (layout.Fault(slot) is { } fault)
            {
                handler.Reject(position, fault, Fields.Head(slot));
                continue;
            }

            var entry = layout.Entry(slot);
            record.Clear();
            record.Number = number;
            record.Position = position;
            Fill(record, entry, isOfFailures, users);
            handler.Accept(record);
        }
    }

    static void Fill(
        Record record,
        UtmpEntry entry,
        bool isOfFailures,
        Dictionary<string, string> users
    )
    {
        record.Add("time"u8, Fields.Iso(entry.Utc));
        record.Add(
            "event",
            isOfFailures && entry.Type is (UtmpEntry.LoginProcess or UtmpEntry.UserProcess)
                ? "failed"
                : entry.Event
        );
        if (entry.Type == UtmpEntry.UserProcess && users.Count < MostLines)
        {
            users[entry.Line] = entry.User;
        }

        AddNumber(record, "type", entry.Type);
        AddNumber(record, "pid", entry.Pid);
        Add(record, "line", entry.Line);
        Add(record, "id", entry.Id);
        Add(record, "user", entry.User.Length > 0 ? entry.User : UserOf(entry, users));
        Add(record, "remote_host", entry.Host);
        Add(record, "remote_ip", entry.Address);
        if (entry.Session != 0)
        {
            AddNumber(record, "session", entry.Session);
        }

        Add(record, "exit", entry.Exit);
    }

    /// <summary>The end of a session names only the line: the user is the one who came on it last, as <c>last</c> has it.</summary>
    static string UserOf(UtmpEntry entry, Dictionary<string, string> users) =>
        entry.Type == UtmpEntry.DeadProcess && users.Remove(entry.Line, out var user) ? user : "";

    static void Add(Record record, string name, string value)
    {
        if (value.Length > 0)
        {
            record.Add(name, value);
        }
    }

    static void AddNumber(Record record, string name, long value) =>
        record.Add(
            name,
            value.ToString(System.Globalization.CultureInfo.InvariantCulture),
            FieldKind.Number
        );
}
