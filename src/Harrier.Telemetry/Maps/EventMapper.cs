using System.Buffers.Text;
using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>Turns the records of one file into rows of the classes, as the source maps say. Not for several threads.</summary>
public sealed class EventMapper
{
    /// <summary>Longest value kept in a column or in <c>extra</c>; longer ones are cut, and <c>extra</c> names them in <c>_cut</c>.</summary>
    public const int MaxValueBytes = 1 << 20;

    /// <summary>Fields that a message names.</summary>
    const int MaxNamed = 9;

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
            "Timestamp",
            "eventTime",
            "event_time",
            "EventTimestamp",
            "datetime",
            "date",
            "CreationTime",
            "CreationDate",
            "createdDateTime",
            "created_at",
            "createdAt",
            "published",
            "startTime",
            "start_time",
            "start",
            "unixTime",
            "timestamp_ms",
            "receiveTimestamp",
            "date + ' ' + time",
            "Date + ' ' + Time",
        }.Select(FieldExpression.Parse),
    ];

    readonly LogClock _clock;
    readonly LogClock _utc = LogClock.Utc;
    readonly byte[] _importId;
    readonly byte[] _fileName;
    readonly SourceMap[] _maps;
    readonly long[] _rowsOfMap;
    readonly ByShape<ShapePlan> _plans;
    readonly JsonText _extra = new();
    readonly Scratch _scratch = new();
    bool[] _isUsed = new bool[64];
    int[] _setInRow = [];
    int _row;
    long _rowsOfNone;
    string? _repaired;
    string? _borrowedFrom;
    byte[] _asLogged = [];

    public EventMapper(
        SourceMaps maps,
        string format,
        string importId,
        string fileName,
        ReadOptions options
    )
    {
        _clock = options.Clock;
        _importId = Encoding.UTF8.GetBytes(importId);
        _fileName = Encoding.UTF8.GetBytes(fileName);
        _maps = [.. maps.Maps.Where(map => map.Formats.Contains(format))];
        _rowsOfMap = new long[_maps.Length];
        _plans = new ByShape<ShapePlan>(shape => new ShapePlan(shape, _maps, s_anyTime));
    }

    /// <summary>Rows that each map made, by its id; those that no map took under <c>none</c>.</summary>
    public IReadOnlyDictionary<string, long> RowsBySource
    {
        get
        {
            var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
            for (var map = 0; map < _maps.Length; map++)
            {
                if (_rowsOfMap[map] > 0)
                {
                    rows[_maps[map].Id] = _rowsOfMap[map];
                }
            }

            if (_rowsOfNone > 0)
            {
                rows["none"] = _rowsOfNone;
            }

            return rows;
        }
    }

    /// <summary>Counts the rows of another mapper with the same maps.</summary>
    internal void Join(EventMapper other)
    {
        _rowsOfNone += other._rowsOfNone;
        for (var map = 0; map < _rowsOfMap.Length; map++)
        {
            _rowsOfMap[map] += other._rowsOfMap[map];
        }
    }

    /// <summary>Where records without a time get one: from the record before, else from the file. Null: they are refused.</summary>
    internal BorrowedTimes? Borrowed { get; init; }

    /// <summary>The last row's time is not its record's own.</summary>
    internal bool IsTimeBorrowed => _borrowedFrom is not null;

    /// <summary>Puts times right; null where there is nothing to repair.</summary>
    internal ClockRepair? Repair { get; init; }

    /// <summary>Where wanted: the columns of the last record in the order they were set, and the expression that gave each.</summary>
    internal List<(Column Column, FieldExpression Value)>? Trace { get; init; }

    /// <summary>How usual a field's name is for the time, from 0 for the most; -1 where it is not among those looked at without a map.</summary>
    internal static int RankOfTime(byte[] name) =>
        Array.FindIndex(s_anyTime, time => time.Fields[0].AsSpan().SequenceEqual(name));

    /// <summary>A map takes the record.</summary>
    internal bool HasMapFor(Record record) =>
        _plans[record.Shape].MapOf(record, _scratch) is not null;

    /// <summary>A map takes the record and knows what event it is.</summary>
    internal bool HasEventFor(Record record) =>
        _plans[record.Shape].MapOf(record, _scratch)?.EventOf(record, _scratch)
            is { IsUnknown: false };

    /// <summary>When the record happened, UTC; null where it does not say.</summary>
    internal DateTime? TimeOf(Record record)
    {
        BeginRecord(record);
        var plan = _plans[record.Shape];
        return TryTime(record, plan.MapOf(record, _scratch)?.Times ?? plan.AnyTimes, out var time)
            ? DateTime.UnixEpoch.AddMicroseconds(time)
            : null;
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
        var plan = _plans[record.Shape];
        var map = plan.MapOf(record, _scratch);
        var one = map?.EventOf(record, _scratch) ?? plan.Unmapped;
        eventClass = one.Class;
        BeginRecord(record);
        var times = map?.Times ?? plan.AnyTimes;
        if (!TryTime(record, times, out var time) && !TryBorrow(record, out time))
        {
            reason = NoTime(record, times);
            return false;
        }

        var batch = batches[eventClass];
        batch.SetInt(CommonColumns.Time, time);
        batch.SetText(CommonColumns.Import, _importId);
        batch.SetText(CommonColumns.File, _fileName);
        batch.SetInt(CommonColumns.Record, record.Number);
        BeginRow(batch);
        if (map is not null)
        {
            batch.SetText(CommonColumns.Source, map.Source);
            Fill(record, batch, one.Columns);
            _rowsOfMap[map.Index]++;
        }
        else
        {
            _rowsOfNone++;
        }

        WriteExtra(record, batch, plan, one.IsNamed);
        batch.EndRow();
        return true;
    }

    void BeginRecord(Record record)
    {
        if (_isUsed.Length < record.Count)
        {
            Array.Resize(ref _isUsed, Math.Max(_isUsed.Length * 2, record.Count));
        }

        Array.Clear(_isUsed, 0, record.Count);
        (_repaired, _borrowedFrom) = (null, null);
        Trace?.Clear();
    }

    void BeginRow(EventBatch batch)
    {
        if (_setInRow.Length < batch.Class.Columns.Count)
        {
            Array.Resize(ref _setInRow, batch.Class.Columns.Count);
        }

        _row = unchecked(_row + 1);
    }

    /// <remarks>The first expression of a column that has a value wins: what a later one would have taken is not used, and stays in extra.</remarks>
    void Fill(Record record, EventBatch batch, PlacedColumn[] columns)
    {
        foreach (var placed in columns)
        {
            var (column, expression, hasOthers) = placed;
            if (
                !(hasOthers && _setInRow[column.Ordinal] == _row)
                && expression.TryGet(record, _scratch, out var value, out var used)
                && TrySet(batch, column, value, expression.Expression.IsUtc)
            )
            {
                if (hasOthers)
                {
                    _setInRow[column.Ordinal] = _row;
                }

                Trace?.Add((column, expression.Expression));
                expression.MarkUsed(used, _isUsed);
            }
        }
    }

    /// <summary>False where the value is nothing that the column can hold.</summary>
    bool TrySet(EventBatch batch, Column column, ReadOnlySpan<byte> value, bool isUtc)
    {
        switch (column.Type)
        {
            case ColumnType.Time:
                if (!TimeText.TryParse(value, isUtc ? _utc : _clock, out var time))
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
                batch.SetText(column.Ordinal, Bounded(value));
                return true;
        }
    }

    bool TryTime(Record record, PlacedExpression[] times, out long time)
    {
        foreach (var expression in times)
        {
            if (
                expression.TryGet(record, _scratch, out var value, out var used)
                && TimeText.TryParse(value, expression.Expression.IsUtc ? _utc : _clock, out time)
            )
            {
                _clock.Follow(time);
                Trace?.Add((EventClasses.Other.Columns[CommonColumns.Time], expression.Expression));
                expression.MarkUsed(used, _isUsed);
                Correct(record, expression.Expression, value, ref time);
                Borrowed?.See(time);
                return true;
            }
        }

        time = 0;
        return false;
    }

    /// <summary>What older use of a file left behind stands in no order.</summary>
    bool TryBorrow(Record record, out long time)
    {
        time = 0;
        return Borrowed is { } borrowed
            && !record.IsRecovered
            && borrowed.TryGet(out time, out _borrowedFrom);
    }

    /// <summary>Puts a time right that a wrong clock wrote, and keeps it as it was.</summary>
    void Correct(
        Record record,
        FieldExpression expression,
        ReadOnlySpan<byte> written,
        ref long time
    )
    {
        if (
            Repair is not null
            && expression.Fields.FirstOrDefault(name => record.Find(name) >= 0) is { } field
        )
        {
            _repaired = Repair.Repair(record, field, ref time);
            _asLogged = _repaired is null ? [] : written.ToArray();
        }
    }

    static string NoTime(Record record, PlacedExpression[] times)
    {
        var present = Array.Find(
            times,
            time => time.Expression.Fields.Any(name => record.Find(name) >= 0)
        );
        return present is null
            ? $"No field holds a time; looked at {string.Join(", ", times.Take(MaxNamed).Select(time => time.Expression.Text))}{(times.Length > MaxNamed ? " and the like" : "")}."
            : $"Field {present.Expression.Text} holds no time that Harrier reads.";
    }

    /// <summary>What no column holds, as JSON. A field that an expression names but that holds nothing ('-') is left out.</summary>
    void WriteExtra(Record record, EventBatch batch, ShapePlan plan, bool[] isNamed)
    {
        _extra.Clear();
        var isCut = record.Bytes > MaxValueBytes && HasLongValue(record);
        if (_repaired is not null)
        {
            _extra.Property(",\"_time_as_logged\":"u8);
            _extra.Text(ValidText(_asLogged));
            _extra.Property(",\"_time_repair\":"u8);
            _extra.Text(Encoding.UTF8.GetBytes(_repaired));
        }

        if (_borrowedFrom is not null)
        {
            _extra.Property(",\"_time_from\":"u8);
            _extra.Text(Encoding.UTF8.GetBytes(_borrowedFrom));
        }

        for (var field = 0; field < record.Count; field++)
        {
            if (_isUsed[field])
            {
                continue;
            }

            var value = record.Value(field);
            if (value.Length == 0 || (isNamed[field] && FieldExpression.IsNothing(value)))
            {
                continue;
            }

            _extra.Property(plan.Property(field));
            if (record.Kind(field) == FieldKind.Text || value.Length > MaxValueBytes)
            {
                _extra.Text(ValidText(value));
            }
            else
            {
                _extra.Raw(value);
            }
        }

        if (isCut)
        {
            WriteCut(record, plan);
        }

        if (!_extra.IsEmpty)
        {
            batch.SetText(CommonColumns.Extra, _extra.End());
        }
    }

    static bool HasLongValue(Record record)
    {
        for (var field = 0; field < record.Count; field++)
        {
            if (record.Value(field).Length > MaxValueBytes)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Names of the fields whose values were too long, with their whole length in bytes.</summary>
    void WriteCut(Record record, ShapePlan plan)
    {
        var cut = new JsonText();
        for (var field = 0; field < record.Count; field++)
        {
            if (record.Value(field).Length > MaxValueBytes)
            {
                cut.Property(plan.Property(field));
                cut.Raw(Encoding.UTF8.GetBytes($"{record.Value(field).Length}"));
            }
        }

        _extra.Property(",\"_cut\":"u8);
        _extra.Raw(cut.End());
    }

    /// <summary>A number that a column can hold: decimal or 0x-hexadecimal.</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> value, out long number)
    {
        if (TryDigits(value, out number))
        {
            return true;
        }

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

    /// <summary>A number of digits only that surely fits: what nearly all are.</summary>
    static bool TryDigits(ReadOnlySpan<byte> value, out long number)
    {
        const int surelyFits = 18;
        number = 0;
        if (value.Length is 0 or > surelyFits)
        {
            return false;
        }

        foreach (var digit in value)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = number * 10 + (digit - '0');
        }

        return true;
    }

    /// <summary>UTF-8 as it is, or with what is none replaced; bounded.</summary>
    internal static ReadOnlySpan<byte> ValidText(ReadOnlySpan<byte> value)
    {
        value = Bounded(value);
        return System.Text.Unicode.Utf8.IsValid(value)
            ? value
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value));
    }

    static ReadOnlySpan<byte> Bounded(ReadOnlySpan<byte> value) =>
        value.Length > MaxValueBytes ? value[..MaxValueBytes] : value;
}
