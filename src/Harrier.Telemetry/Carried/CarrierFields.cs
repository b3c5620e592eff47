using System.Text;
using Harrier.Schema;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Telemetry.Carried;

/// <summary>What exports call the text of a log that they carry, and what else they say of it.</summary>
static class CarrierFields
{
    /// <summary>Before the names of the carrier's own fields in a carried record: <c>_carrier.sourcetype</c>.</summary>
    public static ReadOnlySpan<byte> Utf8Prefix => "_carrier."u8;

    static readonly string s_prefix = Encoding.UTF8.GetString(Utf8Prefix);

    /// <summary>More texts than these of one record are not looked at.</summary>
    const int MostTexts = 3;

    // What is named for it comes before what may be anything.
    static readonly string[] s_texts =
    [
        "_raw", // Splunk, Cribl
        "event.original", // Elasticsearch
        "full_message", // Graylog
        "raw_message",
        "rawMessage",
        "rawlog",
        "raw",
        "RawData",
        "payload", // QRadar
        "textPayload", // Google Cloud
        "message", // Logstash, Fluentd, CloudWatch
        "MESSAGE",
        "Message",
        "log", // containers
    ];

    static readonly string[] s_wrappers = ["", "_source.", "result.", "fields."];

    static readonly (int Column, FieldExpression Value)[] s_columns =
    [
        .. Named("host", "host.hostname", "host.name", "hostname", "agent.hostname", "Computer")
            .SelectMany(name =>
                new[]
                {
                    (CommonColumns.Computer, FieldExpression.Parse(s_prefix + name)),
                    (CommonColumns.Host, FieldExpression.Parse($"{s_prefix}{name} | host")),
                }
            ),
    ];

    /// <summary>Columns that a carrier fills where the carried record does not: the host of the log, not of what collected it.</summary>
    public static IEnumerable<(Column Column, FieldExpression Value)> ColumnsOf(
        EventClass eventClass
    ) => s_columns.Select(pair => (eventClass.Columns[pair.Column], pair.Value));

    /// <summary>When it happened, or at least came: for records that have no time of their own.</summary>
    public static IReadOnlyList<FieldExpression> Times { get; } =
    [
        .. Named("_time", "@timestamp", "timestamp", "time", "ts", "TimeGenerated")
            .Select(name => FieldExpression.Parse(s_prefix + name)),
    ];

    /// <summary>Slots of a shape that may hold a log as text, the likeliest first.</summary>
    public static int[] TextsOf(RecordShape shape) =>
        [
            .. Named(s_texts)
                .Select(name => shape.Find(Encoding.UTF8.GetBytes(name)))
                .Where(slot => slot >= 0)
                .Take(MostTexts),
        ];

    /// <summary>Records of the shape were carried by another log.</summary>
    public static bool AreIn(RecordShape shape) =>
        shape.Names.Any(name => name.AsSpan().StartsWith(Utf8Prefix));

    static IEnumerable<string> Named(params string[] names) =>
        names.SelectMany(name => s_wrappers.Select(wrapper => wrapper + name));
}
