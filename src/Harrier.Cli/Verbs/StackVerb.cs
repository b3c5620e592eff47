using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier stack COLUMN…</c>: how often each value (or tuple) occurs, on how many hosts; rarest first with <c>--rare</c>.</summary>
static class StackVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var columns = new Argument<string[]>("COLUMN") { Arity = ArgumentArity.OneOrMore };
        var className = new Option<string>("--class")
        {
            Description = "Event class",
            DefaultValueFactory = _ => "process",
            HelpName = "CLASS",
        };
        var limit = new Option<int>("--limit") { DefaultValueFactory = _ => 40, HelpName = "N" };
        var rare = new Option<bool>("--rare")
        {
            Description = "Rarest first: fewest hosts, then fewest events",
        };
        var command = new Command(
            "stack",
            "Stack counting: values by events, hosts and users\n\n  harrier stack image --class process\n  harrier stack parent_image image --rare"
        )
        {
            columns,
            className,
            limit,
            rare,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var eventClass =
                    EventClasses.Find(parsed.GetValue(className)!)
                    ?? throw new HarrierFault(
                        FaultKind.Usage,
                        $"'{SafeText.From(parsed.GetValue(className), 60)}' is no event class.",
                        remedy: "Classes: "
                            + string.Join(", ", EventClasses.All.Select(known => known.Name))
                    );
                var wanted = parsed.GetValue(columns)!;
                foreach (var name in wanted.Where(name => eventClass.Find(name) is null))
                {
                    throw new HarrierFault(
                        FaultKind.Usage,
                        $"'{SafeText.From(name, 60)}' is no column of class {eventClass.Name}.",
                        remedy: $"harrier data {eventClass.Name} lists them."
                    );
                }

                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var order = parsed.GetValue(rare) ? "hosts, events" : "events desc";
                var list = string.Join(", ", wanted);
                var micros = lake.Dialect.Micros("time");
                // One row more than asked for tells whether the limit bit.
                var most = parsed.GetValue(limit);
                using var rows = lake.Query(
                    $"select {list}, count(*) as events, count(distinct host) as hosts, count(distinct account) as users, "
                        + $"min({micros}), max({micros}), count(*) * 1.0 / sum(count(*)) over () as share "
                        + $"from {eventClass.Name} group by {list} order by {order}, {list} limit {most + 1}",
                    TimeWindow.All,
                    [],
                    cancel
                );
                var found = new List<StackRow>();
                while (rows.Read())
                {
                    var n = wanted.Length;
                    found.Add(
                        new StackRow(
                            [.. Enumerable.Range(0, n).Select(rows.Text)],
                            rows.Int(n),
                            rows.Int(n + 1),
                            rows.Int(n + 2),
                            rows.Int(n + 3),
                            rows.Int(n + 4),
                            rows.Real(n + 5)
                        )
                    );
                }

                Show(run.Face, wanted, found, most);
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    sealed record StackRow(
        string?[] Values,
        long Events,
        long Hosts,
        long Users,
        long First,
        long Last,
        double Share
    );

    static void Show(Face face, string[] wanted, List<StackRow> found, int most)
    {
        var truncated = found.Count > most;
        face.Document(
            new
            {
                Schema = "harrier.stack/1",
                Columns = wanted,
                Rows = found
                    .Take(most)
                    .Select(row => new
                    {
                        row.Values,
                        row.Events,
                        row.Hosts,
                        row.Users,
                        First = Shown.Rfc3339(row.First),
                        Last = Shown.Rfc3339(row.Last),
                        row.Share,
                    }),
                Truncated = truncated,
            }
        );
        var table = Face.Table([
            .. wanted,
            ">events",
            ">hosts",
            ">users",
            "first (UTC)",
            "last (UTC)",
        ]);
        foreach (var row in found.Take(most))
        {
            table.AddRow([
                .. row.Values.Select(value => Face.Cell(SafeText.From(value, 120))),
                Face.Cell(Shown.Count(row.Events)),
                Face.Cell(Shown.Count(row.Hosts)),
                Face.Cell(Shown.Count(row.Users)),
                Face.Cell(Shown.Minute(row.First)),
                Face.Cell(Shown.Minute(row.Last)),
            ]);
        }

        face.Show(table);
        if (truncated && !face.Json)
        {
            face.Warn($"truncated at {most} rows: there are more; raise --limit.");
        }
    }
}
