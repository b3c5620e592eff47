using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;

namespace Harrier.Tests.Telemetry;

/// <summary>Logs of the network in public samples, and what other programs say of them. Differences are explained in docs/formats.md.</summary>
public sealed class NetworkCorpusTests(ITestOutputHelper output)
{
    static readonly SourceMaps Maps = SourceMaps.Load([RepositoryRoot.Combine("maps")]);

    // Column of ours, path of theirs (ECS).
    static readonly (string Column, string Path)[] s_ecs =
    [
        ("src_ip", "source.ip"),
        ("src_port", "source.port"),
        ("dst_ip", "destination.ip"),
        ("dst_port", "destination.port"),
        ("protocol", "network.transport"),
        ("event_id", "event.code"),
        ("url", "url.original"),
        ("method", "http.request.method"),
        ("status", "http.response.status_code"),
        ("user_agent", "user_agent.original"),
    ];

    // Their url is the path alone, their destination the host that was asked for.
    static readonly (string Column, string Path)[] s_ecsOfWeb =
    [
        .. s_ecs.Where(pair => pair.Column is "src_ip" or "method" or "status" or "user_agent"),
    ];

    [Theory]
    [InlineData("branch-office-example", "cisco_asa.log", "cisco-asa", 6318)]
    [InlineData("branch-office-example", "proxy_access.log", "web-access", 1362)]
    [InlineData("branch-office-example", "web_access.log", "web-access", 538)]
    [InlineData("branch-office-example", "snort_alert.log", "snort", 75)]
    [InlineData("meridian-loop61", "cisco_asa.log", "cisco-asa", 14849)]
    [InlineData("meridian-loop61", "proxy_access.log", "web-access", 2375)]
    [InlineData("meridian-loop61", "web_access.log", "web-access", 758)]
    [InlineData("meridian-loop61", "snort_alert.log", "snort", 34)]
    public void Every_line_is_an_event_of_its_map(string set, string member, string map, int lines)
    {
        using var zip = ZipFile.OpenRead(Corpus.Need("eforge", set, "data.zip"));
        var entry = Assert.Single(
            zip.Entries,
            entry => entry.FullName.EndsWith("/" + member, StringComparison.Ordinal)
        );
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var mapping = EventsOf(copy.ToArray(), member);
        Assert.Empty(mapping.Rejects);
        Assert.Equal(lines, mapping.Events.Count(found => found.Source == map));
    }

    [Fact]
    public void Cisco_ASA_is_read_as_Elastic_reads_it()
    {
        var agreement = new Agreement();
        foreach (
            var file in Directory
                .EnumerateFiles(
                    Corpus.Need("network", "elastic-package", "cisco_asa", "log"),
                    "*.log"
                )
                .Order(StringComparer.Ordinal)
        )
        {
            foreach (var wanted in Expected(file))
            {
                var line = wanted.GetProperty("event").GetProperty("original").GetString()!;
                var mapping = EventsOf(Encoding.UTF8.GetBytes(line + "\n"), "asa.log");
                agreement.Compare(wanted, mapping.Events.FirstOrDefault(), s_ecs);
            }
        }

        agreement.Print(output);
        Assert.True(agreement.Share >= 0.9, $"{agreement.Share:P1} of the fields agree");
    }

    [Theory]
    [InlineData("asa", "asa_raw", "asa_parsed", "ip_src_addr ip_dst_addr")]
    [InlineData(
        "squid",
        "SquidExampleOutput",
        "SquidExampleParsed",
        "ip_src_addr ip_dst_addr url method code bytes"
    )]
    [InlineData(
        "snort",
        "SnortOutput",
        "SnortParsed",
        "ip_src_addr ip_dst_addr ip_src_port ip_dst_port msg sig_id"
    )]
    [InlineData(
        "yaf",
        "YafExampleOutput",
        "YafExampleParsed",
        "ip_src_addr ip_dst_addr ip_src_port ip_dst_port"
    )]
    public void Metron_parses_to_the_same(string kind, string raw, string parsed, string fields)
    {
        var lines = File.ReadAllLines(Corpus.Need("network", "metron", kind, "raw", raw));
        var wanted = File.ReadLines(Corpus.Need("network", "metron", kind, "parsed", parsed))
            .Where(line => line.Length > 0)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .DistinctBy(one => one.GetProperty("original_string").GetString()!.Trim())
            .ToDictionary(one => one.GetProperty("original_string").GetString()!.Trim());
        var columns = fields.Split(' ').Select(field => (MetronColumn(field), field)).ToArray();
        var agreement = new Agreement();
        foreach (var line in lines.Where(line => wanted.ContainsKey(line.Trim())))
        {
            var mapping = EventsOf(Encoding.UTF8.GetBytes(line + "\n"), "x.log");
            agreement.Compare(wanted[line.Trim()], mapping.Events.FirstOrDefault(), columns);
        }

        agreement.Print(output);
        Assert.True(agreement.Share >= 0.9, $"{agreement.Share:P1} of the fields agree");
    }

