using System.Text;
using System.Text.RegularExpressions;
using Harrier.Schema;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>Every example of <c>docs/maps.md</c> is what it says: the tables of conditions, expressions and functions, and the whole map.</summary>
public sealed class MapsDocumentTests
{
    static readonly string Document = File.ReadAllText(RepositoryRoot.Combine("docs", "maps.md"));

    public static TheoryData<string, string, string> Conditions => Table("condition", "holds");

    public static TheoryData<string, string, string> Expressions => Table("expression", "gives");

    [Theory]
    [MemberData(nameof(Conditions))]
    public void A_condition_holds_as_the_document_says(
        string condition,
        string record,
        string holds
    )
    {
        var map = SourceMaps.Read($"formats: [zeek]\nwhen: {{ {condition} }}", "x.yaml");

        Assert.Equal(holds == "yes", map.Conditions.Hold(Of(record), new Scratch()));
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Unless_is_its_opposite(string condition, string record, string holds)
    {
        var map = SourceMaps.Read($"formats: [zeek]\nunless: {{ {condition} }}", "x.yaml");

        Assert.Equal(holds == "no", map.Conditions.Hold(Of(record), new Scratch()));
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    public void An_expression_gives_what_the_document_says(string text, string json, string gives)
    {
        var expression = FieldExpression.Parse(text);
        var record = Of(json);
        int[] places = [.. expression.Fields.Select(field => record.Find(field))];

        expression.TryGet(record, places, new Scratch(), out var value, out _);

        Assert.Equal(gives, Encoding.UTF8.GetString(value));
    }

    [Fact]
    public void Every_function_has_an_example()
    {
        var examples = Expressions.Select(row => row.Data.Item1).ToArray();

        var fault = Assert.Throws<FormatException>(() => ValueFunctions.Get("none", null));
        var names = fault.Message[(fault.Message.IndexOf(':') + 1)..].Split(',');

        Assert.All(
            names.Select(name => name.Trim()),
            name =>
                Assert.Contains(
                    examples,
                    example => Regex.IsMatch(example, $@"\| {Regex.Escape(name)}\b")
                )
        );
    }

    [Fact]
    public void The_whole_map_is_read()
    {
        var yaml = Regex.Match(Document, "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1];

        var map = SourceMaps.Read(yaml.Value, "cloud-audit.yaml");

        Assert.Equal(2, map.Events.Count);
        Assert.Equal(EventClasses.Find("cloud"), map.Events[1].Class);
    }

    /// <summary>Rows of the tables whose first and last column have these names; the middle one is a record as JSON.</summary>
    static TheoryData<string, string, string> Table(string first, string last)
    {
        var rows = new TheoryData<string, string, string>();
        var isIn = false;
        foreach (var line in Document.Split('\n'))
        {
            string[] cells =
            [
                .. Regex.Split(line, @"(?<!\\)\|").Select(cell => Cell(cell.Replace("\\|", "|"))),
            ];
            if (cells.Length != 5)
            {
                isIn = false;
            }
            else if (cells[1] == first && cells[3] == last)
            {
                isIn = true;
            }
            else if (isIn && cells[1] != "---")
            {
                rows.Add(cells[1], cells[2], cells[3]);
            }
        }

        return rows;
    }

    static string Cell(string cell) => cell.Trim() is ['`', .. var code, '`'] ? code : cell.Trim();

    static Record Of(string json)
    {
        var record = new Record();
        new JsonFields().Read(Encoding.UTF8.GetBytes(json), record);
        return record;
    }
}
