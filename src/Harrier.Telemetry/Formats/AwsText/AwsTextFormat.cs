using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.AwsText;

/// <summary>Logs of AWS as lines of values: VPC flow logs, access logs of load balancers and of S3 (<see cref="AwsLayout"/>).</summary>
/// <remarks>Field <c>layout</c> tells which; a value <c>-</c> is none. A record's number is its line.</remarks>
public sealed class AwsTextFormat : ILogFormat
{
    const int LinesLookedAt = 5;

    public string Name => "aws-text";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var lines = new LineReader(new MemoryStream(head.ToArray()));
        var values = new SpacedValues();
        for (var looked = 0; looked < LinesLookedAt && lines.Read(); looked++)
        {
            if (
                values.TrySplit(lines.Line)
                && (AwsLayout.OfHeader(values) ?? AwsLayout.Of(values)) is not null
            )
            {
                return 90;
            }
        }

        return 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content);
        var values = new SpacedValues();
        var record = new Record();
        AwsLayout? said = null;
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (lines.Line.IsEmpty)
            {
                continue;
            }

            if (lines.IsTooLong || !values.TrySplit(lines.Line))
            {
                handler.Reject(
                    lines.Number,
                    "the line has an open quote or bracket, or is too long",
                    Fields.Head(lines.Line)
                );
            }
            else if (AwsLayout.OfHeader(values) is { } header)
            {
                said = header;
            }
            else if ((said ?? AwsLayout.Of(values)) is not { } layout)
            {
                handler.Reject(
                    lines.Number,
                    "the line is of no kind of AWS log that is known",
                    Fields.Head(lines.Line)
                );
            }
            else if (values.Count < layout.Least)
            {
                handler.Reject(
                    lines.Number,
                    $"the line has {values.Count} values and the header {layout.Least} names",
                    Fields.Head(lines.Line)
                );
            }
            else
            {
                Fill(record, lines.Number, values, layout);
                handler.Accept(record);
            }
        }
    }

    static void Fill(Record record, long line, SpacedValues values, AwsLayout layout)
    {
        record.Clear();
        record.Number = line;
        record.Position = line;
        record.Add("layout"u8, Encoding.UTF8.GetBytes(layout.Name));
        for (var value = 0; value < values.Count; value++)
        {
            var name =
                value < layout.Names.Length
                    ? layout.Names[value]
                    : Encoding.UTF8.GetBytes($"value_{value + 1}");
            record.Add(name, values[value]);
        }
    }
}
