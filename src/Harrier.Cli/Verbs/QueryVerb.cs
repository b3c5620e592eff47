using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier query SQL</c>: a person's SELECT over the classes, in the cage.</summary>
static class QueryVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var sql = new Argument<string>("SQL")
        {
            Description = "One SELECT; the classes are its tables (docs/schema.md)",
        };
        var limit = new Option<long>("--limit")
        {
            Description = "Most rows",
            DefaultValueFactory = _ => 1000,
            HelpName = "N",
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<long>() < 0)
            {
                result.AddError("--limit is a count of rows: 0 (no limit) or more.");
            }
        });
        var format = ListFormat.Option("table", "json", "ndjson", "csv");
        var output = new Option<string?>("--out")
        {
            Description = "Write to a file instead; its name says the format: .csv, .json, .ndjson",
            HelpName = "FILE",
        };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Most seconds",
            DefaultValueFactory = _ => 300,
            HelpName = "SECONDS",
        };
        var command = new Command(
            "query",
            "Read-only SQL over the event classes\n\n  harrier query \"select image, count(*) n from process group by all order by n limit 20\"\n"
                + "  harrier query \"from logon where outcome = 'failure'\" --format csv --out failed.csv"
        )
        {
            sql,
            limit,
            format,
            output,
            timeout,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var cage = new QueryCage(lake, TimeWindow.All);
                var options = new CageOptions(
                    parsed.GetValue(limit),
                    TimeSpan.FromSeconds(parsed.GetValue(timeout))
                );
                using var result = cage.Run(parsed.GetValue(sql)!, options, cancel);
                var form = run.Face.Json ? "json" : parsed.GetValue(format)!;
                if (form is "table" && parsed.GetValue(output) is { } named)
                {
                    form = FormOf(named);
                }

                if (parsed.GetValue(output) is { } path)
                {
                    ListFormat.WriteTo(
                        path,
                        part =>
                        {
                            using var writer = new StreamWriter(
                                part,
                                false,
                                new UTF8Encoding(false)
                            );
                            Write(result, form, writer, run.Face);
                        }
                    );
                    run.Face.Note($"written: {path}");
                }
                else
                {
                    Write(result, form, run.Face.Stdout, run.Face);
                }

                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    /// <summary>A table is for a screen: a file gets the format that its name says, else CSV.</summary>
    static string FormOf(string path) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => "json",
            ".ndjson" or ".jsonl" => "ndjson",
            _ => "csv",
        };

    static void Write(CagedQuery result, string form, TextWriter writer, Face face)
    {
        switch (form)
        {
            case "ndjson":
                while (result.Read())
                {
                    var line = new Dictionary<string, object?>();
                    for (var column = 0; column < result.Columns.Count; column++)
                    {
                        line[result.Columns[column].Name] = Value(result, column);
                    }

                    writer.WriteLine(Face.ToJson(line));
                }

                break;
            case "csv":
                writer.WriteLine(
                    ListFormat.CsvLine(result.Columns.Select(column => (object?)column.Name))
                );
                while (result.Read())
                {
                    writer.WriteLine(ListFormat.CsvLine(Values(result)));
                }

                break;
            case "json":
                var rows = new List<object?[]>();
                while (result.Read())
                {
                    rows.Add(Values(result));
                }

                writer.WriteLine(
                    Face.ToJson(
                        new
                        {
                            Schema = "harrier.query/1",
                            Columns = result.Columns.Select(column => new
                            {
                                column.Name,
                                column.Type,
                            }),
                            Rows = rows,
                            result.Truncated,
                        }
                    )
                );
                break;
            default:
                Table(result, face);
                break;
        }

        if (result.Truncated && form is not "json")
        {
            face.Warn($"truncated: there are more rows; raise --limit or aggregate.");
        }
    }

    static object?[] Values(CagedQuery result) =>
        [.. Enumerable.Range(0, result.Columns.Count).Select(column => Value(result, column))];

    /// <summary>A value as JSON and CSV take it: times as RFC 3339, whole numbers whole, what is nested as text.</summary>
    static object? Value(CagedQuery result, int column) =>
        result.Row.Value(column) switch
        {
            null => null,
            DateTime time => Shown.Rfc3339((time - DateTime.UnixEpoch).Ticks / 10),
            string text => text,
            bool flag => flag,
            sbyte or byte or short or ushort or int or uint or long or ulong => Convert.ToInt64(
                result.Row.Value(column)
            ),
            float or double or decimal => Convert.ToDouble(result.Row.Value(column)),
            System.Numerics.BigInteger big => big > long.MinValue && big < long.MaxValue
                ? (long)big
                : big.ToString(),
            _ => result.Row.Text(column),
        };

    static void Table(CagedQuery result, Face face)
    {
        var numeric = result
            .Columns.Select(column =>
                column.Type is "BIGINT" or "INTEGER" or "DOUBLE" or "HUGEINT" or "UBIGINT"
            )
            .ToArray();
        var table = Face.Table([
            .. result.Columns.Select(
                (column, index) => (numeric[index] ? ">" : "") + SafeText.From(column.Name, 60)
            ),
        ]);
        long count = 0;
        while (result.Read())
        {
            table.AddRow(
                Values(result)
                    .Select(value => Face.Cell(SafeText.From(Convert.ToString(value), 300)))
            );
            count++;
        }

        face.Show(table);
        face.Note(Shown.Count(count, "row"));
    }
}
