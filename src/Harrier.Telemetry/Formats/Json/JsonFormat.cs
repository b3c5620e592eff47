using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>Events as JSON of any product: what they mean is for the source maps, chosen by the fields an event has.</summary>
/// <remarks>Nested names are joined with dots (<see cref="JsonFields"/>). A record's number is its place among the objects of the file.</remarks>
public sealed class JsonFormat : ILogFormat
{
    public string Name => "json";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        JsonRecords.HasAny(head, HasTime) ? 30 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var records = new JsonRecords(new JsonObjects(content), handler);
        var record = new Record();
        while (records.Read(record, cancel))
        {
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
