using System.Globalization;
using System.Text;
using Harrier.Schema;
using Harrier.Schema.Yaml;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Bench;

/// <summary>
/// docs/format-table.md: for every map the classes it fills, how many of their columns its samples fill, what it is compared with in
/// tests, and how fast its samples, repeated, are read and mapped on one thread. The lake's writing is not in it.
/// </summary>
static class FormatTable
{
    const int RepeatedBytes = 4 << 20;
    const int Runs = 3;
    const int BatchRows = 8192;

    /// <summary>Maps whose oracles are no sets of oracles.yaml, by how their names begin, and the tests that compare them.</summary>
    static readonly (string Prefix, string Oracle)[] s_oracles =
    [
        ("sysmon", "evtxexport, python-evtx (`EvtxCorpusTests`)"),
        ("windows-d", "samples of our own"),
        ("windows-", "evtxexport, python-evtx (`EvtxCorpusTests`)"),
        ("zeek-", "awk, jq: counts (`ImportCorpusTests`)"),
        ("sshd", "loghub, Elastic, crowdsec (`SyslogCorpusTests`)"),
        ("linux-", "loghub, Elastic (`SyslogCorpusTests`)"),
        ("auditd", "go-libaudit (`AuditdCorpusTests`)"),
        ("cisco-asa", "Elastic, Metron (`NetworkCorpusTests`)"),
        ("web-", "Elastic; counts (`NetworkCorpusTests`)"),
        ("squid", "Metron, SEKOIA.IO (`NetworkCorpusTests`)"),
        ("leef", "Metron (`NetworkCorpusTests`)"),
        ("yaf", "Metron (`NetworkCorpusTests`)"),
        ("snort", "Metron; counts (`NetworkCorpusTests`)"),
        ("cef", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("fortinet", "SEKOIA.IO; counts (`NetworkCorpusTests`)"),
        ("paloalto", "SEKOIA.IO; counts (`NetworkCorpusTests`)"),
        ("checkpoint-", "samples of our own"),
        ("checkpoint", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("sonicwall", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("sophos-utm", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("juniper", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("bind", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("zscaler", "SEKOIA.IO (`NetworkCorpusTests`)"),
        ("iis", "counts (`NetworkCorpusTests`)"),
        ("w3c-windows-firewall", "counts (`NetworkCorpusTests`)"),
        ("binetflow", "counts (`NetworkCorpusTests`)"),
    ];

    /// <param name="root">The checkout.</param>
    public static int Run(string root, TextWriter output)
    {
        var maps = SourceMaps.Load([Path.Combine(root, "maps")]);
        var oracles = Oracles(Path.Combine(root, "tests/Harrier.Tests/Telemetry/oracles.yaml"));
        output.WriteLine(
            $"""
            # Maps: what they fill, what they are compared with, how fast they are

            Written by `Harrier.Bench formats .`, run in the checkout. Columns are those that the samples of `maps/*.cases.yaml` fill, without
            those that every event has; an oracle is what tests compare with; speed is that of reading and mapping these samples, repeated to
            {RepeatedBytes
                >> 20} MiB, on one thread, in MB and records a second of processor time, the best of {Runs} runs. What writes the lake
            is not in it, and samples repeat their values, which is kinder than a log: the figures compare formats, and whole imports are in
            [benchmarks.md](benchmarks.md). Maps without a figure have no text that can be repeated (EVTX: [evtx.md](evtx.md)), or their
            records would be joined (audit, mail).

            | map | formats | classes: columns filled | oracle | MB/s | records/s |
            |---|---|---|---|---:|---:|
            """
        );
        foreach (var map in maps.Maps.OrderBy(map => map.Id, StringComparer.Ordinal))
        {
            var cases = Path.Combine(root, "maps", map.Id + ".cases.yaml");
            Row(map, maps, cases, oracles, output);
        }

        return 0;
    }

    static void Row(
        SourceMap map,
        SourceMaps maps,
        string cases,
        IReadOnlyDictionary<string, string> oracles,
        TextWriter output
    )
    {
        var filled = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        (double Megabytes, double Records)? speed = null;
        foreach (var one in Items(cases))
        {
            var format = LogFormats.Named(Text(one, "format") ?? map.Formats[0]);
            var file = Text(one, "file") ?? "x.log";
            var reading = new Reading(maps, format, file, map.Id, filled);
            if (Text(one, "sample") is { } sample)
            {
                reading.Read(Encoding.UTF8.GetBytes(sample));
                speed ??= Speed(maps, format, file, sample);
            }
            else if (one.Find("record") is YamlNode.Mapping fields)
            {
                var record = new Record();
                foreach (var (key, value) in fields.Entries)
                {
                    record.Add(key.Text, value is YamlNode.Scalar text ? text.Text : "");
                }

                reading.Accept(record);
            }
        }

        var classes = string.Join(
            ", ",
            filled.Select(one =>
                string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value.Count}")
            )
        );
        var oracle =
            oracles.GetValueOrDefault(map.Id)
            ?? s_oracles
                .FirstOrDefault(known => map.Id.StartsWith(known.Prefix, StringComparison.Ordinal))
                .Oracle
            ?? "samples of our own";
        var figures = speed is { } known
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{known.Megabytes:0} | {Math.Round(known.Records / 1000) * 1000:N0}"
            )
            : " | ";
        output.WriteLine(
            $"| `{map.Id}` | {string.Join(", ", map.Formats)} | {classes} | {oracle} | {figures} |"
        );
    }

    /// <summary>Null where what is repeated is joined: messages of one audit event, the text of one mail.</summary>
    static (double, double)? Speed(SourceMaps maps, ILogFormat format, string file, string sample)
    {
        var content = Repeated(format, sample);
        var best = double.MaxValue;
        var records = 0L;
        for (var run = 0; run <= Runs; run++)
        {
            var reading = new Reading(maps, format, file, "", null);
            var start = Environment.CpuUsage.TotalTime;
            reading.Read(content);
            var seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            records = reading.Records;
            // The first one warms up.
            best = run == 0 ? best : Math.Min(best, seconds);
        }

        var one = new Reading(maps, format, file, "", null);
        one.Read(Encoding.UTF8.GetBytes(sample));
        var repeats = content.Length / Math.Max(sample.Length, 1);
        return records * 2 < one.Records * repeats
            ? null
            : (content.Length / 1e6 / best, records / best);
    }

    /// <summary>A table's header stands once; all else may come again.</summary>
    static byte[] Repeated(ILogFormat format, string sample)
    {
        sample = sample.EndsWith('\n') ? sample : sample + "\n";
        var body = format.Name is "csv" or "message-trace"
            ? sample[(sample.IndexOf('\n') + 1)..]
            : sample;
        var text = new StringBuilder(sample);
        while (text.Length < RepeatedBytes)
        {
            text.Append(body);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    static Dictionary<string, string> Oracles(string file)
    {
        var oracles = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var one in Items(file))
        {
            var name = Text(one, "name")!;
            foreach (var source in (Text(one, "source") ?? "").Split(' '))
            {
                oracles.TryAdd(source, new SortedSet<string>(StringComparer.Ordinal));
                oracles[source]
                    .Add(name[(name.LastIndexOf(", ", StringComparison.Ordinal) + 1)..].Trim());
            }
        }

        return oracles.ToDictionary(
            one => one.Key,
            one => string.Join(", ", one.Value) + " (`OracleTests`)",
            StringComparer.Ordinal
        );
    }

    static IEnumerable<YamlNode.Mapping> Items(string file) =>
        YamlTree.ReadIfAny(File.ReadAllText(file), file) is YamlNode.Sequence items
            ? items.Items.OfType<YamlNode.Mapping>()
            : [];

    static string? Text(YamlNode.Mapping node, string key) =>
        (node.Find(key) as YamlNode.Scalar)?.Text;

    /// <summary>Reads and maps; notes which columns the rows of one map fill.</summary>
    /// <param name="filled">Columns by class; null: nothing is noted.</param>
    sealed class Reading(
        SourceMaps maps,
        ILogFormat format,
        string file,
        string source,
        SortedDictionary<string, HashSet<string>>? filled
    ) : IRecordHandler
    {
        static readonly HashSet<string> s_ofEvery =
        [
            "time",
            "import",
            "file",
            "record",
            "source",
            "extra",
        ];

        readonly ReadOptions _options = new(file, LocalZone.Utc, 2026)
        {
            Modified = new DateTime(2026, 3, 9, 12, 0, 0, DateTimeKind.Utc),
        };
        readonly EventBatches _batches = new();
        EventMapper? _mapper;

        public long Records { get; private set; }

        public void Read(byte[] content)
        {
            format.Read(new MemoryStream(content), _options, this, CancellationToken.None);
        }

        public void Accept(Record record)
        {
            Records++;
            _mapper ??= new EventMapper(maps, format.Name, "I-0001", file, _options);
            if (!_mapper.TryMap(record, _batches, out var eventClass, out _))
            {
                return;
            }

            var batch = _batches[eventClass];
            if (filled is not null)
            {
                Note(batch);
                batch.Clear();
            }
            else if (batch.Count >= BatchRows)
            {
                batch.Clear();
            }
        }

        void Note(EventBatch batch)
        {
            var row = batch.Count - 1;
            if (batch.Text(CommonColumns.Source).Text(row) != source)
            {
                return;
            }

            if (!filled!.TryGetValue(batch.Class.Name, out var columns))
            {
                filled[batch.Class.Name] = columns = new HashSet<string>(StringComparer.Ordinal);
            }

            foreach (var column in batch.Class.Columns)
            {
                if (!batch[column.Ordinal].IsNull(row) && !s_ofEvery.Contains(column.Name))
                {
                    columns.Add(column.Name);
                }
            }
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

        public void Warn(string sentence) { }
    }
}
