namespace Harrier.Bench;

/// <summary>
/// Import and all hunts as whole programs: records and megabytes a second, most memory, size of the lake beside the logs, and
/// seconds to hunt. Where a path holds EVTX files and evtxexport is installed, the time it takes to print the same files as
/// text stands beside it (it decodes, and neither maps nor writes columns).
/// </summary>
static class ImportSpeed
{
    public static int Run(HarrierProgram harrier, IReadOnlyList<string> paths, TextWriter output)
    {
        output.WriteLine(
            "| logs | records | MB | import s | CPU s | records/s | MB/s | peak MiB | lake / logs | all hunts s | CPU s | peak MiB |"
        );
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        var temporary = Directory.CreateTempSubdirectory("harrier-import-").FullName;
        try
        {
            var simulated = Path.Combine(temporary, "simulated");
            harrier.Json("simulate", simulated, "--hosts", "40", "--days", "10");
            Row(
                harrier,
                temporary,
                "simulated, 40 hosts, 10 days",
                Path.Combine(simulated, "logs"),
                output
            );
            foreach (var path in paths)
            {
                Row(
                    harrier,
                    temporary,
                    Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)) ?? path)
                        + "/"
                        + Path.GetFileName(path),
                    path,
                    output
                );
            }

            output.WriteLine();
            foreach (
                var path in paths.Prepend(Path.Combine(simulated, "logs")).Where(Directory.Exists)
            )
            {
                Peer(harrier, temporary, path, output);
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        return 0;
    }

    static void Row(
        HarrierProgram harrier,
        string temporary,
        string name,
        string path,
        TextWriter output
    )
    {
        var workspace = Path.Combine(temporary, "workspace");
        var import = harrier.Measure("--workspace", workspace, "import", path);
        var totals = import.Document.GetProperty("totals");
        var records = totals.GetProperty("records").GetInt64();
        var bytes = totals.GetProperty("bytes").GetInt64();
        var lake = Directory
            .EnumerateFiles(workspace, "*.parquet", SearchOption.AllDirectories)
            .Sum(file => new FileInfo(file).Length);
        var hunts = harrier.Measure("--workspace", workspace, "hunt", "run", "--all");
        output.WriteLine(
            $"| {name} | {records:N0} | {bytes / 1e6:0.0} | {import.Seconds:0.0} | {import.ProcessorSeconds:0.0} | {records / import.Seconds:N0} "
                + $"| {bytes / 1e6 / import.Seconds:0.0} | {Mebibytes(import)} | {lake / (double)bytes:0.000} "
                + $"| {hunts.Seconds:0.0} | {hunts.ProcessorSeconds:0.0} | {Mebibytes(hunts)} |"
        );
        Directory.Delete(workspace, recursive: true);
    }

    static void Peer(HarrierProgram harrier, string temporary, string path, TextWriter output)
    {
        const string Evtxexport = "/usr/bin/evtxexport";
        var files = Directory
            .EnumerateFiles(path, "*.evtx", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (files.Count == 0 || !File.Exists(Evtxexport))
        {
            return;
        }

        var workspace = Path.Combine(temporary, "peer");
        var ours = harrier.Measure(["--workspace", workspace, "import", .. files]);
        Directory.Delete(workspace, recursive: true);
        var exports = files.ConvertAll(file => HarrierProgram.Start(Evtxexport, [file]));
        var theirs = exports.Sum(export => export.ProcessorSeconds);
        if (theirs < 1)
        {
            // GNU time counts hundredths of a second a process: over small files that says nothing.
            return;
        }

        var theirRecords = exports.Sum(export => export.Output.AsSpan().Count("Event number"));
        var ourRecords = ours.Document.GetProperty("totals").GetProperty("records").GetInt64();
        output.WriteLine(
            $"EVTX alone, {files.Count} files, {files.Sum(file => new FileInfo(file).Length) / 1e6:0.0} MB: "
                + $"harrier import {ours.ProcessorSeconds:0.00} CPU s for {ourRecords:N0} records, "
                + $"evtxexport (text, one process a file) {theirs:0.00} CPU s for {theirRecords:N0}: ratio {ours.ProcessorSeconds / theirs:0.00}"
        );
    }

    static string Mebibytes(ProgramRun run) =>
        run.PeakBytes == 0 ? "–" : $"{run.PeakBytes / 1048576.0:0}";
}
