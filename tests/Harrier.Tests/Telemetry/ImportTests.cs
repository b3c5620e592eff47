using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Harrier.Schema;
using Harrier.Telemetry;
using Harrier.Telemetry.Maps;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Telemetry;

public sealed class ImportTests : IDisposable
{
    const string Conn =
        "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tduration\n#types\ttime\tstring\taddr\taddr\tinterval\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_become_events_with_their_lineage()
    {
        Put("conn.log", Conn + "1700000000.5\tC1\t10.0.0.1\t10.0.0.2\t1.5\nshort\n");
        var (receipt, events) = Run();
        Assert.Equal((2L, 1L, 1L), (receipt.Records, receipt.Imported, receipt.Rejected));
        var row = Assert.Single(events.Events);
        Assert.Equal("network", row["class"]);
        Assert.Equal(1_700_000_000_500_000L, row["time"]);
        Assert.Equal("zeek-conn", row["source"]);
        Assert.Equal("I-0001", row["import"]);
        Assert.Equal(Path.Combine(_folder, "conn.log"), row["file"]);
        Assert.Equal(6L, row["record"]);
        Assert.Equal(1_500_000L, row["duration_us"]);
        Assert.Null(row["host"]);
        var file = Assert.Single(receipt.Files).File;
        Assert.Equal(1L, file.Classes["network"]);
        Assert.Equal(7L, Assert.Single(file.Rejects).Position);
    }

    [Fact]
    public void The_same_bytes_are_taken_once()
    {
        Put("a.log", Conn + Rows(3));
        Put("b.log", Conn + Rows(3));
        Put("c.log.gz", Gzip(Conn + Rows(3)));
        var (receipt, events) = Run();
        Assert.Equal(3L, receipt.Imported);
        Assert.Equal(
            [null, Path.Combine(_folder, "a.log"), Path.Combine(_folder, "a.log")],
            receipt.Files.Select(file => file.DuplicateOf)
        );
        var known = receipt.Files[0].File.Sha256;
        var (second, _) = Run(before: sha => sha == known ? "I-0001" : null);
        Assert.Equal(0L, second.Records);
        Assert.All(second.Files, file => Assert.Equal("I-0001", file.DuplicateOf));
        Assert.Single(events.Files);
    }

