using System.Buffers.Binary;
using System.Text;
using Harrier.Telemetry.Formats.Journal;
using Harrier.Telemetry.Formats.Syslog;

namespace Harrier.Tests.Telemetry;

public sealed class JournalTests
{
    static readonly JournalFormat Format = new();

    const string Message = "Failed password for root from 198.51.100.7 port 22 ssh2";

    [Fact]
    public void All_forms_of_an_entry_are_one_record()
    {
        var json =
            $$"""{"__REALTIME_TIMESTAMP":"1773057600500000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","PRIORITY":"6","SYSLOG_FACILITY":"4","_EXE":"/usr/sbin/sshd","MESSAGE":"{{Message}}"}""";
        var pretty = json.Replace(",\"", ",\n\t\"", StringComparison.Ordinal);
        var export =
            $"__REALTIME_TIMESTAMP=1773057600500000\n_HOSTNAME=web1\nSYSLOG_IDENTIFIER=sshd\n_PID=7\nPRIORITY=6\nSYSLOG_FACILITY=4\n_EXE=/usr/sbin/sshd\nMESSAGE={Message}\n\n";
        string[] forms =
        [
            json + "\n" + json,
            pretty + "\n" + pretty,
            "\u001e" + json + "\n\u001e" + json + "\n",
            export + export,
        ];
        foreach (var form in forms)
        {
            Assert.Equal(95, Format.Detect(Encoding.UTF8.GetBytes(form.TrimStart('\u001e')), "x"));
            var read = CollectedRecords.Of(Format, form);
            Assert.Empty(read.Rejects);
            Assert.Equal(2, read.Records.Count);
            var record = read.Records[1];
            Assert.Equal("2026-03-09T12:00:00.500000Z", record["time"]);
            Assert.Equal("failed", record["event"]);
            Assert.Equal("198.51.100.7", record["src_ip"]);
            Assert.Equal("/usr/sbin/sshd", record["_EXE"]);
            Assert.Equal("4", record["facility"]);
        }
    }

    [Fact]
    public void Messages_are_what_syslog_makes_of_them()
    {
        var line = $"2026-03-09T12:00:00.500000Z web1 sshd[7]: {Message}";
        var ofLine = Assert.Single(CollectedRecords.Of(new SyslogFormat(), line).Records);
        var json =
            $$"""{"__REALTIME_TIMESTAMP":"1773057600500000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"7","MESSAGE":"{{Message}}"}""";
        Assert.Equal(ofLine, Assert.Single(CollectedRecords.Of(Format, json).Records));
    }

    [Fact]
    public void Values_that_are_no_text_are_bytes()
    {
        var read = CollectedRecords.Of(
            Format,
            """{"__REALTIME_TIMESTAMP":"1773057600500000","SYSLOG_IDENTIFIER":["a","b"],"MESSAGE":[72,195,169,255,10]}"""
        );
        Assert.Equal("Hé\u00FF\n", read.Records[0]["message"]);
        Assert.Equal("a", read.Records[0]["program"]);
    }

    [Fact]
    public void Binary_values_of_an_export_have_a_length()
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, 5);
        byte[] entry =
        [
            .. "__REALTIME_TIMESTAMP=1773057600500000\nMESSAGE\n"u8,
            .. length,
            .. "a\n\nb="u8,
            .. "\n_PID=7\n\n"u8,
        ];
        byte[] three = [.. entry, .. "MESSAGE=no time\n\n"u8, .. entry];
        var read = CollectedRecords.Of(Format, three);
        Assert.Equal(
            ["a\n\nb=", "no time", "a\n\nb="],
            read.Records.Select(record => record["message"])
        );
        Assert.DoesNotContain("time", read.Records[1].Keys);
        Assert.Empty(read.Rejects);

        BinaryPrimitives.WriteInt64LittleEndian(length, long.MaxValue);
        byte[] damaged = [.. "MESSAGE\n"u8, .. length, .. "x\n\n"u8, .. entry];
        var broken = CollectedRecords.Of(Format, damaged);
        Assert.Single(broken.Rejects);
        Assert.Single(broken.Records);
    }

    [Fact]
    public void Messages_of_the_audit_system_are_joined()
    {
        var read = CollectedRecords.Of(
            Format,
            """
            {"__REALTIME_TIMESTAMP":"1773057600500000","_SOURCE_REALTIME_TIMESTAMP":"1773057600123000","_TRANSPORT":"audit","_HOSTNAME":"web1","_AUDIT_TYPE_NAME":"SYSCALL","_AUDIT_ID":"100","MESSAGE":"SYSCALL arch=c000003e syscall=59 success=yes pid=1 uid=0 exe=\"/usr/bin/id\""}
            {"__REALTIME_TIMESTAMP":"1773057600500000","_SOURCE_REALTIME_TIMESTAMP":"1773057600123000","_TRANSPORT":"audit","_HOSTNAME":"web1","_AUDIT_TYPE":"1309","_AUDIT_ID":"100","MESSAGE":"EXECVE argc=2 a0=\"id\" a1=\"-u\""}
            """
        );
        var record = Assert.Single(read.Records);
        Assert.Equal("id -u", record["command_line"]);
        Assert.Equal("web1", record["node"]);
        Assert.Equal("2026-03-09T12:00:00.123000Z", record["time"]);
    }
}
