using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WindowsJson;

/// <summary>
/// Windows events as JSON: flat (NXLog and its kin), Winlogbeat 6 (event_data), Winlogbeat 7 (winlog), and an event's own tree, as evtx_dump
/// (<c>Event.System</c>) and Velociraptor (<c>System</c>) write it.
/// </summary>
/// <remarks>
/// Names become those that the EVTX reader gives, so that one map fits all. An object a line is read line by line, by several workers where the
/// file is large; objects over several lines, or in an array, one after the other.
/// </remarks>
public sealed class WindowsJsonFormat : ILogFormat
{
    // What each shape calls the fields of an event's System part.
    static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["winlog.event_id"] = "EventID",
        ["winlog.channel"] = "Channel",
        ["winlog.computer_name"] = "Computer",
        ["winlog.provider_name"] = "Provider",
        ["winlog.record_id"] = "EventRecordID",
        // Filebeat, which reads events as XML, stamps @timestamp when it read them.
        ["winlog.time_created"] = "TimeCreated",
        ["winlog.process.pid"] = "Execution_ProcessID",
        ["winlog.process.thread.id"] = "Execution_ThreadID",
        ["winlog.user.identifier"] = "UserID",
        ["winlog.activity_id"] = "ActivityID",
        ["winlog.task"] = "Task",
        ["winlog.opcode"] = "Opcode",
        ["event_id"] = "EventID",
        ["log_name"] = "Channel",
        ["computer_name"] = "Computer",
        ["source_name"] = "Provider",
        ["record_number"] = "EventRecordID",
        ["process_id"] = "Execution_ProcessID",
        ["thread_id"] = "Execution_ThreadID",
        ["user.identifier"] = "UserID",
        ["activity_id"] = "ActivityID",
        ["Hostname"] = "Computer",
        ["SourceName"] = "Provider",
        ["RecordNumber"] = "EventRecordID",
        ["ExecutionProcessID"] = "Execution_ProcessID",
        ["ExecutionThreadID"] = "Execution_ThreadID",
        ["EventTime"] = "EventTime",
    };

    // Of an event's own tree, its wrapper taken off.
    static readonly Dictionary<string, string> s_ofTree = new(StringComparer.Ordinal)
    {
        ["System.EventID"] = "EventID",
        ["System.EventID.#text"] = "EventID",
        ["System.EventID.Value"] = "EventID",
        ["System.Channel"] = "Channel",
        ["System.Computer"] = "Computer",
        ["System.EventRecordID"] = "EventRecordID",
        ["System.Task"] = "Task",
        ["System.Opcode"] = "Opcode",
        ["System.Level"] = "Level",
        ["System.Keywords"] = "Keywords",
        ["System.Version"] = "Version",
        ["System.Provider.Name"] = "Provider",
        ["System.Provider.#attributes.Name"] = "Provider",
        ["System.TimeCreated.SystemTime"] = "TimeCreated",
        ["System.TimeCreated.#attributes.SystemTime"] = "TimeCreated",
        ["System.Execution.ProcessID"] = "Execution_ProcessID",
        ["System.Execution.#attributes.ProcessID"] = "Execution_ProcessID",
        ["System.Execution.ThreadID"] = "Execution_ThreadID",
        ["System.Execution.#attributes.ThreadID"] = "Execution_ThreadID",
        ["System.Correlation.ActivityID"] = "ActivityID",
        ["System.Correlation.#attributes.ActivityID"] = "ActivityID",
        ["System.Security.UserID"] = "UserID",
        ["System.Security.#attributes.UserID"] = "UserID",
    };

    static readonly string[] s_prefixes =
    [
        "winlog.event_data.",
        "winlog.user_data.",
        "event_data.",
        "user_data.",
    ];

    public string Name => "windows-json";

    public LineMemory MemoryOf(ReadOnlySpan<byte> head) =>
        AreLines(head) ? LineMemory.None : LineMemory.All;

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        AreLines(head) ? 90
        : JsonRecords.HasAny(head, IsEvent) ? 88
        : 0;

    /// <summary>An object that stands on several lines, or in an array.</summary>
    static bool IsEvent(Record record)
    {
        var names = NamesFor(record)[record.Shape];
        return names.Find("EventID"u8) >= 0
            && (names.Find("Channel"u8) >= 0 || names.Find("Provider"u8) >= 0);
    }

    static bool AreLines(ReadOnlySpan<byte> head)
    {
        var line = Fields.FirstObjectLine(head);
        var isWinlogbeat7 = Has(line, "\"winlog\"") && Has(line, "\"event_id\"");
        var isWinlogbeat6 = Has(line, "\"log_name\"") && Has(line, "\"event_id\"");
        var isFlat =
            Has(line, "\"EventID\"")
            && (
                Has(line, "\"Channel\"") || Has(line, "\"SourceName\"") || Has(line, "\"Hostname\"")
            );
        return isWinlogbeat7 || isWinlogbeat6 || isFlat;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        if (options.Lines == default)
        {
            var head = HeadStream.Peek(content, Survey.HeadBytes);
            if (!AreLines(head.Head))
            {
                ReadObjects(head, handler, cancel);
                return;
            }

            content = head;
        }

        var lines = new LineReader(content, range: options.Lines);
        var json = new JsonFields();
        var record = new Record();
        var names = NamesFor(record);
        while (lines.Read())
        {
            if ((lines.Number & 0xfff) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var line = lines.Line.Trim(" \t"u8);
            if (line.Length == 0)
            {
                continue;
            }

            if (lines.IsTooLong)
            {
                handler.Reject(
                    lines.Number,
                    $"A line of more than {LineReader.MaxLineBytes >> 20} MiB is refused.",
                    Fields.Head(line)
                );
                continue;
            }

            record.Clear();
            try
            {
                json.Read(line, record);
            }
            catch (JsonException fault)
            {
                handler.Reject(
                    lines.Number,
                    $"The line is no JSON object: {fault.Message}",
                    Fields.Head(line)
                );
                continue;
            }

            record.Number = lines.Number;
            record.Position = lines.Number;
            record.Rename(names[record.Shape]);
            AddProvider(record);
            handler.Accept(record);
        }
    }

    static void ReadObjects(Stream content, IRecordHandler handler, CancellationToken cancel)
    {
        var records = new JsonRecords(new JsonObjects(content), new WithoutTitles(handler));
        var record = new Record();
        var names = NamesFor(record);
        while (records.Read(record, cancel))
        {
            record.Rename(names[record.Shape]);
            AddProvider(record);
            handler.Accept(record);
        }
    }

    /// <summary>What stands above an event is no lost record.</summary>
    sealed class WithoutTitles(IRecordHandler handler) : IRecordHandler
    {
        public void Accept(Record record) => handler.Accept(record);

        public void Reject(long position, string reason, ReadOnlySpan<byte> head)
        {
            if (!JsonRecords.IsTitle(head))
            {
                handler.Reject(position, reason, head);
            }
        }

        public void Warn(string sentence) => handler.Warn(sentence);
    }

    /// <summary>Some collectors name the channel and leave out the provider; Sysmon's maps ask for it.</summary>
    static void AddProvider(Record record)
    {
        if (
            record.Find("Provider"u8) < 0
            && record.TryGet("Channel"u8, out var channel)
            && channel.SequenceEqual("Microsoft-Windows-Sysmon/Operational"u8)
        )
        {
            record.Add("Provider"u8, "Microsoft-Windows-Sysmon"u8);
        }
    }

    static bool Has(ReadOnlySpan<byte> line, string text) =>
        line.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    /// <summary>The names that the EVTX reader gives for those of a collector, by the shapes of a record.</summary>
    static ByShape<RecordShape> NamesFor(Record record) =>
        new(shape => record.ShapeOf(shape.Names.Select(Rename)));

    static byte[] Rename(byte[] utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        if (name.StartsWith("_source.", StringComparison.Ordinal))
        {
            // Elasticsearch exports a document in it.
            return Rename(utf8["_source.".Length..]);
        }

        var inTree = name.StartsWith("Event.", StringComparison.Ordinal)
            ? name["Event.".Length..]
            : name;
        if (s_ofTree.TryGetValue(inTree, out var ofTree))
        {
            return Encoding.UTF8.GetBytes(ofTree);
        }

        if (inTree.StartsWith("UserData.", StringComparison.Ordinal))
        {
            // Its one child has a name of its own: UserData.LogFileCleared.SubjectUserName.
            var child = inTree.IndexOf('.', "UserData.".Length);
            return child < 0 ? utf8 : Encoding.UTF8.GetBytes(inTree[(child + 1)..]);
        }

        if (inTree.StartsWith("EventData.", StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(inTree["EventData.".Length..]);
        }

        if (s_names.TryGetValue(name, out var renamed))
        {
            return Encoding.UTF8.GetBytes(renamed);
        }

        var prefix = Array.Find(
            s_prefixes,
            candidate =>
                name.StartsWith(candidate, StringComparison.Ordinal)
                && name.Length > candidate.Length
        );
        return prefix is null ? utf8 : Encoding.UTF8.GetBytes(name[prefix.Length..]);
    }
}
