using Harrier.Schema;
using Harrier.Telemetry.Formats.Auditd;
using Harrier.Telemetry.Formats.AwsText;
using Harrier.Telemetry.Formats.AzureFlow;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Email;
using Harrier.Telemetry.Formats.Evtx;
using Harrier.Telemetry.Formats.Ftp;
using Harrier.Telemetry.Formats.Journal;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.MessageTrace;
using Harrier.Telemetry.Formats.Osquery;
using Harrier.Telemetry.Formats.Parquet;
using Harrier.Telemetry.Formats.Pcap;
using Harrier.Telemetry.Formats.PlainText;
using Harrier.Telemetry.Formats.ShellHistory;
using Harrier.Telemetry.Formats.Snort;
using Harrier.Telemetry.Formats.Squid;
using Harrier.Telemetry.Formats.Syslog;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Formats.Utmp;
using Harrier.Telemetry.Formats.W3c;
using Harrier.Telemetry.Formats.WebServer;
using Harrier.Telemetry.Formats.WindowsDhcp;
using Harrier.Telemetry.Formats.WindowsDns;
using Harrier.Telemetry.Formats.WindowsJson;
using Harrier.Telemetry.Formats.WindowsXml;
using Harrier.Telemetry.Formats.Yaf;
using Harrier.Telemetry.Formats.Zeek;

namespace Harrier.Telemetry.Formats;

/// <summary>All formats there are. Adding one is a folder beside this file and a line here.</summary>
public static class LogFormats
{
    public static IReadOnlyList<ILogFormat> All { get; } =
    [
        new EvtxFormat(),
        new WindowsXmlFormat(),
        new WindowsJsonFormat(),
        new ZeekFormat(),
        new SyslogFormat(),
        new AuditdFormat(),
        new JournalFormat(),
        new HistoryFormat(),
        new W3cFormat(),
        new WebServerFormat(),
        new SquidFormat(),
        new FtpFormat(),
        new SnortFormat(),
        new YafFormat(),
        new PcapFormat(),
        new WindowsDnsFormat(),
        new WindowsDhcpFormat(),
        new MessageTraceFormat(),
        new AwsTextFormat(),
        new AzureFlowFormat(),
        new OsqueryFormat(),
        new ParquetFormat(),
        new JsonFormat(),
        new CsvFormat(),
        new EmailFormat(),
        new UtmpFormat(),
        new PlainTextFormat(),
    ];

    const int Certain = 100;

    /// <summary>The format of that name.</summary>
    /// <exception cref="HarrierFault">There is none.</exception>
    public static ILogFormat Named(string name) =>
        All.FirstOrDefault(format => format.Name == name)
        ?? throw new HarrierFault(
            FaultKind.Usage,
            $"There is no format '{name}'.",
            remedy: "Formats: " + string.Join(", ", All.Select(format => format.Name)) + "."
        );

    /// <summary>The format that is surest of a content; null where none is.</summary>
    /// <param name="plain">Its first bytes, as UTF-8 where it is text.</param>
    public static ILogFormat? Surest(ReadOnlySpan<byte> plain, string fileName) =>
        Surest(plain, fileName, All);

    /// <param name="formats">Those that are asked, the more particular before the others.</param>
    internal static ILogFormat? Surest(
        ReadOnlySpan<byte> plain,
        string fileName,
        IReadOnlyList<ILogFormat> formats
    )
    {
        plain = WithLineFeeds(plain);
        ILogFormat? surest = null;
        var best = 0;
        foreach (var format in formats)
        {
            // It is the last, below all others, and looks at every line.
            if (best == Certain || (best > 0 && format is PlainTextFormat))
            {
                break;
            }

            var score = format.Detect(plain, fileName);
            if (score > best)
            {
                (surest, best) = (format, score);
            }
        }

        return surest;
    }

    /// <summary>Old texts end their lines with CR alone, as <see cref="LineReader"/> knows; formats look for LF.</summary>
    static ReadOnlySpan<byte> WithLineFeeds(ReadOnlySpan<byte> plain)
    {
        if (!plain.Contains((byte)'\r') || plain.IndexOfAny((byte)'\n', (byte)0) >= 0)
        {
            return plain;
        }

        var text = plain.ToArray();
        text.AsSpan().Replace((byte)'\r', (byte)'\n');
        return text;
    }
}
