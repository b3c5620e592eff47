using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.W3c;

/// <summary>
/// Logs whose columns a line <c>#Fields:</c> names (W3C Extended Log File Format): IIS, proxies, Exchange, the firewall of Windows.
/// </summary>
/// <remarks>
/// Values have spaces, tabs or commas between, as the names have. <c>date</c> and <c>time</c> become <c>time</c>, UTC unless
/// <c>#Time Format: Local</c> says otherwise; a missing date is that of the last <c>#Date:</c>, and goes up where the time of day
/// starts again. <c>#Fields:</c> may come again with other names. <c>software</c> is the one of <c>#Software:</c>.
/// </remarks>
public sealed class W3cFormat : ILogFormat
{
    public string Name => "w3c";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        const int linesLookedAt = 20;
        var rest = head;
        for (var line = 0; line < linesLookedAt && !rest.IsEmpty; line++)
        {
            var text = Fields.Cut(ref rest, (byte)'\n');
            if (text.StartsWith("#Fields:"u8))
            {
                return 90;
            }

            if (!text.StartsWith("#"u8) && !text.Trim(" \r"u8).IsEmpty)
            {
                return 0;
            }
        }

        return 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var table = new W3cTable();
        LineRecords.Read(content, handler, table.Parse, () => table.Fault, cancel);
    }

    /// <summary>What the header lines have said so far.</summary>
    sealed class W3cTable
    {
        byte[][] _names = [];
        byte _separator = (byte)' ';
        int _date = -1;
        int _time = -1;
        byte[] _software = [];
        bool _isLocal;
        DateOnly? _day;
        TimeOnly _last;

        public string Fault { get; private set; } = "";

        public LineKind Parse(ReadOnlySpan<byte> line, Record record)
        {
            if (line[0] == '#')
            {
                ReadDirective(line);
                return LineKind.Passed;
            }

            if (_names.Length == 0)
            {
                Fault = "the row stands before the first #Fields:";
                return LineKind.Bad;
            }

            return TryFill(line, record) ? LineKind.Record : LineKind.Bad;
        }

        void ReadDirective(ReadOnlySpan<byte> line)
        {
            if (Fields.TryCutPrefix(ref line, "#Fields:"u8))
            {
                SetNames(line.Trim((byte)' '));
            }
            else if (Fields.TryCutPrefix(ref line, "#Software:"u8))
            {
                _software = line.Trim((byte)' ').ToArray();
            }
            else if (Fields.TryCutPrefix(ref line, "#Time Format:"u8))
            {
                _isLocal = line.Trim((byte)' ').SequenceEqual("Local"u8);
            }
            else if (Fields.TryCutPrefix(ref line, "#Date:"u8))
            {
                var text = line.Trim((byte)' ');
                if (TryDay(text.Length > 10 ? text[..10] : text, out var day))
                {
                    _day = day;
                    _last = default;
                }
            }
        }

        void SetNames(ReadOnlySpan<byte> text)
        {
            _separator =
                text.Contains((byte)'\t') ? (byte)'\t'
                : text.Contains((byte)' ') ? (byte)' '
                : (byte)',';
            _names =
            [
                .. Encoding
                    .UTF8.GetString(text)
                    .Split(
                        (char)_separator,
                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                    )
                    .Select(Encoding.UTF8.GetBytes),
            ];
            _date = Array.FindIndex(_names, name => name.AsSpan().SequenceEqual("date"u8));
            _time = Array.FindIndex(_names, name => name.AsSpan().SequenceEqual("time"u8));
        }

        bool TryFill(ReadOnlySpan<byte> line, Record record)
        {
            ReadOnlySpan<byte> date = default;
            ReadOnlySpan<byte> time = default;
            var column = 0;
            // CloudFront names its fields with blanks between, and writes tabs.
            var separator =
                _separator == ' ' && line.Contains((byte)'\t') ? (byte)'\t' : _separator;
            var values = new CsvLine(line.Trim((byte)' '), separator);
            while (values.Read())
            {
                var value = values.Value;
                // Spaces in a row separate once.
                if (value.IsEmpty && separator == ' ')
                {
                    continue;
                }

                if (column < _names.Length)
                {
                    if (column == _date)
                    {
                        date = value;
                    }
                    else if (column == _time)
                    {
                        time = value;
                    }
                    else if (!FieldIsNothing(value))
                    {
                        record.Add(_names[column], value);
                    }
                }

                column++;
            }

            if (column != _names.Length)
            {
                Fault = $"the row has {column} values and #Fields: {_names.Length} names";
                return false;
            }

            if (!_software.AsSpan().IsEmpty)
            {
                record.Add("software"u8, _software);
            }

            return _time < 0 || TryAddTime(record, date, time);
        }

        static bool FieldIsNothing(ReadOnlySpan<byte> value) =>
            value.IsEmpty || value.SequenceEqual("-"u8);

        bool TryAddTime(Record record, ReadOnlySpan<byte> date, ReadOnlySpan<byte> time)
        {
            if (
                !TimeOnly.TryParseExact(
                    Encoding.Latin1.GetString(time),
                    ["HH:mm:ss", "HH:mm:ss.FFFFFFF", "H:mm:ss", "HH:mm"],
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None,
                    out var timeOfDay
                )
            )
            {
                Fault = "the row's time is none";
                return false;
            }

            if (_date >= 0)
            {
                if (!TryDay(date, out var day))
                {
                    Fault = "the row's date is none";
                    return false;
                }

                _day = day;
            }
            else if (_day is null)
            {
                Fault = "neither the row nor a line #Date: says the day";
                return false;
            }
            else if (_last - timeOfDay is { TotalHours: > 12 } && timeOfDay < _last)
            {
                _day =
                    _day.Value.DayNumber < DateOnly.MaxValue.DayNumber
                        ? _day.Value.AddDays(1)
                        : _day;
            }

            _last = timeOfDay;
            var moment = _day.Value.ToDateTime(timeOfDay, DateTimeKind.Utc);
            record.Add("time"u8, _isLocal ? Fields.Local(moment) : Fields.Iso(moment));
            return true;
        }

        static bool TryDay(ReadOnlySpan<byte> text, out DateOnly day) =>
            DateOnly.TryParseExact(
                Encoding.Latin1.GetString(text),
                ["yyyy-MM-dd", "yyyy/MM/dd"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out day
            );
    }
}
