using System.Buffers;
using System.Net;
using System.Text;

namespace Harrier.Telemetry.Formats.AwsText;

/// <summary>Names of the values in the lines of one kind of log, in order, and how such a line is known.</summary>
/// <param name="Name">What field <c>layout</c> holds.</param>
/// <param name="Least">Values that a line has at least: older ones lack the last.</param>
/// <remarks>Orders are those of AWS' user guides; values that a later version adds keep their number as a name.</remarks>
sealed record AwsLayout(string Name, int Least, byte[][] Names, Func<SpacedValues, bool> IsLine)
{
    // The first 14 are the default of version 2; a flow log without a header that has more has all of version 5.
    const string VpcFlow =
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status "
        + "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id "
        + "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";

    const string Alb =
        "type time elb client target request_processing_time target_processing_time response_processing_time elb_status_code "
        + "target_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol target_group_arn trace_id "
        + "domain_name chosen_cert_arn matched_rule_priority request_creation_time actions_executed redirect_url error_reason "
        + "target_port_list target_status_code_list classification classification_reason conn_trace_id";

    const string ClassicElb =
        "time elb client target request_processing_time target_processing_time response_processing_time elb_status_code "
        + "target_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol";

    const string Nlb =
        "type version time elb listener client destination connection_time tls_handshake_time received_bytes sent_bytes "
        + "incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_named_group domain_name "
        + "alpn_fe_protocol alpn_be_protocol alpn_client_preference_list tls_connection_creation_time";

    const string S3 =
        "bucket_owner bucket time remote_ip requester request_id operation key request_uri http_status error_code bytes_sent "
        + "object_size total_time turnaround_time referrer user_agent version_id host_id signature_version cipher_suite "
        + "authentication_type host_header tls_version access_point_arn acl_required";

    static readonly SearchValues<byte> s_hexDigits = SearchValues.Create(
        "0123456789abcdefABCDEF"u8
    );

    static readonly string[] s_albTypes = ["http", "https", "h2", "grpcs", "ws", "wss"];

    static readonly AwsLayout[] s_all =
    [
        Of(
            "vpc-flow",
            14,
            VpcFlow,
            line =>
                line.Text(2) is ['e', 'n', 'i', '-', ..]
                && IsNumber(line[0])
                && IsNumber(line[10])
                && IsNumber(line[11])
        ),
        Of("alb", 12, Alb, line => s_albTypes.Contains(line.Text(0)) && IsTime(line[1])),
        Of("nlb", 11, Nlb, line => line.Text(0) == "tls" && IsTime(line[2])),
        // Any program's line may begin with a time: the client's address and port, and a status, are what others lack.
        Of(
            "elb",
            12,
            ClassicElb,
            line => IsTime(line[0]) && IsEndpoint(line[2]) && IsNumber(line[7])
        ),
        Of(
            "s3",
            10,
            S3,
            line => IsHex(line[0]) && line.IsBracketed(2) && line[6].Contains((byte)'.')
        ),
    ];

    /// <summary>The layout of a line; null where it has none of them.</summary>
    public static AwsLayout? Of(SpacedValues line) =>
        Array.Find(s_all, layout => line.Count >= layout.Least && layout.IsLine(line));

    /// <summary>The layout that the first line of a flow log gives by name; null where it is no such line.</summary>
    public static AwsLayout? OfHeader(SpacedValues line)
    {
        var names = Enumerable.Range(0, line.Count).Select(line.Text).ToArray();
        return names.Contains("srcaddr") && names.Contains("dstaddr")
            ? new AwsLayout(
                "vpc-flow",
                names.Length,
                [.. names.Select(Encoding.UTF8.GetBytes)],
                _ => true
            )
            : null;
    }

    static AwsLayout Of(string name, int least, string names, Func<SpacedValues, bool> isLine) =>
        new(name, least, [.. names.Split(' ').Select(Encoding.UTF8.GetBytes)], isLine);

    static bool IsNumber(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and <= 20 && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    static bool IsEndpoint(ReadOnlySpan<byte> value) =>
        value.Contains((byte)':') && IPEndPoint.TryParse(Encoding.UTF8.GetString(value), out _);

    static bool IsHex(ReadOnlySpan<byte> value) =>
        value.Length is >= 32 and <= 128 && value.IndexOfAnyExcept(s_hexDigits) < 0;

    static bool IsTime(ReadOnlySpan<byte> value) =>
        value.Length >= 19 && value[4] == '-' && value[10] == 'T' && IsNumber(value[..4]);
}
