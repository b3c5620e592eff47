using System.Text;
using CsCheck;
using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Intel.Matching;
using Harrier.Intel.Stix;
using Harrier.Intel.Text;
using Harrier.Schema;

namespace Harrier.Tests.Intel;

/// <summary>Hostile files: whatever the bytes, there is a document or a fault, and every indicator that comes out can be matched.</summary>
public sealed class IntelMutationTest
{
    const string Stix = """
        {"type":"bundle","id":"bundle--1","objects":[{"type":"indicator","id":"indicator--1","pattern_type":"stix",
        "pattern":"[domain-name:value = 'evil.example' OR file:hashes.'SHA-256' = 'aa' AND ipv4-addr:value ISSUBSET '192.0.2.0/24']","valid_from":"2026-01-01T00:00:00Z","confidence":5,"object_marking_refs":["x"]},
        {"type":"relationship","id":"r","source_ref":"a","target_ref":"b","relationship_type":"uses"},{"type":"report","id":"report--1","name":"n","object_refs":["a"]},
        {"type":"attack-pattern","id":"attack-pattern--1","name":"T1059","external_references":[{"source_name":"mitre-attack","external_id":"T1059"}]}]}
        """;

    const string Report = """
        <html>IOCs: hxxps[://]evil[.]example:8080/a(b)?c#d, user[at]evil(dot)example; 192[.]0[.]2[.]7:443 203.0.113.0/24
        C:\a\b.exe "x.docm" 2001:db8::1 T1059.001 CVE-2026-1234 TLP:AMBER d41d8cd98f00b204e9800998ecf8427e evil dot com {.} [: \. <b>
        """;

    const string Table =
        "type,value,description\ndomain,evil.example,\"a \"\"b\"\", c\nd\"\nipv4,192.0.2.7:80,\nurl,hxxp://a[.]b/c,x\n";

    static readonly string[] s_pieces =
    [
        "[",
        "]",
        "(",
        ")",
        "file:name",
        "=",
        "'a'",
        " AND ",
        " OR ",
        "NOT ",
        "IN",
        "'",
        "\\",
        ":",
        ".",
        "EXISTS ",
        "WITHIN 5 SECONDS",
        "[*]",
    ];

    static readonly Gen<(byte[] Bytes, string Of)> s_mutated = Gen.Select(
            Gen.Int[0, 2].Select(i => ((string[])[Stix, Report, Table])[i]),
            Gen.Select(Gen.Int[0, 2_000], Gen.Int[0, 4], Gen.Byte).Array[0, 12]
        )
        .Select((seed, changes) => (Mutate(Encoding.UTF8.GetBytes(seed), changes), seed));

    static byte[] Mutate(byte[] seed, (int At, int Kind, byte Value)[] changes)
    {
        var bytes = seed.ToList();
        foreach (var (place, kind, value) in changes)
        {
            var at = bytes.Count == 0 ? 0 : place % bytes.Count;
            switch (kind)
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = value;
                    break;
                case 1:
                    bytes.Insert(at, value);
                    break;
                case 2 when bytes.Count > 0:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.Skip(at).Take(value).ToArray());
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at > value ? value : 0);
                    break;
            }
        }

        return [.. bytes];
    }

    [Fact]
    public void Whatever_the_bytes_there_is_a_document_or_a_fault() =>
        s_mutated.Sample(
            mutated =>
            {
                IntelDocument document;
                try
                {
                    document = IntelImporter.Read(
                        mutated.Bytes,
                        "x",
                        IntelImportOptions.Default,
                        TooCommon.Nothing
                    );
                }
                catch (HarrierFault)
                {
                    return;
                }

                foreach (var found in document.Indicators)
                {
                    // What is normalised stays as it is, and its own matcher finds it.
                    Assert.Equal(
                        found.Value,
                        IndicatorValue.Normalise(found.Type, found.Value, out _)
                    );
                    var indicator = IntelCasesTest.Indicator($"{found.Type.Name()} {found.Value}");
                    _ = new IndicatorMatcher([indicator]);
                }
            },
            iter: 20_000
        );

    [Fact]
    public void Whatever_the_text_a_pattern_is_read_or_refused() =>
        Gen.OneOf(
                Gen.String,
                Gen.Int[0, s_pieces.Length - 1]
                    .Select(i => s_pieces[i])
                    .Array[0, 20]
                    .Select(string.Concat)
            )
            .Sample(
                text =>
                {
                    try
                    {
                        StixPattern.Parse(text);
                    }
                    catch (FormatException) { }
                },
                iter: 50_000
            );

    [Fact]
    public void A_line_has_a_mark_for_every_character() =>
        Gen.String.Sample(text =>
        {
            var line = Refang.Line(text);
            Assert.Equal(line.Text.Length, line.Marks.Length);
        });

    [Fact]
    public void A_line_without_end_takes_time_in_proportion()
    {
        var started = TimeProvider.System.GetTimestamp();
        foreach (var part in (string[])["a.", "[.", "hxxp", "://", "1.", "(", "\"", "a@", ":", "<"])
        {
            var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
            ReportTextReader.Read(
                text,
                isHtml: false,
                new IntelDocument("text", TooCommon.Nothing, false)
            );
            ReportTextReader.Read(
                "<html>" + text,
                isHtml: true,
                new IntelDocument("text", TooCommon.Nothing, false)
            );
        }

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60));
    }
}
