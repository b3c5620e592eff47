using System.Globalization;
using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Snort;

/// <summary>
/// Alerts of Snort and Suricata in files: a line each (<c>05/14-12:02:38.453 [**] [1:2003068:6] ET SCAN ... [**] [Priority: 2] {TCP} a:1 -> b:2</c>),
/// or with commas between (Snort's alert_csv, default columns).
/// </summary>
/// <remarks>
/// Times are local; Snort writes no year unless told to. With one, Snort 2 and Suricata put the month first, Snort 3 the
/// year; Snort 3 has quotes around its messages, which tells them apart where the numbers do not.
/// </remarks>
public sealed class SnortFormat : ILogFormat
{
    // Snort's documentation, output alert_csv: default.
    static readonly string[] s_columns =
    [
        "generator",
        "signature_id",
        "revision",
        "signature",
        "protocol",
        "src_ip",
        "src_port",
        "dst_ip",
        "dst_port",
        "ethsrc",
        "ethdst",
        "ethlen",
        "tcpflags",
        "tcpseq",
        "tcpack",
        "tcplen",
        "tcpwindow",
        "ttl",
        "tos",
        "id",
        "dgmlen",
        "iplen",
        "icmptype",
        "icmpcode",
        "icmpid",
        "icmpseq",
    ];

    static readonly byte[][] s_names = [.. s_columns.Select(Encoding.UTF8.GetBytes)];

    public string Name => "snort";

    public int Detect(ReadOnlySpan<byte> head, string fileName)
    {
        var parser = new AlertLines(new LogClock(LocalZone.Utc, 2000), HasYearFirst(head));
        return LineRecords.AreMost(head, parser.Parse) ? 85 : 0;
    }

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = Archives.HeadStream.Peek(content, Survey.HeadBytes);
        var clock = options.Clock;
        var parser = new AlertLines(clock, HasYearFirst(head.Head));
        LineRecords.Read(
            head,
            handler,
            parser.Parse,
            () => "the line is no alert of Snort or Suricata",
            cancel
        );
        if (clock.AssumedYear is { } year)
        {
            handler.Warn(
                $"Times carry no year; the first was taken as {year}, and the year goes up where the months start again."
            );
        }
    }

    static bool HasYearFirst(ReadOnlySpan<byte> head)
    {
        while (!head.IsEmpty)
        {
            var line = Fields.Cut(ref head, (byte)'\n');
            if (
                line.Length > 8
                && line[5] == '/'
                && Fields.TryInt(line[..2], out var first)
                && (first > 12 || (line[8] == '-' && line.IndexOf("] \""u8) > 0))
            )
            {
                return true;
            }
        }

        return false;
    }

    sealed class AlertLines(LogClock clock, bool isYearFirst)
    {
        public LineKind Parse(ReadOnlySpan<byte> line, Record record)
        {
            var end = line.IndexOfAny((byte)' ', (byte)',');
            if (end is < 14 or > 30 || !TryTime(line[..end], out var time))
            {
                return LineKind.Bad;
            }

            record.Add("time"u8, time);
            var rest = line[end..].TrimStart((byte)' ');
            return rest.StartsWith(","u8)
                    ? (TryValues(record, rest[1..]) ? LineKind.Record : LineKind.Bad)
                : SnortMessages.TryAlert(record, rest) ? LineKind.Record
                : LineKind.Bad;
        }

        static bool TryValues(Record record, ReadOnlySpan<byte> rest)
        {
            record.Add("log"u8, "snort"u8);
            var values = new CsvLine(rest);
            var column = 0;
            for (; values.Read() && column < s_names.Length; column++)
            {
                if (!values.Value.IsEmpty)
                {
                    record.Add(s_names[column], values.Value);
                }
            }

            return column >= 9;
        }

        /// <summary><c>05/14-12:02:38.453</c>, or with a year of two or four digits.</summary>
        bool TryTime(ReadOnlySpan<byte> text, out byte[] time)
        {
            time = [];
            var day = Fields.Cut(ref text, (byte)'-');
            if (
                !TimeSpan.TryParseExact(
                    Encoding.Latin1.GetString(text),
                    [@"hh\:mm\:ss\.FFFFFFF", @"hh\:mm\:ss"],
                    CultureInfo.InvariantCulture,
                    out var timeOfDay
                )
            )
            {
                return false;
            }

            var numbers = new List<int>();
            while (!day.IsEmpty)
            {
                if (!Fields.TryInt(Fields.Cut(ref day, (byte)'/'), out var number) || number < 0)
                {
                    return false;
                }

                numbers.Add(number);
            }

            if (numbers.Count == 2 && numbers[0] is >= 1 and <= 12 && numbers[1] is >= 1 and <= 31)
            {
                if (clock.WithYear(numbers[0], numbers[1], timeOfDay) is not { } utc)
                {
                    return false;
                }

                time = Fields.Iso(utc);
                return true;
            }

            if (numbers.Count != 3)
            {
                return false;
            }

            var (year, month, dayOfMonth) = isYearFirst
                ? (numbers[0], numbers[1], numbers[2])
                : (numbers[2], numbers[0], numbers[1]);
            year += year < 100 ? 2000 : 0;
            if (
                month is < 1 or > 12
                || year is < 1970 or > 9998
                || dayOfMonth < 1
                || dayOfMonth > DateTime.DaysInMonth(year, month)
            )
            {
                return false;
            }

            time = Fields.Local(
                new DateTime(year, month, dayOfMonth, 0, 0, 0, DateTimeKind.Unspecified) + timeOfDay
            );
            return true;
        }
    }
}
