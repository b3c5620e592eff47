namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Logons that servers of mail and files, consoles and Kerberos' old login daemon write: dovecot, vsftpd, proftpd, pure-ftpd, ftpd, login, klogind.</summary>
sealed class LoginMessages : ISyslogMessages
{
    // 'user=<anna>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, TLS, session=<x>'
    const string Dovecot =
        @"(?:user=<(?<user>[^>]*)>, )?(?:method=(?<method>[^,]*), )?rip=(?<src_ip>[^,]*), lip=(?<dst_ip>[^, ]*)(?:, .*)?";

    static readonly MessageTable s_dovecot = new(
        new("login", "", @"(?<service>imap|pop3|managesieve|submission)-login: Login: " + Dovecot),
        new(
            "login-failed",
            "",
            @"(?<service>imap|pop3|managesieve|submission)-login: (?:Disconnected|Aborted login|Login aborted|Disconnected: [^(]*)[^(]*\((?<reason>auth failed[^)]*)\).*?: "
                + Dovecot
        ),
        new(
            "logout",
            "",
            @"(?<service>imap|pop3)\((?<user>[^)]*)\)(?:<[^>]*>)*: (?:Info: )?(?:Logged out|Disconnected: Logged out)(?: .*)?"
        )
    );

    static readonly MessageTable s_ftp = new(
        new(
            "login",
            "[",
            @"(?:pid \d+\] \[)?(?<user>.*)\] OK LOGIN: Client ""(?<src_ip>[^""]*)"".*"
        ),
        new(
            "login-failed",
            "[",
            @"(?:pid \d+\] \[)?(?<user>.*)\] FAIL LOGIN: Client ""(?<src_ip>[^""]*)"".*"
        ),
        new("ftp-connection", "CONNECT: Client \"", @"(?<src_ip>[^""]*)"".*"),
        new(
            "login",
            "",
            @"\S+ \((?<src_host>[^\[\]]*)\[(?<src_ip>[^\]]*)\]\)(?: -|:) (?:USER|ANON) (?<user>.*): Login successful\.?"
        ),
        new(
            "login-failed",
            "",
            @"\S+ \((?<src_host>[^\[\]]*)\[(?<src_ip>[^\]]*)\]\)(?: -|:) USER (?<user>.*) \(Login failed\): (?<reason>.*)"
        ),
        new(
            "login-failed",
            "",
            @"\S+ \((?<src_host>[^\[\]]*)\[(?<src_ip>[^\]]*)\]\)(?: -|:) USER (?<user>.*): (?<reason>no such user).*"
        ),
        new("login", "(?@", @"(?<src_ip>\S+)\) \[INFO\] (?<user>.*) is now logged in"),
        new(
            "login-failed",
            "(?@",
            @"(?<src_ip>\S+)\) \[WARNING\] Authentication failed for user \[(?<user>.*)\]"
        ),
        new("login", "ANONYMOUS FTP LOGIN FROM ", @"(?<src_ip>\S+), (?: ?\((?<user>[^)]*)\))?.*"),
        new("ftp-connection", "connection from ", @"(?<src_ip>\S+) \((?<src_host>[^)]*)\).*")
    );

    static readonly MessageTable s_console = new(
        new("login", "", @"(?<user>ROOT) LOGIN +ON (?<tty>\S+)(?: FROM (?<src_ip>\S+))?"),
        // Login names itself after the account: '-- root[2421]: ROOT LOGIN ON tty2'.
        new("login", "-- ", @"(?<user>[^\[ ]+)\[\d+\]: (?:ROOT )?LOGIN +ON (?<tty>\S+)(?: .*)?"),
        new("login", "LOGIN ON ", @"(?<tty>\S+) BY (?<user>\S+)(?: FROM (?<src_ip>\S+))?"),
        new(
            "login-failed",
            "FAILED LOGIN ",
            @"\(?(?:SESSION )?\d*\)? ?(?:on '(?<tty>[^']*)' )?(?:FROM (?<src_ip>\S+) )?FOR '?(?<user>.*?)'?, (?<reason>.*)"
        ),
        new(
            "login-failed",
            "FAILED LOGIN ",
            @"\d+ FROM (?<src_ip>\S+) FOR (?<user>.*), (?<reason>.*)"
        ),
        new(
            "login-failed",
            "Authentication failed from ",
            @"(?<src_ip>\S+) \((?<src_host>[^)]*)\): (?<reason>.*)"
        )
    );

    public bool TryAdd(Record record, in SyslogHead head) =>
        SyslogMessages.IsOne(head.Program, "dovecot") ? s_dovecot.TryAdd(record, head.Message)
        : SyslogMessages.IsOne(head.Program, "vsftpd", "proftpd", "pure-ftpd", "ftpd")
            ? s_ftp.TryAdd(record, head.Message)
        : (head.Program.IsEmpty || SyslogMessages.IsOne(head.Program, "login", "klogind"))
            && s_console.TryAdd(record, head.Message);
}
