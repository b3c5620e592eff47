using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

public class RecordTests
{
    static readonly byte[][] Names = [.. "a b c".Split(' ').Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void Records_with_the_same_names_in_the_same_order_have_one_shape()
    {
        var record = new Record();
        var first = Filled(record, "a", "b");

        Assert.NotSame(first, Filled(record, "b", "a"));
        Assert.NotSame(first, Filled(record, "a"));
        Assert.Same(first, Filled(record, "a", "b"));
        Assert.Same(first, record.ShapeOf(Names.Take(2)));
    }

    [Fact]
    public void A_slot_that_is_not_set_is_no_field()
    {
        var record = new Record();

        record.Begin(record.ShapeOf(Names));
        record.Set(2, "3"u8, FieldKind.Number);
        record.Set(0, "1"u8);

        Assert.Equal(-1, record.Find("b"u8));
        Assert.False(record.TryGet("b"u8, out _));
        Assert.Equal("1", Text(record, "a"));
        Assert.Equal("3", Text(record, "c"));

        record.Begin(record.Shape);

        Assert.Equal(-1, record.Find("a"u8));
    }

    [Fact]
    public void The_first_field_of_a_name_that_is_there_wins()
    {
        var record = new Record();
        var shape = record.ShapeOf([Names[0], Names[0]]);

        record.Begin(shape);
        record.Set(1, "second"u8);
        Assert.Equal("second", Text(record, "a"));

        record.Set(0, "first"u8);
        Assert.Equal("first", Text(record, "a"));
    }

    /// <summary>The runtime's own writer says what the property must be.</summary>
    [Fact]
    public void Extra_is_the_JSON_that_the_library_writes()
    {
        var random = new Random(1);
        var mapper = new EventMapper(
            SourceMaps.Load([]),
            "json",
            "I-0001",
            "x",
            new ReadOptions("x", LocalZone.Utc, 2026)
        );
        for (var round = 0; round < 2_000; round++)
        {
            var (name, value) = (RandomText(random), RandomText(random));
            var record = new Record();
            record.Add("ts", "2026-03-02T10:00:00Z");
            record.Add(name, value);
            var batches = new EventBatches();

            Assert.True(mapper.TryMap(record, batches, out _, out var reason), reason);

            using var stream = new MemoryStream();
            using (
                var writer = new Utf8JsonWriter(
                    stream,
                    new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
                )
            )
            {
                writer.WriteStartObject();
                writer.WriteString(name, value);
                writer.WriteEndObject();
            }

            Assert.Equal(
                Encoding.UTF8.GetString(stream.ToArray()),
                batches[EventClasses.Other].Text(CommonColumns.Extra).Text(0)
            );
        }
    }

    /// <summary>Letters, quotes, controls, characters outside the first plane; seldom long.</summary>
    static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (var left = 1 + random.Next(random.Next(20) == 0 ? 5_000 : 12); left > 0; left--)
        {
            text.Append(
                random.Next(6) switch
                {
                    0 => ((char)random.Next(0x20)).ToString(),
                    1 => "\"\\/<>&'+"[random.Next(8)].ToString(),
                    2 => char.ConvertFromUtf32(random.Next(0x80, 0xD800)),
                    3 => char.ConvertFromUtf32(random.Next(0xE000, 0x11_0000)),
                    _ => ((char)random.Next('a', 'z')).ToString(),
                }
            );
        }

        return text.ToString();
    }

    static RecordShape Filled(Record record, params string[] names)
    {
        record.Clear();
        foreach (var name in names)
        {
            record.Add(name, "x");
        }

        return record.Shape;
    }

    static string Text(Record record, string name) =>
        Encoding.UTF8.GetString(record.Value(record.Find(Encoding.UTF8.GetBytes(name))));
}
