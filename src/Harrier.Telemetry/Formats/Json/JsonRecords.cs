using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Json;

/// <summary>The objects of a JSON text as records; what is none is rejected with its line, and the next one is read.</summary>
/// <remarks>A record's number is its place among the objects of the file.</remarks>
sealed class JsonRecords(JsonObjects objects, IRecordHandler handler)
{
    readonly JsonFields _fields = new();

    /// <summary>
    /// Whether content is mostly objects, and any of the first fits; for detection. What stands above them, or is left of one that was cut,
    /// tells nothing.
    /// </summary>
    public static bool HasAny(ReadOnlySpan<byte> head, Func<Record, bool> fits)
    {
        const int looked = 10;
        if (!head.Contains((byte)'{'))
        {
            return false;
        }

        var objects = new JsonObjects(new MemoryStream(head.ToArray()));
        var record = new Record();
        var fields = new JsonFields();
        var (places, whole, any) = (0, 0, false);
        while (places < looked && objects.Read())
        {
            if (objects.Fault is not null && IsTitle(objects.Object))
            {
                continue;
            }

            places++;
            if (objects.Fault is null && TryRead(fields, objects.Object, record))
            {
                whole++;
                any |= fits(record);
            }
        }

        // The head cuts the last one.
        places -= places > 1 && places < looked && head.Length >= Survey.HeadBytes ? 1 : 0;
        return any && whole * 10 >= places * 6;
    }

    /// <summary>'Record 7', which evtx_dump writes above each event.</summary>
    public static bool IsTitle(ReadOnlySpan<byte> text)
    {
        var line = Fields.FirstLine(text);
        return Fields.TryCutPrefix(ref line, "Record "u8)
            && line.Trim((byte)' ').IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    static bool TryRead(JsonFields fields, ReadOnlySpan<byte> text, Record record)
    {
        record.Clear();
        try
        {
            fields.Read(text, record);
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
