using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Hunts.Leads;
using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Intel.Matching;
using Harrier.Schema;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier intel import | list | match | show | techniques</c></summary>
static class IntelVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("intel", "Threat intelligence: STIX 2.1, CSV, plain or defanged reports")
        {
            ImportCommand(runOf),
            ListCommand(runOf),
            MatchCommand(runOf),
            ShowCommand(runOf),
        };

    static Command ImportCommand(Func<ParseResult, Run> runOf)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files or folders",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "import",
            "Read intelligence into the workspace\n\n  harrier intel import actor.json report.txt blocklist.csv"
        )
        {
            paths,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run, create: true);
                var (receipts, failures) = Import(session, parsed.GetValue(paths)!, cancel);
                run.Face.Document(Json(receipts));
                Show(run.Face, receipts, session);
                foreach (var failure in failures)
                {
                    run.Face.Warn(
                        $"{SafeText.From(failure.Where)}: {SafeText.From(failure.Message)}"
                    );
                }

                return Task.FromResult(
                    failures.Count > 0 ? Application.InputUnread : Application.Done
                );
            }
        );
        return command;
    }

    /// <summary>Imports files and folders; a file that can't be read does not stop the others.</summary>
    public static (
        IReadOnlyList<IntelFileReceipt> Receipts,
        IReadOnlyList<HarrierFault> Failures
    ) Import(HuntSession session, IReadOnlyList<string> paths, CancellationToken cancel)
    {
        var receipts = new List<IntelFileReceipt>();
        var failures = new List<HarrierFault>();
        foreach (var file in paths.SelectMany(IntelImporter.FilesOf))
        {
            try
            {
                receipts.Add(IntelImporter.Import(session.Intel, file, cancellationToken: cancel));
            }
            catch (HarrierFault fault) when (fault.Kind == FaultKind.Input)
            {
                failures.Add(fault);
            }
        }

        return (receipts, failures);
    }

    public static object Json(IReadOnlyList<IntelFileReceipt> receipts) =>
        new
        {
            Schema = "harrier.intel.import/1",
            Files = receipts.Select(receipt => new
            {
                receipt.Path,
                receipt.Sha256,
                receipt.Format,
                receipt.Objects,
                receipt.Indicators,
                receipt.Rejected,
                receipt.RejectedCount,
                receipt.DuplicateOf,
            }),
        };

    static void Show(Face face, IReadOnlyList<IntelFileReceipt> receipts, HuntSession session)
    {
        var table = Face.Table("file", "format", ">indicators", ">not taken", "");
        foreach (var receipt in receipts)
        {
            table.AddRow(
                Face.Cell(SafeText.From(Path.GetFileName(receipt.Path), 60)),
                Face.Cell(receipt.Format),
                Face.Cell(Shown.Count(receipt.Indicators)),
                Face.Cell(Shown.Count(receipt.RejectedCount)),
                Face.Cell(
                    SafeText.From(
                        receipt.DuplicateOf is null
                            ? receipt.Rejected.Count > 0
                                ? $"{receipt.Rejected[0].Value}: {receipt.Rejected[0].Reason}"
                                : ""
                            : $"the same content as {receipt.DuplicateOf}",
                        90
                    )
                )
            );
        }

        face.Show(table);
        Propose(face, session);
    }

    /// <summary>Hunts that cover the techniques which the reports name.</summary>
    static void Propose(Face face, HuntSession session)
    {
        var named = session.Intel.Techniques().Select(technique => technique.Technique).ToHashSet();
        if (named.Count == 0)
        {
            return;
        }

        var hunts = HuntVerb.Library(session.Workspace.HuntsFolder).Hunts;
        face.Line($"reports name {Shown.Count(named.Count, "technique")}; hunts that cover them:");
        foreach (var hunt in hunts)
        {
            // A hunt for T1059 also covers T1059.001, and the other way round in part.
            var covered = named
                .Where(id =>
                    hunt.Attack.Any(own =>
                        own == id || id.StartsWith(own + ".", StringComparison.Ordinal)
                    )
                )
                .Order(StringComparer.Ordinal)
                .ToList();
            if (covered.Count > 0)
            {
                face.Line($"  harrier hunt run {hunt.Id}   {string.Join(' ', covered)}");
            }
        }
    }

    static Command ListCommand(Func<ParseResult, Run> runOf)
    {
        var limit = new Option<int>("--limit") { DefaultValueFactory = _ => 100, HelpName = "N" };
        var command = new Command("list", "Indicators there are") { limit };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var most = parsed.GetValue(limit);
            var indicators = session.Intel.Indicators(new IndicatorFilter(Limit: most + 1));
            run.Face.Document(
                new
                {
                    Schema = "harrier.intel.list/1",
                    Indicators = indicators
                        .Take(most)
                        .Select(indicator => new { Type = indicator.Type.Name(), indicator.Value }),
                    Truncated = indicators.Count > most,
                }
            );
            var table = Face.Table("type", "value");
            foreach (var indicator in indicators.Take(most))
            {
                table.AddRow(
                    Face.Cell(indicator.Type.Name()),
                    Face.Cell(SafeText.From(indicator.Value, 160))
                );
            }

            run.Face.Show(table);
            if (indicators.Count > most && !run.Face.Json)
            {
                run.Face.Warn($"truncated at {most}: there are more; raise --limit.");
            }

            return Application.Done;
        });
        return command;
    }

    static Command ShowCommand(Func<ParseResult, Run> runOf)
    {
        var value = new Argument<string>("VALUE");
        var command = new Command(
            "show",
            "Everything known about an address, domain, hash, file or name"
        )
        {
            value,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var known = session.Intel.Show(parsed.GetValue(value)!);
            run.Face.Document(
                new
                {
                    Schema = "harrier.intel.show/1",
                    known.Value,
                    Type = known.Indicator?.Type.Name(),
                    known.Sources,
                    Covering = known.Covering.Select(indicator => new
                    {
                        Type = indicator.Type.Name(),
                        indicator.Value,
                    }),
                    known.Objects,
                    known.Techniques,
                    known.Sightings,
                    known.TooCommonBecause,
                }
            );
            run.Face.Line(
                known.Indicator is null
                    ? $"{SafeText.From(known.Value, 200)} is no indicator here."
                    : $"{known.Indicator.Type.Name()} {SafeText.From(known.Value, 200)}"
            );
            foreach (var source in known.Sources)
            {
                run.Face.Line($"  {SafeText.From(source.ToString(), 300)}");
            }

            foreach (var covering in known.Covering)
            {
                run.Face.Line(
                    $"  covered by {covering.Type.Name()} {SafeText.From(covering.Value, 200)}"
                );
            }

            foreach (var one in known.Objects)
            {
                run.Face.Line($"  {SafeText.From(one.ToString(), 200)}");
            }

            return Application.Done;
        });
        return command;
    }

    static Command MatchCommand(Func<ParseResult, Run> runOf)
    {
        var format = ListFormat.Option("table", "ndjson", "csv");
        var command = new Command("match", "Look all indicators up in all events") { format };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var session = HuntSession.Open(run);
                var matches = Match(session, cancel);
                switch (run.Face.Json ? "json" : parsed.GetValue(format))
                {
                    case "json":
                        run.Face.Document(
                            new { Schema = "harrier.intel.match/1", Matches = matches.Select(Json) }
                        );
                        break;
                    case "ndjson":
                        foreach (var match in matches)
                        {
                            run.Face.Row(Json(match));
                        }

                        break;
                    case "csv":
                        run.Face.Stdout.WriteLine("indicator,type,events,hosts,first,last,lead_id");
                        foreach (var match in matches)
                        {
                            run.Face.Stdout.WriteLine(
                                ListFormat.CsvLine([
                                    match.Indicator.Value,
                                    match.Indicator.Type.Name(),
                                    match.Events,
                                    string.Join(' ', match.Hosts),
                                    Shown.Rfc3339(match.First),
                                    Shown.Rfc3339(match.Last),
                                    match.LeadId,
                                ])
                            );
                        }

                        break;
                    default:
                        Show(run.Face, matches);
                        break;
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    sealed class IndicatorMatch(Indicator indicator)
    {
        public Indicator Indicator { get; } = indicator;
        public long Events { get; set; }
        public SortedSet<string> Hosts { get; } = new(StringComparer.Ordinal);
        public SortedSet<string> Classes { get; } = new(StringComparer.Ordinal);
        public long First { get; set; } = long.MaxValue;
        public long Last { get; set; } = long.MinValue;
        public string? LeadId { get; set; }
    }

    static List<IndicatorMatch> Match(HuntSession session, CancellationToken cancel)
    {
        var matcher = session.Intel.Matcher();
        var matches = new Dictionary<(string, string), IndicatorMatch>();
        foreach (var eventClass in EventClasses.All)
        {
            var columns = IndicatorMatcher.MatchableColumns(eventClass);
            if (columns.Count == 0 || matcher.Count == 0)
            {
                continue;
            }

            foreach (var batch in session.Lake.Scan(eventClass, TimeWindow.All, columns, cancel))
            {
                foreach (var hit in matcher.Match(batch))
                {
                    var key = (hit.Indicator.Type.Name(), hit.Indicator.Value);
                    if (!matches.TryGetValue(key, out var match))
                    {
                        matches.Add(key, match = new IndicatorMatch(hit.Indicator));
                    }

                    var time = batch.Int(CommonColumns.Time).Value(hit.Row) ?? 0;
                    match.Events++;
                    match.Classes.Add(eventClass.Name);
                    match.First = Math.Min(match.First, time);
                    match.Last = Math.Max(match.Last, time);
                    if (batch.Text(CommonColumns.Host).Text(hit.Row) is { } host)
                    {
                        match.Hosts.Add(host);
                    }
                }
            }
        }

        var leads = session.Leads.All(LeadFilter.All);
        foreach (var match in matches.Values)
        {
            match.LeadId = leads
                .FirstOrDefault(lead =>
                    lead.Entities.Any(entity =>
                        string.Equals(
                            entity.Value,
                            match.Indicator.Value,
                            StringComparison.OrdinalIgnoreCase
                        )
                    )
                )
                ?.Id;
        }

        return
        [
            .. matches
                .Values.OrderByDescending(match => match.Events)
                .ThenBy(match => match.Indicator.Value, StringComparer.Ordinal),
        ];
    }

    static object Json(IndicatorMatch match) =>
        new
        {
            Indicator = match.Indicator.Value,
            Type = match.Indicator.Type.Name(),
            match.Indicator.Sources,
            match.Events,
            match.Hosts,
            match.Classes,
            First = Shown.Rfc3339(match.First),
            Last = Shown.Rfc3339(match.Last),
            match.LeadId,
        };

    static void Show(Face face, List<IndicatorMatch> matches)
    {
        if (matches.Count == 0)
        {
            face.Line(
                "No indicator is in the events. harrier intel list shows the indicators, harrier data the events."
            );
            return;
        }

        var table = Face.Table(
            "type",
            "indicator",
            ">events",
            "classes",
            "hosts",
            "first (UTC)",
            "last (UTC)"
        );
        foreach (var match in matches)
        {
            table.AddRow(
                Face.Cell(match.Indicator.Type.Name()),
                Face.Cell(SafeText.From(match.Indicator.Value, 80)),
                Face.Cell(Shown.Count(match.Events)),
                Face.Cell(string.Join(' ', match.Classes)),
                Face.Cell(SafeText.From(string.Join(' ', match.Hosts.Take(4)), 60)),
                Face.Cell(Shown.Minute(match.First)),
                Face.Cell(Shown.Minute(match.Last))
            );
        }

        face.Show(table);
        face.Line("next: harrier hunt run --all makes leads of them");
    }
}
