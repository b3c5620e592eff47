using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.PlainText;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry;

/// <summary>Content as the survey saw it.</summary>
sealed class Surveyed(ContentInfo info)
{
    public ContentInfo Info { get; } = info;
    public bool IsMember => Info.Key.Length > 0;
    public ILogFormat? Format { get; init; }
    public string Sha256 { get; init; } = "";

    /// <summary>Tells when it is read whether it is still the same.</summary>
    public UInt128 Fingerprint { get; init; }
    public long Bytes { get; init; }
    public LogClocks Clocks { get; init; } = LogClocks.None;

    /// <summary>Parts that several workers may read.</summary>
    public FileRanges Ranges { get; init; } = FileRanges.None;

    /// <summary>Why the content ends before its end; null where it does not.</summary>
    public string? Fault { get; init; }

    /// <summary>Why it is not read; null for logs.</summary>
    public string? Skipped { get; init; }

    /// <summary>It may hold logs, and could not be opened.</summary>
    public bool IsLost { get; init; }
    public string? DuplicateOf { get; set; }

    /// <summary>Null where its times carry years.</summary>
    public YearlessLog? Yearless { get; init; }

    /// <summary>Null where its year is in no doubt.</summary>
    public YearVerdict? YearVerdict { get; set; }

    /// <summary>Year of its first time, where times carry none and something tells it.</summary>
    public int? FirstYear =>
        YearVerdict?.Year ?? (Info.Written is { } written ? Yearless?.YearBefore(written) : null);

    public bool IsLog => Skipped is null;
    public bool IsToRead => IsLog && DuplicateOf is null;

    /// <summary>The receipt of content that was not read.</summary>
    public SourceFile Unread() =>
        new(
            Info.Path,
            Info.Member,
            Format?.Name ?? "",
            Sha256,
            Bytes,
            0,
            0,
            0,
            new Dictionary<string, long>(StringComparer.Ordinal),
            [],
            []
        );
}

