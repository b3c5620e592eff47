using System.Globalization;
using System.Text;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>
/// Messages of Cisco's ASA and FTD by number, after "Cisco Secure Firewall ASA Series Syslog Messages". The word before each says
/// what kind of event it is; of several templates for a number the first that fits counts.
/// </summary>
/// <remarks>A message whose number or text is not here keeps its number and text.</remarks>
static class CiscoTemplates
{
    const string All = """
        # Connections. Those of 302013 to 302018 name the address of the less trusted interface first, whoever opened them.
        302013 302015 302017 | connect | Built {direction} {protocol} connection {connection} for {src@} to {dst@}
        302303 | connect | Built {protocol} state-bypass connection {connection} from {src@} to {dst@}
        302014 302016 302018 | disconnect | Teardown {protocol} connection {connection} for {src@} to {dst@} duration {duration} bytes {bytes} {reason}
        302014 302016 302018 | disconnect | Teardown {protocol} connection {connection} for {src@} to {dst@} duration {duration} bytes {bytes}
        302304 | disconnect | Teardown {protocol} state-bypass connection {connection} from {src@} to {dst@} duration {duration} bytes {bytes} {reason}
        302304 | disconnect | Teardown {protocol} state-bypass connection {connection} from {src@} to {dst@} duration {duration} bytes {bytes}
        302020 | connect | Built {direction} {protocol} connection for faddr {src#} gaddr {mapped#} laddr {dst#} type {icmp_type} code {icmp_code}
        302020 | connect | Built {direction} {protocol} connection for faddr {src#} gaddr {mapped#} laddr {dst#}
        302021 | disconnect | Teardown {protocol} connection for faddr {src#} gaddr {mapped#} laddr {dst#} type {icmp_type} code {icmp_code}
        302021 | disconnect | Teardown {protocol} connection for faddr {src#} gaddr {mapped#} laddr {dst#}
        305011 305009 | translate | Built {kind} {protocol} translation from {src@} to {dst@}
        305012 305010 | translate | Teardown {kind} {protocol} translation from {src@} to {dst@} duration {duration}
        305009 | translate | Built {kind} translation from {src@} to {dst@}
        305010 | translate | Teardown {kind} translation from {src@} to {dst@} duration {duration}
        # The same connections on another member of a cluster, or handed to the card.
        302022 302024 302026 | cluster | Built {role} stub {protocol} connection for {src@} to {dst@}
        302023 302025 302027 | cluster | Teardown stub {protocol} connection for {src@} to {dst@} duration {duration} forwarded bytes {bytes} {reason}
        805001 | offload | Offloaded {protocol} Flow for connection {connection} from {src@} to {dst@}
        805002 | offload | {protocol} Flow is no longer offloaded for connection {connection} from {src@} to {dst@}
        609001 | local-host | Built local-host {src@}
        609002 | local-host | Teardown local-host {src@} duration {duration}
        725001 | ssl | Starting SSL handshake with {peer} {src@} to {dst#} for {tls_version} session{*}
        725002 | ssl | Device completed SSL handshake with {peer} {src@} to {dst#} for {tls_version} session{*}
        725007 | ssl | SSL session with {peer} {src@} to {dst#} terminated{*}
        725001 | ssl | Starting SSL handshake with {peer} {src@} for {tls_version} session{*}
        725002 | ssl | Device completed SSL handshake with {peer} {src@}
        725007 | ssl | SSL session with {peer} {src@} terminated{*}
        # What was let through or not.
        106001 | deny | Inbound {protocol} connection denied from {src#} to {dst#} flags {flags} on interface {interface}
        106002 | deny | {protocol} Connection denied by outbound list {acl} src {src#} dest {dst#}
        106006 | deny | Deny inbound {protocol} from {src#} to {dst#} on interface {interface}
        106007 | deny | Deny inbound {protocol} from {src#} to {dst#} due to {reason}
        106014 | deny | Deny inbound {protocol} src {src@} dst {dst@}(type {icmp_type}, code {icmp_code}){*}
        106010 | deny | Deny inbound {protocol} src {src@} dst {dst@}
        106012 | deny | Deny {protocol} from {src#} to {dst#}, IP options{*}
        106015 | deny | Deny {protocol} (no connection) from {src#} to {dst#} flags {flags} on interface {interface}
        106016 | deny | Deny {protocol} spoof from ({src#}) to {dst#} on interface {interface}
        106017 | deny | Deny {protocol} due to Land Attack from {src#} to {dst#}
        106018 | deny | {protocol} packet type {icmp_type} denied by outbound list {acl} src {src#} dest {dst#}
        106020 | deny | Deny {protocol} teardrop fragment ({*}) from {src#} to {dst#}
        106021 | deny | Deny {protocol} reverse path check from {src#} to {dst#} on interface {interface}
        106022 | deny | Deny {protocol} connection spoof from {src#} to {dst#} on interface {interface}
        106023 | deny | Deny protocol {protocol} src {src@} dst {dst@} by access-group "{acl}"{*}
        106023 | deny | Deny {protocol} src {src@} dst {dst@} (type {icmp_type}, code {icmp_code}) by access-group "{acl}"{*}
        106023 | deny | Deny {protocol} src {src@} dst {dst@} type {icmp_type}, code {icmp_code}, by access-group "{acl}"{*}
        106023 | deny | Deny {protocol} src {src@} dst {dst@} by access-group "{acl}"{*}
        106100 | =verdict | access-list {acl} {verdict} {protocol} {src%} -> {dst%} hit-cnt {hits} {*}
        106102 106103 | =verdict | access-list {acl} {verdict} {protocol} for user {user} {src%} -> {dst%} hit-cnt {hits} {*}
        110002 | deny | Failed to locate egress interface for {protocol} from {src@} to {dst#}
        313001 313008 | deny | Denied {protocol} type={icmp_type}, code={icmp_code} from {src#} on interface {interface}
        313004 | deny | Denied {protocol} type={icmp_type}, from laddr {src#} on interface {interface} to {dst#}: no matching session
        313004 | deny | Denied {protocol} type={icmp_type}, from {src#} on interface {interface} to {dst#}: no matching session
        313005 | deny | No matching connection for ICMP error message: {protocol} src {src@} dst {dst@} (type {icmp_type}, code {icmp_code}) on {interface} interface.{*}
        419002 | deny | Duplicate {protocol} SYN from {src@} to {dst@} with different initial sequence number
        434002 | deny | SFR requested to drop {protocol} packet from {src@} to {dst@}
        500004 | deny | Invalid transport field for protocol={protocol}, from {src#} to {dst#}
        710003 | deny | {protocol} access denied by ACL from {src#} to {dst@}
        710005 710006 | deny | {protocol} request discarded from {src#} to {dst@}
        710001 | allow | {protocol} access requested from {src#} to {dst@}
        710002 | allow | {protocol} access permitted from {src#} to {dst@}
        303002 | ftp | FTP connection from {src@} to {dst@}, user {user} {file_action} file {file}
        304001 | url | {src#} Accessed JAVA URL {dst#}:{url}
        304001 | url | {src#} Accessed URL {dst#}:{url}
        304002 | url-denied | Access denied URL {url} SRC {src#} DEST {dst#} on interface {interface}
        304002 | url-denied | Access denied URL {url} SRC {src#} DEST {dst#}: {*}
        # Findings.
        338001 338002 338003 338004 338005 338006 338007 338008 | finding | Dynamic {filter} {verdict} {list} listed {protocol} traffic from {src@} to {dst@}, {which} {malicious} resolved from {source} list: {domain}
        338001 338002 338003 338004 338005 338006 338007 338008 | finding | Dynamic {filter} {verdict} {list} {protocol} traffic from {src@} to {dst@}, {which} {malicious} resolved from {source} list: {domain}
        338201 338202 338203 338204 | finding | Dynamic {filter} {verdict} {list} listed {protocol} traffic from {src@} to {dst@}, {which} {malicious} resolved from {source} list: {domain}
        338201 338202 338203 338204 | finding | Dynamic {filter} {verdict} {list} {protocol} traffic from {src@} to {dst@}, {which} {malicious} resolved from {source} list: {domain}
        733102 | finding | Threat-detection adds host {src#} to shun list
        # Who logs on, and what administrators do.
        109005 | login-succeeded | Authentication succeeded for user '{user}' from {src#} to {dst#} on interface {interface}
        109006 | login-failed | Authentication failed for user '{user}' from {src#} to {dst#} on interface {interface}
        113004 | login-succeeded | AAA user {kind} Successful : server = {server} : user = {user}
        113004 | login-succeeded | AAA user {kind} Successful: server = {server} , User = {user}
        113004 | login-succeeded | AAA user {kind} Successful: server = {server}, User = {user}
        113005 | login-failed | AAA user {kind} Rejected: reason = {reason}: server = {server} : user = {user}: user IP = {src#}
        113005 | login-failed | AAA user {kind} Rejected : reason = {reason} : server = {server} : user = {user} : user IP = {src#}
        113005 | login-failed | AAA user {kind} Rejected : reason = {reason} : server = {server} : user = {user}
        113006 | lockout | User {user} locked out on exceeding {attempts} successive failed authentication attempts
        113012 | login-succeeded | AAA user {kind} Successful : local database : user = {user}
        113012 | login-succeeded | AAA user {kind} Successful: local database: user = {user}
        113015 | login-failed | AAA user {kind} Rejected : reason = {reason} : local database : user = {user} : user IP = {src#}
        113015 | login-failed | AAA user {kind} Rejected : reason = {reason} : local database : user = {user}
        113019 | logout | Group = {group}, Username = {user}, IP = {src#}, Session disconnected. Session Type: {session_type}, Duration: {session_duration}, Bytes xmt: {bytes_xmt}, Bytes rcv: {bytes_rcv}, Reason: {reason}
        113021 | login-failed | Attempted console login failed. User {user} did NOT have appropriate Admin Rights.
        113039 | session | Group <{group}> User <{user}> IP <{src#}> AnyConnect parent session started{*}
        113039 | session | Group {group} User {user} IP {src#} AnyConnect parent session started{*}
        605004 | login-failed | Login denied from {src#} to {dst@} for user "{user}"
        605005 | login-succeeded | Login permitted from {src#} to {dst@} for user "{user}"
        611101 | login-succeeded | User authentication succeeded: IP address: {src#}, Uname: {user}
        611101 | login-succeeded | User authentication succeeded: Uname: {user}
        611102 | login-failed | User authentication failed: IP address: {src#}, Uname: {user}
        611102 | login-failed | User authentication failed: Uname: {user}
        611103 | logout | User logged out: Uname: {user}
        716001 | session | Group <{group}> User <{user}> IP <{src#}> WebVPN session started{*}
        716001 | session | Group {group} User {user} IP {src#} WebVPN session started{*}
        716002 | logout | Group <{group}> User <{user}> IP <{src#}> WebVPN session terminated: {reason}
        716002 | logout | Group {group} User {user} IP {src#} WebVPN session terminated: {reason}
        716038 | login-succeeded | Group <{group}> User <{user}> IP <{src#}> Authentication: successful, Session Type: {session_type}
        716038 | login-succeeded | Group {group} User {user} IP {src#} Authentication: successful, Session Type: {session_type}
        716039 | login-failed | Group <{group}> User <{user}> IP <{src#}> Authentication: rejected, Session Type: {session_type}
        716039 | login-failed | Group {group} User {user} IP {src#} Authentication: rejected, Session Type: {session_type}
        716039 | login-failed | Authentication: rejected, group = {group} user = {user} , Session Type: {session_type}
        722051 | address | Group <{group}> User <{user}> IP <{src#}> IPv4 Address <{assigned_ip}> IPv6 address <{*}> assigned to session
        734001 | session-policy | DAP: User {user}, Addr {src#}, Connection {connection_type}: The following DAP records were selected for this connection: {records}
        111007 | configuration | Begin configuration: {src#} reading from {origin}
        111008 111009 | command | User '{user}' executed the '{command}' command{*}
        111009 | command | User '{user}' executed cmd: {command}
        111010 | command | User '{user}', running '{application}' from IP {src#}, executed '{command}'
        502101 | user-created | New user added to local dbase: Uname: {user} Priv: {*}
        502102 | user-deleted | User deleted from local dbase: Uname: {user} Priv: {*}
        502103 | privilege | User priv level changed: Uname: {user} From: {from} To: {to}
        """;

