using Harrier.Schema;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.PlainText;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry;

/// <summary>The first records of a file, read as an import reads them: archives opened, format told by content.</summary>
/// <param name="Format">The format it was read as.</param>
/// <param name="Options">What the reader was told.</param>
/// <param name="IsWhole">All of the file was read; else the bound ended it.</param>
public sealed record LogSample(ILogFormat Format, ReadOptions Options, bool IsWhole)
{
    const long MostBytes = 64 * 1024 * 1024;

    /// <summary>Reads from the file, or from the first log in an archive.</summary>
    /// <param name="format">Name of the format to read it as; null: the surest.</param>
    /// <param name="mostRecords">Records and rejects after which reading ends; it also ends after 64 MiB of records.</param>
    /// <param name="open">Gives the handler of the records, once the format is known.</param>
    /// <exception cref="HarrierFault">There is no such format, or nothing to read.</exception>
    public static LogSample Read(
        string path,
        string? format,
        int mostRecords,
        Func<ILogFormat, ReadOptions, IRecordHandler> open,
        CancellationToken cancel
    )
    {
        var forced = format is null ? null : LogFormats.Named(format);
        if (!File.Exists(path))
        {
            throw new HarrierFault(
                FaultKind.Input,
                "There is no such file.",
                path,
                "Name a file with some records of the log."
            );
        }

        LogSample? sample = null;
        string? reason = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var visitor = new ContentVisitor(
            (info, content) =>
            {
                if (sample is not null)
                {
                    return;
                }

                var head = HeadStream.Peek(content, Survey.HeadBytes);
                var plain = TextEncoding.Of(head.Head).ToUtf8(head.Head);
                if ((forced ?? LogFormats.Surest(plain, info.LogName)) is not { } surest)
                {
                    reason ??= $"it is no log that Harrier reads: {NoLog.WhatIs(plain)}";
                    return;
                }

                var options = new ImportOptions([path]).ReadOptions(info, fallbackYear: 2000);
                sample = new LogSample(surest, options, IsWhole: false);
                var handler = new Bounded(open(surest, options), mostRecords, stop);
                surest.Read(head, options, handler, stop.Token);
                sample = sample with { IsWhole = true };
            },
            (_, why) => reason ??= why,
            (_, why) => reason ??= why
        );
        try
        {
            new ArchiveWalker(new ArchiveOptions()).Walk(path, visitor, stop.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The bound ended it.
        }

        return sample
            ?? throw new HarrierFault(
                FaultKind.Input,
                $"The sample can't be read: {reason ?? "it is empty"}.",
                path,
                "Name a log, and its format with --as where its content does not tell it."
            );
    }

    sealed class Bounded(IRecordHandler handler, int most, CancellationTokenSource stop)
        : IRecordHandler
    {
        int _taken;
        long _bytes;

        public void Accept(Record record)
        {
            handler.Accept(record);
            Count(record.Bytes);
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head)
        {
            handler.Reject(position, reason, head);
            Count(head.Length);
        }

        public void Warn(string sentence) => handler.Warn(sentence);

        void Count(int bytes)
        {
            _bytes += bytes;
            if (++_taken >= most || _bytes > MostBytes)
            {
                stop.Cancel();
                stop.Token.ThrowIfCancellationRequested();
            }
        }
    }
}
