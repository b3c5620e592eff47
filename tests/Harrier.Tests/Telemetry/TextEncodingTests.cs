using System.Text;
using CsCheck;
using Harrier.Telemetry.Formats.Text;

namespace Harrier.Tests.Telemetry;

public sealed class TextEncodingTests
{
    static readonly Encoding[] Encodings =
    [
        new UTF8Encoding(false),
        new UTF8Encoding(true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
    ];

    static readonly string[] Words =
    [
        "2026-11-24 01:02:03 ",
        "login ",
        "Mühle ",
        "вход ",
        "登录 ",
        "😀 ",
        "a",
        "\t",
    ];
    static readonly string[] Ends = ["\n", "\r\n", "\r"];

    [Fact]
    public void A_text_reads_the_same_in_every_encoding_and_with_every_end_of_line() =>
        Gen.Select(
                Gen.Int[0, Encodings.Length - 1],
                Gen.Int[0, Ends.Length - 1],
                Gen.Int[0, Words.Length - 1].Array[1, 8].Array[1, 6],
                Gen.Bool,
                Gen.Int[0, 3]
            )
            .Sample(
                (which, end, lines, hasLastEnd, zeros) =>
                {
                    string[] expected =
                    [
                        .. lines.Select(words =>
                            "log: " + string.Concat(words.Select(word => Words[word])) + "."
                        ),
                    ];
                    var text =
                        string.Join(Ends[end], expected)
                        + (hasLastEnd ? Ends[end] : "")
                        + new string('\0', zeros);
                    var encoding = Encodings[which];
                    byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
                    return expected.SequenceEqual(Lines(bytes));
                },
                iter: 2000
            );

    [Fact]
    public void Latin_1_is_read_letter_by_letter()
    {
        Assert.Equal(["Müller: geöffnet"], Lines(Encoding.Latin1.GetBytes("Müller: geöffnet\r\n")));
    }

    [Fact]
    public void Zeros_that_pad_a_file_are_no_lines()
    {
        byte[] bytes =
        [
            .. "one\n"u8,
            .. new byte[200_000],
            .. "two\n"u8,
            .. "three"u8,
            .. new byte[100_000],
        ];
        Assert.Equal(["one", "two", "three"], Lines(bytes));
        Assert.Empty(Lines(new byte[300_000]));
    }

    /// <summary>A line end alone decides nothing, and tables of numbers have zeros in both places.</summary>
    [Fact]
    public void Binary_data_is_not_taken_for_UTF_16()
    {
        byte[] numbers = [.. Enumerable.Range(1, 500).SelectMany(BitConverter.GetBytes)];
        Assert.Same(TextEncoding.Of("x"u8), TextEncoding.Of(numbers));
        Assert.Same(TextEncoding.Of("x"u8), TextEncoding.Of([(byte)'\n', 0]));
    }

    static List<string> Lines(byte[] bytes)
    {
        var lines = new LineReader(TextEncoding.Of(bytes).ToUtf8(new MemoryStream(bytes)));
        var read = new List<string>();
        while (lines.Read())
        {
            read.Add(Encoding.UTF8.GetString(lines.Line));
        }

        return read;
    }
}
