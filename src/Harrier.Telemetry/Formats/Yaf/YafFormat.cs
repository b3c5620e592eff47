using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Yaf;

/// <summary>Flows as yafscii prints them (<c>--tabular</c>): 23 columns with bars between, UTC.</summary>
public sealed class YafFormat : ILogFormat
{
    // yafscii(1), "Tabular".
    static readonly string[] s_columns =
    [
        "start_time",
        "end_time",
        "duration",
        "rtt",
        "protocol",
        "src_ip",
        "src_port",
        "dst_ip",
        "dst_port",
        "flags",
        "union_flags",
        "reverse_flags",
        "reverse_union_flags",
        "sequence",
        "reverse_sequence",
        "tag",
        "reverse_tag",
        "packets",
        "bytes",
        "reverse_packets",
        "reverse_bytes",
        "application",
        "end_reason",
    ];

    static readonly byte[][] s_names = [.. s_columns.Select(Encoding.UTF8.GetBytes)];

    public string Name => "yaf";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        LineRecords.AreMost(head, Parse) ? 85 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    ) =>
        LineRecords.Read(
            content,
            handler,
            Parse,
            () => $"the line has not the {s_columns.Length} columns of a YAF flow",
            cancel
        );

    static LineKind Parse(ReadOnlySpan<byte> line, Record record)
    {
        if (line.StartsWith("start-time"u8))
        {
            return LineKind.Passed;
        }

        if (
            line.Length < 19
            || line[4] != '-'
            || line[13] != ':'
            || line.Count((byte)'|') != s_names.Length - 1
        )
        {
            return LineKind.Bad;
        }

        var rest = line;
        foreach (var name in s_names)
        {
            var value = Fields.Cut(ref rest, (byte)'|').Trim((byte)' ');
            if (name == s_names[0])
            {
                record.Add("time"u8, [.. value, (byte)'Z']);
            }
            else if (!value.IsEmpty)
            {
                record.Add(name, value);
            }
        }

        return LineKind.Record;
    }
}
