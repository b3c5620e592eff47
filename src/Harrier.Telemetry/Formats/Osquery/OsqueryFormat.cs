using System.Text.Json;
using Harrier.Telemetry.Formats.Json;

namespace Harrier.Telemetry.Formats.Osquery;

/// <summary>Results of osquery as JSON lines: one row each (differential), or all rows of a query at once (snapshot, batch).</summary>
/// <remarks>Each row is a record: the outer fields, <c>action</c> (added, removed, snapshot), and the row's under <c>columns.</c>, whichever way it was written.</remarks>
public sealed class OsqueryFormat : ILogFormat
{
    /// <summary>Rows of one snapshot that are read, and bytes of outer fields that are repeated with each.</summary>
    const int MaxRows = 100_000;
    const int MaxOuterBytes = 16 * 1024;

    static readonly (byte[] List, byte[] Action)[] s_lists =
    [
        ("snapshot"u8.ToArray(), "snapshot"u8.ToArray()),
        ("diffResults.added"u8.ToArray(), "added"u8.ToArray()),
        ("diffResults.removed"u8.ToArray(), "removed"u8.ToArray()),
    ];

    public string Name => "osquery";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        JsonRecords.HasAny(
            head,
            record =>
                record.Find("hostIdentifier"u8) >= 0
                && record.Find("name"u8) >= 0
                && (
                    HasColumns(record) || Array.Exists(s_lists, list => record.Find(list.List) >= 0)
                )
        )
            ? 70
            : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var records = new JsonRecords(new JsonObjects(content), handler);
        var json = new JsonFields();
        var whole = new Record();
        var row = new Record();
        while (records.Read(whole, cancel))
        {
            if (!Array.Exists(s_lists, list => whole.Find(list.List) >= 0))
            {
                handler.Accept(whole);
                continue;
            }

            try
            {
                ReadLists(whole, row, json, handler);
            }
            catch (JsonException fault)
            {
                records.Reject(fault);
            }
        }
    }

    static bool HasColumns(Record record)
    {
        for (var field = 0; field < record.Count; field++)
        {
            if (record.Name(field).StartsWith("columns."u8))
            {
                return true;
            }
        }

        return false;
    }

    static void ReadLists(Record whole, Record row, JsonFields json, IRecordHandler handler)
    {
        var rows = 0;
        foreach (var (list, action) in s_lists)
        {
            if (!whole.TryGet(list, out var array))
            {
                continue;
            }

            var reader = new Utf8JsonReader(
                array,
                new JsonReaderOptions { MaxDepth = JsonFields.MaxDepth }
            );
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (++rows > MaxRows)
                {
                    handler.Reject(
                        whole.Position,
                        $"the result has more than {MaxRows} rows; the rest is left out",
                        default
                    );
                    return;
                }

                row.Clear();
                row.Number = whole.Number;
                row.Position = whole.Position;
                row.Add("action"u8, action);
                AddOuter(whole, row);
                json.Read(array[start..(int)reader.BytesConsumed], row, "columns"u8);
                handler.Accept(row);
            }
        }

        if (rows == 0)
        {
            // A query that found nothing is a result too.
            handler.Accept(whole);
        }
    }

    static void AddOuter(Record whole, Record row)
    {
        for (var field = 0; field < whole.Count; field++)
        {
            var name = whole.Name(field);
            if (
                whole.Kind(field) != FieldKind.Json
                && !name.SequenceEqual("action"u8)
                && row.Bytes + name.Length + whole.Value(field).Length <= MaxOuterBytes
            )
            {
                row.Add(name, whole.Value(field), whole.Kind(field));
            }
        }
    }
}
