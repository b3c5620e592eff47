using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using CsCheck;
using Harrier.Schema;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats.Json;
using Harrier.Telemetry.Formats.Text;
using Harrier.Telemetry.Maps;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry;

/// <summary>What was made fast gives what the slow way gives.</summary>
public class FastPathTests
{
    static readonly Gen<string> Text = Gen.Frequency(
            (3, Gen.Char[' ', '~']),
            (1, Gen.Char['\0', '\u001f']),
            (1, Gen.Char['\u007f', '\ud7ff']),
            (1, Gen.Char['\ue000', '\uffff'])
        )
        .Array[0, 3000]
        .Select(letters => new string(letters));

    [Fact]
    public void A_text_is_escaped_as_by_the_encoder() =>
        Text.Sample(text =>
        {
            var json = new JsonText();
            json.Property(",\"a\":"u8);
            json.Text(Encoding.UTF8.GetBytes(text + "😀" + text));
            return Encoding.UTF8.GetString(json.End())
                == "{\"a\":\""
                    + JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text + "😀" + text)
                    + "\"}";
        });

    [Fact]
    public void Seconds_with_decimals_are_cut_to_microseconds() =>
        Gen.Select(
                Gen.Long[0, 9_999_999_999],
                Gen.Char['0', '9'].Array[0, 15],
                Gen.Int[0, 3].Select(end => new[] { "", "x", " ", "-" }[end])
            )
            .Sample(
                (whole, decimals, end) =>
                {
                    var text =
                        whole.ToString("D10", CultureInfo.InvariantCulture)
                        + "."
                        + new string(decimals)
                        + end;
                    var isTime = decimal.TryParse(
                        text.TrimEnd(' '),
                        NumberStyles.AllowDecimalPoint,
                        CultureInfo.InvariantCulture,
                        out var seconds
                    );
                    // 1980 to 2100.
                    isTime &= seconds is >= 315_532_800 and <= 4_102_444_800;
                    var isRead = TimeText.TryParse(
                        Encoding.UTF8.GetBytes(text),
                        LogClock.Utc,
                        out var micros
                    );
                    return seconds > 4_102_444_800
                        || (isRead == isTime && (!isRead || micros == (long)(seconds * 1_000_000)));
                }
            );

    [Fact]
    public void A_memo_gives_back_what_it_was_given() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 60])
            .Array[1, 500]
            .Sample(values =>
            {
                var memo = new ValueMemo();
                foreach (var (number, length) in values)
                {
                    var value = Encoding.UTF8.GetBytes($"{number}".PadLeft(length, '.'));
                    var made = Encoding.UTF8.GetBytes($"<{number}>");
                    ReadOnlySpan<byte> found = default;
                    if (memo.TryGet(value, ref found) && !found.SequenceEqual(made))
                    {
                        return false;
                    }

                    memo.Keep(value, made);
                }

                return true;
            });

    /// <summary>Against a list of strings, with rows that set a column twice, or not, or through an empty batch.</summary>
    [Fact]
    public void A_column_gives_back_what_was_set() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 3])
            .Array[0, 400]
            .Sample(rows =>
            {
                var expected = new List<(string? Text, long? Number)>();
                var batch = new EventBatch(EventClasses.Dns);
                var query = EventClasses.Dns.Find("query")!.Ordinal;
                foreach (var (value, times) in rows)
                {
                    for (var time = 0; time < times; time++)
                    {
                        batch.SetText(query, Encoding.UTF8.GetBytes($"q{value + time}"));
                        batch.SetInt(CommonColumns.Time, value + time);
                    }

                    batch.EndRow();
                    expected.Add(
                        times == 0 ? (null, null) : ($"q{value + times - 1}", value + times - 1)
                    );
                }

                var twice = new EventBatch(EventClasses.Dns);
                twice.Append(batch);
                twice.Append(batch);
                var found = Enumerable
                    .Range(0, twice.Count)
                    .Select(row =>
                        (twice.Text(query).Text(row), twice.Int(CommonColumns.Time).Value(row))
                    );
                return found.SequenceEqual([.. expected, .. expected]);
            });

    /// <summary>So many values that rows are put aside: against a list, with rows left out, set twice, looked at in between, and a second filling.</summary>
    [Fact]
    public void A_large_column_gives_back_what_was_set() =>
        Gen.Int[1, int.MaxValue]
            .Sample(
                seed =>
                {
                    var random = new Random(seed);
                    var column = new TextColumn();
                    return Filled(column, random, 60_000) && Filled(column, random, 1_000);
                },
                iter: 10
            );

    static bool Filled(TextColumn column, Random random, int rows)
    {
        column.Clear();
        var expected = new List<string?>();
        var distinct = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var width = random.Next(1, 300);
        for (var row = 0; row < rows; row++)
        {
            expected.Add(null);
            for (
                var times = random.Next(12) switch
                {
                    0 => 0,
                    1 => 2,
                    _ => 1,
                };
                times > 0;
                times--
            )
            {
                var text = $"{random.Next(2 * rows)}".PadLeft(random.Next(20) == 0 ? width : 7);
                expected[row] = text;
                column.Set(row, Encoding.UTF8.GetBytes(text));
                if (known.Add(text))
                {
                    distinct.Add(text);
                }
            }

            if (random.Next(1_000) == 0)
            {
                column.PadTo(row + 1);
                if (column.Text(row) != expected[row])
                {
                    return false;
                }
            }
        }

        column.PadTo(rows);
        return Enumerable.Range(0, rows).Select(column.Text).SequenceEqual(expected)
            && Enumerable
                .Range(0, column.DistinctCount)
                .Select(column.DistinctText)
                .SequenceEqual(distinct);
    }

    [Fact]
    public void Separators_are_found_as_one_after_the_other() =>
        Gen.Select(Gen.Byte[97, 100].Array[0, 300], Gen.Byte[97, 101], Gen.Int[0, 40])
            .Sample(
                (line, separator, room) =>
                {
                    var expected = Enumerable
                        .Range(0, line.Length)
                        .Where(at => line[at] == separator)
                        .Take(room);
                    var places = new int[room];
                    var found = Separators.Find(line, separator, places);
                    return places[..found].SequenceEqual(expected);
                }
            );

    /// <summary>Small ones and some larger than a block, twice into the same blocks.</summary>
    [Fact]
    public void Texts_in_blocks_stay_what_they_were() =>
        Gen.Select(Gen.Byte, Gen.Frequency((50, Gen.Int[0, 300]), (1, Gen.Int[0, 3_000_000])))
            .Array[0, 200]
            .Sample(
                texts =>
                {
                    var blocks = new TextBlocks();
                    foreach (var round in new[] { texts, [.. texts.Reverse()] })
                    {
                        blocks.Clear();
                        byte[][] expected =
                        [
                            .. round.Select(text =>
                                Enumerable.Repeat(text.Item1, text.Item2).ToArray()
                            ),
                        ];
                        TextPlace[] places = [.. expected.Select(text => blocks.Add(text))];
                        if (
                            blocks.Bytes != expected.Sum(text => text.Length)
                            || !places
                                .Zip(expected)
                                .All(pair => blocks[pair.First].SequenceEqual(pair.Second))
                        )
                        {
                            return false;
                        }
                    }

                    return true;
                },
                iter: 100
            );

    /// <summary>Objects of tricky values, and each with one letter changed.</summary>
    [Fact]
    public void An_object_gives_the_fields_that_the_librarys_reader_gives() =>
        Gen.Select(Value(3), Gen.Int[0, 400], Gen.Char['\u0001', '~'])
            .Sample(
                (value, place, letter) =>
                {
                    var json = $"{{\"k\": {value}}}";
                    var broken =
                        place < json.Length ? json[..place] + letter + json[(place + 1)..] : json;
                    return Same(json) && Same(broken);
                },
                iter: 20_000
            );

    static bool Same(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        // With a name before all names the library's reader reads.
        return FieldsOf(bytes, "")
            == FieldsOf(bytes, "above").Replace("above.", "", StringComparison.Ordinal);
    }

    static string FieldsOf(byte[] json, string under)
    {
        var record = new Record();
        try
        {
            new JsonFields().Read(json, record, Encoding.UTF8.GetBytes(under));
        }
        catch (System.Text.Json.JsonException)
        {
            return "none";
        }

        return string.Join(
            '\n',
            Enumerable
                .Range(0, record.Count)
                .Select(field =>
                    $"{Encoding.UTF8.GetString(record.Name(field))}={record.Kind(field)} {Encoding.UTF8.GetString(record.Value(field))}"
                )
        );
    }

    static Gen<string> Value(int depth)
    {
        string[] plain =
        [
            "1",
            "-0.5",
            "0",
            "01",
            "1e5",
            "-",
            "1.",
            "true",
            "false",
            "null",
            "nul",
            "\"\"",
            "\"a b\"",
            "\"\\n\\\\\\\"\\/\"",
            "\"\\u00e9 \\u0000\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\x\"",
            "\"tab\there\"",
            "\"é😀\\r\\n\"",
            "[]",
            "[1, \"]\", {}]",
            "[1,]",
            "{}",
            "\"open",
        ];
        var one = Gen.Int[0, plain.Length - 1].Select(index => plain[index]);
        if (depth == 0)
        {
            return one;
        }

        var pair = Gen.Select(
            Gen.Int[0, 3],
            Value(depth - 1),
            (name, value) => $"\"n{name}\\t\":{value}"
        );
        return Gen.Frequency(
            (2, one),
            (1, pair.Array[0, 3].Select(pairs => "{" + string.Join(" , ", pairs) + "}")),
            (1, pair.Array[0, 3].Select(pairs => "[{" + string.Join(",", pairs) + "}]"))
        );
    }
}
