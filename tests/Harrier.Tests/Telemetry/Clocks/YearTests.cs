using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Harrier.Telemetry;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Syslog;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>The table beside this file: of which year logs are that carry none; and imports of such logs.</summary>
public sealed class YearTests : IDisposable
{
    public sealed class YearCase
    {
        public string Case { get; set; } = "";
        public List<string> Log { get; set; } = [];
        public string? Written { get; set; }
        public List<string> Beside { get; set; } = [];
        public List<string> Elsewhere { get; set; } = [];
        public int Year { get; set; }
        public string Says { get; set; } = "";
    }

    const int ThisYear = 2026;

    static readonly List<YearCase> Table = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .Build()
        .Deserialize<List<YearCase>>(
            File.ReadAllText(
                RepositoryRoot.Combine("tests/Harrier.Tests/Telemetry/Clocks", "Years.cases.yaml")
            )
        );

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-years-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names() => [.. Table.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_log_is_of_the_year_that_the_evidence_says(string name)
    {
        var one = Table.Single(candidate => candidate.Case == name);
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', one.Log) + "\n");
        DateTime? written = one.Written is null ? null : Utc(one.Written);

        var log = YearlessLog.Of(new SyslogFormat(), bytes, bytes, "x", CancellationToken.None)!;
        var dateYear = written is { } date ? log.YearBefore(date) ?? date.Year : ThisYear;
        var verdict = YearVerdict.IsDateStrong(log, written)
            ? null
            : YearVerdict.Of(
                log,
                written,
                dateYear,
                [.. Logs(one.Beside, isNear: true), .. Logs(one.Elsewhere, isNear: false)]
            );

        Assert.Equal(one.Year, verdict?.Year ?? dateYear);
        Assert.Contains(one.Says, verdict?.Finding.Sentence ?? "", StringComparison.Ordinal);
        Assert.Equal(one.Says.Length == 0, verdict is null);
    }

    [Fact]
    public void A_log_with_years_beside_it_tells_the_year_and_the_receipt_says_so()
    {
        Put("fw.log", Firewall, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        Put("conn.json", Connections, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));

        var (receipt, events) = Import(options => options);

        Assert.Equal([2024, 2024, 2024], events.Events.Select(Year).Order());
        var file = receipt.Files.Single(one =>
            one.File.Path.EndsWith("fw.log", StringComparison.Ordinal)
        );
        Assert.Equal(
            "The first time is of 2024, as 1 of 1 logs beside it say that run beside it in some year (conn.json); the date of the file gave 2025. --year overrules it.",
            Assert.Single(file.File.Clock, finding => finding.Kind == "year").Sentence
        );
        Assert.Contains(
            file.File.Warnings,
            warning => warning.StartsWith("The first time is of 2024", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Members_of_an_archive_are_beside_each_other()
    {
        using (var tar = new TarWriter(File.Create(Path.Combine(_folder, "x.tar"))))
        {
            Add(tar, "fw/asa.log", Firewall);
            Add(tar, "sensor/conn.json", Connections);
        }

        var (_, events) = Import(options => options);

        Assert.Equal([2024, 2024, 2024], events.Events.Select(Year));
    }

    [Fact]
    public void A_gzip_keeps_the_date_of_what_was_compressed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Firewall));
        }

        var bytes = packed.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(4),
            (uint)new DateTimeOffset(2023, 5, 14, 10, 0, 1, TimeSpan.Zero).ToUnixTimeSeconds()
        );
        File.WriteAllBytes(Path.Combine(_folder, "fw.log.gz"), bytes);

        var (receipt, events) = Import(options => options);

        Assert.Equal([2023, 2023], events.Events.Select(Year));
        Assert.DoesNotContain(receipt.Files[0].File.Clock, finding => finding.Kind == "year");
    }

    [Fact]
    public void A_person_overrules_all_evidence()
    {
        Put("fw.log", Firewall, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        Put("conn.json", Connections, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));

        var (receipt, events) = Import(options => options with { Year = 2021 });

        Assert.Equal([2021, 2021, 2024], events.Events.Select(Year).Order());
        Assert.DoesNotContain(
            receipt.Files,
            file => file.File.Clock.Any(finding => finding.Kind == "year")
        );
    }

    const string Firewall =
        "May 13 10:00:00 fw1 %ASA-4-106023: Deny tcp src o:192.0.2.1/1 dst i:10.0.0.5/22 by access-group \"x\" [0x0, 0x0]\n"
        + "May 14 10:00:00 fw1 %ASA-4-106023: Deny tcp src o:192.0.2.1/2 dst i:10.0.0.5/22 by access-group \"x\" [0x0, 0x0]\n";

    const string Connections =
        "{\"ts\":1715594400.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.5\",\"id.orig_p\":1,\"id.resp_h\":\"192.0.2.1\",\"id.resp_p\":2,\"proto\":\"tcp\"}\n";

    static int Year(Dictionary<string, object?> row) =>
        DateTime.UnixEpoch.AddMicroseconds((long)row["time"]!).Year;

    static void Add(TarWriter tar, string name, string text) =>
        tar.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                ModificationTime = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero),
            }
        );

    static IEnumerable<DatedLog> Logs(IEnumerable<string> ranges, bool isNear) =>
        ranges.Select(range => new DatedLog(
            "other.log",
            new TimeRange(Utc(range.Split(" .. ")[0]), Utc(range.Split(" .. ")[1])),
            isNear
        ));

    static DateTime Utc(string text) =>
        DateTime.Parse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
        );

    void Put(string name, string text, DateTime written)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, written);
    }

    (ImportReceipt Receipt, CollectedEvents Events) Import(
        Func<ImportOptions, ImportOptions> change
    )
    {
        var events = new CollectedEvents();
        return (
            ImportTests
                .NewImport(change(new ImportOptions([_folder])), events)
                .Run(CancellationToken.None),
            events
        );
    }
}