    // For any number: what VPN messages begin with.
    const string Vpn = """
        0 | vpn | Group = {group}, Username = {user}, IP = {src#}, {text}
        0 | vpn | Group = {group}, IP = {src#}, {text}
        0 | vpn | IP = {src#}, {text}
        0 | vpn | Group <{group}> User <{user}> IP <{src#}> {text}
        0 | vpn | Group {group} User {user} IP {src#} {text}
        """;

    static readonly ILookup<int, Known> s_byNumber = Read(All).ToLookup(one => one.Number);
    static readonly Known[] s_others = [.. Read(Vpn)];

    /// <summary>Adds <c>event</c> and the values of a message that is known.</summary>
    public static bool TryAdd(Record record, int number, ReadOnlySpan<byte> message)
    {
        foreach (var known in s_byNumber[number].Concat(s_others))
        {
            if (known.Template.TryAdd(record, message))
            {
                AddEvent(record, known.Event);
                return true;
            }
        }

        return false;
    }

    static void AddEvent(Record record, byte[] kind)
    {
        if (kind[0] != '=')
        {
            record.Add("event"u8, kind);
            return;
        }

        // 'permitted', 'denied', 'est-allowed' of access lists.
        record.TryGet(kind.AsSpan(1), out var verdict);
        record.Add("event"u8, verdict.StartsWith("den"u8) ? "deny"u8 : "allow"u8);
    }

    static IEnumerable<Known> Read(string table)
    {
        foreach (var line in table.Split('\n').Where(line => line[0] != '#'))
        {
            var parts = line.TrimEnd().Split(" | ", 3);
            var template = new MessageTemplate(parts[2]);
            foreach (var number in parts[0].Split(' '))
            {
                yield return new Known(
                    int.Parse(number, CultureInfo.InvariantCulture),
                    Encoding.UTF8.GetBytes(parts[1]),
                    template
                );
            }
        }
    }

    sealed record Known(int Number, byte[] Event, MessageTemplate Template);
}
