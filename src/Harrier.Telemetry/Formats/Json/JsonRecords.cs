using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>The objects of a JSON text as records; what is none is rejected with its line, and the next one is read.</summary>
/// <remarks>A record's number is its place among the objects of the file.</remarks>
sealed class JsonRecords(JsonObjects objects, IRecordHandler handler)
{
    readonly JsonFields _fields = new();

    /// <summary>The first object of content, for detection; false where content does not begin with one.</summary>
    public static bool TryFirst(ReadOnlySpan<byte> head, Record record)
    {
        var objects = new JsonObjects(new MemoryStream(head.ToArray()));
        if (!objects.Read() || objects.Fault is not null)
        {
            return false;
        }

        try
        {
            new JsonFields().Read(objects.Object, record);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Fills the record with the next object; false at the end.</summary>
    public bool Read(Record record, CancellationToken cancel)
    {
        while (TryNext(cancel))
        {
            record.Clear();
            record.Number = objects.Number;
            record.Position = objects.Line;
            try
            {
                _fields.Read(objects.Object, record);
                return true;
            }
            catch (JsonException fault)
            {
                Reject(fault);
            }
        }

        return false;
    }

    /// <summary>Goes to the next object without reading its fields; false at the end.</summary>
    public bool TryNext(CancellationToken cancel)
    {
        while (objects.Read())
        {
            // An object may be megabytes: it is asked at each.
            cancel.ThrowIfCancellationRequested();
            if (objects.Fault is null)
            {
                return true;
            }

            handler.Reject(objects.Line, objects.Fault, Fields.Head(objects.Object));
        }

        return false;
    }

    /// <summary>Rejects the current object.</summary>
    public void Reject(Exception fault) =>
        handler.Reject(
            objects.Line,
            $"it is no JSON object: {fault.Message}",
            Fields.Head(objects.Object)
        );
}
