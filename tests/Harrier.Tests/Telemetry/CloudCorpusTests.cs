using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Harrier.Telemetry;

namespace Harrier.Tests.Telemetry;

/// <summary>Whole files of clouds and of endpoints' JSON: every record arrives, in the class and by the map that counts of awk, jq and Python tell.</summary>
public sealed class CloudCorpusTests
{
    /// <summary>Files whose every record one map takes; counts are the corpus' own (<c>COUNTS.tsv</c>).</summary>
    [Theory]
    [InlineData("invictus-aws/", "aws-cloudtrail")]
    [InlineData("opensearch-catalog/amazon_elb/", "aws-alb")]
    [InlineData("opensearch-catalog/amazon_s3/", "aws-s3-access")]
    [InlineData("crowdsec-hub/aws-alb", "aws-alb")]
    [InlineData("plaso/jsonl/aws_cloudtrail.jsonl", "aws-cloudtrail-lookup")]
    [InlineData("plaso/jsonl/microsoft_audit_log.jsonl", "m365-audit")]
    [InlineData("crowdsec-hub/aws-bf/", "aws-cloudtrail")]
    [InlineData("crowdsec-hub/aws-cloudtrail", "aws-cloudtrail")]
    [InlineData("crowdsec-hub/k8s", "kubernetes-audit")]
    public void Every_record_is_taken_by_its_map(string files, string source)
    {
        var folder = Corpus.Need("cloud");
        var rows = File.ReadLines(Path.Combine(folder, "COUNTS.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .Where(cells => cells[0].StartsWith(files, StringComparison.Ordinal))
            .ToArray();
        var events = new CollectedEvents { KeepEvents = false };
        var receipt = ImportTests
            .NewImport(
                new ImportOptions([.. rows.Select(cells => Path.Combine(folder, cells[0]))]),
                events
            )
            .Run(CancellationToken.None);
        var expected = rows.Where(cells =>
                receipt.Files.Any(file =>
                    file.File.Path == Path.Combine(folder, cells[0]) && file.DuplicateOf is null
                )
            )
            .Sum(cells => long.Parse(cells[5], CultureInfo.InvariantCulture));
        Assert.True(expected > 0);
        var bySource = receipt
            .Files.SelectMany(file => file.File.Sources)
            .GroupBy(pair => pair.Key)
            .Select(group => $"{group.Key} {group.Sum(pair => pair.Value)}");
        Assert.Equal($"{source} {expected}", string.Join(", ", bySource));
        Assert.Equal(0, receipt.Rejected);
    }

    [Fact]
    public void An_audit_log_as_csv_gives_its_rows_with_times_and_logons()
    {
        var folder = Corpus.Need("cloud", "invictus-o365");
        var events = new CollectedEvents();
        var receipt = ImportTests
            .NewImport(new ImportOptions([folder]), events)
            .Run(CancellationToken.None);
        // As Python's csv counts rows and operations.
        Assert.Equal((2364, 0), (receipt.Imported, receipt.Rejected));
        Assert.Equal(768, events.Events.Count(row => Equals(row["class"], "logon")));
        Assert.Equal(
            368,
            events.Events.Count(row =>
                Equals(row["class"], "logon") && Equals(row["outcome"], "failure")
            )
        );
        Assert.True(
            receipt.Files[0].File.Sources.GetValueOrDefault("m365-audit") >= 2300,
            string.Join(", ", receipt.Files[0].File.Sources)
        );
    }

    [Fact]
    public void Events_of_Suricata_go_to_their_classes()
    {
        using var gzip = new GZipStream(
            File.OpenRead(Corpus.Need("network", "slips", "test6-malicious.suricata.json.gz")),
            CompressionMode.Decompress
        );
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        var types = System
            .Text.Encoding.UTF8.GetString(bytes.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .CountBy(one => one.GetProperty("event_type").GetString()!)
            .ToDictionary();
        var rows = MappedRows.Of(bytes.ToArray(), "eve.json").Rows;
        foreach (
            var (type, name) in new[]
            {
                ("alert", "alert"),
                ("dns", "dns"),
                ("http", "http"),
                ("flow", "network"),
                ("tls", "tls"),
                ("fileinfo", "file"),
            }
        )
        {
            Assert.Equal(
                (type, types.GetValueOrDefault(type)),
                (
                    type,
                    rows.Count(row =>
                        Equals(row["class"], name)
                        && Equals(row["source"], "suricata")
                        && Equals(row["channel"], type)
                    )
                )
            );
        }
    }

    [Fact]
    public void Events_of_endpoints_in_eCAR_go_to_their_classes()
    {
        using var zip = ZipFile.OpenRead(
            Corpus.Need("eforge", "branch-office-example", "data.zip")
        );
        var classes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["FLOW CONNECT"] = "network",
            ["MODULE LOAD"] = "image_load",
            ["REGISTRY MODIFY"] = "registry",
            ["PROCESS CREATE"] = "process",
            ["PROCESS TERMINATE"] = "process",
            ["PROCESS OPEN"] = "process_access",
            ["USER_SESSION LOGIN"] = "logon",
            ["USER_SESSION LOGOUT"] = "logon",
            ["FILE READ"] = "file",
            ["FILE WRITE"] = "file",
            ["FILE CREATE"] = "file",
            ["THREAD REMOTE_CREATE"] = "remote_thread",
        };
        foreach (var entry in zip.Entries.Where(entry => entry.Name == "ecar.json"))
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var expected = System
                .Text.Encoding.UTF8.GetString(bytes.ToArray())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .GroupBy(one => classes[$"{one.GetProperty("object")} {one.GetProperty("action")}"])
                .Select(group => $"{group.Key} {group.Count()}")
                .Order();
            var found = MappedRows
                .Of(bytes.ToArray(), "ecar.json")
                .Rows.Where(row => Equals(row["source"], "ecar"))
                .GroupBy(row => (string)row["class"]!)
                .Select(group => $"{group.Key} {group.Count()}")
                .Order();
            Assert.Equal(expected, found);
        }
    }
}
