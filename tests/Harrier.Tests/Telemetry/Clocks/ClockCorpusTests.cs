using System.IO.Compression;
using System.Text;
using Harrier.Schema;
using Harrier.Telemetry;

namespace Harrier.Tests.Telemetry.Clocks;

/// <summary>
/// Seven recorded intrusions whose collector wrote local time with a Z and a twelve-hour clock, and whose kernel's clock was wrong,
/// held against the network sensor of the same hour (Zeek's conn.log, read here without Harrier).
/// </summary>
public sealed class ClockCorpusTests
{
    /// <summary>The table of TELEMETRY.md, section mordor; connections within ten seconds, before by the log as it is.</summary>
    [Theory]
    [InlineData("01", -19.0, 108, 0, 60)]
    [InlineData("02", -19.0, 116, 1, 110)]
    [InlineData("03", -7.0, 121, 0, 40)]
    [InlineData("04", -19.0, 110, 0, 65)]
    [InlineData("05", -19.0, 874, 0, 874)]
    [InlineData("06", -19.0, 752, 0, 752)]
    [InlineData("07", -7.0, 536, 0, 536)]
    public void Campaigns_come_to_the_sensors_time(
        string campaign,
        double hours,
        int shared,
        int before,
        int after
    )
    {
        var folder = Corpus.Need("mordor", "compound", $"LSASS_campaign_{campaign}");
        var zeek = Directory.GetFiles(folder, "*_zeek_logs.zip").Single();
        var host = Directory.GetFiles(folder, "*.zip").Single(path => path != zeek);
        var sensor = ReadConn(zeek);

        var repaired = Import(host, repair: true, out var receipt);
        var asLogged = Import(host, repair: false, out _);

        var findings = receipt.Files.Single(file => file.IsRead).File.Clock;
        Assert.Equal(hours * 3600, findings.Single(finding => finding.Kind == "stamp").Offset);
        Assert.Contains(findings, finding => finding.Kind == "kernel");
        // The machine went on logging for some minutes after the sensor had stopped.
        Assert.InRange(repaired.First, sensor.First - 15, sensor.Last);
        Assert.InRange(repaired.Last, sensor.First, sensor.Last + 600);
        Assert.True(asLogged.First < sensor.First - 6 * 3600);
        var (both, near) = Match(repaired, sensor, 10);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{both} connections of both, within 10 s: {Match(asLogged, sensor, 10).Near} before, {near} after; within 30 s {Match(repaired, sensor, 30).Near}\n"
                + string.Join('\n', findings.Select(finding => finding.Sentence))
        );
        Assert.Equal(shared, both);
        Assert.Equal(before, Match(asLogged, sensor, 10).Near);
        Assert.True(near >= after, $"{near} of {both}");
        Assert.Equal(both, Match(repaired, sensor, 30).Near);
    }

    static Seen Import(string path, bool repair, out ImportReceipt receipt)
    {
        var seen = new Seen();
        receipt = new Import(
            new ImportOptions([path]) { RepairClocks = repair },
            Harrier.Telemetry.Maps.SourceMaps.Load([RepositoryRoot.Combine("maps")]),
            () => new Sink(seen),
            _ => null,
            "I-0001",
            TimeProvider.System
        ).Run(CancellationToken.None);
        return seen;
    }

    static (int Both, int Near) Match(Seen host, Seen sensor, double seconds)
    {
        var pairs = host
            .Connections.Where(connection => sensor.Times.ContainsKey(connection.Key))
            .Select(connection =>
                sensor.Times[connection.Key].Min(time => Math.Abs(time - connection.Time))
            )
            .ToList();
        return (pairs.Count, pairs.Count(distance => distance <= seconds));
    }

    static Seen ReadConn(string zip)
    {
        var seen = new Seen();
        using var archive = ZipFile.OpenRead(zip);
        using var reader = new StreamReader(
            archive.Entries.Single(entry => entry.Name == "conn.log").Open(),
            Encoding.UTF8
        );
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var cells = line.Split('\t');
            var time = double.Parse(cells[0]);
            seen.First = Math.Min(seen.First, time);
            seen.Last = Math.Max(
                seen.Last,
                time + (double.TryParse(cells[8], out var length) ? length : 0)
            );
            seen.Add(Key(cells[6], cells[2], cells[3], cells[4], cells[5]), time);
        }

        return seen;
    }

    static string Key(string protocol, string from, string fromPort, string to, string toPort) =>
        string.Join(
            ' ',
            new[] { $"{from}:{fromPort}", $"{to}:{toPort}" }
                .Order(StringComparer.Ordinal)
                .Prepend(protocol)
        );

    sealed class Seen
    {
        public double First { get; set; } = double.MaxValue;
        public double Last { get; set; }
        public Dictionary<string, List<double>> Times { get; } = new(StringComparer.Ordinal);
        public List<(string Key, double Time)> Connections { get; } = [];

        public void Add(string key, double time)
        {
            Connections.Add((key, time));
            if (!Times.TryGetValue(key, out var times))
            {
                Times[key] = times = [];
            }

            times.Add(time);
        }
    }

    /// <summary>Keeps first and last time, and Sysmon's connections.</summary>
    sealed class Sink(Seen seen) : IEventSink
    {
        public void Write(EventBatch batch)
        {
            foreach (var micros in batch.Int(CommonColumns.Time).Values)
            {
                // Events 3 and 22 are judged by their connections: before the repair they are days away.
                seen.First = Math.Min(seen.First, micros / 1e6);
                seen.Last = Math.Max(seen.Last, micros / 1e6);
            }

            for (var row = 0; batch.Class == EventClasses.Network && row < batch.Count; row++)
            {
                if (Text("source") == "sysmon" && Text("protocol") is { } protocol)
                {
                    seen.Add(
                        Key(
                            protocol,
                            Text("src_ip")!,
                            $"{Number("src_port")}",
                            Text("dst_ip")!,
                            $"{Number("dst_port")}"
                        ),
                        batch.Int(CommonColumns.Time).Values[row] / 1e6
                    );
                }

                string? Text(string name) => batch.Text(batch.Class.Find(name)!.Ordinal).Text(row);
                long? Number(string name) => batch.Int(batch.Class.Find(name)!.Ordinal).Value(row);
            }
        }

        public void Join(IEventSink other) { }

        public void Commit(IReadOnlyList<SourceFile> files) { }

        public void Dispose() { }
    }
}