    [Fact]
    public void Web_servers_are_read_as_Elastic_reads_them()
    {
        var agreement = new Agreement();
        foreach (
            var file in Directory
                .EnumerateFiles(
                    Corpus.Need("auth", "elastic-package"),
                    "test-*.log",
                    SearchOption.AllDirectories
                )
                .Where(file => file.Contains("/access/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            foreach (var wanted in Expected(file))
            {
                var line = wanted.GetProperty("event").GetProperty("original").GetString()!;
                var mapping = EventsOf(Encoding.UTF8.GetBytes(line + "\n"), "access.log");
                agreement.Compare(wanted, mapping.Events.FirstOrDefault(), s_ecsOfWeb);
            }
        }

        agreement.Print(output);
        Assert.True(agreement.Share >= 0.95, $"{agreement.Share:P1} of the fields agree");
    }

    [Fact]
    public void Appliances_are_read_as_Sekoia_reads_them()
    {
        var folder = Corpus.Need("network", "intake-formats");
        var byProduct = new SortedDictionary<string, Agreement>(StringComparer.Ordinal);
        foreach (
            var product in (string[])
                [
                    "cef",
                    "checkpoint",
                    "cisco-secure-firewall",
                    "fortigate",
                    "juniper-ngfw",
                    "netfilter",
                    "paloalto-ngfw",
                    "sonicwall-fw",
                    "sophos firewall",
                    "squid",
                    "bind",
                    "watchguard-firebox",
                    "zscaler-zia",
                ]
        )
        {
            foreach (
                var file in Directory
                    .EnumerateFiles(Path.Combine(folder, product), "*.json")
                    .Order(StringComparer.Ordinal)
            )
            {
                var root = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
                var message = root.GetProperty("input").GetProperty("message").GetString()!;
                var mapping = EventsOf(Encoding.UTF8.GetBytes(message + "\n"), "x.log");
                if (mapping.Events.Count == 0)
                {
                    // The collector took the head away, and the time with it.
                    var program = product == "bind" ? "named[1]: " : "";
                    mapping = EventsOf(
                        Encoding.UTF8.GetBytes($"Mar  9 12:00:00 h {program}{message}\n"),
                        "x.log"
                    );
                }

                if (!byProduct.TryGetValue(product, out var agreement))
                {
                    byProduct.Add(product, agreement = new Agreement());
                }

                agreement.Compare(
                    root.GetProperty("expected"),
                    mapping.Events.FirstOrDefault(),
                    s_ecs.Where(pair => pair.Column is not ("event_id" or "url"))
                );
            }
        }

        foreach (var (product, agreement) in byProduct)
        {
            output.WriteLine(product);
            agreement.Print(output);
        }

        var share =
            byProduct.Values.Sum(one => one.Same) / (double)byProduct.Values.Sum(one => one.Asked);
        output.WriteLine($"{share:P1}");
        Assert.True(share >= 0.75, $"{share:P1} of the fields agree");
    }

    [Theory]
    [InlineData("network/plaso/windows_firewall.log", "w3c-windows-firewall", 14)]
    [InlineData("network/plaso/snort3_alert_fast.log", "snort", 4)]
    [InlineData("network/plaso/suricata_alert_fast.log", "snort", 5)]
    [InlineData("network/crowdsec-hub/suricata-logs-fastlog/suricata-logs-fastlog.log", "snort", 4)]
    [InlineData(
        "network/crowdsec-hub/pfsense-rfc5424-filterlog/pfsense-rfc5424-filterlog.log",
        "filterlog",
        4
    )]
    [InlineData("network/crowdsec-hub/fortinet-vpn-bf/fortinet-vpn-bf.log", "fortinet", 9)]
    [InlineData("network/crowdsec-hub/palo-alto-threat/palo-alto-threat.log", "paloalto", 2)]
    [InlineData("network/slips/test3-mixed.binetflow", "binetflow", 0)]
    [InlineData("network/slips/test5-mixed.binetflow", "binetflow", 0)]
    [InlineData("auth/plaso/iis/iis10.log", "iis", 0)]
    [InlineData("auth/plaso/iis/iis6.log", "iis", 0)]
    [InlineData("auth/plaso/iis/iis_without_date.log", "iis", 0)]
    [InlineData("auth/loghub/Apache/Apache_2k.log", "web-error", 2000)]
    public void Files_are_events_of_their_map(string file, string map, int events)
    {
        var path = Corpus.Need(file.Split('/'));
        var mapping = EventsOf(File.ReadAllBytes(path), Path.GetFileName(path));
        var found = mapping.Events.Count(one => one.Source == map);
        output.WriteLine(
            $"{found} events of {map}, {mapping.Events.Count} in all, {mapping.Rejects.Count} rejects: {string.Join(' ', mapping.Rejects.Take(3))}"
        );
        Assert.True(events == 0 ? found > 0 : found == events);
        Assert.True(mapping.Rejects.Count * 50 <= mapping.Events.Count);
    }

    static IEnumerable<JsonElement> Expected(string file)
    {
        var path = file + "-expected.json";
        using var stream = File.Exists(path)
            ? File.OpenRead(path)
            : (Stream)new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        return
        [
            .. JsonDocument
                .Parse(stream)
                .RootElement.GetProperty("expected")
                .EnumerateArray()
                .Where(one => one.ValueKind == JsonValueKind.Object),
        ];
    }

    static string MetronColumn(string field) =>
        field switch
        {
            "ip_src_addr" => "src_ip",
            "ip_dst_addr" => "dst_ip",
            "ip_src_port" => "src_port",
            "ip_dst_port" => "dst_port",
            "code" => "status",
            "bytes" => "bytes_in",
            "msg" => "signature",
            "sig_id" => "signature_id",
            _ => field,
        };

    static Mapping EventsOf(byte[] content, string name)
    {
        var surest = LogFormats.All.MaxBy(format => format.Detect(content, name))!;
        var mapping = new Mapping(Maps, surest.Name, name);
        if (surest.Detect(content, name) > 0)
        {
            surest.Read(
                new MemoryStream(content),
                Mapping.Options(name),
                mapping,
                CancellationToken.None
            );
        }

        return mapping;
    }

    /// <summary>How often a column holds what the other program says.</summary>
    sealed class Agreement
    {
        readonly SortedDictionary<string, (int Same, int Asked)> _byColumn = new(
            StringComparer.Ordinal
        );
        readonly List<string> _differences = [];

        public int Same => _byColumn.Values.Sum(one => one.Same);
        public int Asked => _byColumn.Values.Sum(one => one.Asked);
        public double Share => Same / (double)Math.Max(1, Asked);

        public void Compare(
            JsonElement wanted,
            MappedEvent? found,
            IEnumerable<(string Column, string Path)> columns
        )
        {
            foreach (var (column, path) in columns)
            {
                if (Value(wanted, path) is not { Length: > 0 } theirs)
                {
                    continue;
                }

                var ours = Ours(found, column);
                var isSame = ours.Equals(theirs, StringComparison.OrdinalIgnoreCase);
                var (same, asked) = _byColumn.GetValueOrDefault(column);
                _byColumn[column] = (same + (isSame ? 1 : 0), asked + 1);
                if (!isSame)
                {
                    _differences.Add(
                        $"  {column}: '{ours}', theirs '{theirs}' ({found?.Columns["source"]} {found?.Class.Name} {found?.Columns.GetValueOrDefault("event_id")})"
                    );
                }
            }
        }

        public void Print(ITestOutputHelper output)
        {
            foreach (var (column, (same, asked)) in _byColumn)
            {
                output.WriteLine($"  {column}: {same} of {asked}");
            }

            foreach (var difference in _differences.Take(60))
            {
                output.WriteLine(difference);
            }
        }

        /// <summary>The column, or the field of that name where the event's class has no such column.</summary>
        static string Ours(MappedEvent? found, string column)
        {
            if (found is null)
            {
                return "";
            }

            return found.Columns.TryGetValue(column, out var value) ? value
                : found.Columns["extra"] is { Length: > 0 } extra
                    ? Value(JsonDocument.Parse(extra).RootElement, column) ?? ""
                : "";
        }

        static string? Value(JsonElement one, string path)
        {
            foreach (var step in path.Split('.'))
            {
                if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty(step, out one))
                {
                    return null;
                }
            }

            return one.ValueKind switch
            {
                JsonValueKind.String => one.GetString(),
                JsonValueKind.Number => one.GetRawText(),
                _ => null,
            };
        }
    }
}
