using System.Text;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.WindowsDhcp;

/// <summary>The audit log of the DHCP server of Windows: which address went to which machine. Times are local.</summary>
public sealed class WindowsDhcpFormat : ILogFormat
{
    // Names of the header, as fields; newer versions append columns.
    static readonly string[] s_columns =
    [
        "id",
        "date",
        "time_of_day",
        "description",
        "ip",
        "host_name",
        "mac",
        "user_name",
        "transaction_id",
        "q_result",
        "probation_time",
        "correlation_id",
        "dhcid",
        "vendor_class_hex",
        "vendor_class",
        "user_class_hex",
        "user_class",
        "relay_agent",
        "dns_error",
    ];

    static readonly byte[][] s_names = [.. s_columns.Select(Encoding.UTF8.GetBytes)];

    public string Name => "windows-dhcp";

    public int Detect(ReadOnlySpan<byte> head, string fileName) =>
        head.IndexOf("Microsoft DHCP Service Activity Log"u8) >= 0
        || head.IndexOf("Microsoft DHCPv6 Service Activity Log"u8) >= 0
        || head.StartsWith("ID,Date,Time,Description,IP"u8)
        || head.IndexOf("\nID,Date,Time,Description,IP"u8) >= 0
            ? 90
            : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        var head = Archives.HeadStream.Peek(content, Survey.HeadBytes);
        var dates = new LocalDates(head.Head, column: 1);
        // What stands before the names explains the numbers.
        var hasBegun = head.Head.IndexOf("ID,Date,Time"u8) < 0;
        LineRecords.Read(
            head,
            handler,
            (line, record) =>
            {
                if (line.StartsWith("ID,Date,Time"u8))
                {
                    hasBegun = true;
                    return LineKind.Passed;
                }

                return !hasBegun ? LineKind.Passed
                    : TryRow(line, dates, record) ? LineKind.Record
                    : LineKind.Bad;
            },
            () => "the row has no number, date and time of a DHCP server of Windows",
            cancel
        );
    }

    static bool TryRow(ReadOnlySpan<byte> line, LocalDates dates, Record record)
    {
        ReadOnlySpan<byte> date = default;
        var values = new CsvLine(line);
        for (var column = 0; values.Read(); column++)
        {
            var value = values.Value.Trim((byte)' ');
            if (column == 1)
            {
                date = value;
            }
            else if (column == 2)
            {
                if (!dates.TryParse(date, value, out var local))
                {
                    return false;
                }

                record.Add("time"u8, Fields.Local(local));
            }
            else if (!value.IsEmpty)
            {
                record.Add(column < s_names.Length ? s_names[column] : "more"u8, value);
            }
        }

        return record.Find("time"u8) >= 0;
    }
}
