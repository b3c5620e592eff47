using System.Buffers.Binary;
using System.IO.Hashing;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.Evtx;

namespace Harrier.Bench;

/// <summary>
/// EVTX as a large log: the chunks of a file repeated until it has <see cref="LargeBytes"/>. The reader alone, in this process
/// on one thread; with the built program also the way into the lake; and evtxexport over the same file where it is installed.
/// </summary>
static class EvtxSpeed
{
    const int FileHeaderBytes = 4096;
    const int ChunkBytes = 65_536;
    const long LargeBytes = 128L << 20;
    const int Runs = 5;

    public static int Run(IReadOnlyList<string> files, HarrierProgram? harrier, TextWriter output)
    {
        output.WriteLine(
            "| file, repeated | records | fields a record | MB | reader alone: records/CPU s, best and median of five | MB/s | allocated a record, bytes | into the lake: records/CPU s | evtxexport, text: records/CPU s |"
        );
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        var temporary = Directory.CreateTempSubdirectory("harrier-evtx-").FullName;
        try
        {
            foreach (var file in files)
            {
                Row(file, harrier, temporary, output);
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        return 0;
    }

    static void Row(string file, HarrierProgram? harrier, string temporary, TextWriter output)
    {
        var large = Path.Combine(temporary, "large.evtx");
        Repeat(File.ReadAllBytes(file), large);
        var bytes = File.ReadAllBytes(large);
        var seconds = new List<double>();
        var counter = new Counter();
        var allocated = 0L;
        for (var run = 0; run <= Runs; run++)
        {
            counter = new Counter();
            var before = GC.GetTotalAllocatedBytes();
            var start = Environment.CpuUsage.TotalTime;
            new EvtxFormat().Read(
                new MemoryStream(bytes),
                new ReadOptions("large.evtx", LocalZone.Fixed(TimeSpan.Zero), 2026),
                counter,
                CancellationToken.None
            );
            var took = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            allocated = GC.GetTotalAllocatedBytes() - before;
            if (run > 0)
            {
                // The first compiles the program.
                seconds.Add(took);
            }
        }

        seconds.Sort();
        output.Write(
            $"| {Path.GetFileName(file)} | {counter.Records:N0} | {(double)counter.Fields / counter.Records:0.0} | {bytes.Length / 1e6:0} "
                + $"| {counter.Records / seconds[0]:N0}, {counter.Records / seconds[Runs / 2]:N0} | {bytes.Length / 1e6 / seconds[0]:0} "
                + $"| {allocated / counter.Records:N0} "
        );
        output.WriteLine($"| {IntoTheLake(harrier, large)} | {Evtxexport(large)} |");
        File.Delete(large);
    }

    static string IntoTheLake(HarrierProgram? harrier, string file)
    {
        if (harrier is null)
        {
            return "–";
        }

        var workspace = file + ".workspace";
        var run = harrier.Measure("--workspace", workspace, "import", file);
        Directory.Delete(workspace, recursive: true);
        var records = run.Document.GetProperty("totals").GetProperty("imported").GetInt64();
        return $"{records / run.ProcessorSeconds:N0}";
    }

    static string Evtxexport(string file)
    {
        const string Program = "/usr/bin/evtxexport";
        if (!File.Exists(Program))
        {
            return "–";
        }

        var run = HarrierProgram.Start(Program, [file]);
        return $"{run.Output.AsSpan().Count("Event number") / run.ProcessorSeconds:N0}";
    }

    /// <summary>The file's header with a new count of chunks, then its whole chunks again and again. Record numbers repeat.</summary>
    static void Repeat(ReadOnlySpan<byte> file, string path)
    {
        var chunks = file[FileHeaderBytes..];
        chunks = chunks[..(chunks.Length / ChunkBytes * ChunkBytes)];
        var times = Math.Max(1, LargeBytes / chunks.Length);
        var header = file[..FileHeaderBytes].ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(
            header.AsSpan(42),
            (ushort)Math.Min(ushort.MaxValue, times * (chunks.Length / ChunkBytes))
        );
        BinaryPrimitives.WriteUInt32LittleEndian(
            header.AsSpan(124),
            Crc32.HashToUInt32(header.AsSpan(0, 120))
        );
        using var output = File.Create(path);
        output.Write(header);
        for (var time = 0L; time < times; time++)
        {
            output.Write(chunks);
        }
    }

    sealed class Counter : IRecordHandler
    {
        public long Records { get; private set; }

        public long Fields { get; private set; }

        public void Accept(Record record)
        {
            Records++;
            Fields += record.Count;
        }

        public void Reject(long position, string reason, ReadOnlySpan<byte> head) { }

        public void Warn(string sentence) { }
    }
}
