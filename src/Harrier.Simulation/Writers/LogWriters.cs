using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Harrier.Simulation.Recording;

namespace Harrier.Simulation.Writers;

/// <summary>Where a malicious record stands: what the truth names.</summary>
/// <param name="File">Below OUT, with slashes.</param>
/// <param name="Record">Record number of EVTX, line of text.</param>
public sealed record TruthRecord(string File, long Record);

/// <summary>Writes the records of each file in order of time, in the file's own format, and says where each malicious one went.</summary>
static class LogWriters
{
    static readonly Dictionary<string, (string Name, string Type)[]> s_zeekColumns = new()
    {
        ["conn"] =
        [
            .. Ends(),
            ("proto", "enum"),
            ("service", "string"),
            ("duration", "interval"),
            ("orig_bytes", "count"),
            ("resp_bytes", "count"),
            ("conn_state", "string"),
            ("orig_pkts", "count"),
            ("resp_pkts", "count"),
        ],
        ["ssl"] =
        [
            .. Ends(),
            ("version", "string"),
            ("cipher", "string"),
            ("server_name", "string"),
            ("established", "bool"),
        ],
        ["http"] =
        [
            .. Ends(),
            ("method", "string"),
            ("host", "string"),
            ("uri", "string"),
            ("user_agent", "string"),
            ("request_body_len", "count"),
            ("response_body_len", "count"),
            ("status_code", "count"),
            ("resp_mime_types", "vector[string]"),
        ],
        ["dns"] =
        [
            .. Ends(),
            ("proto", "enum"),
            ("query", "string"),
            ("qtype_name", "string"),
            ("rcode_name", "string"),
            ("answers", "vector[string]"),
        ],
    };

    public static Dictionary<string, List<TruthRecord>> Write(
        string folder,
        IReadOnlyList<SimulatedRecord> records,
        List<string> files,
        CancellationToken cancel
    )
    {
        var truth = new Dictionary<string, List<TruthRecord>>(StringComparer.Ordinal);
        foreach (
            var group in records
                .GroupBy(record => record.File)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            cancel.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, group.Key.Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // A stable sort: records of the same moment stay in the order they were made.
            var ordered = group.OrderBy(record => record.Time).ToList();
            var numbers = ordered[0] switch
            {
                WindowsRecord when group.Key.EndsWith(".evtx", StringComparison.Ordinal) => Evtx(
                    path,
                    ordered
                ),
                WindowsRecord => Winlogbeat(path, ordered),
                ZeekRecord => Zeek(path, ordered),
                _ => Syslog(path, ordered),
            };
            files.Add(group.Key);
            for (var index = 0; index < ordered.Count; index++)
            {
                if (ordered[index].Stage is { } stage)
                {
                    if (!truth.TryGetValue(stage, out var list))
                    {
                        truth.Add(stage, list = []);
                    }

                    list.Add(new TruthRecord(group.Key, numbers[index]));
                }
            }
        }

        return truth;
    }

    static long[] Evtx(string path, List<SimulatedRecord> records)
    {
        using var writer = new EvtxWriter(File.Create(path));
        return
        [
            .. records
                .Cast<WindowsRecord>()
                .Select(record => writer.Write(record.System, record.Time, record.Fields)),
        ];
    }

    static long[] Winlogbeat(string path, List<SimulatedRecord> records)
    {
        using var file = File.Create(path);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var writer = new StreamWriter(gzip, new UTF8Encoding(false)) { NewLine = "\n" };
        var number = 0L;
        foreach (var record in records.Cast<WindowsRecord>())
        {
            number++;
            writer.WriteLine(
                JsonSerializer.Serialize(
                    new Dictionary<string, object>
                    {
                        ["@timestamp"] = record.Time.ToString(
                            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                            CultureInfo.InvariantCulture
                        ),
                        ["winlog"] = new Dictionary<string, object>
                        {
                            ["event_id"] = record.System.EventId,
                            ["channel"] = record.System.Channel,
                            ["provider_name"] = record.System.Provider,
                            ["computer_name"] = record.System.Computer,
                            ["record_id"] = number,
                            ["event_data"] = record.Fields.ToDictionary(
                                field => field.Name,
                                field => field.Value
                            ),
                        },
                    }
                )
            );
        }

        return Lines(records.Count, 0);
    }

    static long[] Zeek(string path, List<SimulatedRecord> records)
    {
        var log = ((ZeekRecord)records[0]).Log;
        var columns = s_zeekColumns[log];
        using var writer = new StreamWriter(path, false, new UTF8Encoding(false))
        {
            NewLine = "\n",
        };
        writer.WriteLine("#separator \\x09");
        writer.WriteLine("#set_separator\t,");
        writer.WriteLine("#empty_field\t(empty)");
        writer.WriteLine("#unset_field\t-");
        writer.WriteLine($"#path\t{log}");
        writer.WriteLine(
            $"#open\t{records[0].Time.ToString("yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture)}"
        );
        writer.WriteLine(
            "#fields\tts\t" + string.Join('\t', columns.Select(column => column.Name))
        );
        writer.WriteLine(
            "#types\ttime\t" + string.Join('\t', columns.Select(column => column.Type))
        );
        foreach (var record in records.Cast<ZeekRecord>())
        {
            var ts = (record.Time - DateTime.UnixEpoch).Ticks / 10;
            writer.Write(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{ts / 1_000_000}.{ts % 1_000_000:000000}"
                )
            );
            foreach (var value in record.Values)
            {
                writer.Write('\t');
                writer.Write(value ?? "-");
            }

            writer.WriteLine();
        }

        writer.WriteLine(
            $"#close\t{records[^1].Time.ToString("yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture)}"
        );
        return Lines(records.Count, 8);
    }

    static long[] Syslog(string path, List<SimulatedRecord> records)
    {
        using var writer = new StreamWriter(path, false, new UTF8Encoding(false))
        {
            NewLine = "\n",
        };
        foreach (var record in records.Cast<SyslogRecord>())
        {
            // RFC 3164: the day is padded with a blank, and there is no year.
            writer.WriteLine(
                $"{record.Time.ToString("MMM", CultureInfo.InvariantCulture)} {record.Time.Day, 2} {record.Time.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {record.Host} {record.Message}"
            );
        }

        writer.Dispose();
        // Readers take the year from the file's own date.
        File.SetLastWriteTimeUtc(path, records[^1].Time);
        return Lines(records.Count, 0);
    }

    static long[] Lines(int count, int before) =>
        [.. Enumerable.Range(0, count).Select(index => (long)(before + index + 1))];

    static (string, string)[] Ends() =>
        [
            ("uid", "string"),
            ("id.orig_h", "addr"),
            ("id.orig_p", "port"),
            ("id.resp_h", "addr"),
            ("id.resp_p", "port"),
        ];
}
