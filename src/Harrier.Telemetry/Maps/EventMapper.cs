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
    static readonly FieldExpression[] s_anyTime =
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
        }.Select(FieldExpression.Parse),
    ];

    readonly ReadOptions _options;
    readonly byte[] _importId;
    readonly byte[] _fileName;
    readonly List<MapPlan> _plans;
    readonly ArrayBufferWriter<byte> _json = new();
    readonly Utf8JsonWriter _writer;
    readonly Scratch _scratch = new();
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
        var plan = _plans.Find(candidate => candidate.Takes(record, _scratch));
        var events = plan?.For(record, _scratch);
        eventClass = events?.Class ?? EventClasses.Other;
        BeginRecord(record);
        if (!TryTime(record, plan, out var time))
        {
            reason = NoTime(record, plan);
            return false;
        }

        var batch = batches[eventClass];
        batch.SetInt(CommonColumns.Time, time);
        batch.SetText(CommonColumns.Import, _importId);
        batch.SetText(CommonColumns.File, _fileName);
        batch.SetInt(CommonColumns.Record, record.Number);
        BeginRow(batch);
        if (plan is not null)
        {
            batch.SetText(CommonColumns.Source, plan.Source);
            // An event's own columns come first: what they replace of the common ones is not used, and stays in extra.
            Fill(record, batch, events!.Columns);
        }

        WriteExtra(record, batch, events?.Named);
        batch.EndRow();
        return true;
    }

    public void Dispose() => _writer.Dispose();

    void BeginRecord(Record record)
    {
        if (_isUsed.Length < record.Count)
        {
            Array.Resize(ref _isUsed, Math.Max(_isUsed.Length * 2, record.Count));
        }

        Array.Clear(_isUsed, 0, record.Count);
    }

    void BeginRow(EventBatch batch)
    {
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
        Span<int> places = stackalloc int[FieldExpression.MaxFields];
        foreach (var (column, expression) in columns)
        {
            if (_setInRow[column.Ordinal] == _row)
            {
                continue;
            }

            Place(record, expression, places);
            if (
                expression.TryGet(record, places, _scratch, out var value, out var used)
                && TrySet(batch, column, value)
            )
            {
                _setInRow[column.Ordinal] = _row;
                MarkUsed(places, used);
            }
        }
    }

    void Place(Record record, FieldExpression expression, Span<int> places)
    {
        _scratch.Reset();
        for (var field = 0; field < expression.Fields.Count; field++)
        {
            places[field] = record.Find(expression.Fields[field]);
        }
    }

    void MarkUsed(ReadOnlySpan<int> places, ulong used)
    {
        for (var field = 0; used != 0; field++, used >>= 1)
        {
            if ((used & 1) != 0 && places[field] >= 0)
            {
                _isUsed[places[field]] = true;
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

    bool TryTime(Record record, MapPlan? plan, out long time)
    {
        Span<int> places = stackalloc int[FieldExpression.MaxFields];
        foreach (var expression in Times(plan))
        {
            Place(record, expression, places);
            if (
                expression.TryGet(record, places, _scratch, out var value, out var used)
                && TimeText.TryParse(value, _options.ZoneOffset, _options.Year, out time)
            )
            {
                MarkUsed(places, used);
                return true;
            }
        }

        time = 0;
        return false;
    }

    static IReadOnlyList<FieldExpression> Times(MapPlan? plan) =>
        plan?.Times is { Count: > 0 } times ? times : s_anyTime;

    static string NoTime(Record record, MapPlan? plan)
    {
        var times = Times(plan);
        var present = times.FirstOrDefault(time => time.Fields.Any(name => record.Find(name) >= 0));
        return present is null
            ? $"No field holds a time; looked at {string.Join(", ", times.Select(time => time.Text))}."
            : $"Field {present.Text} holds no time that Harrier reads.";
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

    /// <summary>A map made ready: an event each, tried in order, and one for records that fit none.</summary>
    sealed class MapPlan(SourceMap map)
    {
        readonly List<EventPlan> _events =
        [
            .. map.Events.Select(one => new EventPlan(map, one)),
            new EventPlan(map, new EventMap(EventClasses.Other, RecordConditions.None, [])),
        ];

        public byte[] Source { get; } = Encoding.UTF8.GetBytes(map.Id);
        public IReadOnlyList<FieldExpression> Times => map.Times;

        public bool Takes(Record record, Scratch scratch) => map.Conditions.Hold(record, scratch);

        public EventPlan For(Record record, Scratch scratch) =>
            _events.Find(candidate => candidate.Takes(record, scratch))!;
    }

    /// <summary>An event's own columns, then those common to the map that its class has.</summary>
    sealed class EventPlan(SourceMap map, EventMap one)
    {
        public EventClass Class => one.Class;

        public IReadOnlyList<(Column Column, FieldExpression Value)> Columns { get; } =
        [
            .. one.Columns,
            .. map
                .Common.Where(pair => one.Class.Find(pair.Column) is not null)
                .Select(pair => (one.Class.Find(pair.Column)!, pair.Value)),
        ];

        /// <summary>Fields that columns name, by hash.</summary>
        public HashSet<ulong> Named { get; } =
        [
            .. map
                .Common.Select(pair => pair.Value)
                .Concat(one.Columns.Select(pair => pair.Value))
                .SelectMany(value => value.Fields)
                .Select(field => NameHash(field)),
        ];

        public bool Takes(Record record, Scratch scratch) => one.Conditions.Hold(record, scratch);
    }
}
