using System.Text;
using CsCheck;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Auditd;
using Harrier.Telemetry.Formats.AwsText;
using Harrier.Telemetry.Formats.AzureFlow;
using Harrier.Telemetry.Formats.Email;
using Harrier.Telemetry.Formats.Ftp;
using Harrier.Telemetry.Formats.Journal;
using Harrier.Telemetry.Formats.MessageTrace;
using Harrier.Telemetry.Formats.Osquery;
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
using Harrier.Telemetry.Formats.Yaf;
using Harrier.Telemetry.Formats.Zeek;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>No reader throws, hangs or makes text that is no UTF-8, whatever the bytes.</summary>
public sealed class ReaderPropertyTests
{
    static readonly (ILogFormat Format, string Seed)[] Seeds =
    [
        (
            new EmailFormat(),
            "From a@b Tue Nov 24 01:02:03 2026\nReceived: from h (h [192.0.2.1]) by m; Tue, 24 Nov 2026 01:02:03 +0000\nFrom: a@b\nTo: g: c@d, e@f;\nSubject: =?utf-8?b?w7w=?=\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\nhttp://x.example/\n--x\nContent-Disposition: attachment; filename=a\n\nz\n--x--\n"
        ),
        (new PlainTextFormat(), "[2026-11-24 01:02:03,5] x\n24/Nov/2026:01:02:03 +0000 y\n\0\0z\n"),
        (
            new UtmpFormat(),
            Encoding.Latin1.GetString(
                UtmpTests.Linux(false, false, 7, "pts/0", "anna", "h", 1_700_000_000)
            )
        ),
        (
            new ZeekFormat(),
            "#separator \\x09\n#fields\tts\tq\n#types\ttime\tset[string]\n1.5\ta\\x41,b\n{\"ts\":1,\"id_orig_h\":\"x\",\"a\":[1,{\"b\":2}]}\n"
        ),
        (new ZeekFormat(), "{\"ts\":1,\"id_orig_h\":\"\\u00e9\",\"a\":[1,{\"b\":2}]}\n"),
        (
            new SyslogFormat(),
            "<34>Nov  4 01:02:03 h sshd[1]: Failed password for x from 1.1.1.1 port 2 ssh2\n"
                + "Nov  4 01:02:03 h postfix/smtp[1]: 4A1B2C3D: to=<a@b>, relay=x[1.1.1.1]:25, status=sent (ok)\n"
                + "<165>1 2003-10-11T22:14:15.003Z h su 1 I [a b=\"c\"] x\n"
        ),
        (
            new AwsTextFormat(),
            "2 1 eni-0a 1.1.1.1 2.2.2.2 1 2 6 5 4 1772445600 1772445660 ACCEPT OK\n"
                + "http 2026-03-02T10:00:00.1Z app/w 1.1.1.1:1 2.2.2.2:2 0 0 0 200 200 34 366 \"GET http://x/ HTTP/1.1\" \"curl\" - -\n"
                + "srcaddr dstaddr start end\n1.1.1.1 2.2.2.2 1 2\n"
        ),
        (
            new AzureFlowFormat(),
            "{\"records\":[{\"time\":\"t\",\"p\":{\"flows\":[{\"rule\":\"\\u00e9\",\"flows\":[{\"flowTuples\":[\"1,a,b,1,2,T,I,D,B,,,,\",\"1,a,b,1,2,6,I,D,NX,1,2,3,4\"]}]}]}}]}"
        ),
        (
            new OsqueryFormat(),
            "{\"name\":\"n\",\"hostIdentifier\":\"h\",\"unixTime\":1,\"snapshot\":[{\"a\":\"\\u00e9\"},{\"b\":[1]}]}\n"
                + "{\"name\":\"n\",\"hostIdentifier\":\"h\",\"diffResults\":{\"added\":[{\"c\":1}],\"removed\":[]}}\n"
        ),
        (
            new AuditdFormat(),
            "type=SYSCALL msg=audit(1.5:7): arch=c000003e syscall=59 success=yes pid=1 uid=0 exe=\"/x\" key=(null)\u001dUID=\"root\"\n"
                + "type=EXECVE msg=audit(1.5:7): argc=2 a0=\"x\" a1_len=8 a1[0]=41204220\ntype=PATH msg=audit(1.5:7): item=0 name=2F6120C3A9 nametype=NORMAL\n"
                + "type=SOCKADDR msg=audit(1.5:7): saddr=020001BBC6336407\nnode=h type=USER_AUTH msg=audit(2.5:8): pid=1 msg='op=PAM:x acct=\"a\" res=failed'\n"
        ),
        (
            new JournalFormat(),
            "{\"__REALTIME_TIMESTAMP\":\"1773057600500000\",\"MESSAGE\":[72,195,169],\"SYSLOG_IDENTIFIER\":\"sshd\",\"_AUDIT_ID\":\"1\"}\n"
        ),
        (
            new JournalFormat(),
            "__REALTIME_TIMESTAMP=1773057600500000\nMESSAGE\n\u0003\0\0\0\0\0\0\0abc\n\nSYSLOG_IDENTIFIER=su\nMESSAGE=(to root) a on p\n\n"
        ),
        (
            new HistoryFormat(),
            "#1773057600\nls \u00e9\nid\n: 1773057600:0;a \\\nb\n- cmd: a\\nb\n  when: 1773057600\n"
        ),
        (
            new SyslogFormat(),
            "Nov  4 01:02:03 h kernel: [1.5] [UFW BLOCK] IN=a OUT= SRC=1.1.1.1 DST=2.2.2.2 PROTO=TCP SPT=1 DPT=2\n"
                + "Nov  4 01:02:03 h CRON[1]: (root) CMD (a b)\nNov  4 01:02:03 h dovecot: imap-login: Login: user=<a>, method=P, rip=1.1.1.1, lip=2.2.2.2\n"
                + "Nov  4 01:02:03 h sysmon: <Event><System><Provider Name=\"Linux-Sysmon\"/></System></Event>\n"
                + "Nov  4 01:02:03 h sudo: a : TTY=p ; PWD=/ ; USER=root ; COMMAND=/x\nNov  4 01:02:03 h x: type=SYSCALL msg=audit(1.5:7): pid=1\n"
        ),
        (
            new SyslogFormat(),
            "Mar  9 12:00:00 f %ASA-6-302013: Built outbound TCP connection 7 for o:192.0.2.1/443 (1.1.1.1/443)(L\\a) to i:10.0.0.5/49152 (1.1.1.1/1024)\n"
                + "Mar  9 2026 12:00:00 f : %FTD-1-430003: SrcIP: 1.1.1.1, URL: a, b, Protocol: tcp\n"
                + "CEF:0|V\\|d|P|1|100|N \\\\ x|3|rt=1 src=10.0.0.5 msg=a\\=b  c\\nd cs1Label= cs1=x y\n"
                + "LEEF:2.0|V|A|1|200|^|cat=M^msg=a=b\nLEEF:2.0|V|A|1|201|0x7C|name=O|sev=1\n"
        ),
        (
            new SyslogFormat(),
            "<189>date=2026-03-09 time=12:00:01 tz=\"+0100\" logid=\"1\" msg=\"a \\\"q\\\" w\"\n"
                + "1,2026/03/09 12:00:01,1,THREAT,url,1,2026/03/09 12:00:01,1.1.1.1,2.2.2.2,,,\"a,\"\"b\"\"\",c\n"
                + "<134>1 2026-03-09T12:00:00Z g CheckPoint 1 - [action:\"Drop\"; r:\"a \\\"b\\\"\"]\n"
                + "<14>1 2026-03-09T12:00:00Z s RT_FLOW - X [junos@2636.1 reason=\"TCP \\\"FIN\" a=\"b\"] x\n"
                + "Mar  9 12:00:01 s RT_FLOW: RT_FLOW_SESSION_DENY: session denied 1.1.1.1/1->2.2.2.2/23 0x0 t 6(0) p x\n"
        ),
        (
            new SyslogFormat(),
            "Mar  9 12:00:02 f filterlog[1]: 9,,,1,v,match,block,in,4,0x0,,64,1,0,none,6,tcp,28,1.1.1.1,2.2.2.2,1,2,0,S,1,,2,,m\n"
                + "Mar  9 12:00:00 i snort: [1:2:3] x [Classification: y] [Priority: 2] {TCP} 1.1.1.1:1 -> 2.2.2.2:2\n"
                + "09-Mar-2026 12:00:00.123 queries: info: client @0x7 1.1.1.1#3 (x): query: x IN A +E (2.2.2.2)\n"
        ),
        (
            new W3cFormat(),
            "#Software: x\n#Date: 2026-03-09 23:59:59\n#Fields: time c-ip cs(User-Agent)\n23:59:59 1.1.1.1 \"a \"\"b\"\"\"\n00:00:01 1.1.1.1 -\n#Fields: date,time,x\n2026-03-09,12:00:00,y\n"
        ),
        (
            new WebServerFormat(),
            "v:1 1.1.1.1, 2.2.2.2 - a b [09/Mar/2026:13:00:00 +0100] \"GET /a\\\"b HTTP/1.1\" 200 - \"-\" \"x\" \"a=1 b=2\" z\n"
                + "[Mon Mar 09 12:00:00.5 2026] [core:error] [pid 7:tid 8] [client 1.1.1.1:4711] x\n"
                + "2026/03/09 12:00:01 [error] 12#0: *1 x, client: 1.1.1.1, request: \"GET\", host: \"y\"\n"
        ),
        (
            new FtpFormat(),
            "Mon Mar  2 10:00:03 2026 [pid 8] [anna] OK UPLOAD: Client \"::ffff:1.1.1.1\", \"/up/a \"b\".php\", 1024 bytes, 1.00Kbyte/sec\n"
                + "Mon Mar  2 10:00:04 2026 [pid 8] FTP command: Client \"1.1.1.1\", \"SITE\"\nMon Mar  2 10:00:00 2026 1 1.1.1.1 1024 /a file.txt b _ o r anna ftp 0 * c\n"
        ),
        (
            new AuditdFormat(),
            "----\ntype=PROCTITLE msg=audit(03/13/2026 10:00:00.123:456) : proctitle=sh -c \"x y\"\ntype=SOCKADDR msg=audit(03/13/2026 10:00:01.000:457) : saddr={ saddr_fam=inet laddr=192.0.2.1 lport=443 }\n"
                + "type=USER_AUTH msg=audit(13.03.2026 10:00:05.000:458) : pid=13 uid=root msg='op=PAM:x acct=an'na exe=/x res=failed'\n"
        ),
        (
            new SyslogFormat(),
            "<134> id=firewall sn=0 time=\"2026-03-02 10:00:00 UTC\" fw=1.1.1.1 pri=6 m=98 msg=\"a \\\"b\" src=10.0.0.5:1:X0:n dst=192.0.2.1:443:X1 proto=tcp/https\n"
                + "<30>device=\"SFW\" date=2026-03-02 time=10:00:00 log_id=1 log_type=\"Firewall\" log_component=\"x\" src_ip=1.1.1.1\n"
                + "2026:03:02-10:00:00 utm1 ulogd[4711]: id=\"2001\" severity=\"info\" sys=\"SecureNet\" sub=\"packetfilter\" name=\"x\"\n"
        ),
        (
            new SquidFormat(),
            "1773057600.642    161 10.0.0.5 TCP_MISS/200 103701 GET http://e/a anna HIER_DIRECT/192.0.2.1 text/html x\n"
        ),
        (
            new SnortFormat(),
            "03/09-12:00:00.5 [**] [1:2:3] x [**] [Priority: 2] {TCP} 1.1.1.1:1 -> 2.2.2.2:2\n03/09/26-12:00:02.5 ,129,12,1,\"a, \"\"b\"\"\",TCP,1.1.1.1,1,2.2.2.2,2\n"
        ),
        (
            new YafFormat(),
            "2026-03-09 12:00:00.512|2026-03-09 12:00:01.512|1.0|0.1|6|1.1.1.1|1|2.2.2.2|2|AS|0|0|0|2|0|0|0|1|44|2|88|0|idle\n"
        ),
        (
            new WindowsDnsFormat(),
            "DNS Server log file creation at x\n3/9/2026 12:00:00 PM 0D48 PACKET  01 UDP Rcv 10.0.0.5 0c6b R Q [0001 D NOERROR] A (3)www(2)ex(0)\n  detail\n"
        ),
        (
            new WindowsDhcpFormat(),
            "ID,Date,Time,Description,IP Address\n10,03/09/26,12:00:00,Assign,10.0.0.5,\"w,s\",02,,77,0,,,\n"
        ),
        (
            new MessageTraceFormat(),
            "Received,SenderAddress,RecipientAddress,Subject,Status,Size\n11/24/2026 1:02:03 PM,a@b,c@d,\"s\",Delivered,1\n"
        ),
    ];

