using System.Diagnostics;
using Harrier.Simulation;
using Harrier.Simulation.Evaluation;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Simulation;

public sealed class SimulatorTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-simulation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        var one = Simulate("one", 7);
        var two = Simulate("two", 7);
        var other = Simulate("other", 8);

        Assert.Equal(Bytes(one), Bytes(two));
        Assert.NotEqual(Bytes(one), Bytes(other));
    }

    [Fact]
    public void The_truth_names_records_of_every_stage()
    {
        var result = Simulate("truth", 1);

        var truth = Truth.Read(result.TruthPath);

        Assert.True(truth.Stages.Count >= 8);
        Assert.All(truth.Stages, stage => Assert.NotEmpty(stage.Records));
        Assert.True(truth.Stages.SelectMany(stage => stage.Techniques).Distinct().Count() >= 8);
        Assert.True(
            truth.Stages.Max(stage => stage.To) - truth.Stages.Min(stage => stage.From)
                > 3 * TimeSpan.MicrosecondsPerDay - TimeSpan.MicrosecondsPerHour * 24
        );
    }

    [Fact]
    public void A_quiet_enterprise_has_no_malicious_record()
    {
        var result = Simulate("quiet", 1, "quiet");

        Assert.Empty(Truth.Read(result.TruthPath).Stages);
    }

    [Fact]
    public void Our_reader_finds_every_record_of_the_event_logs_and_rejects_none()
    {
        var result = Simulate("read", 3);
        foreach (
            var file in result.Files.Where(file => file.EndsWith(".evtx", StringComparison.Ordinal))
        )
        {
            var counter = new Counter();
            using var stream = File.OpenRead(Path.Combine(_folder, "read", file));

            new EvtxFormat().Read(
                stream,
                new ReadOptions(file, LocalZone.Utc, 2024),
                counter,
                TestContext.Current.CancellationToken
            );

            Assert.Empty(counter.Problems);
            Assert.Equal(counter.Last, counter.Accepted);
        }
    }

    [Fact]
    public void Another_reader_finds_as_many_records_in_the_event_logs()
    {
        Assert.SkipUnless(
            File.Exists("/usr/bin/evtxexport"),
            "needs evtxexport (Debian package libevtx-utils)"
        );
        var result = Simulate("oracle", 4);
        foreach (
            var file in result
                .Files.Where(file => file.EndsWith("Sysmon.evtx", StringComparison.Ordinal))
                .Take(3)
        )
        {
            var path = Path.Combine(_folder, "oracle", file);
            var counter = new Counter();
            using var stream = File.OpenRead(path);
            new EvtxFormat().Read(
                stream,
                new ReadOptions(file, LocalZone.Utc, 2024),
                counter,
                TestContext.Current.CancellationToken
            );

            var start = new ProcessStartInfo("/usr/bin/evtxexport", ["-f", "xml", path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var xml = process.StandardOutput.ReadToEnd();

            Assert.Equal(counter.Accepted, xml.Split("</Event>").Length - 1);
        }
    }

    SimulationResult Simulate(string name, int seed, string scenario = "phished-finance") =>
        Simulator.Run(
            new SimulationOptions(
                Path.Combine(_folder, name),
                RepositoryRoot.Combine("scenarios"),
                seed,
                Hosts: 10,
                Days: 4,
                Scenario: scenario
            ),
            TestContext.Current.CancellationToken
        );

    string Bytes(SimulationResult result) =>
        string.Join(
            '\n',
            result.Files.Select(file =>
                file
                + Convert.ToHexString(
                    System.Security.Cryptography.SHA256.HashData(
                        File.ReadAllBytes(
                            Path.Combine(Path.GetDirectoryName(result.TruthPath)!, file)
                        )
                    )
                )
            )
        );

    sealed class Counter : IRecordHandler
    {
        public long Accepted { get; private set; }

        public long Last { get; private set; }

        public List<string> Problems { get; } = [];

        public void Accept(Record record)
        {
            Accepted++;
            Last = record.Number;
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) =>
            Problems.Add(reason);

        public void Warn(string sentence) => Problems.Add(sentence);
    }
}
