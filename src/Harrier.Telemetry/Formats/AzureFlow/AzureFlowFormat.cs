using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.AzureFlow;

/// <summary>
/// Flow logs of Azure's network security groups (versions 1 and 2) and virtual networks (version 4): a record holds flows of many rules,
/// each a list of tuples with commas. Every tuple is a record here.
/// </summary>
/// <remarks>
/// Fields are those of the outer record, <c>rule</c>, <c>aclID</c>, <c>mac</c>, and the tuple's: <c>start src dst sport dport protocol direction decision state
/// encryption packets_out bytes_out packets_in bytes_in</c>. A record's number is its tuple's place in the file.
/// </remarks>
public sealed class AzureFlowFormat : ILogFormat
{
    /// <summary>Longest text that is kept of the outer record with each tuple, so that many tuples can't multiply a long one.</summary>
    const int MaxOuterBytes = 512;
    const int MaxOuterFields = 24;

    static readonly string[] s_groupTuple =
    [
        "start",
        "src",
        "dst",
        "sport",
        "dport",
        "protocol",
        "direction",
        "decision",
        "state",
        "packets_out",
        "bytes_out",
        "packets_in",
        "bytes_in",
    ];

    static readonly string[] s_networkTuple =
    [
        "start",
        "src",
        "dst",
        "sport",
        "dport",
        "protocol",
        "direction",
        "state",
        "encryption",
        "packets_out",
        "bytes_out",
        "packets_in",
        "bytes_in",
    ];

    public string Name => "azure-flow";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        head.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]
        && head.IndexOf("\"flowTuples\""u8) >= 0
            ? 80
            : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var objects = new JsonObjects(content);
        var records = new JsonRecords(objects, handler);
        var reading = new Reading(handler);
        while (records.TryNext(cancel))
        {
            try
            {
                reading.Take(objects.Object, objects.Line);
            }
            // InvalidOperationException: half a surrogate pair or stray bytes, which are JSON but no text.
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                records.Reject(fault);
            }
        }
    }

    sealed class Reading(IRecordHandler handler)
    {
        readonly Record _record = new();
        readonly List<(string Name, string Value)> _outer = [];
        long _number;
        long _line;

        public void Take(ReadOnlySpan<byte> json, long line)
        {
            var reader = new Utf8JsonReader(
                json,
                new JsonReaderOptions { MaxDepth = JsonFields.MaxDepth }
            );
            using var document = JsonDocument.ParseValue(ref reader);
            _outer.Clear();
            _line = line;
            var before = _number;
            Walk(document.RootElement);
            if (_number == before)
            {
                handler.Reject(line, "the record holds no flows", Fields.Head(json));
            }
        }

        /// <summary>Goes down to the tuples; the texts on the way are theirs.</summary>
        void Walk(JsonElement element)
        {
            var before = _outer.Count;
            foreach (var property in element.EnumerateObject())
            {
                if (
                    property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number
                    && _outer.Count < MaxOuterFields
                )
                {
                    _outer.Add((Short(property.Name), Short(property.Value.ToString())));
                }
            }

            foreach (var property in element.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Object)
                {
                    Walk(property.Value);
                }
                else if (property.Value.ValueKind == JsonValueKind.Array)
                {
                    WalkList(property);
                }
            }

            _outer.RemoveRange(before, _outer.Count - before);
        }

        void WalkList(JsonProperty property)
        {
            foreach (var item in property.Value.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Object)
                {
                    Walk(item);
                }
                else if (
                    property.NameEquals("flowTuples")
                    && item.ValueKind == JsonValueKind.String
                )
                {
                    TakeTuple(item.GetString()!);
                }
            }
        }

        void TakeTuple(string tuple)
        {
            _number++;
            var parts = tuple.Split(',');
            if (parts.Length is < 8 or > 13)
            {
                handler.Reject(
                    _line,
                    $"the flow has {parts.Length} values, not 8 to 13",
                    Fields.Head(Encoding.UTF8.GetBytes(tuple))
                );
                return;
            }

            _record.Clear();
            _record.Number = _number;
            _record.Position = _line;
            // Version 4 writes the protocol's number, the older ones T or U.
            var names = int.TryParse(parts[5], out _) ? s_networkTuple : s_groupTuple;
            for (var part = 0; part < parts.Length; part++)
            {
                _record.Add(names[part], parts[part]);
            }

            foreach (var (name, value) in _outer)
            {
                _record.Add(name, value);
            }

            handler.Accept(_record);
        }

        static string Short(string text) =>
            text.Length <= MaxOuterBytes ? text : text[..MaxOuterBytes];
    }
}
