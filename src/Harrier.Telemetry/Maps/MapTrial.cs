using System.Globalization;
using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Formats;

namespace Harrier.Telemetry.Maps;

/// <summary>What one map alone makes of a sample: events with where each column comes from, records it does not take and why, rejects.</summary>
public sealed class MapTrial : IRecordHandler
{
    /// <summary>Records and rejects of the sample that are looked at.</summary>
    public const int MostRecords = 10_000;

    // A hostile log could give a reason of its own in every record.
    const int MostReasons = 20;
    const int LongestValue = 60;

    readonly SourceMap _map;
    readonly int _limit;
    readonly EventMapper _mapper;
    readonly EventBatches _batches = new();
    readonly Scratch _scratch = new();
    readonly List<(Column Column, FieldExpression Value)> _trace = [];
    readonly List<TrialEvent> _events = [];
    readonly List<TrialReject> _rejects = [];
    readonly Dictionary<string, long> _notTaken = new(StringComparer.Ordinal);
    readonly List<string> _warnings = [];

    MapTrial(SourceMap map, string format, ReadOptions options, int limit)
    {
        _map = map;
        _limit = limit;
        Format = format;
        _mapper = new EventMapper(SourceMaps.Only(map), format, "", options.FileName, options)
        {
            Trace = _trace,
        };
    }

    /// <summary>Name of the format that the sample was read as.</summary>
    public string Format { get; }

    /// <summary>All of the sample was read; else <see cref="MostRecords"/> ended it.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Records that the reader gave: taken, not taken, and those without a time.</summary>
    public long Records { get; private set; }

    /// <summary>Events that the map made.</summary>
    public long Taken { get; private set; }

    public long Rejected { get; private set; }

    public long NotTaken => Records - Taken - WithoutTime;

    /// <summary>Records that the map takes and that have no time: they are among the rejects.</summary>
    public long WithoutTime { get; private set; }

    /// <summary>The first events.</summary>
    public IReadOnlyList<TrialEvent> Events => _events;

    /// <summary>The first rejects.</summary>
    public IReadOnlyList<TrialReject> Rejects => _rejects;

