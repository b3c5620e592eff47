namespace Harrier.Telemetry.Formats.Text;

/// <summary>What a line of a log is.</summary>
enum LineKind
{
    /// <summary>The record was filled.</summary>
    Record,

    /// <summary>A header or a comment.</summary>
    Passed,

    /// <summary>None that can be read.</summary>
    Bad,
}

/// <summary>Fills a record, which is empty, from a line, which is not.</summary>
delegate LineKind LineParser(ReadOnlySpan<byte> line, Record record);

/// <summary>Logs in which every line is a record or a header.</summary>
static class LineRecords
{
    /// <param name="reason">Why a bad line is one.</param>
    public static void Read(
        Stream content,
        IRecordHandler handler,
        LineParser parse,
        Func<string> reason,
        CancellationToken cancel
    )
    {
        var lines = new LineReader(content);
        var record = new Record();
        while (lines.Read())
        {
            if ((lines.Number & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (lines.IsTooLong)
            {
                handler.Reject(lines.Number, "the line is longer than 16 MiB", lines.Line);
                continue;
            }

            if (lines.Line.Trim((byte)' ').IsEmpty)
            {
                continue;
            }

            record.Clear();
            record.Number = lines.Number;
            record.Position = lines.Number;
            switch (parse(lines.Line, record))
            {
                case LineKind.Record:
                    handler.Accept(record);
                    break;
                case LineKind.Bad:
                    handler.Reject(lines.Number, reason(), Fields.Head(lines.Line));
                    break;
            }
        }
    }

    /// <summary>
    /// Whether at least six of ten of the first lines are records, and any is; or nearly all behind a banner: what a program or a person
    /// wrote above the log tells nothing about it.
    /// </summary>
    public static bool AreMost(ReadOnlySpan<byte> head, LineParser parse)
    {
        const int looked = 50;
        const int longestBanner = 10;
        // The last line of the head may be cut.
        var end = head.LastIndexOf((byte)'\n');
        var rest = end > 0 ? head[..end] : head;
        var record = new Record();
        var (lines, records, banner) = (0, 0, 0);
        while (!rest.IsEmpty && lines < looked)
        {
            var line = Fields.Cut(ref rest, (byte)'\n').TrimEnd((byte)'\r');
            if (line.Trim((byte)' ').IsEmpty)
            {
                continue;
            }

            record.Clear();
            var kind = parse(line, record);
            lines += kind == LineKind.Passed ? 0 : 1;
            records += kind == LineKind.Record ? 1 : 0;
            banner += kind == LineKind.Bad && records == 0 ? 1 : 0;
        }

        return records > 0
            && (
                records * 10 >= lines * 6
                || (banner <= longestBanner && records > 1 && records * 10 >= (lines - banner) * 9)
            );
    }
}
