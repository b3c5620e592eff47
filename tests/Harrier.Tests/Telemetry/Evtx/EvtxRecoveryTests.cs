using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>Left-overs of older use are never live; asked for, they come marked.</summary>
public sealed class EvtxRecoveryTests
{
    const int FileHeaderBytes = 4096;
    const int FreeSpace = FileHeaderBytes + 48;

    [Fact]
    public void Records_in_free_space_are_recovered_only_where_that_is_asked()
    {
        var log = SmallLog.Bytes(records: 5);
        EndAfter(log, records: 3);

        var live = Read(log, recovers: false);
        Assert.Equal([1, 2, 3], live.Live);
        Assert.Empty(live.Recovered);

        var all = Read(log, recovers: true);
        Assert.Equal([1, 2, 3], all.Live);
        Assert.Equal([4, 5], all.Recovered);
        Assert.Empty(all.Rejects);
    }

    [Fact]
    public void A_left_over_whose_template_was_written_over_is_lost_and_counted()
    {
        var log = SmallLog.Bytes(records: 5);
        EndAfter(log, records: 3);
        // The instance of the last record: header of the record, of the fragment, token and 1, then the identifier.
        log[Offset(log, 4) + 24 + 4 + 2] ^= 1;

        var all = Read(log, recovers: true);
        Assert.Equal([4], all.Recovered);
        Assert.Empty(all.Rejects);
        Assert.Contains(
            all.Warnings,
            one => one.StartsWith("1 left-over", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Chunks_behind_the_headers_count_are_left_over()
    {
        var one = SmallLog.Bytes(records: 3);
        byte[] log = [.. one, .. one[FileHeaderBytes..]];

        var live = Read(log, recovers: false);
        Assert.Equal([1, 2, 3], live.Live);
        Assert.Contains(
            live.Warnings,
            warning => warning.StartsWith("1 chunk behind", StringComparison.Ordinal)
        );
        Assert.Equal([1, 2, 3], Read(log, recovers: true).Recovered);

        // A file that was not closed counts fewer than it has.
        log[120] |= 1;
        BinaryPrimitives.WriteUInt32LittleEndian(
            log.AsSpan(124),
            Crc32.HashToUInt32(log.AsSpan(0, 120))
        );
        Assert.Equal(6, Read(log, recovers: false).Live.Count);
    }

    [Fact]
    public void A_live_record_cannot_say_that_it_was_recovered()
    {
        var names = new FieldNames();
        var fields = new EventFields(names);
        var record = new Record();
        fields.Begin(record);
        fields.Add(names.Of("_recovered"), "true"u8);
        Assert.Equal(-1, record.Find("_recovered"u8));
        Assert.Equal(0, record.Find("_recovered_2"u8));
    }

    /// <summary>Against evtxexport, which recovers too; docs/evtx.md explains the differences.</summary>
    [Fact]
    public void Recovery_of_the_corpus_beside_evtxexport()
    {
        var folder = Corpus.Need("evtx");
        var lines = File.ReadAllLines(Path.Combine(folder, "COUNTS.tsv"))
            .Select(line => line.Split('\t'))
            .ToList();
        var theirs = Array.IndexOf(lines[0], "recovered");
        var differences = new List<string>();
        var (sum, theirSum) = (0, 0);
        foreach (var cells in lines.Skip(1))
        {
            var bytes = Bytes(Path.Combine(folder, cells[0]));
            var plain = Read(bytes, recovers: false);
            var all = Read(bytes, recovers: true);
            // What is live does not depend on recovery.
            Assert.Equal(plain.Live, all.Live);
            Assert.Equal(plain.Rejects, all.Rejects);
            var other = int.Parse(cells[theirs], System.Globalization.CultureInfo.InvariantCulture);
            sum += all.Recovered.Count;
            theirSum += other;
            if (all.Recovered.Count != other)
            {
                differences.Add(
                    $"{cells[0]}\t{all.Recovered.Count}\t{other}\t{string.Join(" / ", all.Warnings)}"
                );
            }
        }

        Directory.CreateDirectory(RepositoryRoot.Combine("artifacts"));
        File.WriteAllLines(
            RepositoryRoot.Combine("artifacts", "evtx-recovered.tsv"),
            [.. differences, $"all\t{sum}\t{theirSum}"]
        );
        Assert.True(sum > 0);
    }

    /// <summary>Moves the end of the chunk's used space behind the first records.</summary>
    static void EndAfter(byte[] log, int records)
    {
        var chunk = log.AsSpan(FileHeaderBytes);
        var end = Offset(log, records) - FileHeaderBytes;
        BinaryPrimitives.WriteInt32LittleEndian(log.AsSpan(FreeSpace), end);
        BinaryPrimitives.WriteUInt32LittleEndian(
            chunk[52..],
            Crc32.HashToUInt32(chunk[EvtxChunkHeader.Bytes..end])
        );
        var crc = new Crc32();
        crc.Append(chunk[..120]);
        crc.Append(chunk[128..EvtxChunkHeader.Bytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[124..], crc.GetCurrentHashAsUInt32());
    }

    /// <summary>Where a record stands in the file; of the count of records: where the last ends.</summary>
    static int Offset(byte[] log, int index)
    {
        var at = FileHeaderBytes + EvtxChunkHeader.Bytes;
        for (; index > 0; index--)
        {
            at += BinaryPrimitives.ReadInt32LittleEndian(log.AsSpan(at + 4));
        }

        return at;
    }

    static Found Read(byte[] bytes, bool recovers)
    {
        var found = new Found();
        new EvtxFormat().Read(
            new MemoryStream(bytes),
            new ReadOptions("x.evtx", LocalZone.Fixed(TimeSpan.Zero), 2026)
            {
                Recovers = recovers,
                Bytes = bytes.Length,
            },
            found,
            CancellationToken.None
        );
        return found;
    }

    static byte[] Bytes(string file)
    {
        using var stream = File.OpenRead(file);
        using Stream content = file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    sealed class Found : IRecordHandler
    {
        public List<long> Live { get; } = [];
        public List<long> Recovered { get; } = [];
        public List<long> Rejects { get; } = [];
        public List<string> Warnings { get; } = [];

        public void Accept(Record record)
        {
            Assert.Equal(record.IsRecovered, record.Find("_recovered"u8) >= 0);
            (record.IsRecovered ? Recovered : Live).Add(record.Number);
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
            Rejects.Add(position);

        public void Warn(string sentence) => Warnings.Add(sentence);
    }
}
