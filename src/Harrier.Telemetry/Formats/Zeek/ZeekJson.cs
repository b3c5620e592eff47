using System.Buffers;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Zeek;

/// <summary>
/// Zeek's JSON lines. Names are brought to Zeek's own form (<c>id_orig_h</c> to <c>id.orig_h</c>), the type of log is <c>_path</c>,
/// <c>@stream</c> or the file's name, and elements of plain arrays are joined by ';' as in the text form.
/// </summary>
sealed class ZeekJson(string pathOfName, IRecordHandler handler)
{
    static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    readonly Record _record = new();
    readonly byte[] _pathOfName = Encoding.UTF8.GetBytes(pathOfName);
    byte[] _name = new byte[256];
    byte[] _value = new byte[1024];

    public void Read(ReadOnlySpan<byte> line, long number)
    {
        _record.Clear();
        _record.Number = number;
        _record.Position = number;
        try
        {
            var json = new Utf8JsonReader(line, Options);
            json.Read();
            ReadObject(ref json, line);
            if (json.Read())
            {
                throw new JsonException("text follows the object");
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no valid UTF-16, such as a lone surrogate.
            handler.Reject(
                number,
                "no valid JSON object: " + Short(fault.Message),
                Fields.Head(line)
            );
            return;
        }

        AddPath();
        handler.Accept(_record);
    }

    void AddPath()
    {
        if (_record.Find("_path"u8) < 0)
        {
            _record.Add(
                "_path"u8,
                _record.TryGet("@stream"u8, out var stream) ? stream.ToArray() : _pathOfName
            );
        }
    }

    void ReadObject(ref Utf8JsonReader json, ReadOnlySpan<byte> line)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref json);
            json.Read();
            switch (json.TokenType)
            {
                case JsonTokenType.String:
                    _record.Add(name, Text(ref json));
                    break;
                case JsonTokenType.Number:
                    _record.Add(name, json.ValueSpan, FieldKind.Number);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    _record.Add(name, json.ValueSpan, FieldKind.Literal);
                    break;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    AddNested(ref json, line, name);
                    break;
                default: // null: unset
                    break;
            }
        }
    }

    /// <summary>An array of plain values as text joined by ';', anything deeper as the JSON it is.</summary>
    void AddNested(ref Utf8JsonReader json, ReadOnlySpan<byte> line, scoped ReadOnlySpan<byte> name)
    {
        var start = (int)json.TokenStartIndex;
        var joined = new ArrayBufferWriter<byte>();
        var isPlain = json.TokenType == JsonTokenType.StartArray;
        var depth = json.CurrentDepth;
        var count = 0;
        while (json.Read() && json.CurrentDepth > depth)
        {
            isPlain &=
                json.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject);
            if (isPlain && json.TokenType != JsonTokenType.Null)
            {
                joined.Write(count++ == 0 ? ""u8 : ";"u8);
                joined.Write(
                    json.TokenType == JsonTokenType.String ? Text(ref json) : json.ValueSpan
                );
            }
        }

        if (isPlain)
        {
            _record.Add(name, joined.WrittenSpan);
        }
        else
        {
            var end = (int)json.TokenStartIndex + 1;
            _record.Add(name, line[start..end], FieldKind.Json);
        }
    }

    /// <summary>The property's name; <c>id_orig_h</c>, <c>id_orig_p</c>, <c>id_resp_h</c>, <c>id_resp_p</c> in their dotted form.</summary>
    ReadOnlySpan<byte> Name(scoped ref Utf8JsonReader json)
    {
        var length = Copy(ref json, ref _name);
        var name = _name.AsSpan(0, length);
        if (length == 9 && (name.StartsWith("id_orig_"u8) || name.StartsWith("id_resp_"u8)))
        {
            name[2] = (byte)'.';
        }

        return name;
    }

    ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader json)
    {
        // Copied first: it may replace the buffer.
        var length = Copy(ref json, ref _value);
        return _value.AsSpan(0, length);
    }

    static int Copy(scoped ref Utf8JsonReader json, ref byte[] target)
    {
        if (target.Length < json.ValueSpan.Length)
        {
            target = new byte[Math.Max(json.ValueSpan.Length, target.Length * 2)];
        }

        return json.CopyString(target);
    }

    static string Short(string message) =>
        message.IndexOf(" LineNumber", StringComparison.Ordinal) is var end and > 0
            ? message[..end]
            : message;
}
