using System.Buffers;
using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>Turns the records of one file into rows of the classes, as the source maps say. Not for several threads.</summary>
public sealed class EventMapper : IDisposable
{
    /// <summary>Longest value kept in a column or in <c>extra</c>; longer ones are cut, and <c>extra</c> names them in <c>_cut</c>.</summary>
    public const int MaxValueBytes = 1 << 20;

    // Where no map says better.
    static readonly byte[][] s_anyTime =
    [
        .. new[]
        {
            "UtcTime",
            "TimeCreated",
            "@timestamp",
            "ts",
            "timestamp",
            "time",
            "EventTime",
            "_time",
            "TimeGenerated",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    readonly ReadOptions _options;
    readonly byte[] _importId;
    readonly byte[] _fileName;
    readonly List<MapPlan> _plans;
    readonly ArrayBufferWriter<byte> _json = new();
    readonly Utf8JsonWriter _writer;
    bool[] _isUsed = new bool[64];
    int[] _setInRow = [];
    int _row;

    public EventMapper(
        SourceMaps maps,
        string format,
        string importId,
        string fileName,
        ReadOptions options
    )
    {
        _options = options;
        _importId = Encoding.UTF8.GetBytes(importId);
        _fileName = Encoding.UTF8.GetBytes(fileName);
        _plans =
        [
            .. maps.Maps.Where(map => map.Formats.Contains(format)).Select(map => new MapPlan(map)),
        ];
        _writer = new Utf8JsonWriter(
            _json,
            new JsonWriterOptions
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                SkipValidation = true,
            }
        );
    }

    /// <summary>Adds the record's row to the batch of its class.</summary>
    /// <param name="eventClass">The class it went to.</param>
    /// <param name="reason">Why it has no row: no field holds a time.</param>
    public bool TryMap(
        Record record,
        EventBatches batches,
        out EventClass eventClass,
        out string reason
    )
    {
        reason = "";
        var plan = _plans.Find(candidate => candidate.Takes(record));
        var events = plan?.For(record);
        eventClass = events?.Class ?? EventClasses.Other;
        if (!TryTime(record, plan, out var time, out var timeField))
        {
            reason = NoTime(record, plan);
            return false;
        }

        var batch = batches[eventClass];
        batch.SetInt(CommonColumns.Time, time);
        batch.SetText(CommonColumns.Import, _importId);
        batch.SetText(CommonColumns.File, _fileName);
        batch.SetInt(CommonColumns.Record, record.Number);
        BeginRow(record, batch);
        _isUsed[timeField] = true;
        // An event's own columns come first: what they replace of the common ones is not used, and stays in extra.
        if (events is not null)
        {
            Fill(record, batch, events.Columns);
        }

        if (plan is not null)
        {
            batch.SetText(CommonColumns.Source, plan.Source);
            Fill(record, batch, plan.Common);
        }

        WriteExtra(record, batch, events?.Named ?? plan?.NamedByCommon);
        batch.EndRow();
        return true;
    }

    public void Dispose() => _writer.Dispose();

    void BeginRow(Record record, EventBatch batch)
    {
        if (_isUsed.Length < record.Count)
        {
            Array.Resize(ref _isUsed, Math.Max(_isUsed.Length * 2, record.Count));
        }

        Array.Clear(_isUsed, 0, record.Count);
        if (_setInRow.Length < batch.Class.Columns.Count)
        {
            Array.Resize(ref _setInRow, batch.Class.Columns.Count);
        }

        _row = unchecked(_row + 1);
    }

    void Fill(
        Record record,
        EventBatch batch,
        IReadOnlyList<(Column Column, FieldExpression Value)> columns
    )
    {
        foreach (var (column, expression) in columns)
        {
            if (
                _setInRow[column.Ordinal] == _row
                || !expression.TryGet(record, out var value, out var used)
                || !TrySet(batch, column, value)
            )
            {
                continue;
            }

            _setInRow[column.Ordinal] = _row;
            if (used.First >= 0)
            {
                _isUsed[used.First] = true;
            }

            if (used.Second >= 0)
            {
                _isUsed[used.Second] = true;
            }
        }
    }

    /// <summary>False where the value is nothing that the column can hold.</summary>
    bool TrySet(EventBatch batch, Column column, ReadOnlySpan<byte> value)
    {
        switch (column.Type)
        {
            case ColumnType.Time:
                if (!TimeText.TryParse(value, _options.ZoneOffset, _options.Year, out var time))
                {
                    return false;
                }

                batch.SetInt(column.Ordinal, time);
                return true;
            case ColumnType.Int:
                if (!TryNumber(value, out var number))
                {
                    return false;
                }

                batch.SetInt(column.Ordinal, number);
                return true;
            default:
                batch.SetText(column.Ordinal, ValidText(value));
                return true;
        }
    }

    bool TryTime(Record record, MapPlan? plan, out long time, out int field)
    {
        foreach (var name in plan?.Times is { Count: > 0 } times ? times : s_anyTime)
        {
            field = record.Find(name);
            if (
                field >= 0
                && TimeText.TryParse(
                    record.Value(field),
                    _options.ZoneOffset,
                    _options.Year,
                    out time
                )
            )
            {
                return true;
            }
        }

        field = -1;
        time = 0;
        return false;
    }

    static string NoTime(Record record, MapPlan? plan)
    {
        var names = plan?.Times is { Count: > 0 } times ? times : s_anyTime;
        var present = names.FirstOrDefault(name => record.Find(name) >= 0);
        return present is null
            ? $"No field holds a time; looked at {string.Join(", ", names.Select(Encoding.UTF8.GetString))}."
            : $"Field {Encoding.UTF8.GetString(present)} holds no time that Harrier reads.";
    }

    /// <summary>What no column holds, as JSON. A field that a column names but that holds nothing ('-') is left out.</summary>
    void WriteExtra(Record record, EventBatch batch, HashSet<ulong>? named)
    {
        _json.ResetWrittenCount();
        _writer.Reset(_json);
        var any = false;
        var isCut = false;
        for (var field = 0; field < record.Count; field++)
        {
            var name = record.Name(field);
            var value = record.Value(field);
            isCut |= value.Length > MaxValueBytes;
            if (
                _isUsed[field]
                || value.Length == 0
                || (FieldExpression.IsNothing(value) && (named?.Contains(NameHash(name)) ?? false))
            )
            {
                continue;
            }

            StartObject(ref any);
            _writer.WritePropertyName(ValidText(name));
            if (record.Kind(field) == FieldKind.Text || value.Length > MaxValueBytes)
            {
                _writer.WriteStringValue(ValidText(value));
            }
            else
            {
                _writer.WriteRawValue(value, skipInputValidation: true);
            }
        }

        if (isCut)
        {
            StartObject(ref any);
            WriteCut(record);
        }

        if (any)
        {
            _writer.WriteEndObject();
            _writer.Flush();
            batch.SetText(CommonColumns.Extra, _json.WrittenSpan);
        }
    }

    void StartObject(ref bool isOpen)
    {
        if (!isOpen)
        {
            _writer.WriteStartObject();
            isOpen = true;
        }
    }

    /// <summary>Names of the fields whose values were too long, with their whole length in bytes.</summary>
    void WriteCut(Record record)
    {
        _writer.WriteStartObject("_cut"u8);
        for (var field = 0; field < record.Count; field++)
        {
            if (record.Value(field).Length > MaxValueBytes)
            {
                _writer.WriteNumber(ValidText(record.Name(field)), record.Value(field).Length);
            }
        }

        _writer.WriteEndObject();
    }

    static bool TryNumber(ReadOnlySpan<byte> value, out long number)
    {
        value = value.Trim((byte)' ');
        if (value.StartsWith("0x"u8) || value.StartsWith("0X"u8))
        {
            return Utf8Parser.TryParse(value[2..], out number, out var hexLength, 'x')
                && hexLength == value.Length - 2;
        }

        if (Utf8Parser.TryParse(value, out number, out var length) && length == value.Length)
        {
            return true;
        }

        // JSON and Zeek write some whole numbers with a point.
        return length > 0
            && length < value.Length
            && value[length] == '.'
            && value[(length + 1)..].IndexOfAnyExcept((byte)'0') < 0;
    }

    /// <summary>UTF-8 as it is, or with what is none replaced; bounded.</summary>
    static ReadOnlySpan<byte> ValidText(ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxValueBytes)
        {
            value = value[..MaxValueBytes];
        }

        return System.Text.Unicode.Utf8.IsValid(value)
            ? value
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value));
    }

    static ulong NameHash(ReadOnlySpan<byte> name) => XxHash3.HashToUInt64(name);

    /// <summary>A map made ready: conditions tried in order, fields that columns name known by hash.</summary>
    sealed class MapPlan
    {
        readonly SourceMap _map;
        readonly List<EventPlan> _events;

        public MapPlan(SourceMap map)
        {
            _map = map;
            Source = Encoding.UTF8.GetBytes(map.Id);
            Times = [.. map.Times.Select(Encoding.UTF8.GetBytes)];
            Common =
            [
                .. map.Common.Select(pair => (EventClasses.Other.Find(pair.Column)!, pair.Value)),
            ];
            NamedByCommon =
            [
                .. Common.SelectMany(pair => pair.Value.Fields).Select(field => NameHash(field)),
            ];
            _events = [.. map.Events.Select(one => new EventPlan(one, NamedByCommon))];
        }

        public byte[] Source { get; }
        public IReadOnlyList<byte[]> Times { get; }
        public IReadOnlyList<(Column Column, FieldExpression Value)> Common { get; }
        public HashSet<ulong> NamedByCommon { get; }

        public bool Takes(Record record)
        {
            foreach (var condition in _map.When)
            {
                if (!condition.Holds(record))
                {
                    return false;
                }
            }

            return true;
        }

        public EventPlan? For(Record record) => _events.Find(candidate => candidate.Takes(record));
    }

    sealed class EventPlan(EventMap map, HashSet<ulong> common)
    {
        public EventClass Class => map.Class;
        public IReadOnlyList<(Column Column, FieldExpression Value)> Columns => map.Columns;
        public HashSet<ulong> Named { get; } =
        [
            .. common,
            .. map.Columns.SelectMany(pair => pair.Value.Fields).Select(field => NameHash(field)),
        ];

        public bool Takes(Record record)
        {
            foreach (var condition in map.When)
            {
                if (!condition.Holds(record))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
