using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>The PATH messages of an event: the file it is about, as a whole path, and all of them.</summary>
sealed class AuditPaths
{
    const int MaxItems = 1000;
    const int MaxPathBytes = 8192;

    readonly List<Item> _items = [];
    readonly ArrayBufferWriter<byte> _json = new();

    public void Clear() => _items.Clear();

    public void Add(ReadOnlySpan<byte> body)
    {
        if (_items.Count == MaxItems)
        {
            return;
        }

        var fields = new List<(string Key, string Value)>();
        var pairs = new KeyValues(body, hasEscapes: false);
        while (pairs.Read())
        {
            if (!pairs.Value.SequenceEqual("(null)"u8))
            {
                var key = Encoding.UTF8.GetString(pairs.Key);
                var value = AuditValue.Decode(key, pairs.Value, pairs.IsQuoted);
                fields.Add((key, Encoding.UTF8.GetString(value)));
            }
        }

        _items.Add(new Item(fields));
    }

    /// <summary>Adds <c>path</c>, <c>nametype</c> and, where there are several or they say more, <c>paths</c>.</summary>
    public void AddTo(Record record)
    {
        if (_items.Count == 0)
        {
            return;
        }

        var isStart = record.TryGet("syscall"u8, out var call) && call.StartsWith("execve"u8);
        // A program's script and interpreter come after it; of a file's folder and itself, itself is what changes.
        var main = isStart
            ? _items[0]
            : _items.FindLast(item => item.Kind == "CREATE")
                ?? _items.FindLast(item => item.Kind == "DELETE")
                ?? _items.FindLast(item => item.Kind != "PARENT" && item.Name.Length > 0)
                ?? _items[^1];
        if (Whole(main, record) is { Length: > 0 } path)
        {
            record.Add("path", path);
        }

        if (main.Kind.Length > 0)
        {
            record.Add("nametype", main.Kind);
        }

        record.Add("paths"u8, Json(), FieldKind.Json);
    }

    string Whole(Item main, Record record)
    {
        var name = main.Name;
        if (name.StartsWith('/') || name.Length is 0 or > MaxPathBytes)
        {
            return name;
        }

        // A name from an open folder (openat) is told by the folder's own item, where that is whole.
        var folder =
            _items.Find(item => item.Kind == "PARENT" && item.Name.StartsWith('/'))?.Name
            ?? (record.TryGet("cwd"u8, out var cwd) ? Encoding.UTF8.GetString(cwd) : "");
        return folder.StartsWith('/') ? Normal(folder + "/" + name) : name;
    }

    /// <summary>Without <c>.</c>, <c>..</c> and doubled slashes.</summary>
    static string Normal(string path)
    {
        var kept = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == "..")
            {
                if (kept.Count > 0)
                {
                    kept.RemoveAt(kept.Count - 1);
                }
            }
            else if (part is not ("" or "."))
            {
                kept.Add(part);
            }
        }

        return "/" + string.Join('/', kept);
    }

    ReadOnlySpan<byte> Json()
    {
        _json.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(
            _json,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        );
        writer.WriteStartArray();
        foreach (var item in _items)
        {
            writer.WriteStartObject();
            foreach (var (key, value) in item.Fields.DistinctBy(pair => pair.Key))
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.Flush();
        return _json.WrittenSpan;
    }

    sealed record Item(List<(string Key, string Value)> Fields)
    {
        public string Name { get; } = Of(Fields, "name");

        /// <summary>NORMAL, PARENT, CREATE, DELETE; <c>objtype</c> in RHEL 7's kernel.</summary>
        public string Kind { get; } =
            Of(Fields, "nametype") is { Length: > 0 } kind ? kind : Of(Fields, "objtype");

        static string Of(List<(string Key, string Value)> fields, string key) =>
            fields.Find(pair => pair.Key == key).Value ?? "";
    }
}
