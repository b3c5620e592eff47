using System.Globalization;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.PlainText;

/// <summary>Text that no other format claims, line by line: so that it is there to be searched and counted until someone writes a map.</summary>
/// <remarks>
/// Fields: <c>time</c>, <c>time_from</c> (<c>line</c>, <c>line before</c>, <c>file</c>), <c>message</c>, the line as it stands. A line without a time
/// of its own has that of the line before, as the rows of a stack trace do; where none came before, the time the file was written last.
/// </remarks>
public sealed class PlainTextFormat : ILogFormat
{
    public string Name => "text";

    /// <summary>Below every format that knows what it reads.</summary>
    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        NoLog.WhatIs(head) is null ? 5 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content);
        var clock = options.Clock;
        var record = new Record();
        DateTime? before = null;
        var ofLineBefore = 0L;
        var ofFile = 0L;
        handler.Warn(
            "No reader knows this format: every line is an event of class other with its text. A source map can say what it holds; --as FORMAT picks a reader."
        );
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            var line = lines.Line;
            if (line.Trim(" \t"u8).IsEmpty)
            {
                continue;
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", line);
                continue;
            }

            ReadOnlySpan<byte> from;
            if (LineTime.TryParse(line, clock, out var utc))
            {
                from = "line"u8;
                before = utc;
            }
            else if (before is not null)
            {
                from = "line before"u8;
                ofLineBefore++;
            }
            else if (options.Modified is not null)
            {
                from = "file"u8;
                ofFile++;
            }
            else
            {
                handler.Reject(
                    lines.Number,
                    "neither the line nor the file has a time",
                    Fields.Head(line)
                );
                continue;
            }

            record.Clear();
            record.Number = lines.Number;
            record.Position = lines.Number;
            record.Add("time"u8, Fields.Iso(before ?? options.Modified!.Value));
            record.Add("time_from"u8, from);
            record.Add("message"u8, line);
            handler.Accept(record);
        }

        WarnOfTimes(handler, options, clock, ofLineBefore, ofFile);
    }

    static void WarnOfTimes(
        IRecordHandler handler,
        ReadOptions options,
        LogClock clock,
        long ofLineBefore,
        long ofFile
    )
    {
        if (ofFile > 0)
        {
            handler.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Lines without a time that is recognised: {ofFile}. They have that of the file, {options.Modified:yyyy-MM-dd HH:mm:ss} UTC, which may be that of its copying."
                )
            );
        }

        if (ofLineBefore > 0)
        {
            handler.Warn(
                $"Lines without a time that is recognised: {ofLineBefore}. They have that of the line before."
            );
        }

        if (clock.AssumedYear is { } year)
        {
            handler.Warn($"Times carry no year; the first was taken as {year}.");
        }
    }
}
