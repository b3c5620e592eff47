using Harrier.Telemetry.Formats.Syslog;

namespace Harrier.Tests.Telemetry;

public sealed class SyslogTests
{
    static readonly SyslogFormat Format = new();

    [Theory]
    [InlineData(
        "Nov  4 01:02:03 web1 sshd[77]: hello",
        "2026-11-04T01:02:03.000000Z|web1|sshd|77|hello"
    )]
    [InlineData(
        "<34>Nov 04 01:02:03 web1 cron: hello",
        "2026-11-04T01:02:03.000000Z|web1|cron||hello"
    )]
    [InlineData(
        "Nov 4 2019 01:02:03 asa1 prog: a: b",
        "2019-11-04T01:02:03.000000Z|asa1|prog||a: b"
    )]
    [InlineData(
        "2024-08-26T01:33:38.572449+02:00 m postfix/smtpd[1]: x",
        "2024-08-25T23:33:38.572449Z|m|postfix/smtpd|1|x"
    )]
    [InlineData("2024-08-26 01:33:38 m prog: x", "2024-08-26T01:33:38.000000Z|m|prog||x")]
    [InlineData(
        "<165>1 2003-10-11T22:14:15.003Z m.example su 123 ID47 [a@1 b=\"]\\\"\"][c@1] \uFEFF'su root' failed",
        "2003-10-11T22:14:15.003000Z|m.example|su|123|'su root' failed"
    )]
    [InlineData("<165>1 2003-10-11T22:14:15Z m su - - - x", "2003-10-11T22:14:15.000000Z|m|su||x")]
    public void Heads_are_read(string line, string expected)
    {
        var record = Assert.Single(CollectedRecords.Of(Format, line).Records);
        var values = new[] { "time", "hostname", "program", "pid", "message" }.Select(name =>
            record.GetValueOrDefault(name, "")
        );
        Assert.Equal(expected, string.Join('|', values));
    }

    [Fact]
    public void A_line_without_head_is_a_message_without_a_time()
    {
        var read = CollectedRecords.Of(
            Format,
            "Nov  4 01:02:03 h p: x\nwith another line\nFeb 31 01:02:03 h p: x\n"
        );
        Assert.Empty(read.Rejects);
        Assert.Equal(
            ["x", "with another line", "Feb 31 01:02:03 h p: x"],
            read.Records.Select(record => record["message"])
        );
        Assert.Equal(
            [true, false, false],
            read.Records.Select(record => record.ContainsKey("time"))
        );
    }

