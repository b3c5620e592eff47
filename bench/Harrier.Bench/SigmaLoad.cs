using System.Diagnostics;
using System.Globalization;
using Harrier.Sigma;
using Harrier.Sigma.Caching;

namespace Harrier.Bench;

/// <summary>How long rules take to be read and compiled, and what they hold in memory.</summary>
static class SigmaLoad
{
    const int Turns = 5;

    /// <summary>From source and from a cache, each in a process of its own, medians.</summary>
    /// <param name="maps">The folder <c>maps/sigma</c>.</param>
    /// <param name="rules">Files or folders of rules.</param>
    public static int Run(string maps, IReadOnlyList<string> rules, TextWriter output)
    {
        var cache = Directory.CreateTempSubdirectory("harrier-rules-").FullName;
        try
        {
            // The first of them writes the cache.
            var runs = Enumerable
                .Range(0, Turns + 1)
                .Select(_ => (Source: Child("-"), Cached: Child(cache)))
                .Skip(1)
                .ToList();
            output.WriteLine(
                "| load, first in a process | rules | s | CPU s | again: s | CPU s | MiB held |"
            );
            output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
            Row("from source", [.. runs.Select(run => run.Source)]);
            Row("from the cache", [.. runs.Select(run => run.Cached)]);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }

        return 0;

        double[] Child(string cache) =>
            [
                .. HarrierProgram
                    .Start(Environment.ProcessPath!, ["sigma-load-once", cache, maps, .. rules])
                    .Output.Split(' ')
                    .Select(number => double.Parse(number, CultureInfo.InvariantCulture)),
            ];

        void Row(string name, IReadOnlyList<double[]> runs)
        {
            var median = Enumerable
                .Range(0, runs[0].Length)
                .Select(column => runs.Select(run => run[column]).Order().ElementAt(Turns / 2))
                .ToArray();
            output.WriteLine(
                $"| {name} | {median[0]:N0} | {median[1]:0.000} | {median[2]:0.000} | {median[3]:0.000} | {median[4]:0.000} | {median[5]:0.0} |"
            );
        }
    }

    /// <summary>Rules, seconds and processor seconds of the first load and of the fourth, MiB that it holds.</summary>
    /// <param name="cache">A folder, or - for none.</param>
    public static int Once(
        string cache,
        string maps,
        IReadOnlyList<string> rules,
        TextWriter output
    )
    {
        var first = Load();
        _ = Load();
        _ = Load();
        var again = Load();
        output.Write(
            FormattableString.Invariant(
                $"{again.Rules} {first.Seconds} {first.Processor} {again.Seconds} {again.Processor} {again.Held}"
            )
        );
        return 0;

        (int Rules, double Seconds, double Processor, double Held) Load()
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var (processor, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            var set = SigmaRules.Load(rules, null, cache == "-" ? null : new RuleCache(cache));
            var compiled = SigmaCompiler.Compile(set.Rules, Logsources.Load([maps]));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            processor = Environment.CpuUsage.TotalTime - processor;
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            GC.KeepAlive(compiled);
            return (set.Rules.Count, seconds, processor.TotalSeconds, held / 1_048_576.0);
        }
    }
}
