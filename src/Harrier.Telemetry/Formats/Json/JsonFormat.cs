using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>Events as JSON of any product: what they mean is for the source maps, chosen by the fields an event has.</summary>
/// <remarks>Nested names are joined with dots (<see cref="JsonFields"/>). A record's number is its place among the objects of the file.</remarks>
public sealed class JsonFormat : ILogFormat
{
    public string Name => "json";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var objects = new JsonObjects(new MemoryStream(head.ToArray()));
        if (!objects.Read() || objects.Fault is not null)
        {
            return 0;
        }

        var record = new Record();
        try
        {
            new JsonFields().Read(objects.Object, record);
        }
        catch (JsonException)
        {
            return 0;
        }

        return HasTime(record) ? 30 : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var objects = new JsonObjects(content);
        var json = new JsonFields();
        var record = new Record();
        while (objects.Read())
        {
            if ((objects.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (objects.Fault is { } broken)
            {
                handler.Reject(objects.Line, broken, Fields.Head(objects.Object));
                continue;
            }

            record.Clear();
            record.Number = objects.Number;
            record.Position = objects.Line;
            try
            {
                json.Read(objects.Object, record);
            }
            catch (JsonException fault)
            {
                handler.Reject(
                    objects.Line,
                    $"it is no JSON object: {fault.Message}",
                    Fields.Head(objects.Object)
                );
                continue;
            }

            handler.Accept(record);
        }
    }

    static bool HasTime(Record record)
    {
        for (var field = 0; field < record.Count; field++)
        {
            if (TimeNames.Has(record.Name(field)))
            {
                return true;
            }
        }

        return false;
    }
}
