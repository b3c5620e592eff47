using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Zeek;

/// <summary>
/// Logs of the network monitor Zeek, as tab-separated text (<see cref="ZeekTsv"/>) or JSON lines (<see cref="ZeekJson"/>).
/// Both give the same field names (<c>id.orig_h</c>) and a field <c>_path</c> with the type of log, so one map serves both.
/// </summary>
public sealed class ZeekFormat : ILogFormat
{
    public string Name => "zeek";

    public LineMemory MemoryOf(ReadOnlySpan<byte> head) => LineMemory.Headers;

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var start = SkipNotes(head);
        return start.StartsWith("#separator"u8) ? 100
            : start.StartsWith("#fields\t"u8) ? 90
            : DetectJson(Fields.FirstObjectLine(start), fileName);
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content, range: options.Lines);
        // A line decides, not the file: collectors append JSON to a log that began as text.
        var tsv = new ZeekTsv(PathOfName(options.FileName), handler);
        var json = new ZeekJson(PathOfName(options.FileName), handler);
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", lines.Line);
            }
            else if (lines.Line.Length > 0 && lines.Line[0] == '{' && !tsv.HasHeader)
            {
                json.Read(lines.Line, lines.Number);
            }
            else if (lines.Line.Length > 0)
            {
                tsv.Read(lines.Line, lines.Number);
            }
        }

        tsv.End();
    }

    /// <summary>Type of log that a file name tells: conn of <c>2024/conn.03:00:00-04:00:00.log.gz</c>, kerberos of <c>DC1_kerberos.log</c>.</summary>
    internal static string PathOfName(string fileName)
    {
        var name = fileName[(fileName.LastIndexOfAny(['/', '\\', '!']) + 1)..];
        var dot = name.IndexOf('.');
        name = dot < 0 ? name : name[..dot];
        if (ZeekPaths.Known.Contains(name))
        {
            return name;
        }

        // A sensor's name stands before the type, joined by '_', and a type may hold '_' itself: the longest known end wins.
        for (var at = name.IndexOf('_'); at >= 0; at = name.IndexOf('_', at + 1))
        {
            if (ZeekPaths.Known.Contains(name[(at + 1)..]))
            {
                return name[(at + 1)..];
            }
        }

        return name;
    }

    static int DetectJson(ReadOnlySpan<byte> line, string fileName)
    {
        if (line.IndexOf("\"@proc\":\"zeek\""u8) >= 0)
        {
            return 95;
        }

        if (line.IndexOf("\"ts\""u8) < 0 && line.IndexOf("\"_path\""u8) < 0)
        {
            return 0;
        }

        var hasConnection =
            line.IndexOf("\"id.orig_h\""u8) >= 0 || line.IndexOf("\"id_orig_h\""u8) >= 0;
        if (line.IndexOf("\"_path\""u8) >= 0 || (hasConnection && line.IndexOf("\"uid\""u8) >= 0))
        {
            return 95;
        }

        var named = ZeekPaths.Known.Contains(PathOfName(fileName));
        return hasConnection ? 90
            : named ? 75
            : 0;
    }

    /// <summary>Passes over empty lines and lines with three number signs, which test suites put first.</summary>
    static ReadOnlySpan<byte> SkipNotes(ReadOnlySpan<byte> head)
    {
        while (
            head.StartsWith("###"u8)
            || head.StartsWith("\n"u8)
            || head.StartsWith("\r"u8)
            || head.StartsWith(" "u8)
        )
        {
            var end = head.IndexOf((byte)'\n');
            if (end < 0)
            {
                return default;
            }

            head = head[(end + 1)..];
        }

        return head;
    }
}
