using System.Diagnostics;
using System.IO.Compression;
using Harrier.Schema;
using Harrier.Store.Lake;
using Xunit;

namespace Harrier.Tests.Store;

/// <summary>The same events in other bytes are recognised, with about the right share.</summary>
public sealed class EventSamplesTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Imports files, each a range of one long series of events, and gives what was shared.</summary>
    static IReadOnlyList<SharedEvents> Import(
        TestLake lake,
        params (string File, int From, int To)[] files
    )
    {
        using var store = lake.Write();
        var import = store.BeginImport(TimeProvider.System);
        using var sink = store.OpenSink(import);
        foreach (var (file, from, to) in files)
        {
            var batch = TestLake.Processes(
                Enumerable
                    .Range(from, to - from)
                    .Select(i =>
                        (TestLake.Day0 + i * 1_000_000L, "a", $"i{i % 9}", $"c{i}", (long)i)
                    )
            );
            TestLake.Set(batch, CommonColumns.File, file);
            TestLake.Set(batch, CommonColumns.Import, import);
            sink.Write(batch);
            sink.Commit([TestLake.Receipt(file + import, to - from) with { Path = file }]);
        }

        return store.SharedEvents(import);
    }

    [Theory]
    [InlineData(100, 0, 100, 1)]
    [InlineData(100, 50, 150, 0.5)]
    [InlineData(100, 100, 200, 0)]
    [InlineData(100, 90, 110, 0.5)]
    [InlineData(40_000, 0, 40_000, 1)]
    [InlineData(40_000, 20_000, 60_000, 0.5)]
    [InlineData(40_000, 40_000, 80_000, 0)]
    public void A_share_is_told(int first, int from, int to, double share)
    {
        using var lake = new TestLake();
        Assert.Empty(Import(lake, ("a.evtx", 0, first)));
        var shared = Import(lake, ("b.json", from, to));
        if (share == 0)
        {
            Assert.Empty(shared);
            return;
        }

        Assert.Equal(["b.json", null], shared.Select(one => one.File));
        Assert.All(
            shared,
            one =>
            {
                Assert.Equal(("a.evtx", "I-0001"), (one.KnownFile, one.KnownImport));
                Assert.InRange(one.Share, share - 0.12, share + 0.12);
            }
        );
    }

    [Fact]
    public void Within_one_import_the_second_file_is_told()
    {
        using var lake = new TestLake();
        var shared = Import(lake, ("a", 0, 1000), ("b", 0, 1000), ("c", 5000, 6000));
        Assert.Equal(["b", null], shared.Select(one => one.File));
        Assert.InRange(shared[1].Share, 0.25, 0.42);
    }

    [Fact]
    public void Many_small_files_in_one_large_one_are_told_together()
    {
        using var lake = new TestLake();
        Import(lake, ("all", 0, 100_000));
        var shared = Import(
            lake,
            [.. Enumerable.Range(0, 50).Select(i => ($"part-{i}", i * 2000, i * 2000 + 2000))]
        );
        Assert.Null(shared[^1].File);
        Assert.InRange(shared[^1].Share, 0.8, 1);
    }

    [Fact]
    public void An_evtx_file_and_its_export_are_the_same_events()
    {
        var packed = Corpus.Need("evtx", "omerbenamram", "security.evtx.gz");
        const string Evtxexport = "/usr/bin/evtxexport";
        Assert.SkipUnless(File.Exists(Evtxexport), "needs evtxexport");
        using var lake = new TestLake();
        var evtx = Path.Combine(lake.Folder, "security.evtx");
        using (var from = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress))
        using (var to = File.Create(evtx))
        {
            from.CopyTo(to);
        }

        var xml = Path.Combine(lake.Folder, "export.xml");
        using (
            var process = Process.Start(
                new ProcessStartInfo(Evtxexport, ["-f", "xml", evtx])
                {
                    RedirectStandardOutput = true,
                }
            )!
        )
        {
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            var start = text.IndexOf("<Event ", StringComparison.Ordinal);
            File.WriteAllText(xml, text[start..]);
        }

        foreach (var (path, isCopy) in ((string, bool)[])[(evtx, false), (xml, true)])
        {
            using var stdout = new StringWriter();
            Harrier.Cli.Application.Run(
                ["--workspace", Path.Combine(lake.Folder, "ws"), "--json", "import", path],
                stdout,
                TextWriter.Null,
                TimeProvider.System
            );
            using var document = System.Text.Json.JsonDocument.Parse(stdout.ToString());
            var shared = document.RootElement.GetProperty("shared_events");
            if (isCopy)
            {
                Assert.InRange(shared.GetProperty("share").GetDouble(), 0.9, 1);
                Assert.Equal("I-0001", shared.GetProperty("import_id").GetString());
            }
            else
            {
                Assert.Equal(System.Text.Json.JsonValueKind.Null, shared.ValueKind);
            }
        }
    }
}
