using System.Diagnostics;
using System.Globalization;
using System.Text;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Matching;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Bench;

/// <summary>
/// Sigma rules: how long they take to load, events a second of processor time over a lake of logs, over the same logs of more
/// hosts and over command lines that never repeat, and whole programs from logs to hits.
/// </summary>
static class SigmaSpeed
{
    const int Hosts = 10;
    const int DistinctRows = 500_000;
    const int CorrelatedEvents = 1_000_000;

    /// <param name="maps">The folder <c>maps/sigma</c>.</param>
    /// <param name="rules">Files or a folder of rules.</param>
    public static int Run(
        HarrierProgram harrier,
        string maps,
        string rules,
        IReadOnlyList<string> logs,
        TextWriter output
    )
    {
        var compiled = Load(maps, rules, output);
        var folder = Directory.CreateTempSubdirectory("harrier-sigma-").FullName;
        try
        {
            EndToEnd(harrier, folder, rules, logs, output);
            output.WriteLine();
            output.WriteLine(
                "| rows | events | hits | distinct values | match CPU s | events/s a core | with reading the lake |"
            );
            output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
            using var lake = LakeStore.Open(Workspace.Open(folder, create: false));
            Row("as imported", Batches(lake, compiled), compiled, output);
            Repeated(folder, lake, compiled);
            using var fleet = LakeStore.Open(
                Workspace.Open(Path.Combine(folder, "fleet"), create: false)
            );
            Row($"the same of {Hosts} more hosts", Batches(fleet, compiled), compiled, output);
            Row(
                "command lines that never repeat",
                Distinct(lake, compiled),
                compiled,
                output,
                fromLake: false
            );
            Correlations(output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    static CompiledRules Load(string maps, string rules, TextWriter output)
    {
        CompiledRules? compiled = null;
        var count = 0;
        output.WriteLine("| load | rules | s | CPU s |");
        output.WriteLine("|---|---:|---:|---:|");
        foreach (var turn in (string[])["first", "again", "again", "again"])
        {
            var (seconds, processor) = Timed(() =>
            {
                var set = SigmaRules.Load([rules]);
                count = set.Rules.Count;
                compiled = SigmaCompiler.Compile(set.Rules, Logsources.Load([maps]));
            });
            output.WriteLine($"| {turn} | {count:N0} | {seconds:0.00} | {processor:0.00} |");
        }

        return compiled!;
    }

    /// <summary>The built program: import, then scan.</summary>
    static void EndToEnd(
        HarrierProgram harrier,
        string folder,
        string rules,
        IReadOnlyList<string> logs,
        TextWriter output
    )
    {
        var import = harrier.Measure(["--workspace", folder, "import", .. logs]);
        var totals = import.Document.GetProperty("totals");
        var events = totals.GetProperty("records").GetInt64();
        var scan = harrier.Measure("--workspace", folder, "sigma", "scan", rules);
        var processor = import.ProcessorSeconds + scan.ProcessorSeconds;
        output.WriteLine();
        output.WriteLine("| whole programs | s | CPU s | events/s | events/s a core | peak MiB |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (
            var (name, run) in (ReadOnlySpan<(string, ProgramRun)>)
                [("import", import), ("sigma scan", scan)]
        )
        {
            output.WriteLine(
                $"| {name} | {run.Seconds:0.0} | {run.ProcessorSeconds:0.0} | {events / run.Seconds:N0} | {events / run.ProcessorSeconds:N0} | {run.PeakBytes / 1_048_576:N0} |"
            );
        }

        output.WriteLine(
            $"| both, {events:N0} events | {import.Seconds + scan.Seconds:0.0} | {processor:0.0} | {events / (import.Seconds + scan.Seconds):N0} | {events / processor:N0} | |"
        );
    }

    static IEnumerable<EventBatch> Batches(LakeStore lake, CompiledRules compiled) =>
        compiled.Classes.SelectMany(eventClass =>
            lake.Scan(
                eventClass,
                TimeWindow.All,
                compiled.ColumnsFor(eventClass),
                CancellationToken.None
            )
        );

    /// <summary>One matcher over all batches, as a scan has it; its plans are made within the time.</summary>
    static void Row(
        string name,
        IEnumerable<EventBatch> batches,
        CompiledRules compiled,
        TextWriter output,
        bool fromLake = true
    )
    {
        var matcher = new SigmaMatcher(compiled);
        var (events, hits, distinct) = (0L, 0L, 0L);
        var matching = 0.0;
        var (_, whole) = Timed(() =>
        {
            foreach (var batch in batches)
            {
                matching += Timed(() => hits += matcher.Match(batch).Count).Processor;
                events += batch.Count;
                distinct += Enumerable
                    .Range(0, batch.Class.Columns.Count)
                    .Sum(column => batch[column] is TextColumn text ? text.DistinctCount : 0);
            }
        });
        output.WriteLine(
            $"| {name} | {events:N0} | {hits:N0} | {distinct:N0} | {matching:0.00} | {events / matching:N0} | {(fromLake ? $"{events / whole:N0}" : "")} |"
        );
    }

    /// <summary>A lake of the same rows under the names of other hosts.</summary>
    static void Repeated(string folder, LakeStore from, CompiledRules compiled)
    {
        using var lake = LakeStore.Open(
            Workspace.Open(Path.Combine(folder, "fleet"), create: true),
            write: true
        );
        for (var host = 0; host < Hosts; host++)
        {
            var import = lake.BeginImport(TimeProvider.System);
            using var sink = lake.OpenSink(import);
            var rows = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var batch in Batches(from, compiled))
            {
                for (var row = 0; row < batch.Count; row++)
                {
                    var name = batch.Text(CommonColumns.Host).Text(row) ?? "host";
                    batch
                        .Text(CommonColumns.Host)
                        .Set(row, Encoding.UTF8.GetBytes($"{name}-{host}"));
                }

                rows[batch.Class.Name] = rows.GetValueOrDefault(batch.Class.Name) + batch.Count;
                sink.Write(batch);
            }

            sink.Commit([
                new SourceFile(
                    $"host {host}",
                    null,
                    "bench",
                    "",
                    0,
                    rows.Values.Sum(),
                    rows.Values.Sum(),
                    0,
                    rows,
                    [],
                    []
                ),
            ]);
        }
    }

    /// <summary>Process events of the lake, round and round, with command lines that each stand once.</summary>
    static List<EventBatch> Distinct(LakeStore lake, CompiledRules compiled)
    {
        const int Size = 100_000;
        var known = lake.Scan(
                EventClasses.Process,
                TimeWindow.All,
                compiled.ColumnsFor(EventClasses.Process),
                CancellationToken.None
            )
            .SelectMany(batch => Enumerable.Range(0, batch.Count).Select(row => (batch, row)))
            .Where(one => one.batch.Text(ProcessColumns.CommandLine).Value(one.row).Length > 0)
            .ToList();
        var random = new Random(1);
        var batches = new List<EventBatch>();
        for (var first = 0; known.Count > 0 && first < DistinctRows; first += Size)
        {
            var batch = new EventBatch(EventClasses.Process);
            while (batch.Count < Size)
            {
                var (from, row) = known[random.Next(known.Count)];
                var line = from.Text(ProcessColumns.CommandLine).Text(row)!;
                foreach (var column in EventClasses.Process.Columns)
                {
                    if (from[column.Ordinal].IsNull(row))
                    {
                        continue;
                    }

                    if (from[column.Ordinal] is IntColumn numbers)
                    {
                        batch.SetInt(column.Ordinal, numbers.Value(row)!.Value);
                    }
                    else
                    {
                        var texts = from.Text(column.Ordinal);
                        batch.SetText(column.Ordinal, texts.Distinct(texts.Indices[row]));
                    }
                }

                // In the middle, so that no beginning or end is kept from a rule that asks for it.
                line = line.Insert(
                    line.Length / 2,
                    random.NextInt64().ToString("x", CultureInfo.InvariantCulture)
                );
                batch.SetText(ProcessColumns.CommandLine, Encoding.UTF8.GetBytes(line));
                batch.EndRow();
            }

            batches.Add(batch);
        }

        return batches;
    }

    /// <summary>Hits of a rule, a hundred a second and a tenth of them of each of ten users, with ten thousand values in turn.</summary>
    static void Correlations(TextWriter output)
    {
        const int Users = 10;
        const int Values = 10_000;
        output.WriteLine();
        output.WriteLine(
            $"| correlations over {Values:N0} values | events | hits | CPU s | events/s a core |"
        );
        output.WriteLine("|---|---:|---:|---:|---:|");
        foreach (
            var (type, condition, timespan) in (ReadOnlySpan<(string, string, string)>)
                [
                    ("event_count", "{gte: 100}", "10m"),
                    ("event_count", "{gte: 100000}", "1d"),
                    ("value_count", "{field: TargetUserName, gte: 100}", "10m"),
                    ("value_count", "{field: TargetUserName, gte: 10000}", "1d"),
                ]
        )
        {
            var set = SigmaRules.Parse(
                $$"""
                title: logon
                name: logon
                logsource: {product: windows, service: security}
                detection: {selection: {EventID: 4625}, condition: selection}
                ---
                title: many
                correlation:
                  type: {{type}}
                  rules: [logon]
                  group-by: [User]
                  timespan: {{timespan}}
                  condition: {{condition}}
                """,
                "many.yml"
            );
            var correlations = CompiledCorrelations.Compile(set.Rules, set.Correlations);
            var fields = correlations.Fields.ToList();
            var (user, target) = (fields.IndexOf("User"), fields.IndexOf("TargetUserName"));
            var events = new List<SigmaCorrelationEvent>(CorrelatedEvents);
            for (var index = 0; index < CorrelatedEvents; index++)
            {
                var values = new string?[correlations.Fields.Count];
                values[user] = $"user {index % Users}";
                if (target >= 0)
                {
                    values[target] = $"target {index / Users % Values}";
                }

                events.Add(
                    new SigmaCorrelationEvent(
                        new SigmaEventReference(index * 10_000L, "logon", "bench", index),
                        [0],
                        values
                    )
                );
            }

            var correlator = new SigmaCorrelator(correlations);
            var hits = 0;
            var (_, processor) = Timed(() =>
            {
                foreach (var one in events)
                {
                    correlator.Add(one);
                }

                hits = correlator.Complete().Count;
            });
            output.WriteLine(
                $"| {type} {condition} within {timespan} | {events.Count:N0} | {hits:N0} | {processor:0.00} | {events.Count / processor:N0} |"
            );
        }
    }

    static (double Seconds, double Processor) Timed(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var (before, start) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        work();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return (seconds, (process.TotalProcessorTime - before).TotalSeconds);
    }
}