/// <summary>Looks at every file and member once: which format, how many bytes, which SHA-256.</summary>
sealed class Survey(
    ImportOptions options,
    ArchiveWalker walker,
    ILogFormat? forced,
    IProgress<ImportProgress>? progress
)
{
    /// <summary>Bytes shown to formats.</summary>
    public const int HeadBytes = 64 * 1024;

    /// <summary>Bytes at either end that are looked at for times without a year.</summary>
    const int EndBytes = 16 * 1024;

    long _bytes;
    int _files;

    ImportOptions Options => options;
    ILogFormat? Forced => forced;

    public Surveyed[][] Run(IReadOnlyList<string> files, CancellationToken cancel)
    {
        var surveyed = new Surveyed[files.Count][];
        Parallel.For(
            0,
            files.Count,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = Math.Max(options.Workers, 1),
                CancellationToken = cancel,
            },
            file =>
            {
                var visitor = new Visitor(this, cancel);
                walker.Walk(
                    files[file],
                    new ContentVisitor(visitor.Visit, visitor.Skip, visitor.Lose),
                    cancel
                );
                surveyed[file] = [.. visitor.Seen];
                progress?.Report(
                    new ImportProgress(
                        IsSurvey: true,
                        Interlocked.Increment(ref _files),
                        files.Count,
                        Interlocked.Read(ref _bytes),
                        0,
                        0,
                        files[file]
                    )
                );
            }
        );
        return surveyed;
    }

    sealed class Visitor(Survey survey, CancellationToken cancel)
    {
        public List<Surveyed> Seen { get; } = [];

        public void Visit(ContentInfo info, Stream content)
        {
            var limit = survey.Options.MaxTotalBytes - Interlocked.Read(ref survey._bytes);
            using var metered = new MeteredStream(
                content,
                Math.Max(limit, 0),
                cancel,
                isHashed: true
            );
            var head = HeadStream.Peek(metered, HeadBytes);
            if (head.Head.IsEmpty)
            {
                if ((metered.Fault ?? (metered.IsOverLimit ? OverLimit() : null)) is { } cause)
                {
                    Lose(info, cause);
                }
                else
                {
                    Skip(info, "it is empty");
                }

                return;
            }

            if (survey.Forced is null && ContentKind.UnopenedOf(head.Head) is { } archive)
            {
                Lose(info, $"it is {archive}, which this version does not open: unpack it by hand");
                return;
            }

            var plain = TextEncoding.Of(head.Head).ToUtf8(head.Head);
            var format = survey.Forced ?? LogFormats.Surest(plain, info.LogName);
            if (format is null)
            {
                Skip(
                    info,
                    $"it is no log that Harrier reads: {NoLog.WhatIs(plain)} (--as FORMAT reads it all the same)"
                );
                return;
            }

            var cuts = CutsOf(info, format, head.Head, plain);
            metered.Cuts = cuts;
            var tail = TailOf(format, head.Head);
            metered.Tail = tail;
            var clocks = ClockSurvey.Of(
                format,
                head,
                survey.Options.ReadOptions(info, fallbackYear: 2000),
                cancel
            );
            metered.ReadToEnd();
            var fault = metered.Fault ?? (metered.IsOverLimit ? OverLimit() : null);
            Interlocked.Add(ref survey._bytes, metered.Bytes);
            var yearless =
                tail is null || survey.Options.Year is not null
                    ? null
                    : YearlessLog.Of(
                        format,
                        plain[..Math.Min(plain.Length, EndBytes)],
                        TextEncoding.Of(head.Head).IsUtf8 ? tail.Bytes : default,
                        info.LogName,
                        cancel
                    );
            Seen.Add(
                new Surveyed(info)
                {
                    Format = format,
                    Bytes = metered.Bytes,
                    Clocks = clocks,
                    Yearless = yearless,
                    Sha256 = metered.Sha256(),
                    Fingerprint = metered.Fingerprint(),
                    Fault = fault,
                    Ranges =
                        cuts is null || fault is not null || clocks.NeedOrder
                            ? FileRanges.None
                            : cuts.Ranges(),
                }
            );
        }

        /// <summary>Keeps the end of logs whose times may carry no year.</summary>
        static TailBytes? TailOf(ILogFormat format, ReadOnlySpan<byte> head)
        {
            if (!YearlessLog.CanBe(format))
            {
                return null;
            }

            var tail = new TailBytes(EndBytes);
            tail.Add(head);
            return tail;
        }

        /// <summary>Null where the file is small or must be read by one worker.</summary>
        LineCuts? CutsOf(
            ContentInfo info,
            ILogFormat format,
            ReadOnlySpan<byte> head,
            ReadOnlySpan<byte> plain
        )
        {
            var options = survey.Options;
            var rangeBytes = Math.Max(
                options.RangeBytes,
                (info.FileBytes ?? 0) / Math.Max(options.Workers, 1)
            );
            // In a zone with summer times the hour that comes twice is told by the events before.
            var memory = format.MemoryOf(plain);
            if (
                memory == LineMemory.All
                || info.FileBytes is not { } size
                || size < 2 * options.RangeBytes
                || options.Workers < 2
                || options.Zone != LocalZone.Utc
                || !TextEncoding.Of(head).IsUtf8
                || !plain.Contains((byte)'\n')
            )
            {
                return null;
            }

            var cuts = new LineCuts(memory, rangeBytes);
            cuts.Add(head);
            return cuts;
        }

        public void Skip(ContentInfo info, string reason) =>
            Seen.Add(new Surveyed(info) { Skipped = reason });

        public void Lose(ContentInfo info, string reason) =>
            Seen.Add(new Surveyed(info) { Skipped = reason, IsLost = true });

        string OverLimit() =>
            $"the limit of {survey.Options.MaxTotalBytes} bytes in one import is reached; --max-bytes raises it";
    }
}
