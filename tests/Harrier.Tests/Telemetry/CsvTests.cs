using System.Text;
using CsCheck;
using Harrier.Telemetry.Formats.Csv;

namespace Harrier.Tests.Telemetry;

public sealed class CsvTests
{
    static readonly string[] Parts = ["a", "\"", ",", "\n", " ", "é", ""];

    [Fact]
    public void Values_are_those_that_were_written() =>
        Gen.Select(Gen.Int[0, Parts.Length - 1].Array[0, 5].Array[2, 4].Array[1, 5], Gen.Int[1, 7])
            .Sample(
                (table, chunk) =>
                {
                    var rows = table
                        .Select(row =>
                            row.Select(value => string.Concat(value.Select(part => Parts[part])))
                                .ToArray()
                        )
                        .ToArray();
                    var text = string.Join(
                        "\r\n",
                        rows.Select(row => string.Join(",", row.Select(Quoted)))
                    );
                    Assert.Equal(rows, Read(text, chunk).Rows);
                },
                iter: 2000
            );

    [Fact]
    public void An_open_quote_costs_its_line_only()
    {
        var (rows, faults) = Read("a,b\n\"open,1\nc,d\ne,\"f\ng\"\n", 64);
        Assert.Equal(
            [
                ["a", "b"],
                ["c", "d"],
                ["e", "f\ng"],
            ],
            rows
        );
        Assert.Equal([2], faults);
    }

    [Theory]
    [InlineData("time,host,message\n1,2,3\n4,5,6\n", 25)]
    [InlineData("time;host;message\n1;2;3\n", 25)]
    [InlineData("Time\tHost\tMessage\n1\t2\t3\n", 25)]
    [InlineData("time,host,time\n1,2,3\n", 0)]
    [InlineData(
        "Dear all, as you know, we, the undersigned, write\nto you, today, and, so on, yes\n",
        0
    )]
    [InlineData("1,2,3\n4,5,6\n", 0)]
    public void A_table_has_a_header_and_rows_like_it(string text, int score) =>
        Assert.Equal(score, new CsvFormat().Detect(Encoding.UTF8.GetBytes(text), "x"));

    [Fact]
    public void A_cell_of_json_becomes_fields_of_its_own()
    {
        var read = CollectedRecords.Of(
            new CsvFormat(),
            "Time,Operation,AuditData\n2026-01-01T00:00:00Z,Send,\"{\"\"Id\"\":\"\"7\"\",\"\"Who\"\":{\"\"Name\"\":\"\"x\"\"}}\"\n2026-01-01T00:00:00Z,Send,{broken\n"
        );
        Assert.Equal("7", read.Records[0]["AuditData.Id"]);
        Assert.Equal("x", read.Records[0]["AuditData.Who.Name"]);
        Assert.Equal("{broken", read.Records[1]["AuditData"]);
    }

    static string Quoted(string value) =>
        value.Length == 0 || value.AsSpan().IndexOfAny("\",\n") >= 0
            ? "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""
            : value;

    static (List<string[]> Rows, List<long> Faults) Read(string text, int chunk)
    {
        var csv = new CsvRows(
            new ReaderPropertyTests.SlowStream(Encoding.UTF8.GetBytes(text), chunk),
            (byte)','
        );
        var rows = new List<string[]>();
        var faults = new List<long>();
        while (csv.Read())
        {
            if (csv.Fault is null)
            {
                rows.Add([
                    .. Enumerable
                        .Range(0, csv.Count)
                        .Select(at => Encoding.UTF8.GetString(csv[at])),
                ]);
            }
            else
            {
                faults.Add(csv.Line);
            }
        }

        return (rows, faults);
    }
}
