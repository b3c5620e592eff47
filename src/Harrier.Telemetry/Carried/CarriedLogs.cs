using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Evtx;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Parquet;
using Harrier.Telemetry.Formats.Pcap;
using Harrier.Telemetry.Formats.PlainText;
using Harrier.Telemetry.Formats.Utmp;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Carried;

/// <summary>
/// Logs that stand as text in a field of another: what Splunk, Elasticsearch, Graylog, Fluentd or a container's runtime exports. Each text
/// is read by its own format and mapped as if it had come alone; what the carrier says of it (host, index, source) goes with it.
/// </summary>
/// <remarks>
/// A record is opened only where no map has an event for the carrier itself, and only what a map takes counts: else the carrier stands for
/// itself, so that nothing is lost. No record depends on the one before: ranges of a file give what the whole gives.
/// Not for several threads: each reading of a file has its own.
/// </remarks>
sealed class CarriedLogs(SourceMaps maps, string importId, ReadOptions options)
{
    /// <summary>A row without its table, or any line of text, is no log of its own.</summary>
    static readonly ILogFormat[] s_formats =
    [
        .. LogFormats.All.Where(format =>
            format
                is not (
                    CsvFormat
                    or PlainTextFormat
                    or ParquetFormat
                    or EvtxFormat
                    or PcapFormat
                    or UtmpFormat
                )
        ),
    ];

    readonly ByShape<Carrier> _carriers = new(shape => new Carrier(shape));
    readonly SortedDictionary<string, EventMapper> _mappers = new(StringComparer.Ordinal);
    readonly Record _carried = new();

    /// <summary>Formats whose records may carry others: those of no product.</summary>
    public static bool AreIn(ILogFormat format) => format is JsonFormat or CsvFormat;

    /// <summary>Mappers of the carried formats, for what they counted.</summary>
    public IEnumerable<EventMapper> Mappers => _mappers.Values;

    /// <summary>Counts what was read from another range of the same file.</summary>
    public void Join(CarriedLogs later)
    {
        foreach (var (format, mapper) in later._mappers)
        {
            MapperOf(format).Join(mapper);
        }
    }

    /// <summary>Hands on the records of the log that a record carries.</summary>
    /// <param name="mapper">That of the record itself.</param>
    /// <param name="take">Takes each of them and its mapper; they have the number and position of the record.</param>
    /// <returns>False where the record is to be taken too: it carries nothing, or not all of it is known.</returns>
    public bool TryOpen(
        Record record,
        EventMapper mapper,
        Action<Record, EventMapper> take,
        CancellationToken cancel
    )
    {
        var carrier = _carriers[record.Shape];
        if (carrier.Texts.Length == 0 || mapper.HasEventFor(record))
        {
            return false;
        }

        foreach (var slot in carrier.Texts)
        {
            var text = record.Value(slot);
            if (
                record.Kind(slot) == FieldKind.Text
                && text.Length is > 0 and <= EventMapper.MaxValueBytes
                && LogFormats.Surest(text, "", s_formats) is { } format
            )
            {
                var inner = new Inner(this, record, carrier, slot, MapperOf(format.Name), take);
                format.Read(
                    new MemoryStream([.. text, (byte)'\n'], writable: false),
                    OptionsFor(record, mapper, text.Length + 1),
                    inner,
                    cancel
                );
                if (inner.Taken > 0)
                {
                    return inner.Left == 0;
                }
            }
        }

        return false;
    }

    EventMapper MapperOf(string format)
    {
        if (!_mappers.TryGetValue(format, out var mapper))
        {
            _mappers.Add(
                format,
                mapper = new EventMapper(maps, format, importId, options.FileName, options)
            );
        }

        return mapper;
    }

    /// <summary>A time without a year gets that of the carrier's time.</summary>
    ReadOptions OptionsFor(Record record, EventMapper mapper, int bytes)
    {
        var time = mapper.TimeOf(record);
        return new ReadOptions(options.FileName, options.Zone, time?.Year ?? options.Year)
        {
            Written = time ?? options.Written,
            Bytes = bytes,
        };
    }

    /// <summary>Takes the records of one text.</summary>
    sealed class Inner(
        CarriedLogs logs,
        Record outer,
        Carrier carrier,
        int text,
        EventMapper mapper,
        Action<Record, EventMapper> take
    ) : IRecordHandler
    {
        /// <summary>Records that a map takes.</summary>
        public int Taken { get; private set; }

        /// <summary>Records that none takes, or that can't be read.</summary>
        public int Left { get; private set; }

        public void Accept(Record record)
        {
            var carried = WithCarrier(record);
            if (mapper.HasMapFor(carried))
            {
                Taken++;
                take(carried, mapper);
            }
            else
            {
                Left++;
            }
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) => Left++;

        public void Warn(string sentence) { }

        /// <summary>One record is filled for all, so that its shapes stay known.</summary>
        Record WithCarrier(Record record)
        {
            var carried = logs._carried;
            carried.Clear();
            carried.Number = outer.Number;
            carried.Position = outer.Position;
            for (var field = 0; field < record.Count; field++)
            {
                if (record.Has(field))
                {
                    carried.Add(record.Name(field), record.Value(field), record.Kind(field));
                }
            }

            for (var field = 0; field < outer.Count; field++)
            {
                if (field != text && outer.Has(field))
                {
                    carried.Add(carrier.Names[field], outer.Value(field), outer.Kind(field));
                }
            }

            return carried;
        }
    }

    /// <summary>What a shape says of a carrier.</summary>
    sealed class Carrier(RecordShape shape)
    {
        /// <summary>Slots that may hold a log.</summary>
        public int[] Texts { get; } = CarrierFields.TextsOf(shape);

        /// <summary>By slot, what its field is called in a carried record.</summary>
        public byte[][] Names { get; } =
        [.. shape.Names.Select(name => (byte[])[.. CarrierFields.Utf8Prefix, .. name])];
    }
}
