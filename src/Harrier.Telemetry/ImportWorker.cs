using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Carried;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry;

/// <summary>Reads contents one after the other into one sink. Batches go to the sink when they are full, files are committed in groups.</summary>
sealed class ImportWorker(
    ImportOptions options,
    SourceMaps maps,
    string importId,
    IEventSink sink,
    ReadingState state,
    CancellationToken cancel
)
{
    /// <summary>Rows, or files, after which finished files are committed: so that the lake gets few, large files.</summary>
    const long CommitRows = 500_000;
    const int CommitFiles = 64;

    readonly IEventSink _sink = sink;
    readonly WorkerBatches _batches = new(sink);
    readonly List<SourceFile> _finished = [];
    long _rowsSinceCommit;

    public CancellationToken Cancel => cancel;

    public bool IsSinkAtFault => _batches.IsSinkAtFault;

    public List<(Surveyed Content, SourceFile Receipt)> Receipts { get; } = [];

    /// <summary>Connections of all its files, for the clocks of hosts and sensors.</summary>
    public Connections Connections { get; } = new();

    /// <summary>A visitor that reads those of the contents that were chosen, by their keys.</summary>
    public ContentVisitor Reading(IReadOnlyDictionary<string, Surveyed> chosen) =>
        new(
            Visit: (info, content) =>
            {
                if (chosen.TryGetValue(info.Key, out var surveyed))
                {
                    Read(surveyed, content);
                }
            },
            // The survey said so already.
            Skip: (_, _) => { },
            Lose: (_, _) => { }
        );

    /// <summary>Reads a range of a file, and leaves it in the sink uncommitted.</summary>
    /// <returns>Null where ranges don't give what the whole file gives: it is to be read whole.</returns>
    public FileReading? ReadRange(Surveyed content, int index)
    {
        var range = content.Ranges.All[index];
        using var file = new FileStream(
            content.Info.Path,
            new FileStreamOptions { BufferSize = 128 * 1024, Options = FileOptions.SequentialScan }
        );
        file.Position = range.Start;
        using var metered = new MeteredStream(file, range.Bytes, cancel);
        var reading = ReadRecords(
            content,
            metered,
            index == 0 ? TextOf(metered) : HeadStream.Before(content.Ranges.Header, metered),
            index == 0 ? default : new LineRange(range.LinesBefore, content.Ranges.HeaderLines)
        );
        metered.ReadToEnd();
        _batches.Flush();
        return
            metered.Fault is null
            && metered.Bytes == range.Bytes
            && metered.Fingerprint() == range.Fingerprint
            && !reading.NeedsWhole
            ? reading
            : null;
    }

    /// <summary>Adds a later range of the same file, of which the other worker read nothing else.</summary>
    public void Join(FileReading reading, ImportWorker other, FileReading later)
    {
        reading.Join(later);
        _sink.Join(other._sink);
        Connections.Merge(other.Connections);
    }

    /// <summary>Takes over what another worker has committed.</summary>
    public void Take(ImportWorker other)
    {
        Receipts.AddRange(other.Receipts);
        Connections.Merge(other.Connections);
    }

    /// <summary>Makes a file visible whose ranges are all in the sink.</summary>
    public void Commit(Surveyed content, FileReading reading)
    {
        Finish(content, reading.End(content.Sha256, content.Bytes));
        CommitRest();
    }

    public void CommitRest()
    {
        if (_finished.Count > 0)
        {
            _batches.Flush();
            _sink.Commit([.. _finished]);
            _finished.Clear();
            _rowsSinceCommit = 0;
        }
    }

    void Read(Surveyed content, Stream bytes)
    {
        // No further than the survey saw: a file that grows meanwhile is imported as it was hashed.
        using var metered = new MeteredStream(bytes, content.Bytes, cancel);
        var file = ReadRecords(content, metered, TextOf(metered), default);
        // Some readers stop before the end of what they need.
        metered.ReadToEnd();
        var isSame = metered.Bytes == content.Bytes && metered.Fingerprint() == content.Fingerprint;
        var reason = content.Fault ?? metered.Fault;
        if (reason is null && !isSame)
        {
            file.Warn("The file changed while it was imported.");
        }
        else if (reason is not null)
        {
            file.Reject(metered.Bytes, $"the content ends here before its end: {reason}", default);
            file.Warn($"Not all could be read: {reason}.");
        }

        Finish(content, file.End(isSame ? content.Sha256 : "", metered.Bytes));
    }

    void Finish(Surveyed content, SourceFile receipt)
    {
        _finished.Add(receipt);
        Receipts.Add((content, receipt));
        _rowsSinceCommit += receipt.Imported;
        if (_rowsSinceCommit >= CommitRows || _finished.Count >= CommitFiles)
        {
            CommitRest();
        }

        state.FileDone(content, receipt);
    }

    /// <summary>A sensor's logs lie in one folder, or in one archive.</summary>
    static string Sensor(string file) => file[..Math.Max(file.LastIndexOfAny(['/', '\\', '!']), 0)];

    static long Micros(DateTimeOffset time) =>
        (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    static Stream TextOf(MeteredStream metered)
    {
        var head = HeadStream.Peek(metered, Survey.HeadBytes);
        return TextEncoding.Of(head.Head).ToUtf8(head);
    }

    FileReading ReadRecords(Surveyed content, MeteredStream metered, Stream text, LineRange lines)
    {
        var info = content.Info;
        var format = content.Format!;
        var readOptions = options.ReadOptions(info, state.Now.Year) with
        {
            Bytes = content.Bytes,
            Recovers = options.Recover,
            Lines = lines,
        };
        if (content.FirstYear is { } year)
        {
            readOptions = readOptions with { Year = year, Written = null };
        }

        var repair = ClockRepair.Of(
            content.Clocks,
            options.ClockOffsetsOf(info),
            options.RepairClocks,
            new LogClock(options.Zone, readOptions.Year)
        );
        var mapper = new EventMapper(maps, format.Name, importId, info.Name, readOptions)
        {
            Repair = repair,
            Borrowed = new BorrowedTimes(readOptions.Modified),
        };
        var watch = new FileClocks(
            repair,
            new ClockWatch(Micros(state.Now)),
            readOptions.Clock,
            Connections,
            format.Name == "zeek" ? Sensor(info.Name) : null
        );
        var carried = CarriedLogs.AreIn(format)
            ? new CarriedLogs(maps, importId, readOptions)
            : null;
        var file = new FileReading(content, mapper, carried, _batches, watch, cancel);
        try
        {
            format.Read(text, readOptions, file, cancel);
        }
        catch (Exception fault)
            when (!_batches.IsSinkAtFault
                && fault is not (OperationCanceledException or HarrierFault)
            )
        {
            file.NeedsWhole = true;
            // A mistake of a reader costs the rest of its file, not the import.
            file.Reject(
                metered.Bytes,
                $"the reader of {format.Name} failed here, which is a mistake in Harrier: {fault.GetType().Name}: {fault.Message}",
                default
            );
            file.Warn("The reader failed before the end of the file; please report it.");
        }

        return file;
    }
}

/// <summary>The open batches of a worker, and the bounds of what they hold.</summary>
sealed class WorkerBatches(IEventSink sink)
{
    const int MaxOpenRows = 200_000;
    const long MaxOpenBytes = 32L << 20;

    /// <summary>Rows, or bytes of records, between two looks at what the batches hold.</summary>
    const int RowsBetweenLooks = 1024;
    const int BytesBetweenLooks = 4 * 1024 * 1024;

    int _rowsSinceLook;
    long _bytesSinceLook;

    public EventBatches Open { get; } = new();

    /// <summary>What is thrown now comes from the sink.</summary>
    public bool IsSinkAtFault { get; private set; }

    /// <summary>Called before rows of a class leave, so that a file can count them.</summary>
    public Action<EventBatch>? BeforeWrite { get; set; }

    public void AfterRecord(int recordBytes)
    {
        _bytesSinceLook += recordBytes;
        if (++_rowsSinceLook < RowsBetweenLooks && _bytesSinceLook < BytesBetweenLooks)
        {
            return;
        }

        _rowsSinceLook = 0;
        _bytesSinceLook = 0;
        var rows = 0;
        var bytes = 0L;
        foreach (var batch in Open.All)
        {
            if (batch.Count >= EventBatch.FullRows - RowsBetweenLooks)
            {
                Write(batch);
            }

            rows += batch.Count;
            bytes += batch.HeldBytes;
        }

        while (rows > MaxOpenRows || bytes > MaxOpenBytes)
        {
            // One at a time: the larger what is handed over, the less the sink has to put together.
            var largest = Open.All.MaxBy(batch => batch.HeldBytes)!;
            rows -= largest.Count;
            bytes -= largest.HeldBytes;
            Write(largest);
        }
    }

    public void Flush()
    {
        foreach (var batch in Open.All)
        {
            if (batch.Count > 0)
            {
                Write(batch);
            }
        }
    }

    void Write(EventBatch batch)
    {
        BeforeWrite?.Invoke(batch);
        IsSinkAtFault = true;
        sink.Write(batch);
        IsSinkAtFault = false;
        batch.Clear();
    }
}

/// <summary>One file while it is read: its records on their way to events, and what its receipt will say.</summary>
sealed class FileReading : IRecordHandler
{
    /// <summary>Rejects of a file that are kept; more are only counted.</summary>
    const int MaxKeptRejects = 10_000;
    const int MaxWarnings = 100;
    const int MaxHeadBytes = 200;

    readonly Surveyed _content;
    readonly EventMapper _mapper;
    readonly CarriedLogs? _carried;
    readonly WorkerBatches _batches;
    readonly FileClocks _clocks;
    readonly CancellationToken _cancel;
    readonly Dictionary<EventClass, int> _rowsBefore = [];
    readonly SortedDictionary<string, long> _classes = new(StringComparer.Ordinal);
    readonly List<string> _warnings = [];
    readonly List<Reject> _rejects = [];
    long _imported;
    long _recovered;
    long _rejected;

    public FileReading(
        Surveyed content,
        EventMapper mapper,
        CarriedLogs? carried,
        WorkerBatches batches,
        FileClocks clocks,
        CancellationToken cancel
    )
    {
        _content = content;
        _mapper = mapper;
        _carried = carried;
        _batches = batches;
        _clocks = clocks;
        _cancel = cancel;
        foreach (var batch in batches.Open.All)
        {
            _rowsBefore[batch.Class] = batch.Count;
        }

        batches.BeforeWrite = CountRows;
    }

    /// <summary>A range of the file doesn't give what it gives in the whole file.</summary>
    public bool NeedsWhole
    {
        get => field || _clocks.HasMemory || _mapper.Borrowed!.IsStartUnknown;
        set;
    }

    /// <summary>Adds what was read from a later range of the same file.</summary>
    public void Join(FileReading later)
    {
        _imported += later._imported;
        _recovered += later._recovered;
        _rejected += later._rejected;
        _rejects.AddRange(later._rejects.Take(MaxKeptRejects - _rejects.Count));
        foreach (var warning in later._warnings)
        {
            Warn(warning);
        }

        foreach (var (name, rows) in later._classes)
        {
            _classes[name] = _classes.GetValueOrDefault(name) + rows;
        }

        _mapper.Join(later._mapper);
        _carried?.Join(later._carried!);
        _mapper.Borrowed!.Join(later._mapper.Borrowed!);
        _clocks.Join(later._clocks);
    }

    public void Accept(Record record)
    {
        if (_carried?.TryOpen(record, _mapper, Take, _cancel) != true)
        {
            Take(record, _mapper);
        }
    }

    void Take(Record record, EventMapper mapper)
    {
        if (mapper.TryMap(record, _batches.Open, out var eventClass, out var reason))
        {
            if (record.IsRecovered)
            {
                _recovered++;
            }
            else
            {
                _imported++;
                if (!mapper.IsTimeBorrowed)
                {
                    _clocks.See(record, _batches.Open[eventClass]);
                }
            }

            if (((_imported + _recovered) & 0xFFF) == 0)
            {
                _cancel.ThrowIfCancellationRequested();
            }

            _batches.AfterRecord(record.Bytes);
        }
        else if (record.IsRecovered)
        {
            Warn($"A left-over of older use was not taken: {reason}");
        }
        else
        {
            Reject(record.Position, reason, Head(record));
        }
    }

    public void Reject(long position, string reason, ReadOnlySpan<byte> head)
    {
        _rejected++;
        if (_rejects.Count < MaxKeptRejects)
        {
            var kept = head[..Math.Min(head.Length, MaxHeadBytes)];
            _rejects.Add(new Reject(_content.Info.Name, position, reason, kept.ToArray()));
        }
    }

    public void Warn(string sentence)
    {
        if (_warnings.Count < MaxWarnings && !_warnings.Contains(sentence))
        {
            _warnings.Add(sentence);
        }
    }

    public SourceFile End(string sha256, long bytes)
    {
        foreach (var batch in _batches.Open.All)
        {
            CountRows(batch);
        }

        _batches.BeforeWrite = null;
        if (_rejected > _rejects.Count)
        {
            Warn($"{_rejected - _rejects.Count} further rejects were counted and not kept.");
        }

        foreach (var sentence in _mapper.Borrowed!.Sentences())
        {
            Warn(sentence);
        }

        ClockFinding[] clock =
        [
            .. _content.YearVerdict is { } year ? [year.Finding] : Array.Empty<ClockFinding>(),
            .. _clocks.Findings(),
        ];
        foreach (var finding in clock.Where(finding => finding.Kind != "zone"))
        {
            Warn(finding.Sentence);
        }

        if (_recovered > 0)
        {
            Warn(
                $"{_recovered} left-over{(_recovered == 1 ? "" : "s")} of older use recovered: extra holds _recovered."
            );
        }

        return new SourceFile(
            _content.Info.Path,
            _content.Info.Member,
            _content.Format!.Name,
            sha256,
            bytes,
            _imported + _rejected,
            _imported,
            _rejected,
            _classes,
            _warnings,
            _rejects
        )
        {
            Sources = RowsBySource(),
            Clock = clock,
            Recovered = _recovered,
        };
    }

    SortedDictionary<string, long> RowsBySource()
    {
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        EventMapper[] mappers = [_mapper, .. _carried?.Mappers ?? []];
        foreach (var (source, count) in mappers.SelectMany(mapper => mapper.RowsBySource))
        {
            rows[source] = rows.GetValueOrDefault(source) + count;
        }

        return rows;
    }

    void CountRows(EventBatch batch)
    {
        var rows = batch.Count - _rowsBefore.GetValueOrDefault(batch.Class);
        if (rows > 0)
        {
            _classes[batch.Class.Name] = _classes.GetValueOrDefault(batch.Class.Name) + rows;
        }

        _rowsBefore[batch.Class] = 0;
    }

    /// <summary>The first fields of a record, as its raw bytes are gone by now.</summary>
    static byte[] Head(Record record)
    {
        var head = new List<byte>(MaxHeadBytes);
        for (var field = 0; field < record.Count && head.Count < MaxHeadBytes; field++)
        {
            if (record.Has(field))
            {
                head.AddRange(record.Name(field));
                head.Add((byte)'=');
                head.AddRange(record.Value(field));
                head.Add((byte)' ');
            }
        }

        return [.. head.Take(MaxHeadBytes)];
    }
}

/// <summary>How far all workers together are.</summary>
sealed class ReadingState
{
    readonly IProgress<ImportProgress>? _progress;
    readonly int _totalFiles;
    readonly long _totalBytes;
    long _bytes;
    long _records;
    int _files;

    public ReadingState(
        Surveyed[][] surveyed,
        DateTimeOffset now,
        IProgress<ImportProgress>? progress
    )
    {
        _progress = progress;
        Now = now;
        var toRead = surveyed.SelectMany(file => file).Where(content => content.IsToRead);
        foreach (var content in toRead)
        {
            _totalFiles++;
            _totalBytes += content.Bytes;
        }
    }

    /// <summary>When the import began: its year is that of times without one in content without a date.</summary>
    public DateTimeOffset Now { get; }

    public void FileDone(Surveyed content, SourceFile receipt)
    {
        var bytes = Interlocked.Add(ref _bytes, content.Bytes);
        var records = Interlocked.Add(ref _records, receipt.Records);
        var files = Interlocked.Increment(ref _files);
        _progress?.Report(
            new ImportProgress(
                false,
                files,
                _totalFiles,
                bytes,
                _totalBytes,
                records,
                content.Info.Name
            )
        );
    }
}