    [Fact]
    public void Archives_are_opened_in_each_other()
    {
        var inner = Zip(
            ("deep/conn.log.gz", Gzip(Conn + Rows(2))),
            ("x.png", [0x89, 0x50, 0x4E, 0x47, 1])
        );
        var tooDeep = Zip(
            ("mid.zip", Zip(("in.zip", Zip(("c.log.gz", Gzip(Gzip(Conn + Rows(1))))))))
        );
        Put(
            "outer.tar.gz",
            Gzip(Tar(("../../etc/inner.zip", inner), ("conn.log", Bytes(Conn + Rows(4)))))
        );
        Put("too-deep.zip", tooDeep);
        var (receipt, events) = Run(change: options => options with { MaxDepth = 4 });
        Assert.Equal(6L, receipt.Imported);
        var outer = Path.Combine(_folder, "outer.tar.gz");
        Assert.Equal(
            [$"{outer}!../../etc/inner.zip!deep/conn.log.gz", $"{outer}!conn.log"],
            events.Files.Select(file => file.Name)
        );
        Assert.Contains(
            receipt.Files,
            file => file.Skipped?.Contains("PNG", StringComparison.Ordinal) == true
        );
        Assert.Contains(
            receipt.Files,
            file => file.IsLost && file.Skipped!.Contains("--max-depth", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void What_a_truncated_archive_holds_is_imported_and_the_rest_is_one_reject()
    {
        var whole = Gzip(Conn + Rows(20_000));
        Put("conn.log.gz", whole[..(whole.Length / 2)]);
        var (receipt, _) = Run();
        var file = Assert.Single(receipt.Files).File;
        Assert.True(file.Imported > 1000);
        Assert.Equal(file.Records, file.Imported + file.Rejected);
        Assert.Contains(
            file.Rejects,
            reject => reject.Reason.Contains("ends here", StringComparison.Ordinal)
        );
        Assert.NotEmpty(file.Warnings);
    }

    [Theory]
    [InlineData("Rar!\u001A\u0007\u0001x", "a rar archive")]
    [InlineData("\u0004\"M\u0018x", "an lz4 file")]
    [InlineData("MSCF\0\0\0\0x", "a cabinet archive")]
    [InlineData("LZIP\u0001x", "an lzip file")]
    [InlineData("\u001F\u009Dx", "a file of Unix' compress")]
    public void An_archive_that_is_not_opened_is_told_as_lost(string head, string what)
    {
        Put("a.bin", Encoding.Latin1.GetBytes(head));

        var (receipt, _) = Run();

        var file = Assert.Single(receipt.Files);
        Assert.True(file.IsLost);
        Assert.Contains(what, file.Skipped, StringComparison.Ordinal);
    }

    [Fact]
    public void Things_that_are_no_logs_are_named()
    {
        Put("a.ini", "[a]\nport = 80\nhost = x\n");
        Put("b.bin", new byte[] { 1, 0, 2 });
        Put("c.log", "");
        Put("d.zip", Zip(("a.log", Bytes(Conn + Rows(1))))[..60]);
        var (receipt, _) = Run(extra: Path.Combine(_folder, "missing"));
        Assert.Equal(5, receipt.Files.Count);
        Assert.All(receipt.Files, file => Assert.NotNull(file.Skipped));
        Assert.Equal(0L, receipt.Records);
    }

    [Fact]
    public void Links_below_a_folder_are_named_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        var log = Path.Combine(_folder, "real", "conn.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        File.WriteAllText(log, Conn + Rows(2));
        var logs = Directory.CreateDirectory(Path.Combine(_folder, "logs")).FullName;
        File.CreateSymbolicLink(Path.Combine(logs, "linked.log"), log);
        File.CreateSymbolicLink(Path.Combine(logs, "broken.log"), log + ".gone");
        Directory.CreateSymbolicLink(Path.Combine(logs, "loop"), logs);
        var (receipt, _) = Run(paths: [logs]);
        Assert.Equal(
            ["broken.log", "linked.log", "loop"],
            receipt.Files.Select(file => Path.GetFileName(file.File.Path))
        );
        Assert.All(
            receipt.Files,
            file => Assert.Contains("link", file.Skipped!, StringComparison.Ordinal)
        );
        Assert.Equal(2L, Run(paths: [Path.Combine(logs, "linked.log")]).Receipt.Imported);
    }

    [Fact]
    public void Only_missing_paths_are_a_fault()
    {
        var fault = Assert.Throws<HarrierFault>(() =>
            Run(paths: [Path.Combine(_folder, "missing")])
        );
        Assert.Equal(FaultKind.Input, fault.Kind);
        Assert.Equal(
            FaultKind.Usage,
            Assert.Throws<HarrierFault>(() => Run(format: "nonsense")).Kind
        );
    }

    [Fact]
    public void Limits_are_said_when_they_bite()
    {
        Put("a.log", Conn + Rows(1000));
        Put(
            "b.zip",
            Zip([.. Enumerable.Range(0, 9).Select(at => ($"{at}.log", Bytes(Conn + Rows(at + 1))))])
        );
        var (receipt, _) = Run(change: options =>
            options with
            {
                MaxTotalBytes = 1000,
                MaxMembers = 5,
                Workers = 1,
            }
        );
        Assert.Contains(
            receipt.Files[0].File.Rejects,
            reject => reject.Reason.Contains("limit of 1000 bytes", StringComparison.Ordinal)
        );
        Assert.Contains("limit of 5", receipt.Files[^1].Skipped, StringComparison.Ordinal);
    }

    [Fact]
    public void Marks_and_UTF_16_are_understood()
    {
        Put("a.log", [0xEF, 0xBB, 0xBF, .. Bytes(Conn + Rows(2))]);
        Put("b.log", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Conn + Rows(3))]);
        Put("c.log", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(Conn + Rows(4))]);
        Assert.Equal(9L, Run().Receipt.Imported);
    }

