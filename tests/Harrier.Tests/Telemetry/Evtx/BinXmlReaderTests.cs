using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Harrier.Telemetry.Formats.Evtx;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Telemetry.Evtx;

/// <summary>Compiled templates give every record the fields that the slow reference gives it, or refuse it where that does.</summary>
public sealed class BinXmlReaderTests
{
    const int ChunkBytes = 65_536;
    const int FileHeaderBytes = 4096;
    const string Refused = "refused: ";

    [Fact]
    public void Every_record_of_the_corpus_has_the_fields_of_the_slow_reference()
    {
        var folder = Corpus.Need("evtx");
        var reader = new BinXmlReader();
        var records = 0;
        foreach (
            var file in Directory.EnumerateFiles(folder, "*.evtx*", SearchOption.AllDirectories)
        )
        {
            foreach (var chunk in Chunks(Bytes(file)))
            {
                records += Compare(reader, chunk, file);
            }
        }

        // Live ones, and those in slack.
        Assert.True(records > 36_000, $"{records}");
    }

    [Fact]
    public void Damaged_records_have_the_fields_of_the_slow_reference()
    {
        var seeds = Seeds();
        Gen.Select(
                Gen.Int[0, seeds.Count - 1],
                Gen.Select(Gen.Int[EvtxChunkHeader.Bytes, 6_000], Gen.Byte).Array[1, 6],
                Gen.Select(
                    Gen.Int[EvtxChunkHeader.Bytes, 6_000],
                    Gen.Int[0, s_tokens.Length - 1].Select(index => s_tokens[index])
                ).Array[0, 6]
            )
            .Sample(
                (which, bytes, tokens) =>
                {
                    var chunk = seeds[which].ToArray();
                    foreach (var (at, value) in bytes.Concat(tokens))
                    {
                        chunk[at] = value;
                    }

                    Compare(new BinXmlReader(), chunk, "damaged");
                },
                iter: 3_000
            );
    }

    /// <summary>Values of every type, of any bytes, as an element and as an attribute.</summary>
    [Fact]
    public void Values_are_the_text_of_the_slow_reference() =>
        Gen.Select(
                Gen.Int[0, s_types.Length - 1].Select(index => s_types[index]),
                // Zeros are what ends a text.
                Gen.Frequency((1, Gen.Const((byte)0)), (3, Gen.Byte)).Array[1, 40]
            )
            .Sample(
                (type, bytes) =>
                {
                    var text = new System.Buffers.ArrayBufferWriter<byte>();
                    var path = new FieldPath();
                    var record = new Record();
                    path.Open("A", record);
                    path.BeginAttribute("B");
                    string? fast = null;
                    string? slow = null;
                    try
                    {
                        BinXmlValue.Append(
                            text,
                            new SubstitutionValue(0, bytes.Length, type),
                            bytes
                        );
                        fast = Encoding.UTF8.GetString(text.WrittenSpan);
                    }
                    catch (EvtxException) { }

                    try
                    {
                        SlowBinXmlValue.Append(path, type, bytes, 0, null);
                        path.EndAttribute(record);
                        slow = record.Count == 0 ? "" : Encoding.UTF8.GetString(record.Value(0));
                    }
                    catch (EvtxException) { }

                    Assert.Equal(slow, fast);
                },
                iter: 20_000
            );

    static readonly byte[] s_tokens =
    [
        0x00,
        0x01,
        0x02,
        0x03,
        0x04,
        0x05,
        0x06,
        0x07,
        0x08,
        0x09,
        0x0a,
        0x0b,
        0x0c,
        0x0d,
        0x0e,
        0x0f,
        0x21,
        0x41,
        0x46,
        0x81,
    ];

    static readonly byte[] s_types =
    [
        .. Enumerable.Range(1, 0x16).SelectMany(type => new[] { (byte)type, (byte)(type | 0x80) }),
    ];

