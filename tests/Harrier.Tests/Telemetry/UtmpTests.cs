using System.Buffers.Binary;
using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Utmp;

namespace Harrier.Tests.Telemetry;

public sealed class UtmpTests
{
    static readonly UtmpFormat Format = new();
    const long Time = 1_700_000_000;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Records_of_every_processor_are_read(bool isBigEndian, bool hasLongTimes)
    {
        byte[] Slot(short type, string line, string user, string host, long seconds) =>
            Linux(isBigEndian, hasLongTimes, type, line, user, host, seconds);
        byte[] file =
        [
            .. Slot(2, "~", "reboot", "6.1.0", Time),
            .. Slot(7, "pts/0", "anna", "ws1.corp.example", Time + 1),
            .. new byte[hasLongTimes ? 400 : 384],
            .. Slot(8, "pts/0", "", "", Time + 2),
            .. Slot(99, "x", "y", "", Time),
            .. "cut"u8,
        ];

        Assert.Equal(80, Format.Detect(file, "wtmp"));
        var read = Read(file, "wtmp");
        Assert.Equal(
            ["boot", "session-opened", "session-closed"],
            read.Records.Select(record => record["event"])
        );
        var opened = read.Records[1];
        Assert.Equal(
            (
                "anna",
                "pts/0",
                "ws1.corp.example",
                "192.0.2.7",
                "4711",
                "2023-11-14T22:13:21.000005Z"
            ),
            (
                opened["user"],
                opened["line"],
                opened["remote_host"],
                opened["remote_ip"],
                opened["pid"],
                opened["time"]
            )
        );
        Assert.Equal("anna", read.Records[2]["user"]);
        Assert.Equal(2, read.Rejects.Count);
    }

    [Fact]
    public void What_btmp_lists_was_refused() =>
        Assert.Equal(
            "failed",
            Assert.Single(
                Read(Linux(false, false, 6, "ssh:notty", "root", "192.0.2.7", Time), "btmp").Records
            )["event"]
        );

    [Fact]
    public void Other_data_is_no_session_log()
    {
        Assert.Equal(0, Format.Detect("alice logged in\n"u8, "wtmp"));
        Assert.Equal(0, Format.Detect(new byte[4000], "wtmp"));
        Assert.Equal(
            0,
            Format.Detect(
                [.. Enumerable.Range(0, 4000).Select(at => unchecked((byte)(at * 7)))],
                "wtmp"
            )
        );
    }

    /// <summary>File, records that are no empty slots, the rejected ones, by a script with python's struct; users as utmpdump lists them.</summary>
    [Theory]
    [InlineData("auth/plaso/utmp/utmp", 14, 0, "moxilo")]
    [InlineData("auth/plaso/utmp/utmp_x86_64", 6, 0, "date")]
    [InlineData("auth/plaso/utmp/utmp_aarch64", 6, 0, "date")]
    [InlineData("auth/plaso/utmp/utmp_s390", 6, 0, "date")]
    [InlineData("auth/plaso/utmp/utmp_corrupted", 2, 2, "bob")]
    [InlineData("auth/plaso/utmp/wtmp.1", 2, 0, "userA")]
    [InlineData("auth/plaso/utmpx_mac", 5, 1, "moxilo")]
    public void Files_of_the_corpus_are_read(string file, int records, int rejects, string user)
    {
        var bytes = File.ReadAllBytes(Corpus.Need(file.Split('/')));
        Assert.True(Format.Detect(bytes, file) >= 80);
        var read = Read(bytes, file);
        Assert.Equal(records, read.Records.Count);
        Assert.True(read.Rejects.Count >= rejects && read.Rejects.Count <= rejects + 1);
        Assert.Contains(read.Records, record => record.GetValueOrDefault("user") == user);
    }

    static CollectedRecords Read(byte[] file, string name)
    {
        var read = new CollectedRecords();
        Format.Read(
            new MemoryStream(file),
            new ReadOptions(name, LocalZone.Utc, 2026),
            read,
            CancellationToken.None
        );
        return read;
    }

    /// <summary>A record as glibc writes it (bits/utmp.h).</summary>
    internal static byte[] Linux(
        bool isBigEndian,
        bool hasLongTimes,
        short type,
        string line,
        string user,
        string host,
        long seconds
    )
    {
        var slot = new byte[hasLongTimes ? 400 : 384];
        void Put(int at, int bytes, long value)
        {
            for (var index = 0; index < bytes; index++)
            {
                slot[at + (isBigEndian ? bytes - 1 - index : index)] = unchecked(
                    (byte)(value >> 8 * index)
                );
            }
        }

        Put(0, 2, type);
        Put(4, 4, 4711);
        Encoding.UTF8.GetBytes(line).CopyTo(slot, 8);
        Encoding.UTF8.GetBytes(user).CopyTo(slot, 44);
        Encoding.UTF8.GetBytes(host).CopyTo(slot, 76);
        Put(hasLongTimes ? 344 : 340, hasLongTimes ? 8 : 4, seconds);
        Put(hasLongTimes ? 352 : 344, hasLongTimes ? 8 : 4, 5);
        ((byte[])[192, 0, 2, 7]).CopyTo(slot, hasLongTimes ? 360 : 348);
        return slot;
    }
}
