using System.Diagnostics;
using Harrier.Sigma;

namespace Harrier.Bench;

/// <summary>How long rules take to be read and compiled, and what they hold in memory.</summary>
static class SigmaLoad
{
    const int Turns = 4;

    /// <param name="maps">The folder <c>maps/sigma</c>.</param>
    /// <param name="rules">Files or folders of rules.</param>
    public static int Run(string maps, IReadOnlyList<string> rules, TextWriter output)
    {
        output.WriteLine("| load | rules | s | CPU s | MiB held |");
        output.WriteLine("|---|---:|---:|---:|---:|");
        for (var turn = 1; turn <= Turns; turn++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var (processor, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            var set = SigmaRules.Load(rules);
            var compiled = SigmaCompiler.Compile(set.Rules, Logsources.Load([maps]));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            processor = Environment.CpuUsage.TotalTime - processor;
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            output.WriteLine(
                $"| {(turn == 1 ? "first in a process" : "again")} | {set.Rules.Count:N0} | {seconds:0.000} | {processor.TotalSeconds:0.000} | {held / 1_048_576.0:0.0} |"
            );
            GC.KeepAlive(compiled);
        }

        return 0;
    }
}
