using System.Collections.Concurrent;
using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry;

/// <summary>
/// One import: files are found and surveyed (archives opened, format told by content, bytes hashed); what is known already is left;
/// the rest is read by workers, mapped to events in batches, and handed to the sinks, which make it visible at file boundaries.
/// </summary>
/// <remarks>
/// Always, for each file: records = imported + rejected. Memory is bounded by the batches of the workers, not by the input.
/// Content is read twice, once to survey it: so no bytes are taken a second time, and the receipt doesn't depend on the order of workers.
/// </remarks>
/// <param name="maps">How records become events.</param>
/// <param name="openSink">Opens a sink; called once a worker, and once a range of a large file.</param>
/// <param name="importedBefore">Name of the import that holds content of this SHA-256 already, or null.</param>
/// <param name="importId">Name of this import: I-0001.</param>
public sealed class Import(
    ImportOptions options,
    SourceMaps maps,
    Func<IEventSink> openSink,
    Func<string, string?> importedBefore,
    string importId,
    TimeProvider clock,
    IProgress<ImportProgress>? progress = null
)
{
    /// <summary>Runs to the end, or throws and leaves only what was committed whole.</summary>
    /// <exception cref="HarrierFault">Nothing could be read (input), the format is unknown (usage), or a sink failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; files committed before stay.</exception>
    public ImportReceipt Run(CancellationToken cancel)
    {
        var start = clock.GetTimestamp();
        var format = options.Format is { } name ? LogFormats.Named(name) : null;
        var found = FoundFiles.In(options.Paths);
        var survey = new Survey(options, Walker(), format, progress);
        var surveyed = survey.Run(found.Files, cancel);
        MarkDuplicates(surveyed);
        new YearSurvey(options, maps, Walker(), cancel).Run(surveyed, clock.GetUtcNow().Year);
        var connections = new Connections();
        var receipts = Read(surveyed, connections, cancel);
        var receipt = ImportReceipt.Of(
            importId,
            [
                .. found.Unread.OrderBy(file => file.File.Path, StringComparer.Ordinal),
                .. surveyed.SelectMany(file => file).Select(one => Receipt(one, receipts)),
            ],
            clock.GetElapsedTime(start)
        ) with
        {
            Clock = [.. connections.Findings(), .. UnusedOffsets(surveyed)],
        };
        if (receipt.Files is [var first, ..] && receipt.Files.All(file => file.IsMissing))
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"There is nothing to read at {first.File.Path}.",
                first.File.Path,
                "Name a file or a folder that exists."
            );
        }

        return receipt;
    }

    ArchiveWalker Walker() =>
        new(
            new ArchiveOptions
            {
                MaxDepth = options.MaxDepth,
                MaxMembers = options.MaxMembers,
                MaxBytes = options.MaxTotalBytes,
                Password = options.ArchivePassword,
                TemporaryFolder = options.TemporaryFolder,
            }
        );

    /// <summary>The first content with some bytes is read, in the order files were named; the same bytes again are not.</summary>
    void MarkDuplicates(Surveyed[][] surveyed)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var content in surveyed.SelectMany(file => file).Where(content => content.IsLog))
        {
            content.DuplicateOf =
                importedBefore(content.Sha256)
                ?? (first.TryAdd(content.Sha256, content.Info.Name) ? null : first[content.Sha256]);
        }
    }

    /// <summary>Reads with one worker a core. A worker takes whole files; members of a large archive and ranges of a large file are shared among workers.</summary>
    ConcurrentDictionary<Surveyed, SourceFile> Read(
        Surveyed[][] surveyed,
        Connections connections,
        CancellationToken cancel
    )
    {
        var receipts = new ConcurrentDictionary<Surveyed, SourceFile>();
        Portion[] all = [.. surveyed.SelectMany(Portions)];
        var portions = new ConcurrentQueue<Portion>(all);
        if (portions.IsEmpty)
        {
            return receipts;
        }

        var state = new ReadingState(surveyed, clock.GetUtcNow(), progress);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var workers = Enumerable
            .Range(0, Math.Clamp(options.Workers, 1, portions.Count))
            .Select(_ =>
                Task.Factory.StartNew(
                    () => Work(portions, receipts, connections, state, stop),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
            .ToArray();
        try
        {
            Task.WaitAll(workers, CancellationToken.None);
        }
        catch (AggregateException faults)
        {
            // The first fault stopped the others: theirs say only that they were stopped.
            cancel.ThrowIfCancellationRequested();
            var cause = faults.Flatten().InnerExceptions;
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(
                cause.FirstOrDefault(fault => fault is not OperationCanceledException) ?? cause[0]
            );
        }
        finally
        {
            foreach (var portion in all)
            {
                portion.Split?.Dispose();
            }
        }

        return receipts;
    }

    IEnumerable<Portion> Portions(Surveyed[] file)
    {
        const long largeBytes = 8 * 1024 * 1024;
        var toRead = file.Where(content => content.IsToRead).ToArray();
        if (toRead.Length == 0)
        {
            return [];
        }

        if (toRead is [{ Ranges.All: { Count: > 0 } ranges } large])
        {
            var split = new SplitFile(large);
            return Enumerable
                .Range(0, ranges.Count)
                .Select(part => new Portion(
                    large.Info.Path,
                    part,
                    1,
                    new Dictionary<string, Surveyed> { [large.Info.Key] = large }
                )
                {
                    Split = split,
                });
        }

        var isShared =
            toRead[0].IsMember
            && toRead.Length > 1
            && toRead.Sum(content => content.Bytes) > largeBytes;
        var parts = isShared ? Math.Max(options.Workers, 1) : 1;
        var byKey = toRead.ToDictionary(content => content.Info.Key, StringComparer.Ordinal);
        return Enumerable
            .Range(0, parts)
            .Select(part => new Portion(toRead[0].Info.Path, part, parts, byKey));
    }

    void Work(
        ConcurrentQueue<Portion> portions,
        ConcurrentDictionary<Surveyed, SourceFile> receipts,
        Connections connections,
        ReadingState state,
        CancellationTokenSource stop
    )
    {
        try
        {
            using var sink = openSink();
            var worker = new ImportWorker(options, maps, importId, sink, state, stop.Token);
            while (portions.TryDequeue(out var portion))
            {
                if (portion.Split is not { } split)
                {
                    Walk(portion, worker);
                    continue;
                }

                // What it holds of other files is not kept in memory beside the range.
                worker.CommitRest();
                var rangeSink = openSink();
                var one = new ImportWorker(options, maps, importId, rangeSink, state, stop.Token);
                if (split.Read(portion.Part, rangeSink, one) && !split.TryCommit(worker))
                {
                    Walk(portion with { Part = 0 }, worker);
                }
            }

            worker.CommitRest();
            foreach (var (content, receipt) in worker.Receipts)
            {
                receipts[content] = receipt;
            }

            lock (connections)
            {
                connections.Merge(worker.Connections);
            }
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    void Walk(Portion portion, ImportWorker worker) =>
        Walker()
            .Walk(
                portion.Path,
                worker.Reading(portion.Contents),
                worker.Cancel,
                portion.Part,
                portion.Parts
            );

    /// <summary>A name that meets no file is most likely mistyped.</summary>
    IEnumerable<ClockFinding> UnusedOffsets(Surveyed[][] surveyed) =>
        options
            .ClockOffsets.Where(offset =>
                !offset.IsHost
                && !surveyed
                    .SelectMany(file => file)
                    .Any(content => offset.IsOf(content.Info.Path, content.Info.Member))
            )
            .Select(offset => new ClockFinding(
                "overruled",
                "",
                offset.Source,
                offset.Micros / 1e6,
                0,
                0,
                0,
                $"--clock-offset {offset.Source}: no file of this import has that name."
            ));

    static FileReceipt Receipt(
        Surveyed content,
        ConcurrentDictionary<Surveyed, SourceFile> receipts
    )
    {
        var file = receipts.TryGetValue(content, out var read) ? read : content.Unread();
        // It was surveyed and then could not be opened again: it was moved, or taken away.
        var skipped =
            content.Skipped
            ?? (content.IsToRead && read is null ? "it was gone when it was to be read" : null);
        return new FileReceipt(file, content.DuplicateOf, skipped)
        {
            IsLost = content.IsLost || (skipped is not null && content.IsLog),
        };
    }

    /// <summary>What a worker takes at a time: a file, every so-many-th member of a large archive, or a range of a large file.</summary>
    sealed record Portion(
        string Path,
        int Part,
        int Parts,
        IReadOnlyDictionary<string, Surveyed> Contents
    )
    {
        /// <summary>The file whose range this is; null for other portions.</summary>
        public SplitFile? Split { get; init; }
    }
}

/// <summary>What is imported, and within which bounds.</summary>
public sealed record ImportOptions(IReadOnlyList<string> Paths)
{
    /// <summary>Reads everything as this format (<see cref="ILogFormat.Name"/>); null: told by content.</summary>
    public string? Format { get; init; }

    /// <summary>Of local times that carry none.</summary>
    public LocalZone Zone { get; init; } = LocalZone.Utc;

    /// <summary>Year of times that carry none; null: that of the file's own date.</summary>
    public int? Year { get; init; }

    /// <summary>Takes also the records that older use left behind in a file's free space, marked by <c>_recovered</c> in extra.</summary>
    public bool Recover { get; init; }

    /// <summary>Bytes read in all, after decompression. Default 200 GiB.</summary>
    public long MaxTotalBytes { get; init; } = 200L << 30;

    /// <summary>Members of one archive file.</summary>
    public int MaxMembers { get; init; } = 1_000_000;

    /// <summary>Archives in each other.</summary>
    public int MaxDepth { get; init; } = 8;

    /// <summary>Opens encrypted members of archives; null: they are told and left.</summary>
    public ArchivePassword? ArchivePassword { get; init; }

    /// <summary>What a person says of clocks; it overrules what the logs say.</summary>
    public IReadOnlyList<ClockOffset> ClockOffsets { get; init; } = [];

    /// <summary>Times are put right where the evidence is strong; else it is only said.</summary>
    public bool RepairClocks { get; init; } = true;

    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Least bytes of a range, where several workers read one file of lines: from twice as many on.</summary>
    internal long RangeBytes { get; init; } = 16L << 20;

    /// <summary>Where a zip inside an archive is put while it is read.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    internal ReadOptions ReadOptions(ContentInfo info, int fallbackYear) =>
        new(info.LogName, Zone, Year ?? info.Written?.Year ?? fallbackYear)
        {
            Written = Year is null ? info.Written : null,
            Modified = info.Written is { Kind: not DateTimeKind.Utc } local
                ? new LogClock(Zone, local.Year).ToUtc(local)
                : info.Written,
        };

    internal IReadOnlyList<ClockOffset> ClockOffsetsOf(ContentInfo info) =>
        [.. ClockOffsets.Where(offset => offset.IsHost || offset.IsOf(info.Path, info.Member))];
}

/// <summary>How far an import is.</summary>
/// <param name="IsSurvey">Files are still being looked at; else they are read.</param>
/// <param name="Bytes">Bytes done in this stage, after decompression.</param>
/// <param name="TotalBytes">Bytes there are to read; 0 while that is being found out.</param>
/// <param name="Name">What was done last.</param>
public sealed record ImportProgress(
    bool IsSurvey,
    int Files,
    int TotalFiles,
    long Bytes,
    long TotalBytes,
    long Records,
    string Name
);

/// <summary>One file or member in the receipt.</summary>
/// <param name="DuplicateOf">Import or file that holds the same bytes; it was not read.</param>
/// <param name="Skipped">Why it was not read; null where it was.</param>
public sealed record FileReceipt(SourceFile File, string? DuplicateOf, string? Skipped)
{
    public bool IsRead => DuplicateOf is null && Skipped is null;

    /// <summary>It may hold logs, and could not be opened: encrypted, damaged, over a limit.</summary>
    public bool IsLost { get; init; }

    /// <summary>There is nothing at a path that was asked for.</summary>
    public bool IsMissing { get; init; }
}

/// <summary>What an import did: every file, and the sums.</summary>
/// <param name="FilesRead">Files and members that were read.</param>
/// <param name="Bytes">Their bytes, after decompression.</param>
public sealed record ImportReceipt(
    string ImportId,
    IReadOnlyList<FileReceipt> Files,
    int FilesRead,
    long Records,
    long Imported,
    long Rejected,
    long Bytes,
    TimeSpan Elapsed
)
{
    /// <summary>What concerns more than one file's clocks; that of a file is in its receipt.</summary>
    public IReadOnlyList<ClockFinding> Clock { get; init; } = [];

    /// <summary>Events made of left-overs, counted apart: <see cref="SourceFile.Recovered"/>.</summary>
    public long Recovered => Files.Where(file => file.IsRead).Sum(file => file.File.Recovered);

    internal static ImportReceipt Of(
        string importId,
        IReadOnlyList<FileReceipt> files,
        TimeSpan elapsed
    )
    {
        var read = files.Where(file => file.IsRead).Select(file => file.File).ToArray();
        return new ImportReceipt(
            importId,
            files,
            read.Length,
            read.Sum(file => file.Records),
            read.Sum(file => file.Imported),
            read.Sum(file => file.Rejected),
            read.Sum(file => file.Bytes),
            elapsed
        );
    }
}
