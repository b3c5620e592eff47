using System.Text;
using System.Text.Json;
using CsCheck;
using Harrier.Telemetry.Formats.Json;

namespace Harrier.Tests.Telemetry;

/// <summary>However objects are strung together, the same objects come out.</summary>
public sealed class JsonObjectsTests
{
    static readonly string[] Values =
    [
        "1",
        "\"a\"",
        "\"}{\"",
        "\"\\\"\\\\\"",
        "[1,{\"b\":[]}]",
        "{\"c\":{}}",
        "null",
        "\"é\\n\"",
    ];
    static readonly string[] Forms =
    [
        "lines",
        "pretty",
        "together",
        "array",
        "pretty-array",
        "envelope",
        "envelopes",
        "sequence",
    ];

    [Theory]
    [MemberData(nameof(AllForms))]
    public void Objects_are_those_that_were_written(string form) =>
        Gen.Select(Gen.Int[0, Values.Length - 1].Array[1, 4].Array[1, 6], Gen.Int[1, 9])
            .Sample(
                (records, chunk) =>
                {
                    var objects = records
                        .Select(record =>
                            "{"
                            + string.Join(
                                ",",
                                record.Select((value, at) => $"\"k{at}\":{Values[value]}")
                            )
                            + "}"
                        )
                        .ToArray();
                    var (read, faults) = Read(Text(form, objects), chunk);
                    Assert.Empty(faults);
                    Assert.Equal(objects.Select(Compact), read.Select(Compact));
                },
                iter: 300
            );

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2\n{\"a\":3}\n", 2, 2)]
    [InlineData("{\"a\":1}\n{\"a\":\"2}\n{\"a\":3}\n", 2, 2)]
    [InlineData("{\"a\":1}\nnot json\n{\"a\":3}\n", 2, 2)]
    [InlineData("{\"a\":1}\n{\"a\":[{\"b\":1}\n{\"a\":3}\n", 2, 2)]
    [InlineData("{\"a\":1}\n{\"a\":", 1, 2)]
    public void One_broken_record_costs_no_other(string text, int objects, long brokenLine)
    {
        var (read, faults) = Read(text, 64);
        Assert.Equal(objects, read.Count);
        Assert.Equal([brokenLine], faults);
    }

    [Fact]
    public void A_list_that_belongs_to_a_record_is_no_envelope()
    {
        const string text = "{\"time\":1,\"resources\":[{\"a\":1}],\"Records\":[1,2]}";
        Assert.Equal([text], Read(text, 64).Objects);
    }

    [Fact]
    public void What_an_envelope_says_after_its_records_is_no_record()
    {
        var (read, faults) = Read(
            "{\"count\":2,\"Records\":[{\"a\":1},\n{\"a\":2}],\"next\":{\"x\":[]}}\n{\"a\":3}",
            5
        );
        Assert.Equal(["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"], read);
        Assert.Empty(faults);
    }

    public static TheoryData<string> AllForms => [.. Forms];

    static string Text(string form, string[] objects) =>
        form switch
        {
            "lines" => string.Join("\r\n", objects),
            "pretty" => string.Join("\n", objects.Select(Pretty)),
            "together" => string.Concat(objects),
            "array" => "[" + string.Join(",", objects) + "]",
            "pretty-array" => "[\n" + string.Join(",\n", objects.Select(Pretty)) + "\n]\n",
            "envelope" => "{\"Records\": [" + string.Join(", ", objects) + "]}",
            "envelopes" => string.Join(
                "\n",
                objects.Select(one => "{\"@odata.context\":\"x\",\"value\":[" + one + "],\"n\":1}")
            ),
            _ => string.Concat(objects.Select(one => "\x1e" + one + "\n")),
        };

    static (List<string> Objects, List<long> FaultLines) Read(string text, int chunk)
    {
        var objects = new JsonObjects(
            new ReaderPropertyTests.SlowStream(Encoding.UTF8.GetBytes(text), chunk)
        );
        var read = new List<string>();
        var faults = new List<long>();
        while (objects.Read())
        {
            if (objects.Fault is null)
            {
                read.Add(Encoding.UTF8.GetString(objects.Object));
            }
            else
            {
                faults.Add(objects.Line);
            }
        }

        return (read, faults);
    }

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    static string Compact(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json));

    static string Pretty(string json) =>
        JsonSerializer.Serialize(JsonDocument.Parse(json), Indented);
}
