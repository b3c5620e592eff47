namespace Harrier.Bench;

/// <summary>
/// Import of single logs beside DuckDB, which copies each as it stands into one Parquet file (<see cref="DuckDbCopy"/>): processor
/// seconds of whole programs, one worker and one thread, in turns in one run, as ratios of medians. Seconds with two workers stand beside those with one.
/// </summary>
static class ImportPeers
{
    const int Turns = 5;

    public static int Run(HarrierProgram harrier, IReadOnlyList<string> logs, TextWriter output)
    {
        output.WriteLine(
            "| log | MB | records | harrier CPU s | MB / CPU s | DuckDB CPU s | ratio | harrier MiB | DuckDB MiB | lake / log | DuckDB's file / log | one worker s / two |"
        );
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        var temporary = Directory.CreateTempSubdirectory("harrier-peers-").FullName;
        try
        {
            foreach (var log in logs)
            {
                Row(harrier, log, temporary, output);
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        return 0;
    }

    static void Row(HarrierProgram harrier, string log, string temporary, TextWriter output)
    {
        var workspace = Path.Combine(temporary, "workspace");
        var copy = Path.Combine(temporary, "copy.parquet");
        List<ProgramRun> ones = [];
        List<ProgramRun> twos = [];
        List<ProgramRun> theirs = [];
        long lake = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            ones.Add(Import("1"));
            twos.Add(Import("2"));
            var (_, seconds, processorSeconds, peak) = HarrierProgram.Start(
                Environment.ProcessPath!,
                ["copy", log, copy]
            );
            theirs.Add(new ProgramRun(default, seconds, processorSeconds, peak));
        }

        var totals = ones[0].Document.GetProperty("totals");
        var bytes = (double)totals.GetProperty("bytes").GetInt64();
        var (ours, other) = (Processor(ones), Processor(theirs));
        output.WriteLine(
            $"| {Path.GetFileName(log)} | {bytes / 1e6:0} "
                + $"| {totals.GetProperty("records").GetInt64():N0} "
                + $"| {ours:0.00} | {bytes / 1e6 / ours:0} | {other:0.00} | {ours / other:0.00} "
                + $"| {Peak(ones):0} | {Peak(theirs):0} | {lake / bytes:0.000} | {new FileInfo(copy).Length / bytes:0.000} "
                + $"| {Median(ones.Select(run => run.Seconds)) / Median(twos.Select(run => run.Seconds)):0.00} |"
        );

        ProgramRun Import(string workers)
        {
            var run = harrier.Measure(
                "--workspace",
                workspace,
                "import",
                log,
                "--workers",
                workers
            );
            lake = Directory
                .EnumerateFiles(workspace, "*.parquet", SearchOption.AllDirectories)
                .Sum(file => new FileInfo(file).Length);
            Directory.Delete(workspace, recursive: true);
            return run;
        }
    }

    static double Processor(IEnumerable<ProgramRun> runs) =>
        Median(runs.Select(run => run.ProcessorSeconds));

    static double Peak(IEnumerable<ProgramRun> runs) => runs.Max(run => run.PeakBytes) / 1048576.0;

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