    [Fact]
    public void Damaged_logs_are_read_without_a_fault() =>
        Gen.Select(
                Gen.Int[0, Seeds.Length - 1],
                Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[0, 12]
            )
            .Sample(
                (which, changes) =>
                {
                    var (format, seed) = Seeds[which];
                    var bytes = Encoding.UTF8.GetBytes(seed);
                    foreach (var (at, value) in changes)
                    {
                        bytes[at % bytes.Length] = value;
                    }

                    var handler = new Strict();
                    format.Detect(bytes, "x");
                    format.Read(
                        new MemoryStream(bytes),
                        new ReadOptions("x", LocalZone.Fixed(TimeSpan.FromHours(14)), 2026),
                        handler,
                        CancellationToken.None
                    );
                    return true;
                },
                iter: 4000
            );

    static readonly string[] LineParts = ["a", "bc", "\n", "\r\n", "é"];

    [Fact]
    public void Lines_are_those_of_a_simple_split() =>
        Gen.Select(Gen.Int[0, LineParts.Length - 1].Array[0, 60], Gen.Int[1, 7])
            .Sample(
                (parts, chunk) =>
                {
                    var text = string.Concat(parts.Select(part => LineParts[part]));
                    var expected = text.Replace("\r\n", "\n", StringComparison.Ordinal)
                        .Split('\n')
                        .ToList();
                    if (expected[^1].Length == 0)
                    {
                        expected.RemoveAt(expected.Count - 1);
                    }

                    var lines = new LineReader(new SlowStream(Encoding.UTF8.GetBytes(text), chunk));
                    var read = new List<string>();
                    while (lines.Read())
                    {
                        read.Add(Encoding.UTF8.GetString(lines.Line));
                    }

                    return expected.SequenceEqual(read);
                }
            );