    [Fact]
    public void Cancelling_leaves_nothing_half()
    {
        Put("a.log", Conn + Rows(50_000));
        using var cancel = new CancellationTokenSource();
        var events = new CollectedEvents();
        var import = NewImport(
            new ImportOptions([_folder]),
            events,
            progress: new Now(seen =>
            {
                if (seen.IsSurvey)
                {
                    cancel.Cancel();
                }
            })
        );
        Assert.Throws<OperationCanceledException>(() => import.Run(cancel.Token));
        Assert.Empty(events.Files);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    public void Large_archives_are_shared_among_workers_and_small_files_committed_together(
        string kind
    )
    {
        var members = Enumerable
            .Range(0, 300)
            .Select(at => ($"{at:000}/conn.log", Bytes(Conn + Rows(700, at))))
            .ToArray();
        Put($"many.{kind}", kind == "zip" ? Zip(members) : Gzip(Tar(members)));
        var (receipt, events) = Run(change: options => options with { Workers = 3 });
        Assert.Equal(300 * 700L, receipt.Imported);
        Assert.Equal(300, events.Files.Count);
        Assert.InRange(events.Commits, 1, 10);
        Assert.Equal(receipt.Imported, events.Rows.Values.Sum());
        Assert.Equal(
            members.Select(member => member.Item1),
            receipt.Files.Select(file => file.File.Member)
        );
    }

    [Fact]
    public void A_fault_of_the_sink_ends_the_import_as_itself()
    {
        Put("a.log", Conn + Rows(3));
        var import = new Import(
            new ImportOptions([_folder]),
            Maps,
            () => new FullDisk(),
            _ => null,
            "I-0001",
            new FakeTimeProvider()
        );
        Assert.Equal(
            FaultKind.Environment,
            Assert.Throws<HarrierFault>(() => import.Run(CancellationToken.None)).Kind
        );
    }

    internal static readonly SourceMaps Maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    internal static Import NewImport(
        ImportOptions options,
        CollectedEvents events,
        Func<string, string?>? before = null,
        IProgress<ImportProgress>? progress = null
    ) =>
        new(
            options,
            Maps,
            events.Open,
            before ?? (_ => null),
            "I-0001",
            new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero)),
            progress
        );

    (ImportReceipt Receipt, CollectedEvents Events) Run(
        Func<string, string?>? before = null,
        string? extra = null,
        string[]? paths = null,
        string? format = null,
        Func<ImportOptions, ImportOptions>? change = null
    )
    {
        var events = new CollectedEvents();
        string[] all = paths ?? (extra is null ? [_folder] : [_folder, extra]);
        var options = new ImportOptions(all)
        {
            Format = format,
            TemporaryFolder = Path.Combine(_folder, "tmp"),
        };
        var receipt = NewImport(change?.Invoke(options) ?? options, events, before)
            .Run(CancellationToken.None);
        Assert.Equal(receipt.Imported, events.Rows.Values.Sum());
        Assert.All(
            receipt.Files,
            file => Assert.Equal(file.File.Records, file.File.Imported + file.File.Rejected)
        );
        Assert.All(
            receipt.Files,
            file => Assert.Equal(file.File.Imported, file.File.Classes.Values.Sum())
        );
        return (receipt, events);
    }

    static string Rows(int count, int salt = 0)
    {
        var text = new StringBuilder();
        for (var at = 0; at < count; at++)
        {
            text.Append(
                $"{1_700_000_000 + at}.25\tC{salt}_{at * 7919}\t10.0.{at % 251}.1\t10.1.0.{at % 199}\t-\n"
            );
        }

        return text.ToString();
    }

    void Put(string name, string text) => Put(name, Bytes(text));

    void Put(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(_folder, name), bytes);

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static byte[] Gzip(string text) => Gzip(Bytes(text));

    static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    static byte[] Zip(params (string Name, byte[] Bytes)[] members)
    {
        var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in members)
            {
                using var member = zip.CreateEntry(name).Open();
                member.Write(bytes);
            }
        }

        return packed.ToArray();
    }

    static byte[] Tar(params (string Name, byte[] Bytes)[] members)
    {
        var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, leaveOpen: true))
        {
            foreach (var (name, bytes) in members)
            {
                tar.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, name)
                    {
                        DataStream = new MemoryStream(bytes),
                    }
                );
            }
        }

        return packed.ToArray();
    }

    sealed class Now(Action<ImportProgress> report) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => report(value);
    }

    sealed class FullDisk : IEventSink
    {
        public void Write(EventBatch batch) =>
            throw new HarrierFault(FaultKind.Environment, "The disk is full.");

        public void Join(IEventSink other) { }

        public void Commit(IReadOnlyList<SourceFile> files) { }

        public void Dispose() { }
    }
}
