using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Csv;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Logs of Palo Alto Networks' PAN-OS: values with commas between, whose columns the type of log (the fourth value) decides.</summary>
/// <remarks>
/// Names and order after "PAN-OS Administrator's Guide, Syslog Field Descriptions" (9.1 to 11.1). Versions append columns;
/// those behind the last name here are kept by their number (<c>column_71</c>). Times are the firewall's local times.
/// </remarks>
sealed class PaloAltoMessages : ISyslogMessages
{
    const string Head = "- receive_time serial type subtype - time_generated ";
    const string Session =
        "src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset - sessionid repeatcnt sport dport natsport natdport flags proto action ";
    const string Group =
        "dg_hier_level_1 dg_hier_level_2 dg_hier_level_3 dg_hier_level_4 vsys_name device_name ";

    static readonly Dictionary<string, byte[][]> s_columns = new(StringComparer.Ordinal)
    {
        ["TRAFFIC"] = Names(
            Head
                + Session
                + "bytes bytes_sent bytes_received packets start elapsed category - seqno actionflags srcloc dstloc - pkts_sent pkts_received session_end_reason "
                + Group
                + "action_source src_uuid dst_uuid tunnelid monitortag parent_session_id parent_start_time tunnel assoc_id chunks chunks_sent chunks_received rule_uuid http2_connection"
        ),
        ["THREAT"] = Names(
            Head
                + Session
                + "misc threatid category threat_severity threat_direction seqno actionflags srcloc dstloc - contenttype pcap_id filedigest cloud url_idx user_agent filetype xff referer sender subject recipient reportid "
                + Group
                + "- src_uuid dst_uuid http_method tunnelid monitortag parent_session_id parent_start_time tunnel thr_category contentver - assoc_id ppid http_headers url_category_list rule_uuid http2_connection"
        ),
        ["SYSTEM"] = Names(
            Head + "vsys eventid object - - module event_severity opaque seqno actionflags " + Group
        ),
        ["CONFIG"] = Names(Head + "host vsys cmd admin client result path"),
        ["GLOBALPROTECT"] = Names(
            Head
                + "vsys eventid stage auth_method tunnel_type srcuser srcregion machinename public_ip public_ipv6 private_ip private_ipv6 hostid serialnumber client_ver client_os client_os_ver repeatcnt reason error opaque status location login_duration connect_method error_code portal seqno actionflags"
        ),
        ["USERID"] = Names(
            Head
                + "vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource datasourcetype seqno actionflags "
                + Group
                + "vsys_id factortype factorcompletiontime factorno ugflags userbysource"
        ),
        ["AUTHENTICATION"] = Names(
            Head
                + "vsys ip user normalize_user object authpolicy repeatcnt authid vendor logset serverprofile description clienttype auth_event factorno seqno actionflags "
                + Group
                + "vsys_id authproto"
        ),
        ["HIPMATCH"] = Names(
            Head
                + "srcuser vsys machinename os src matchname repeatcnt matchtype - - seqno actionflags "
                + Group
        ),
        ["CORRELATION"] = Names(
            Head
                + "src srcuser vsys category correlation_severity "
                + Group
                + "vsys_id objectname object_id evidence"
        ),
        ["DECRYPTION"] = Names(
            Head
                + Session
                + "tunnel - - src_uuid dst_uuid rule_uuid hs_stage_c2f hs_stage_f2s tls_version tls_keyxchg tls_enc tls_auth policy_name ec_curve err_index root_status chain_status proxy_type cert_serial fingerprint notbefore notafter cert_ver cert_size cn_len issuer_len rootcn_len sni_len cert_flags cn issuer_cn root_cn sni"
        ),
    };

    static byte[][] Names(string names) =>
        [
            .. names
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name == "-" ? [] : Encoding.UTF8.GetBytes(name)),
        ];

    public bool StandsAlone(ReadOnlySpan<byte> line) => TryColumns(line, out _);

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!TryColumns(head.Text, out var names))
        {
            return false;
        }

        PayloadFields.Begin(record, "paloalto"u8);
        var values = new CsvLine(head.Text);
        for (var column = 0; values.Read(); column++)
        {
            if (values.Value.IsEmpty || (column < names.Length && names[column].Length == 0))
            {
                continue;
            }

            PayloadFields.Add(
                record,
                "paloalto"u8,
                column < names.Length ? names[column] : Unnamed(column),
                values.Value
            );
        }

        return true;
    }

    static byte[] Unnamed(int column) =>
        Encoding.UTF8.GetBytes("column_" + (column + 1).ToString(CultureInfo.InvariantCulture));

    /// <summary>The second value is a time of PAN-OS, and the fourth a type that is known.</summary>
    static bool TryColumns(ReadOnlySpan<byte> text, out byte[][] names)
    {
        names = [];
        Fields.Cut(ref text, (byte)',');
        var time = Fields.Cut(ref text, (byte)',');
        Fields.Cut(ref text, (byte)',');
        var type = Fields.Cut(ref text, (byte)',');
        return time.Length == 19
            && time[4] == '/'
            && time[13] == ':'
            && type.Length <= 16
            && s_columns.TryGetValue(Encoding.UTF8.GetString(type), out names!);
    }
}