    [Fact]
    public void A_long_line_is_told_and_the_next_one_is_read()
    {
        var text = "first\n" + new string('x', 300_000) + "\nlast";
        var lines = new LineReader(
            new MemoryStream(Encoding.UTF8.GetBytes(text)),
            maxLineBytes: 100_000
        );
        Assert.True(lines.Read());
        Assert.True(lines.Read() && lines.IsTooLong);
        Assert.True(lines.Line.Length <= 256);
        Assert.True(lines.Read() && !lines.IsTooLong);
        Assert.Equal("last", Encoding.UTF8.GetString(lines.Line));
        Assert.Equal(3, lines.Number);
        Assert.False(lines.Read());
    }

    [Fact]
    public void Stray_bytes_are_read_as_Latin_1()
    {
        var lines = new LineReader(
            new MemoryStream([(byte)'M', 0xFC, (byte)'l', (byte)'\r', (byte)'x', (byte)'\r'])
        );
        Assert.True(lines.Read());
        Assert.Equal("Mül", Encoding.UTF8.GetString(lines.Line));
        Assert.True(lines.Read());
        Assert.Equal("x", Encoding.UTF8.GetString(lines.Line));
        Assert.False(lines.Read());
    }

    /// <summary>Gives a few bytes at a time, as archives do.</summary>
    internal sealed class SlowStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, chunk));
    }

    sealed class Strict : IRecordHandler
    {
        public void Accept(Record record)
        {
            for (var field = 0; field < record.Count; field++)
            {
                Assert.True(System.Text.Unicode.Utf8.IsValid(record.Value(field)));
                Assert.True(System.Text.Unicode.Utf8.IsValid(record.Name(field)));
            }
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
            Assert.True(head.Length <= LineReader.MaxLineBytes);

        public void Warn(string sentence) { }
    }
}
