using System.Buffers;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Csv;

/// <summary>Events as separated values under a header, of any product: what they mean is for the source maps, chosen by the columns' names.</summary>
/// <remarks>
/// The separator is the one of comma, semicolon, tab and bar that gives header and rows the same number of values.
/// A value that is a JSON object becomes fields of its own, under the column's name and a dot. A record's number is its line.
/// </remarks>
public sealed class CsvFormat : ILogFormat
{
    const int LeastColumns = 3;
    const int RowsLookedAt = 5;

    static readonly byte[] s_separators = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    static readonly SearchValues<byte> s_noName = SearchValues.Create("={}<>\""u8);

    public string Name => "csv";

    public int Detect(ReadOnlySpan<byte> head, string fileName) => Separator(head) == 0 ? 0 : 25;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = Archives.HeadStream.Peek(content, Survey.HeadBytes);
        var separator = Separator(head.Head);
        var rows = new CsvRows(head, separator == 0 ? (byte)',' : separator);
        if (!TryHeader(rows, out var names))
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
                Fill(record, rows, names, json);
                handler.Accept(record);
            }
        }
    }

    static void Fill(Record record, CsvRows rows, byte[][] names, JsonFields json)
    {
        record.Clear();
        record.Number = rows.Line;
        record.Position = rows.Line;
        for (var column = 0; column < names.Length; column++)
        {
            var value = rows[column];
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

    static bool TryHeader(CsvRows rows, out byte[][] names)
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
                return true;
            }
        }

        names = [];
        return false;
    }

    static byte[] NameOf(ReadOnlySpan<byte> value, int column)
    {
        var name = value.Trim(" "u8);
        return name.IsEmpty ? Encoding.ASCII.GetBytes($"column_{column + 1}") : name.ToArray();
    }

    static bool IsPreamble(ReadOnlySpan<byte> line) =>
        line.StartsWith("#TYPE "u8) || line.StartsWith("sep="u8);

    /// <summary>The separator, or 0 where the text is no table with a header.</summary>
    static byte Separator(ReadOnlySpan<byte> head)
    {
        var best = (byte)0;
        var bestColumns = LeastColumns - 1;
        foreach (var separator in s_separators)
        {
            var columns = Columns(head, separator);
            if (columns > bestColumns)
            {
                (best, bestColumns) = (separator, columns);
            }
        }

        return best;
    }

    /// <summary>Columns of the header where the first rows have as many, names are names, and one is that of a time; else 0.</summary>
    static int Columns(ReadOnlySpan<byte> head, byte separator)
    {
        var rows = new CsvRows(new MemoryStream(head.ToArray()), separator);
        if (
            !TryHeader(rows, out var names)
            || !names.All(IsName)
            || !names.Any(name => TimeNames.Has(name))
            || !AreDistinct(names)
        )
        {
            return 0;
        }

        var looked = 0;
        var like = 0;
        // The last row of the head may be cut.
        while (looked < RowsLookedAt && rows.Read() && rows.Fault is null)
        {
            looked++;
            like += rows.Count == names.Length ? 1 : 0;
        }

        return like > 0 && like >= looked - 1 ? names.Length : 0;
    }

    static bool AreDistinct(byte[][] names) =>
        names.Select(Encoding.UTF8.GetString).Distinct(StringComparer.Ordinal).Count()
        == names.Length;

    /// <summary>A name begins with a letter, '_', '@' or '#', is short, and holds no mark that only prose or data has.</summary>
    static bool IsName(byte[] text) =>
        text.Length is > 0 and <= 128
        && (char.IsAsciiLetter((char)text[0]) || text[0] is (byte)'_' or (byte)'@' or >= 0x80)
        && text.AsSpan().IndexOfAny(s_noName) < 0
        && text.AsSpan().Count((byte)' ') <= 5;
}
