using System.Buffers;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Csv;

/// <summary>Events as separated values under a header, of any product: what they mean is for the source maps, chosen by the columns' names.</summary>
/// <remarks>
/// The separator is the one of comma, semicolon, tab and bar that gives header and rows the same number of values. What stands above the
/// header (a title, when it was exported) is rejected line by line.
/// A value that is a JSON object becomes fields of its own, under the column's name and a dot. A record's number is its line.
/// </remarks>
public sealed class CsvFormat : ILogFormat
{
    const int LeastColumns = 3;
    const int RowsLookedAt = 5;
    const int MostRowsBefore = 10;

    static readonly byte[] s_separators = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    static readonly SearchValues<byte> s_noName = SearchValues.Create("={}<>\""u8);

    public string Name => "csv";

    public int Detect(ReadOnlySpan<byte> head, string fileName) => Find(head) is null ? 0 : 25;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = Archives.HeadStream.Peek(content, Survey.HeadBytes);
        var table = Find(head.Head) ?? new Table((byte)',', 0, 0);
        var rows = new CsvRows(head, table.Separator);
        for (var row = 0; row < table.RowsBefore && rows.Read(); row++)
        {
            if (!IsPreamble(rows.Raw))
            {
                handler.Reject(
                    rows.Line,
                    "the line stands above the table's header",
                    Fields.Head(rows.Raw)
                );
            }
        }

        if (!TryHeader(rows, out var names, out var hasBlanks))
        {
            return;
        }

        var json = new JsonFields();
        var record = new Record();
        while (rows.Read())
        {
            if ((rows.Line & 0x3FF) == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }

            if (rows.Fault is { } fault)
            {
                handler.Reject(rows.Line, fault, Fields.Head(rows.Raw));
            }
            else if (rows.Count != names.Length)
            {
                handler.Reject(
                    rows.Line,
                    $"the row has {rows.Count} values and the header {names.Length} names",
                    Fields.Head(rows.Raw)
                );
            }
            else
            {
                Fill(record, rows, names, hasBlanks, json);
                handler.Accept(record);
            }
        }
    }

    /// <param name="hasBlanks">Blanks around values belong to the separator, as in <c>a | b</c>.</param>
    static void Fill(Record record, CsvRows rows, byte[][] names, bool hasBlanks, JsonFields json)
    {
        record.Clear();
        record.Number = rows.Line;
        record.Position = rows.Line;
        for (var column = 0; column < names.Length; column++)
        {
            var value = hasBlanks ? rows[column].Trim(" "u8) : rows[column];
            if (
                value.IsEmpty || (value[0] == '{' && TryAddJson(record, names[column], value, json))
            )
            {
                continue;
            }

            record.Add(names[column], value);
        }
    }

    static bool TryAddJson(Record record, byte[] name, ReadOnlySpan<byte> value, JsonFields json)
    {
        var before = record.Count;
        try
        {
            json.Read(value, record, name);
            return true;
        }
        catch (JsonException)
        {
            // It only looks like JSON and stays a text; what was read of it would stand twice.
            record.Truncate(before);
            return false;
        }
    }

    static bool TryHeader(CsvRows rows, out byte[][] names, out bool hasBlanks)
    {
        while (rows.Read())
        {
            // PowerShell's Export-Csv writes '#TYPE ...' first; 'sep=;' is for spreadsheets.
            if (!IsPreamble(rows.Raw))
            {
                names =
                [
                    .. Enumerable
                        .Range(0, rows.Count)
                        .Select(column => NameOf(rows[column], column)),
                ];
                hasBlanks = rows.Count > 1 && rows[1].StartsWith(" "u8);
                return true;
            }
        }

        names = [];
        hasBlanks = false;
        return false;
    }

    static byte[] NameOf(ReadOnlySpan<byte> value, int column)
    {
        var name = value.Trim(" "u8);
        return name.IsEmpty ? Encoding.ASCII.GetBytes($"column_{column + 1}") : name.ToArray();
    }

    static bool IsPreamble(ReadOnlySpan<byte> line) =>
        line.StartsWith("#TYPE "u8) || line.StartsWith("sep="u8);

    /// <summary>Where a table is in a text.</summary>
    /// <param name="RowsBefore">Rows above its header.</param>
    sealed record Table(byte Separator, int RowsBefore, int Columns);

    /// <summary>The table with the most columns that a separator makes; null where the text is no table with a header.</summary>
    static Table? Find(ReadOnlySpan<byte> head)
    {
        Table? best = null;
        foreach (var separator in s_separators)
        {
            var found = Find(head, separator);
            if (found is not null && (best is null || found.Columns > best.Columns))
            {
                best = found;
            }
        }

        return best;
    }

    /// <summary>The first row that can be a header, with rows of as many values below it.</summary>
    static Table? Find(ReadOnlySpan<byte> head, byte separator)
    {
        var rows = new CsvRows(new MemoryStream(head.ToArray()), separator);
        var looked = new List<byte[][]>();
        var isEnd = false;
        while (!isEnd && looked.Count <= MostRowsBefore + RowsLookedAt)
        {
            isEnd = !rows.Read();
            if (!isEnd)
            {
                looked.Add(
                    rows.Fault is null && !IsPreamble(rows.Raw)
                        ? [.. Enumerable.Range(0, rows.Count).Select(at => rows[at].ToArray())]
                        : []
                );
            }
        }

        for (var row = 0; row < Math.Min(looked.Count, MostRowsBefore + 1); row++)
        {
            var names = looked[row];
            var below = looked.Skip(row + 1).Take(RowsLookedAt).ToArray();
            var like = below.Count(values => values.Length == names.Length);
            if (
                IsHeader(names)
                && (
                    // The last row of the head may be cut, or one be broken.
                    (like > 0 && like >= below.Length - 1)
                    || (isEnd && looked.Count == 1 && !Array.Exists(names, HasBlank))
                )
            )
            {
                return new Table(separator, row, names.Length);
            }
        }

        return null;
    }

    /// <summary>Names, all different, of which one is that of a time.</summary>
    static bool IsHeader(byte[][] names) =>
        names.Length >= LeastColumns
        && names.All(name => IsName(name.AsSpan().Trim(" "u8)))
        && Array.Exists(names, name => TimeNames.Has(name.AsSpan().Trim(" "u8)))
        && AreDistinct(names);

    static bool HasBlank(byte[] name) => name.AsSpan().Trim(" "u8).Contains((byte)' ');

    static bool AreDistinct(byte[][] names) =>
        names.Select(Encoding.UTF8.GetString).Distinct(StringComparer.Ordinal).Count()
        == names.Length;

    /// <summary>A name begins with a letter, '_', '@' or '#', is short, and holds no mark that only prose or data has.</summary>
    static bool IsName(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 128
        && (char.IsAsciiLetter((char)text[0]) || text[0] is (byte)'_' or (byte)'@' or >= 0x80)
        && text.IndexOfAny(s_noName) < 0
        && text.Count((byte)' ') <= 5;
}
