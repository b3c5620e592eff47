using System.IO.Compression;
using System.Text;
using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Knowledge;
using Harrier.Schema;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Intel;

public sealed class IntelImportTest : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-intel-").FullName;
    readonly KnowledgeDb _db;
    readonly IntelStore _store;

    public IntelImportTest()
    {
        _db = KnowledgeDb.Open(
            Path.Combine(_folder, "knowledge.db"),
            new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero))
        );
        _store = IntelStore.Open(_db, RepositoryRoot.Combine("intel", "too-common.yaml"));
    }

    public void Dispose()
    {
        _db.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    const string Bundle = """
        {"type": "bundle", "id": "bundle--1", "objects": [
          {"type": "marking-definition", "id": "marking-definition--9", "definition_type": "tlp", "definition": {"tlp": "amber"}},
          {"type": "report", "id": "report--1", "name": "Red Kite's spring", "published": "2026-02-01T00:00:00Z", "object_refs": ["indicator--1"]},
          {"type": "indicator", "id": "indicator--1", "name": "C2", "pattern_type": "stix", "pattern": "[domain-name:value = 'C2.Evil.example' OR ipv4-addr:value = '198.51.100.7']",
           "valid_from": "2026-01-01T00:00:00.5Z", "valid_until": "2026-06-01T00:00:00Z", "confidence": 80, "object_marking_refs": ["marking-definition--9"]},
          {"type": "indicator", "id": "indicator--2", "pattern_type": "stix", "pattern": "[file:name MATCHES '^a']"},
          {"type": "indicator", "id": "indicator--3", "pattern_type": "yara", "pattern": "rule x { condition: true }"},
          {"type": "indicator", "id": "indicator--4", "pattern_type": "stix", "pattern": "[ipv4-addr:value = '8.8.8.8']"},
          {"type": "intrusion-set", "id": "intrusion-set--1", "name": "Red Kite", "aliases": ["APT-K"]},
          {"type": "malware", "id": "malware--1", "name": "Talon", "is_family": true},
          {"type": "attack-pattern", "id": "attack-pattern--1", "name": "PowerShell", "external_references": [{"source_name": "mitre-attack", "external_id": "T1059.001"}]},
          {"type": "attack-pattern", "id": "attack-pattern--2", "name": "Spearphishing Attachment - T1566.001"},
          {"type": "relationship", "id": "relationship--1", "relationship_type": "indicates", "source_ref": "indicator--1", "target_ref": "malware--1"},
          {"type": "relationship", "id": "relationship--2", "relationship_type": "uses", "source_ref": "intrusion-set--1", "target_ref": "attack-pattern--1"},
          {"type": "relationship", "id": "relationship--3", "relationship_type": "uses", "source_ref": "intrusion-set--1", "target_ref": "malware--1"},
          {"type": "observed-data", "id": "observed-data--1"}
        ]}
        """;

    IntelFileReceipt Import(
        string content,
        string name = "report.txt",
        IntelImportOptions? options = null
    )
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return IntelImporter.Import(_store, path, options);
    }

    [Fact]
    public void A_bundle_gives_indicators_with_their_context()
    {
        var receipt = Import(Bundle, "bundle.json");
        Assert.Equal(("stix", 2L, 3L), (receipt.Format, receipt.Indicators, receipt.RejectedCount));
        Assert.Equal(4, receipt.Objects["indicator"]);
        Assert.Equal(1, receipt.Objects["observed-data"]);
        Assert.Contains(
            receipt.Rejected,
            r => r.Reason.Contains("too common", StringComparison.Ordinal)
        );
        Assert.Contains(
            receipt.Rejected,
            r => r.Reason.Contains("'yara'", StringComparison.Ordinal)
        );

        var domain = Assert.Single(_store.Indicators(new IndicatorFilter(IndicatorType.Domain)));
        Assert.Equal("c2.evil.example", domain.Value);
        Assert.Equal((80, "AMBER"), (domain.Confidence, domain.Tlp));
        Assert.Equal(["Talon"], domain.Names);
        Assert.Equal(["Red Kite's spring"], domain.Sources);
        Assert.Equal((1767225600500000L, 1780272000000000L), (domain.FirstSeen, domain.LastSeen));
        Assert.True(domain.IsValidAt(1770000000000000));
        Assert.False(domain.IsValidAt(1790000000000000));
        // Two months before the report it was in use already; half a year before, hardly.
        Assert.True(domain.IsValidAt(1762000000000000));
        Assert.False(domain.IsValidAt(1751000000000000));
    }

    [Fact]
    public void A_report_names_techniques_and_who_uses_them()
    {
        var receipt = Import(Bundle, "bundle.json");
        Assert.Equal(
            [("T1059.001", "Red Kite"), ("T1566.001", "")],
            _store.Techniques().Select(t => (t.Technique, string.Join(',', t.Who)))
        );
        Assert.Equal(2, _store.Techniques(receipt.SourceId).Count);
        Assert.Empty(_store.Techniques(receipt.SourceId + 1));
        Assert.Equal("T1059.001", Assert.Single(_store.TechniquesOf("red kite")).Technique);
    }

    [Fact]
    public void Everything_known_about_a_value_is_shown_however_it_is_written()
    {
        Import(Bundle, "bundle.json");
        Import("hxxp://a.c2[.]evil[.]example/x\nC2: c2[.]evil[.]example", "second.txt");
        var indicator = _store.Indicators(new IndicatorFilter(IndicatorType.Domain))[0];
        _store.RecordSighting(indicator, "R-1", 3, 10, 20);
        _store.RecordSighting(indicator, "R-1", 4, 10, 30);

        var known = _store.Show("C2[.]EVIL[.]example");
        Assert.Equal("c2.evil.example", known.Indicator!.Value);
        Assert.Equal(["indicator--1", "line 2"], known.Sources.Select(s => s.Place));
        Assert.Equal("Talon", Assert.Single(known.Objects).Name);
        Assert.Equal(
            (4L, 10L, 30L),
            known.Sightings.Select(s => (s.Count, s.First, s.Last)).Single()
        );

        var below = _store.Show("x.c2.evil.example");
        Assert.Null(below.Indicator);
        Assert.Equal("c2.evil.example", Assert.Single(below.Covering).Value);

        Import("203[.]0.113.0/24\nhxxps://evil[.]example/gate", "third.txt");
        Assert.Equal(
            ["network 203.0.113.0/24"],
            _store.Show("203.0.113.9").Covering.Select(i => i.ToString())
        );
        Assert.Equal(
            ["url https://evil.example/gate"],
            _store.Show("http://evil.example/gate?id=1").Covering.Select(i => i.ToString())
        );
        Assert.Equal(
            ["network 203.0.113.0/24"],
            _store.Show("http://203.0.113.9/x").Covering.Select(i => i.ToString())
        );
        Assert.Equal(
            ["domain c2.evil.example"],
            _store.Show("boss@c2.evil.example").Covering.Select(i => i.ToString())
        );

        Assert.Equal("Red Kite", Assert.Single(_store.Show("apt-k").Objects).Name);
        Assert.Equal("T1059.001", Assert.Single(_store.Show("Red Kite").Techniques).Technique);
        Assert.NotNull(_store.Show("8.8.8.8").TooCommonBecause);
    }

    [Fact]
    public void The_same_content_is_taken_once()
    {
        var first = Import(Bundle, "bundle.json");
        var second = Import(Bundle, "copy.json");
        Assert.Null(first.DuplicateOf);
        Assert.Equal(first.Path, second.DuplicateOf);
        Assert.Equal(
            (first.Indicators, first.RejectedCount),
            (second.Indicators, second.RejectedCount)
        );
        Assert.Equal(first.Rejected, second.Rejected);
        Assert.Equal(first.Objects, second.Objects);
        Assert.Single(_store.Sources());
        Assert.Equal(2, _store.Indicators().Count);
        Assert.Single(_db.AuditLog(first.Path));
    }

    [Fact]
    public void A_table_of_type_and_value()
    {
        var receipt = Import(
            "type,value\ndomain,evil.example\nipv4,192.0.2.7\nmutex,abc\n",
            "iocs.csv"
        );
        Assert.Equal(("csv", 2L), (receipt.Format, receipt.Indicators));
        Assert.Equal(
            new IntelReject("line 4", "abc", "the type 'mutex' is not matched by this version"),
            Assert.Single(receipt.Rejected)
        );
        Assert.Equal(
            ["domain evil.example", "ipv4 192.0.2.7"],
            _store.Indicators().Select(i => i.ToString())
        );
    }

    [Fact]
    public void A_table_with_a_column_for_each_kind()
    {
        Import(
            "\uFEFFSHA256;Filename;C2 Server;Tool Name;Notes\r\n"
                + "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08;\"drop;per.exe\";evil[.]example:443;Talon;\"line one\nline two\"\r\n"
                + "N/A;;192.0.2.9;;\r\n",
            "wide.csv"
        );
        Assert.Equal(
            [
                "domain evil.example",
                "filename per.exe",
                "ipv4 192.0.2.9",
                "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ],
            _store.Indicators().Select(i => i.ToString())
        );
        Assert.Equal("line 4", Assert.Single(_store.Show("192.0.2.9").Sources).Place);
        Assert.Equal(["Talon"], _store.Show("evil.example").Indicator!.Names);
    }

    [Fact]
    public void A_column_map_says_what_headers_do_not()
    {
        var map = new Dictionary<string, string> { ["was"] = "domain", ["wann"] = "first_seen" };
        Import("was,wann\nevil.example,2026-01-02\n", "map.csv", new IntelImportOptions(map));
        Assert.Equal(1767312000000000L, Assert.Single(_store.Indicators()).FirstSeen);

        var fault = Assert.Throws<HarrierFault>(() =>
            Import(
                "a,b\n",
                "x.csv",
                new IntelImportOptions(new Dictionary<string, string> { ["a"] = "nonsense" })
            )
        );
        Assert.Equal(FaultKind.Usage, fault.Kind);
    }

    [Fact]
    public void Private_addresses_are_taken_when_asked_for()
    {
        Import(
            "type,value\nipv4,10.0.0.5\n",
            "own.csv",
            new IntelImportOptions(AllowPrivate: true)
        );
        Assert.Single(_store.Indicators());
    }

    [Fact]
    public void A_packed_file_and_other_encodings_are_read()
    {
        var path = Path.Combine(_folder, "list.gz");
        using (var gzip = new GZipStream(File.Create(path), CompressionMode.Compress))
        {
            gzip.Write("evil.example\n"u8);
        }

        Assert.Equal(1, IntelImporter.Import(_store, path).Indicators);
        File.WriteAllText(path, "worse.example\r\n", Encoding.Unicode);
        Assert.Equal(1, IntelImporter.Import(_store, path).Indicators);
        // A list in the code page of an old Windows: é is one byte, which is no UTF-8.
        File.WriteAllBytes(path, [.. "bad.example\ncaf"u8, 0xE9, .. "\nworst.example"u8]);
        Assert.Equal(2, IntelImporter.Import(_store, path).Indicators);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{\"type\": \"bundle\", ", "not valid JSON")]
    [InlineData("{\"a\": 1}", "no STIX 2 bundle")]
    [InlineData("{\"Event\": {}}", "MISP")]
    [InlineData("{\"stix_header\": {}}", "STIX 1")]
    [InlineData("<?xml version='1.0'?><stix:STIX_Package/>", "XML")]
    [InlineData("MZ\0\0\0", "binary")]
    public void What_is_no_intelligence_is_refused_with_a_remedy(string content, string part)
    {
        var fault = Assert.Throws<HarrierFault>(() => Import(content));
        Assert.Equal(FaultKind.Input, fault.Kind);
        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        Assert.Contains("STIX 2 bundle", fault.Remedy, StringComparison.Ordinal);
        Assert.Empty(_store.Sources());
    }

    [Fact]
    public void JSON_nested_too_deep_is_refused()
    {
        var deep =
            "{\"type\":\"bundle\",\"objects\":" + new string('[', 500) + new string(']', 500) + "}";
        Assert.Equal(FaultKind.Input, Assert.Throws<HarrierFault>(() => Import(deep)).Kind);
    }

    [Fact]
    public void A_file_larger_than_the_limit_is_refused()
    {
        var fault = Assert.Throws<HarrierFault>(() =>
            Import(new string('a', 100), "big.txt", new IntelImportOptions(MaximumBytes: 99))
        );
        Assert.Equal(FaultKind.Input, fault.Kind);
    }

    [Fact]
    public void A_list_is_described_by_its_heading_and_a_sentence_by_itself()
    {
        var receipt = Import(
            "Red Kite in spring\n\n## C2 servers:\n192[.]0[.]2[.]7\nIt fetches b[.]evil[.]example daily.\n"
        );
        Assert.Equal("Red Kite in spring", _store.Sources()[0].Title);
        Assert.Equal(2, receipt.Indicators);
        Assert.Equal(["C2 servers"], _store.Show("192.0.2.7").Indicator!.Descriptions);
        Assert.Equal(
            ["It fetches b.evil.example daily."],
            _store.Show("b.evil.example").Indicator!.Descriptions
        );
    }

    [Fact]
    public void A_heading_in_brackets_is_text()
    {
        Assert.Equal("text", Import("[IOCs]\nevil.example\n").Format);
    }
}
