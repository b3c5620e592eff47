namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of the OpenSSH server.</summary>
/// <remarks>
/// User names are hostile: '<c>Failed password for invalid user x from 10.0.0.1 from 203.0.113.9 port 22</c>' carries a name that
/// looks like an address. Only who got in has a name that the machine knows.
/// </remarks>
sealed class SshdMessages : ISyslogMessages
{
    const string From = @"(?<src_ip>\S+)(?: port (?<src_port>\d+))?";

    // 'authenticating user NAME ', 'invalid user NAME ' or 'user NAME ', and the address: with its port, so that the name ends before it.
    const string UserFrom =
        @"(?:authenticating |invalid )?user (?<user>.*) (?<src_ip>\S+) port (?<src_port>\d+)";

    const string End = @"(?: \[preauth\])?(?:: .*)?";

    static readonly MessageTable s_table = new(
        new(
            "accepted",
            "Accepted ",
            @"(?<method>\S+) for (?<user>.*?) from "
                + From
                + @"(?: +ssh\d?)?(?:: (?<key_type>\S+) (?<key>.*))?"
        ),
        new(
            "failed",
            "Failed ",
            @"(?<method>\S+) for (?:(?<invalid_user>invalid user) )?(?<user>.*) from "
                + From
                + "(?: .*)?"
        ),
        new(
            "postponed",
            "Postponed ",
            @"(?<method>\S+) for (?:(?<invalid_user>invalid user) )?(?<user>.*) from "
                + From
                + "(?: .*)?"
        ),
        new("invalid-user", "Invalid user ", "(?<user>.*) from " + From),
        new(
            "invalid-user-request",
            "input_userauth_request: invalid user ",
            @"(?<user>.*?)(?: \[preauth\])?"
        ),
        new("disconnected", "Disconnected from ", UserFrom + End),
        new("disconnected", "Disconnected from ", From + End),
        new("connection-closed", "Connection closed by ", UserFrom + End),
        new("connection-closed", "Connection closed by ", From + End),
        new("connection-reset", "Connection reset by ", UserFrom + End),
        new("connection-reset", "Connection reset by ", From + End),
        new("too-many-failures", "Disconnecting ", UserFrom + ": (?<reason>.*)"),
        new("too-many-failures", "Disconnecting ", From + ": (?<reason>.*)"),
        new(
            "too-many-failures",
            "Disconnecting: ",
            @"(?<reason>Too many authentication failures) for (?<user>.*?)(?: \[preauth\])?"
        ),
        new(
            "too-many-failures",
            "error: maximum authentication attempts exceeded for ",
            "(?:(?<invalid_user>invalid user) )?(?<user>.*) from " + From + "(?: .*)?"
        ),
        new(
            "received-disconnect",
            "Received disconnect from ",
            From + @": ?(?<code>\d+): (?<reason>.*)"
        ),
        new(
            "received-disconnect",
            "error: Received disconnect from ",
            From + @": ?(?<code>\d+): (?<reason>.*)"
        ),
        new(
            "connection",
            "Connection from ",
            From + @" on (?<dst_ip>\S+) port (?<dst_port>\d+)(?: .*)?"
        ),
        new("connection", "Connection from ", From),
        new("bad-banner", "banner exchange: Connection from ", From + ": (?<reason>.*)"),
        new("bad-banner", "Bad protocol version identification '", @"(?<banner>.*)' from " + From),
        new("no-identification", "Did not receive identification string from ", From),
        new("key-exchange-error", "error: kex_", "[a-z_]+: (?<reason>.*)"),
        new(
            "key-exchange-error",
            "error: ssh_dispatch_run_fatal: Connection from ",
            From + ": (?<reason>.*)"
        ),
        new(
            "key-exchange-error",
            "ssh_dispatch_run_fatal: Connection from ",
            From + ": (?<reason>.*)"
        ),
        new(
            "key-exchange-error",
            "Magic value check failed ",
            @"\(\d+\) on obfuscated handshake from " + From
        ),
        new("negotiation-failed", "Unable to negotiate with ", From + ": (?<reason>.*)"),
        new("timeout", "fatal: Timeout before authentication for ", From),
        new(
            "timeout",
            "Timeout before authentication for ",
            "connection from " + From + "(?: .*)?"
        ),
        new("refused", "refused connect from ", @"(?<src_host>\S+) \((?<src_ip>\S+)\)"),
        new(
            "not-allowed",
            "User ",
            "(?<user>.*) from (?<src_host>.*) not allowed because (?<reason>.*)"
        ),
        new(
            "reverse-mapping-failed",
            "reverse mapping checking getaddrinfo for ",
            @"(?<src_host>.*) \[(?<src_ip>\S+)\] failed(?: .*)?"
        ),
        new("max-retries", "PAM service(sshd) ignoring max retries", ".*"),
        new("more-failures", "PAM ", @"(?<count>\d+) more authentication failures?; (?<pairs>.*)"),
        new(
            "pam-error",
            "error: PAM: ",
            @"(?<reason>.*) for (?:(?<invalid_user>illegal user|invalid user) )?(?<user>.*) from (?<src_host>\S+)"
        ),
        new(
            "session-started",
            "Starting session: ",
            @"(?<session>.*) for (?<user>\S+) from " + From + "(?: .*)?"
        ),
        new("session-ended", "Close session: user ", @"(?<user>\S+) from " + From + "(?: .*)?"),
        new("subsystem", "subsystem request for ", @"(?<session>\S+) by user (?<user>\S+)"),
        new("listening", "Server listening on ", @"(?<dst_ip>\S+) port (?<dst_port>\d+)\.?")
    );

    public bool TryAdd(Record record, in SyslogHead head)
    {
        if (!head.Program.StartsWith("sshd"u8) || !s_table.TryAdd(record, head.Message))
        {
            return false;
        }

        if (record.TryGet("pairs"u8, out var pairs))
        {
            PamMessages.AddPairs(record, pairs);
        }

        return true;
    }
}