    /// <summary>Why records are not taken, by the number of records, the most first.</summary>
    public IEnumerable<(string Reason, long Records)> Reasons =>
        _notTaken
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, pair.Value));

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Maps a sample.</summary>
    /// <param name="format">Name of the format to read it as; null: the surest.</param>
    /// <param name="limit">Events, and rejects, that are kept to be shown.</param>
    /// <exception cref="HarrierFault">The sample can't be read, or has a format that the map does not take.</exception>
    public static MapTrial Of(
        SourceMap map,
        string sample,
        string? format,
        int limit,
        CancellationToken cancel
    )
    {
        MapTrial? trial = null;
        var read = LogSample.Read(
            sample,
            format,
            MostRecords,
            (surest, options) =>
                trial = map.Formats.Contains(surest.Name)
                    ? new MapTrial(map, surest.Name, options, limit)
                    : throw new HarrierFault(
                        FaultKind.Usage,
                        $"The sample's format is {surest.Name}, and the map takes {string.Join(", ", map.Formats)}.",
                        sample,
                        $"Add {surest.Name} to the map's 'formats', or name the sample's format with --as."
                    ),
            cancel
        );
        trial!.IsWhole = read.IsWhole;
        return trial;
    }

    public void Accept(Record record)
    {
        Records++;
        if (WhyNot(record) is { } reason)
        {
            Count(reason);
            return;
        }

        if (!_mapper.TryMap(record, _batches, out var eventClass, out var fault))
        {
            WithoutTime++;
            Reject(record.Position, fault, default);
            return;
        }

        Taken++;
        var batch = _batches[eventClass];
        if (_events.Count < _limit)
        {
            _events.Add(EventOf(record, batch));
        }

        batch.Clear();
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head)
    {
        Rejected++;
        if (_rejects.Count < _limit)
        {
            _rejects.Add(new TrialReject(position, reason));
        }
    }

    public void Warn(string sentence)
    {
        if (_warnings.Count < MostReasons)
        {
            _warnings.Add(sentence);
        }
    }

    TrialEvent EventOf(Record record, EventBatch batch)
    {
        var number = 0;
        while (
            number < _map.Events.Count
            && !_map.Events[number].Conditions.Hold(record, _scratch, _map.Inside)
        )
        {
            number++;
        }

        return new TrialEvent(
            record.Number,
            batch.Class.Name,
            number < _map.Events.Count ? number + 1 : null,
            [
                .. _trace.Select(set => new TrialColumn(
                    set.Column.Name,
                    Shown(set.Column, batch[set.Column.Ordinal]),
                    set.Value.Text
                )),
            ],
            batch.Text(CommonColumns.Extra).Text(0)
        );
    }

    static string Shown(Column column, ColumnBuilder values) =>
        values switch
        {
            IntColumn number when column.Type == ColumnType.Time => DateTime
                .UnixEpoch.AddMicroseconds(number.Value(0) ?? 0)
                .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            IntColumn number => (number.Value(0) ?? 0).ToString(CultureInfo.InvariantCulture),
            TextColumn text => text.Text(0) ?? "",
            _ => "",
        };

    /// <summary>The conditions that keep the map from a record, in words; null where it takes it.</summary>
    string? WhyNot(Record record)
    {
        var reasons = new List<string>();
        foreach (var condition in _map.Conditions.When)
        {
            var field = _map.Inside.Find(record, condition.Field.Name);
            if (field < 0)
            {
                reasons.Add($"when {NameOf(condition)}: the record has no such field");
            }
            else if (!condition.Holds(record.Value(field), _scratch))
            {
                reasons.Add(
                    $"when {NameOf(condition)}: it is {ValueOf(condition, record.Value(field))}, wanted is {string.Join(" or ", condition.Wanted.Select(wanted => $"'{wanted.Text}'"))}"
                );
            }
        }

        foreach (var condition in _map.Conditions.Unless)
        {
            if (condition.Holds(record, _scratch, _map.Inside))
            {
                var field = _map.Inside.Find(record, condition.Field.Name);
                reasons.Add(
                    $"unless {NameOf(condition)}: it is {ValueOf(condition, record.Value(field))}"
                );
            }
        }

        return reasons.Count == 0 ? null : string.Join("; ", reasons);
    }

    static string NameOf(FieldCondition condition) => Encoding.UTF8.GetString(condition.Field.Name);

    string ValueOf(FieldCondition condition, ReadOnlySpan<byte> field)
    {
        _scratch.Reset();
        var value = condition.Field.In(field, _scratch);
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, LongestValue)]);
        return text.Length == 0 ? "empty" : $"'{text}'";
    }

    void Count(string reason)
    {
        if (_notTaken.Count >= MostReasons && !_notTaken.ContainsKey(reason))
        {
            reason = "the same conditions, with other values";
        }

        _notTaken[reason] = _notTaken.GetValueOrDefault(reason) + 1;
    }
}

/// <summary>An event that a map made of a sample's record.</summary>
/// <param name="Record">The record's number in its file.</param>
/// <param name="Event">Which of the map's <c>events</c> took it, from 1; null where none did, and it went to class other.</param>
/// <param name="Columns">Columns in the order they were set.</param>
/// <param name="Extra">What no column holds whole, as JSON; null: nothing.</param>
public sealed record TrialEvent(
    long Record,
    string Class,
    int? Event,
    IReadOnlyList<TrialColumn> Columns,
    string? Extra
);

/// <summary>A column, its value as text, and the expression it comes from.</summary>
public sealed record TrialColumn(string Column, string Value, string Expression);

/// <summary>A record that can't be read, or has no time.</summary>
/// <param name="Position">Line of text formats, byte offset of binary ones.</param>
public sealed record TrialReject(long Position, string Reason);