    [Fact]
    public void A_log_goes_over_new_year()
    {
        var read = CollectedRecords.Of(
            Format,
            "Dec 31 23:59:59 h p: a\nJan  1 00:00:01 h p: b\nDec 31 23:59:58 h p: late\nJan  2 00:00:00 h p: c\n",
            year: 2026,
            written: new DateTime(2026, 1, 5, 0, 0, 0, DateTimeKind.Local)
        );
        Assert.Equal(
            ["2025-12-31", "2026-01-01", "2025-12-31", "2026-01-02"],
            read.Records.Select(record => record["time"][..10])
        );
        Assert.Contains(
            read.Warnings,
            warning => warning.Contains("2025", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Leap_day_finds_its_year()
    {
        var read = CollectedRecords.Of(Format, "Feb 29 10:00:00 h p: a\n", year: 2026);
        Assert.Equal("2024-02-29T10:00:00.000000Z", read.Records[0]["time"]);
    }

    [Fact]
    public void Local_times_are_brought_to_UTC()
    {
        var read = CollectedRecords.Of(
            Format,
            "Nov  4 01:02:03 h p: x",
            zone: TimeSpan.FromHours(2)
        );
        Assert.Equal("2026-11-03T23:02:03.000000Z", read.Records[0]["time"]);
    }

    [Theory]
    [InlineData(
        "Accepted publickey for alice from 10.0.0.1 port 50 ssh2: RSA x",
        "accepted|alice|10.0.0.1|50|publickey"
    )]
    [InlineData(
        "Failed password for root from 2001:db8::1 port 5 ssh2",
        "failed|root|2001:db8::1|5|password"
    )]
    [InlineData(
        "Failed password for invalid user x from 9.9.9.9 from 10.0.0.2 port 6 ssh2",
        "failed|x from 9.9.9.9|10.0.0.2|6|password"
    )]
    [InlineData("Invalid user  from 10.0.0.3", "invalid-user||10.0.0.3||")]
    [InlineData("Disconnected from user bob 10.0.0.4 port 7", "disconnected|bob|10.0.0.4|7|")]
    [InlineData("Disconnected from 10.0.0.4 port 7 [preauth]", "disconnected||10.0.0.4|7|")]
    [InlineData(
        "pam_unix(sshd:session): session opened for user eve(uid=0) by (uid=0)",
        "session-opened|eve|||"
    )]
    [InlineData("Server listening on 0.0.0.0 port 22.", "listening||||")]
    [InlineData("something else", "||||")]
    public void Messages_of_sshd_are_taken_apart(string message, string expected)
    {
        var record = Assert.Single(
            CollectedRecords.Of(Format, "Nov  4 01:02:03 h sshd[1]: " + message).Records
        );
        var values = new[] { "event", "user", "src_ip", "src_port", "method" }.Select(name =>
            record.GetValueOrDefault(name, "")
        );
        Assert.Equal(expected, string.Join('|', values));
    }

    [Fact]
    public void Sudo_and_accounts_are_taken_apart()
    {
        var read = CollectedRecords.Of(
            Format,
            """
            Nov  4 01:02:03 h sudo:      tsg : user NOT in sudoers ; TTY=pts/1 ; PWD=/home/v ; USER=root ; COMMAND=/bin/ls -l ; id
            Nov  4 01:02:03 h useradd[6995]: new user: name=apache, UID=48, GID=48, home=/x, shell=/sbin/nologin
            Nov  4 01:02:03 h usermod[1]: add 'eve' to group 'sudo'
            """
        );
        Assert.Equal("tsg", read.Records[0]["user"]);
        Assert.Equal("/bin/ls -l ; id", read.Records[0]["command"]);
        Assert.Equal("root", read.Records[0]["run_as"]);
        Assert.Equal("user NOT in sudoers", read.Records[0]["refusal"]);
        Assert.Equal("apache", read.Records[1]["target"]);
        Assert.Equal("eve", read.Records[2]["member"]);
    }

    [Fact]
    public void A_delivery_carries_what_earlier_lines_of_its_queue_said()
    {
        var read = CollectedRecords.Of(
            Format,
            """
            Nov  4 01:02:03 mx postfix/smtpd[1]: 4A1B2C3D4E: client=mail.example.org[192.0.2.9]
            Nov  4 01:02:03 mx postfix/cleanup[2]: 4A1B2C3D4E: message-id=<m1@example.org>
            Nov  4 01:02:03 mx postfix/cleanup[2]: 4A1B2C3D4E: warning: header Subject: Pay from me; now from mail.example.org[192.0.2.9]; from=<a@example.org> to=<b@corp.example> proto=ESMTP helo=<x>
            Nov  4 01:02:04 mx postfix/qmgr[3]: 4A1B2C3D4E: from=<a@example.org>, size=1234, nrcpt=2 (queue active)
            Nov  4 01:02:05 mx postfix/lmtp[4]: 4A1B2C3D4E: to=<b@corp.example>, orig_to=<info@corp.example>, relay=store[10.0.0.7]:24, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok, status=bounced)
            Nov  4 01:02:05 mx postfix/smtp[4]: 4A1B2C3D4E: to=<c@far.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (timed out)
            Nov  4 01:02:06 mx postfix/qmgr[3]: 4A1B2C3D4E: removed
            Nov  4 01:02:07 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 454 4.7.1 <z@q.example>: Relay access denied; from=<s@q.example> to=<z@q.example> proto=ESMTP helo=<WIN>
            """
        );
        Assert.Equal(8, read.Records.Count);
        var first = read.Records[4];
        Assert.Equal("delivery", first["event"]);
        Assert.Equal("m1@example.org", first["message_id"]);
        Assert.Equal("Pay from me; now", first["subject"]);
        Assert.Equal("a@example.org", first["sender"]);
        Assert.Equal("b@corp.example", first["recipient"]);
        Assert.Equal("1234", first["size"]);
        Assert.Equal("192.0.2.9", first["client_ip"]);
        Assert.Equal("mail.example.org", first["client_name"]);
        Assert.Equal("10.0.0.7", first["relay_ip"]);
        Assert.Equal("delivered", first["delivery"]);
        Assert.Equal("inbound", first["direction"]);
        Assert.Equal("deferred", read.Records[5]["delivery"]);
        var refused = read.Records[7];
        Assert.Equal("rejected", refused["delivery"]);
        Assert.Equal("203.0.113.5", refused["client_ip"]);
        Assert.Equal("s@q.example", refused["sender"]);
        Assert.Equal("z@q.example", refused["recipient"]);
    }
}
