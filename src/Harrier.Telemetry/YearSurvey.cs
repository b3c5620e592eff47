using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry;

/// <summary>Finds the year of logs that carry none, where the date of their file does not tell it: other logs of the import are read for their times.</summary>
/// <remarks>Costs nothing where all files have dates that fit. Else at most <see cref="MostAsked"/> logs are read a second time, in samples.</remarks>
sealed class YearSurvey(
    ImportOptions options,
    SourceMaps maps,
    ArchiveWalker walker,
    CancellationToken cancel
)
{
    const int MostAsked = 64;

    /// <summary>Gives each log whose year is in doubt its verdict.</summary>
    /// <param name="thisYear">Year of the import, for logs without any date.</param>
    public void Run(Surveyed[][] surveyed, int thisYear)
    {
        var logs = surveyed.SelectMany(file => file).Where(content => content.IsToRead).ToArray();
        var doubtful = logs.Where(IsDoubtful).ToArray();
        if (options.Year is not null || doubtful.Length == 0)
        {
            return;
        }

        var places = doubtful.SelectMany(Places).ToHashSet(StringComparer.Ordinal);
        var asked = logs.Where(content => !IsDoubtful(content))
            .OrderBy(content => Places(content).Any(places.Contains) ? 0 : 1)
            .Take(MostAsked)
            .ToArray();
        var ranges = Ranges(asked);
        foreach (var content in doubtful)
        {
            var near = Places(content).ToHashSet(StringComparer.Ordinal);
            content.YearVerdict = YearVerdict.Of(
                content.Yearless!,
                content.Info.Written,
                content.Info.Written is { } written
                    ? content.Yearless!.YearBefore(written) ?? written.Year
                    : thisYear,
                [
                    .. asked
                        .Where(ranges.ContainsKey)
                        .Select(other => new DatedLog(
                            other.Info.Name,
                            ranges[other],
                            Places(other).Any(near.Contains)
                        )),
                ]
            );
        }
    }

    static bool IsDoubtful(Surveyed content) =>
        content.Yearless is { } log && !YearVerdict.IsDateStrong(log, content.Info.Written);

    /// <summary>Where a log lies: its folder, and its file where that is an archive.</summary>
    static IEnumerable<string> Places(Surveyed content)
    {
        yield return Path.GetDirectoryName(content.Info.Path) ?? "";
        if (content.IsMember)
        {
            yield return content.Info.Path;
        }
    }

    Dictionary<Surveyed, TimeRange> Ranges(Surveyed[] asked)
    {
        var ranges = new Dictionary<Surveyed, TimeRange>();
        foreach (var file in asked.GroupBy(content => content.Info.Path, StringComparer.Ordinal))
        {
            var wanted = new Dictionary<string, Surveyed>(StringComparer.Ordinal);
            foreach (var content in file)
            {
                // A log without years whose date fits is as good as one with them.
                if (content.Yearless is null)
                {
                    wanted[content.Info.Key] = content;
                }
                else if (
                    content.Info.Written is { } written
                    && content.Yearless.YearBefore(written) is { } year
                )
                {
                    ranges[content] = content.Yearless.In(year)!.Value;
                }
            }

            if (wanted.Count > 0)
            {
                walker.Walk(
                    file.Key,
                    new ContentVisitor(
                        Visit: (info, content) =>
                        {
                            if (
                                wanted.TryGetValue(info.Key, out var one)
                                && RangeOf(one, content) is { } range
                            )
                            {
                                ranges[one] = range;
                            }
                        },
                        Skip: (_, _) => { },
                        Lose: (_, _) => { }
                    ),
                    cancel
                );
            }
        }

        return ranges;
    }

    TimeRange? RangeOf(Surveyed one, Stream content)
    {
        using var metered = new MeteredStream(content, one.Bytes, cancel);
        var head = HeadStream.Peek(metered, Survey.HeadBytes);
        var format = one.Format!;
        var readOptions = options.ReadOptions(one.Info, fallbackYear: 2000);
        var times = new Times(new EventMapper(maps, format.Name, "", one.Info.Name, readOptions));
        try
        {
            format.Read(
                new SampledStream(
                    TextEncoding.Of(head.Head).ToUtf8(head),
                    isText: format.Name != "evtx",
                    () => false
                ),
                readOptions,
                times,
                cancel
            );
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or HarrierFault))
        {
            // A mistake of a reader: it comes again when all is read, and is said then.
        }

        return times.Range();
    }

    /// <summary>Takes the times of records as they would be imported.</summary>
    sealed class Times(EventMapper mapper) : IRecordHandler
    {
        const int Most = 100_000;

        readonly EventBatches _batches = new();
        readonly List<long> _times = [];

        public void Accept(Record record)
        {
            if (_times.Count == Most || !mapper.TryMap(record, _batches, out var eventClass, out _))
            {
                return;
            }

            var batch = _batches[eventClass];
            _times.Add(batch.Int(CommonColumns.Time).Values[^1]);
            batch.Clear();
        }

        /// <summary>Without the hundredth at each end: single times go wrong.</summary>
        public TimeRange? Range()
        {
            if (_times.Count == 0)
            {
                return null;
            }

            _times.Sort();
            var cut = _times.Count / 100;
            return new TimeRange(Utc(_times[cut]), Utc(_times[^(cut + 1)]));
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

        public void Warn(string sentence) { }

        static DateTime Utc(long micros) => DateTime.UnixEpoch.AddMicroseconds(micros);
    }
}
