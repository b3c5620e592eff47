using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Store.Lake;
using Harrier.Store.Quality;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data gaps</c>: cleared logs, missing record numbers, hosts that fell silent, days without events.</summary>
static class DataGapsVerb
{
    const int LongestList = 30;

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var command = new Command(
            "gaps",
            "What is missing: cleared logs, holes in record numbers, hosts that fell silent, days without events"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var lake = LakeStore.Open(run.OpenWorkspace());
                var cleared = DataQuality.Cleared(lake, cancel);
                var holes = DataQuality.Holes(lake, cancel);
                var silent = DataQuality.Silent(lake, cancel);
                var days = DataQuality.EmptyDays(lake, cancel);
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data.gaps/1",
                        Cleared = cleared.Select(log => new
                        {
                            log.Host,
                            log.Log,
                            log.User,
                            Time = Shown.Rfc3339(log.Time),
                            log.File,
                            log.Record,
                        }),
                        RecordNumbers = holes.Select(log => new
                        {
                            log.Host,
                            log.Channel,
                            log.Records,
                            log.Missing,
                            log.IsSelection,
                            Largest = log.Largest.Select(hole => new
                            {
                                hole.FirstMissing,
                                hole.Missing,
                                Before = Shown.Rfc3339(hole.Before),
                                After = Shown.Rfc3339(hole.After),
                            }),
                        }),
                        SilentHosts = silent.Select(host => new
                        {
                            host.Source,
                            host.Host,
                            Last = Shown.Rfc3339(host.Last),
                            host.SilentHours,
                            host.LongestGapHours,
                        }),
                        Days = days.Select(gap => new
                        {
                            gap.Class,
                            From = Shown.Rfc3339(gap.Gap.From),
                            To = Shown.Rfc3339(gap.Gap.To),
                        }),
                    }
                );
                Cleared(run.Face, cleared);
                Holes(run.Face, holes);
                Silent(run.Face, silent);
                Days(run.Face, days);
                if (cleared.Count + holes.Count + silent.Count + days.Count == 0)
                {
                    run.Face.Line(
                        "Nothing is missing that the data could show: no cleared logs, no holes in record numbers, no host that fell silent, no day without events."
                    );
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Cleared(Face face, IReadOnlyList<ClearedLog> cleared)
    {
        var table = Face.Table("time (UTC)", "host", "log", "by", ">record");
        foreach (var log in cleared.Take(LongestList))
        {
            table.AddRow(
                Face.Cell(Shown.Second(log.Time)),
                Face.Cell(SafeText.From(log.Host, 40)),
                Face.Cell(SafeText.From(log.Log, 40)),
                Face.Cell(SafeText.From(log.User, 40)),
                Face.Cell(Shown.Count(log.Record))
            );
        }

        Section(face, Shown.Count(cleared.Count, "log") + " cleared", cleared.Count, table);
    }

    static void Holes(Face face, IReadOnlyList<LogNumbers> logs)
    {
        var table = Face.Table("host", "log", ">there", ">missing", "largest hole");
        foreach (var log in logs.Take(LongestList))
        {
            var largest = log.Largest[0];
            table.AddRow(
                Face.Cell(SafeText.From(log.Host, 40)),
                Face.Cell(SafeText.From(log.Channel, 60)),
                Face.Cell(Shown.Count(log.Records)),
                Face.Cell(Shown.Count(log.Missing)),
                Face.Cell(
                    log.IsSelection
                        ? "somebody exported a selection"
                        : $"{Shown.Count(largest.Missing)} between {Shown.Minute(largest.Before)} and {Shown.Minute(largest.After)}"
                )
            );
        }

        Section(
            face,
            Shown.Count(logs.Count, "event log") + " with missing record numbers",
            logs.Count,
            table
        );
    }

    static void Silent(Face face, IReadOnlyList<SilentHost> hosts)
    {
        var table = Face.Table(
            "host",
            "source",
            "last heard of (UTC)",
            ">silent for",
            ">longest before"
        );
        foreach (var host in hosts.Take(LongestList))
        {
            table.AddRow(
                Face.Cell(SafeText.From(host.Host, 40)),
                Face.Cell(SafeText.From(host.Source, 40)),
                Face.Cell(Shown.Minute(host.Last)),
                Face.Cell($"{Shown.Count(host.SilentHours)} h"),
                Face.Cell($"{Shown.Count(host.LongestGapHours)} h")
            );
        }

        Section(
            face,
            Shown.Count(hosts.Count, "host") + " fell silent while the source went on",
            hosts.Count,
            table
        );
    }

    static void Days(Face face, IReadOnlyList<(string Class, DataGap Gap)> days)
    {
        var table = Face.Table("class", "from (UTC)", "to (UTC)");
        foreach (var (eventClass, gap) in days.Take(LongestList))
        {
            table.AddRow(
                Face.Cell(eventClass),
                Face.Cell(Shown.Minute(gap.From)[..10]),
                Face.Cell(Shown.Minute(gap.To)[..10])
            );
        }

        Section(
            face,
            Shown.Count(days.Count, "span") + " of days without events",
            days.Count,
            table
        );
    }

    static void Section(Face face, string title, int rows, Spectre.Console.Table table)
    {
        if (rows == 0)
        {
            return;
        }

        face.Line(title);
        face.Show(table);
        if (rows > LongestList)
        {
            face.Line($"and {Shown.Count(rows - LongestList)} more: harrier data gaps --json");
        }

        face.Line();
    }
}
