using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CsCheck;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;
using Harrier.Telemetry.Formats.WindowsJson;
using Harrier.Telemetry.Formats.WindowsXml;
using Harrier.Tests.Telemetry.Evtx;

namespace Harrier.Tests.Telemetry;

/// <summary>The readers of Windows events end, without an exception, whatever the bytes; and small files don't make much work.</summary>
public sealed class WindowsReaderPropertyTests
{
    const string Event =
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/>"
        + "<EventID Qualifiers='0'>4624</EventID><TimeCreated SystemTime='2026-03-02T10:00:00Z'/><Channel>Security</Channel></System>"
        + "<EventData><Data Name='A'>x &amp; y</Data><Data>1</Data><Data></Data><Data>3</Data></EventData></Event>";

    static readonly (ILogFormat Format, byte[] Seed)[] s_seeds =
    [
        (new EvtxFormat(), SmallLog.Bytes()),
        (new WindowsXmlFormat(), Encoding.UTF8.GetBytes($"<Events>{Event}\n{Event}</Events>")),
        (
            new WindowsJsonFormat(),
            Encoding.UTF8.GetBytes(
                "{\"EventID\":1,\"Channel\":\"Security\",\"a\":{\"b\":[1,{\"c\":null}]},\"t\":\"\\u00e9\\\\\"}\r\n{\"winlog\":{\"event_id\":3,\"event_data\":{\"UtcTime\":\"2026-03-02 10:00:00\"}},\"@timestamp\":\"2026-03-02T10:00:00Z\"}\n"
            )
        ),
    ];

    [Fact]
    public void Damaged_logs_are_read_without_a_fault() =>
        Gen.Select(
                Gen.Int[0, s_seeds.Length - 1],
                Gen.Select(Gen.Int[0, 3_000], Gen.Byte).Array[0, 12],
                Gen.Int[0, 20]
            )
            .Sample(
                (which, changes, cut) =>
                {
                    var (format, seed) = s_seeds[which];
                    var bytes = seed.ToArray();
                    // Of an EVTX file the first records matter, which stand behind the headers.
                    var start = format is EvtxFormat ? 4096 : 0;
                    foreach (var (at, value) in changes)
                    {
                        bytes[start + at % (bytes.Length - start)] = value;
                    }

                    if (cut == 0)
                    {
                        bytes = bytes[..(bytes.Length * (changes.Length + 1) / 14)];
                    }

                    format.Detect(bytes, "x");
                    var clock = Stopwatch.StartNew();
                    var read = CollectedRecords.Of(format, bytes);
                    return clock.Elapsed < TimeSpan.FromSeconds(20)
                        && read.Rejects.All(reject => reject.Reason.Length > 0);
                },
                iter: 5_000
            );

    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    public void Templates_that_use_templates_end(int levels)
    {
        var chunk = new byte[65_536];
        "ElfChnk\0"u8.CopyTo(chunk);
        const int First = 2048;
        const int Size = 256;
        for (var level = 0; level < levels; level++)
        {
            // A definition: next, GUID, size, content; the content uses the next definition twice.
            var start = First + level * Size + 24;
            var at = start;
            for (var use = 0; use < 2 && level + 1 < levels; use++)
            {
                at = Instance(chunk, at, First + (level + 1) * Size);
            }

            BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(start - 4), at + 1 - start);
        }

        const int RecordAt = 512;
        var size = Instance(chunk, RecordAt + 24, First) + 1 + 4 - RecordAt;
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(RecordAt), 0x2a2a);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(RecordAt + 4), size);
        BinaryPrimitives.WriteInt64LittleEndian(chunk.AsSpan(RecordAt + 8), 1);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(48), RecordAt + size);
        var read = CollectedRecords.Of(new EvtxFormat(), chunk);
        Assert.Equal(1, read.Records.Count + read.Rejects.Count);
        if (levels > 20)
        {
            Assert.Contains("more than", read.Rejects[0].Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Long_names_around_many_fields_are_refused()
    {
        var name = new string('n', 200_000);
        var attributes = string.Concat(
            Enumerable.Range(0, 5_000).Select(number => $" a{number}='x'")
        );
        var xml = CollectedRecords.Of(
            new WindowsXmlFormat(),
            $"<Event><UserData><{name}{attributes}/></UserData></Event>{Event}"
        );
        Assert.Contains("characters", Assert.Single(xml.Rejects).Reason, StringComparison.Ordinal);
        Assert.Single(xml.Records);

        var fields = string.Join(
            ',',
            Enumerable.Range(0, 4_000).Select(number => $"\"a{number}\":1")
        );
        var json = CollectedRecords.Of(
            new WindowsJsonFormat(),
            $"{{\"EventID\":1,\"{name}\":{{{fields}}}}}\n{{\"EventID\":1}}"
        );
        Assert.Contains("name", Assert.Single(json.Rejects).Reason, StringComparison.Ordinal);
        Assert.Single(json.Records);
    }

    [Fact]
    public void Fields_of_one_name_are_numbered()
    {
        var many = string.Concat(Enumerable.Repeat("<a>x</a>", 50_000));
        var clock = Stopwatch.StartNew();
        var read = CollectedRecords.Of(
            new WindowsXmlFormat(),
            $"<Event><UserData><a_2>y</a_2>{many}</UserData></Event>"
        );
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        var fields = Assert.Single(read.Records);
        Assert.Equal("y", fields["a_2"]);
        Assert.Equal(50_001, fields.Count);
    }

    [Fact]
    public void Data_without_names_keep_their_places()
    {
        var fields = Assert.Single(CollectedRecords.Of(new WindowsXmlFormat(), Event).Records);
        Assert.Equal("x & y", fields["A"]);
        Assert.Equal("1", fields["Data"]);
        Assert.DoesNotContain("Data_2", fields.Keys);
        Assert.Equal("3", fields["Data_3"]);
    }

    static int Instance(byte[] chunk, int at, int definition)
    {
        chunk[at] = 0x0c;
        chunk[at + 1] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(at + 6), definition);
        return at + 14;
    }
}