    static int Compare(BinXmlReader reader, byte[] chunk, string file)
    {
        reader.BeginChunk(chunk, chunk.Length);
        var slow = new SlowBinXml(chunk);
        var fields = new Record();
        var records = 0;
        for (var at = EvtxChunkHeader.Bytes; at + 28 <= chunk.Length; at++)
        {
            var next = chunk.AsSpan(at).IndexOf((ReadOnlySpan<byte>)[0x2a, 0x2a, 0, 0]);
            if (next < 0)
            {
                break;
            }

            at += next;
            var size =
                at + 8 <= chunk.Length
                    ? BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(at + 4))
                    : 0;
            if (size < 28 || size > chunk.Length - at)
            {
                continue;
            }

            records++;
            string expected;
            try
            {
                fields.Clear();
                slow.ReadRecord(at + 24, at + (int)size - 4, fields);
                expected = Text(fields);
            }
            catch (EvtxException fault)
            {
                expected = Refused + fault.Message;
            }

            string actual;
            try
            {
                fields.Clear();
                reader.ReadRecord(at + 24, at + (int)size - 4, fields, checkIdentity: false);
                actual = Text(fields);
            }
            catch (EvtxException fault)
            {
                actual = Refused + fault.Message;
            }

            // Halves of a surrogate pair in two parts of one text are no character here.
            (expected, actual) = (WithoutPairs(expected), WithoutPairs(actual));
            // A damaged chunk may name much from little; each counts its work in its own way, and gives up all that follows.
            if ((expected + actual).Contains(ChunkBound, StringComparison.Ordinal))
            {
                break;
            }

            // Which fault of several is met first may differ.
            var bothRefuse =
                expected.StartsWith(Refused, StringComparison.Ordinal)
                && actual.StartsWith(Refused, StringComparison.Ordinal);
            if (expected != actual && !bothRefuse)
            {
                Assert.Fail(
                    $"{file}, record at {at} of its chunk: {FirstDifference(expected, actual)}"
                );
            }
        }

        return records;
    }

    const string ChunkBound = "a chunk of more than";

    static string WithoutPairs(string text) =>
        string.Concat(
            text.Where(character => character != '\uFFFD' && !char.IsSurrogate(character))
        );

    static string FirstDifference(string expected, string actual)
    {
        var (slow, fast) = (expected.Split('\n'), actual.Split('\n'));
        var line = 0;
        while (line < slow.Length && line < fast.Length && slow[line] == fast[line])
        {
            line++;
        }

        return $"line {line}: '{slow.ElementAtOrDefault(line)}' by the slow reference, '{fast.ElementAtOrDefault(line)}' here";
    }

    static string Text(Record record)
    {
        var text = new StringBuilder();
        for (var field = 0; field < record.Count; field++)
        {
            text.Append(Encoding.UTF8.GetString(record.Name(field)))
                .Append('=')
                .Append(Encoding.UTF8.GetString(record.Value(field)))
                .Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A chunk of ours; and where the corpus is, the first of some logs, with nested templates and all kinds of values.</summary>
    static List<byte[]> Seeds()
    {
        var seeds = new List<byte[]> { Chunks(SmallLog.Bytes()).First() };
        if (Corpus.Path is { } corpus)
        {
            seeds.AddRange(
                Directory
                    .EnumerateFiles(
                        Path.Combine(corpus, "evtx"),
                        "*.evtx*",
                        SearchOption.AllDirectories
                    )
                    .Order(StringComparer.Ordinal)
                    .Where((_, index) => index % 8 == 0)
                    .Select(file => Chunks(Bytes(file)).First())
            );
        }

        return seeds;
    }

    static IEnumerable<byte[]> Chunks(byte[] file)
    {
        for (var at = FileHeaderBytes; at + EvtxChunkHeader.Bytes <= file.Length; at += ChunkBytes)
        {
            yield return file[at..Math.Min(file.Length, at + ChunkBytes)];
        }
    }

    static byte[] Bytes(string file)
    {
        using var stream = File.OpenRead(file);
        using Stream content = file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
