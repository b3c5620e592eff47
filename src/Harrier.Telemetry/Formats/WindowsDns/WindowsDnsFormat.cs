using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WindowsDns;

/// <summary>
/// The debug log of the DNS server of Windows: <c>5/21/2015 1:51:18 PM 0D48 PACKET 000000000181D1C0 UDP Rcv 10.0.0.5 0c6b Q [0001 D NOERROR] A (3)www(7)example(3)org(0)</c>.
/// </summary>
/// <remarks>
/// Times are local, in the server's language. A packet's details, in indented lines after it, become <c>details</c>
/// (at most <see cref="MostDetailBytes"/>). What comes from a client or goes to one has it as <c>src_ip</c>; what the server asks others
/// has them as <c>dst_ip</c>.
/// </remarks>
public sealed class WindowsDnsFormat : ILogFormat
{
    const int MostDetailBytes = 64 * 1024;

    public string Name => "windows-dns";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        head.StartsWith("DNS Server log file creation"u8)
        || head.IndexOf("Message logging key (for packets"u8) >= 0
        || (
            head.IndexOf(" PACKET "u8) > 0
            && LineRecords.AreMost(head, Lenient(new LocalDates(head)))
        )
            ? 90
            : 0;

    /// <summary>Details are no lines of their own.</summary>
    static LineParser Lenient(LocalDates dates) =>
        (line, record) => TryEntry(line, dates, record) ? LineKind.Record : LineKind.Passed;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = Archives.HeadStream.Peek(content, Survey.HeadBytes);
        var dates = new LocalDates(head.Head);
        if (dates.IsAsked && !dates.IsTold)
        {
            handler.Warn(
                "Dates say neither by their numbers nor otherwise which is the month; it was taken to be first."
            );
        }

        var lines = new LineReader(head);
        var record = new Record();
        var details = new ArrayBufferWriter<byte>();
        var isOpen = false;
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var line = lines.Line;
            var isEntry = line.Length > 0 && char.IsAsciiDigit((char)line[0]);
            if (!isEntry)
            {
                if (
                    isOpen
                    && details.WrittenCount < MostDetailBytes
                    && !line.Trim((byte)' ').IsEmpty
                )
                {
                    details.Write(line.Length > 1024 ? line[..1024] : line);
                    details.Write("\n"u8);
                }

                continue;
            }

            Finish(record, details, handler, ref isOpen);
            record.Clear();
            record.Number = lines.Number;
            record.Position = lines.Number;
            isOpen = TryEntry(line, dates, record);
            if (!isOpen)
            {
                handler.Reject(
                    lines.Number,
                    "the line has no date and time as a DNS server of Windows writes them",
                    Fields.Head(line)
                );
            }
        }

        Finish(record, details, handler, ref isOpen);
    }

    static void Finish(
        Record record,
        ArrayBufferWriter<byte> details,
        IRecordHandler handler,
        ref bool isOpen
    )
    {
        if (isOpen)
        {
            if (details.WrittenCount > 0)
            {
                // A long line that was cut may end within a letter.
                record.Add("details", Encoding.UTF8.GetString(details.WrittenSpan));
            }

            handler.Accept(record);
        }

        details.ResetWrittenCount();
        isOpen = false;
    }

    static bool TryEntry(ReadOnlySpan<byte> line, LocalDates dates, Record record)
    {
        var rest = line;
        var date = Fields.Cut(ref rest, (byte)' ');
        var time = Fields.Cut(ref rest, (byte)' ');
        if (rest.StartsWith("AM "u8) || rest.StartsWith("PM "u8))
        {
            time = line.Slice(date.Length + 1, time.Length + 3);
            rest = rest[3..];
        }

        if (!dates.TryParse(date, time, out var local))
        {
            return false;
        }

        record.Add("time"u8, Fields.Local(local));
        record.Add("thread"u8, Next(ref rest));
        var context = Next(ref rest);
        record.Add("context"u8, context);
        if (context.SequenceEqual("PACKET"u8))
        {
            AddPacket(record, rest);
        }
        else
        {
            record.Add("message"u8, rest.Trim((byte)' '));
        }

        return true;
    }

    /// <summary><c>000000000181D1C0 UDP Rcv 10.0.0.5 0c6b R Q [8081 DR NOERROR] A (3)www(0)</c>; 'R' only in responses.</summary>
    static void AddPacket(Record record, ReadOnlySpan<byte> rest)
    {
        record.Add("packet"u8, Next(ref rest));
        record.Add("protocol"u8, Next(ref rest));
        var isReceived = Next(ref rest).SequenceEqual("Rcv"u8);
        var remote = Next(ref rest);
        record.Add("xid"u8, Next(ref rest));
        var open = rest.IndexOf((byte)'[');
        var close = rest.IndexOf((byte)']');
        if (open < 0 || close < open)
        {
            record.Add("message"u8, rest.Trim((byte)' '));
            return;
        }

        var kind = rest[..open].Trim((byte)' ');
        var isResponse = kind.StartsWith("R"u8);
        record.Add("opcode"u8, kind[(kind.LastIndexOf((byte)' ') + 1)..]);
        var flags = rest[(open + 1)..close].Trim((byte)' ');
        var code = flags[(flags.LastIndexOf((byte)' ') + 1)..];
        record.Add("flags"u8, flags[..^code.Length].Trim((byte)' '));
        record.Add("response_code"u8, code);
        rest = rest[(close + 1)..];
        record.Add("query_type"u8, Next(ref rest));
        record.Add("query"u8, Dotted(rest.Trim((byte)' ')));
        record.Add(
            "event"u8,
            isReceived
                ? (isResponse ? "forward-answer"u8 : "query"u8)
                : (isResponse ? "answer"u8 : "forward"u8)
        );
        record.Add(isReceived != isResponse ? "src_ip"u8 : "dst_ip"u8, remote);
    }

    /// <summary><c>(3)www(7)example(3)org(0)</c> as www.example.org; what is no such name, as it stands.</summary>
    static ReadOnlySpan<byte> Dotted(ReadOnlySpan<byte> text)
    {
        var name = new byte[text.Length];
        var length = 0;
        var rest = text;
        while (!rest.IsEmpty)
        {
            var close = rest.IndexOf((byte)')');
            if (
                rest[0] != '('
                || close < 2
                || !Fields.TryInt(rest[1..close], out var label)
                || label < 0
                || label > rest.Length - close - 1
            )
            {
                return text;
            }

            if (label == 0)
            {
                break;
            }

            if (length > 0)
            {
                name[length++] = (byte)'.';
            }

            rest.Slice(close + 1, label).CopyTo(name.AsSpan(length));
            length += label;
            rest = rest[(close + 1 + label)..];
        }

        // The root has no labels.
        return length == 0 ? "."u8
            : Utf8.IsValid(name.AsSpan(0, length)) ? name.AsSpan(0, length)
            : text;
    }

    static ReadOnlySpan<byte> Next(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart((byte)' ');
        return Fields.Cut(ref rest, (byte)' ');
    }
}
