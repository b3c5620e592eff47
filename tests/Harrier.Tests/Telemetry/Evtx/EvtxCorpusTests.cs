using System.IO.Compression;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>Record counts against those of three independent readers (docs/evtx.md explains each difference).</summary>
public class EvtxCorpusTests
{
    [Fact]
    public void Every_file_has_the_records_that_other_readers_find()
    {
        var folder = Corpus.Need("evtx");
        var lines = File.ReadAllLines(Path.Combine(folder, "COUNTS.tsv"));
        var head = lines[0]
            .Split('\t')
            .Select((name, index) => (name, index))
            .ToDictionary(pair => pair.name, pair => pair.index);
        var differences = new List<string>();
        foreach (var cells in lines.Skip(1).Select(line => line.Split('\t')))
        {
            var counter = new Counter();
            using (var stream = Open(Path.Combine(folder, cells[head["file"]])))
            {
                new EvtxFormat().Read(
                    stream,
                    new ReadOptions(cells[0], LocalZone.Utc, 2020),
                    counter,
                    CancellationToken.None
                );
            }

            string[] counts =
            [
                cells[head["records"]],
                cells[head["evtxinfo_records"]],
                cells[head["python_evtx_records"]],
            ];
            if (counts[0] != counter.Accepted.ToString() || counter.Rejected > 0)
            {
                differences.Add(
                    $"{cells[0]}\tharrier {counter.Accepted} + {counter.Rejected} rejected\tothers {string.Join(" ", counts)}\t{string.Join(" / ", counter.Notes.Take(2))}"
                );
            }
        }

        Directory.CreateDirectory(RepositoryRoot.Combine("artifacts"));
        File.WriteAllLines(
            RepositoryRoot.Combine("artifacts", "evtx-differences.tsv"),
            differences
        );
        // Each is explained in docs/evtx.md.
        Assert.Equal(
            s_explained,
            differences
                .Select(line => line.Split('\t'))
                .Select(cells => $"{Path.GetFileName(cells[0]).Replace(".gz", "")}: {cells[1]}")
        );
    }

    static readonly string[] s_explained =
    [
        "ID1116-1117-Defender threat detected.evtx: harrier 6 + 0 rejected",
        "ID1149-RDP success logins to multiple hosts.evtx: harrier 11 + 0 rejected",
        "ID2003-4950-Firewall disabled.evtx: harrier 6 + 0 rejected",
        "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx: harrier 1950 + 27 rejected",
        "2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx: harrier 1795 + 2 rejected",
        "E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx: harrier 459 + 0 rejected",
        "E_Windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx: harrier 340 + 0 rejected",
        "MSExchange_Management_wec.evtx: harrier 1 + 0 rejected",
        "Microsoft-Windows-HelloForBusiness%4Operational.evtx: harrier 6 + 1 rejected",
        "Microsoft-Windows-LanguagePackSetup%4Operational.evtx: harrier 17 + 1 rejected",
        "issue_201.evtx: harrier 1 + 0 rejected",
        "sample-with-zero-data-size-event.evtx: harrier 449 + 1 rejected",
        "sample_with_a_bad_chunk_magic.evtx: harrier 301 + 5 rejected",
        "sysmon.evtx: harrier 358 + 8 rejected",
        "System2.evtx: harrier 283 + 1 rejected",
    ];

    static Stream Open(string file) =>
        file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(File.OpenRead(file), CompressionMode.Decompress)
            : File.OpenRead(file);

    sealed class Counter : IRecordHandler
    {
        public int Accepted { get; private set; }

        public int Rejected { get; private set; }

        public List<string> Notes { get; } = [];

        public void Accept(Record record) => Accepted++;

        public void Reject(long position, string reason, ReadOnlySpan<byte> head)
        {
            Rejected++;
            Notes.Add(reason);
        }

        public void Warn(string sentence) => Notes.Add(sentence);
    }
}
