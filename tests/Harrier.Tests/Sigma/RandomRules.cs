using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;
using Harrier.Sigma;

namespace Harrier.Tests.Sigma;

/// <summary>Random rules, and events made of their own texts, so that about half of them match.</summary>
static class RandomRules
{
    static readonly string[] s_texts =
    [
        "alpha",
        "Kelvin task",
        "stra\u00DFe",
        @"C:\Temp\a.exe",
        @"\Temp\",
        " -enc ",
        "/c",
        "a*b",
        @"x\*y",
        "x?z",
        "?lph?",
        @"end\",
        @"\\*",
        "1234",
        "7.5",
        "no",
        "\u03A3\u03C2 sigma",
        "",
    ];

    static readonly string[] s_fields =
    [
        "Image",
        "CommandLine",
        "Alpha",
        "alpha",
        "net.name",
        "Deep.er",
    ];

    static readonly string[] s_chains =
    [
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|contains|all",
        "|contains|windash",
        "|contains|cased",
        "|neq",
        "|endswith|neq",
        "|cased",
        "|re",
        "|re|i",
        "|gte",
        "|exists",
        "|fieldref",
        "|fieldref|contains",
    ];

    public static readonly string[] Conditions =
    [
        "s1",
        "s1 and not s2",
        "not s1",
        "1 of s*",
        "all of s*",
        "not (s1 or s2)",
        "s2 or s1 and s2",
    ];

    static readonly JsonSerializerOptions s_plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A rule of two selections, <c>name1</c> and <c>name2</c>; null where it is refused.</summary>
    public static SigmaRule? Rule(object s1, object s2, string condition, string name) =>
        Rule(
            new Dictionary<string, object?>
            {
                [$"{name}1"] = s1,
                [$"{name}2"] = s2,
                ["condition"] = condition,
            }
        );

    /// <summary>A rule of a detection; null where it is refused.</summary>
    public static SigmaRule? Rule(Dictionary<string, object?> detection) =>
        // JSON is YAML.
        SigmaRules
            .Parse(
                "title: t\nlogsource: {category: process_creation, product: windows}\ndetection: "
                    + JsonSerializer.Serialize(detection, s_plain),
                "case.yml"
            )
            .Rules.SingleOrDefault();

    public static object Selection(Random random)
    {
        if (random.Next(6) == 0)
        {
            return new[] { One(s_texts, random), One(s_texts, random) };
        }

        var items = new Dictionary<string, object?>();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var chain = One(s_chains, random);
            items[One(s_fields, random) + chain] = chain switch
            {
                "|exists" => random.Next(2) == 0,
                "|gte" => random.Next(2_000),
                "|fieldref" or "|fieldref|contains" => One(s_fields, random),
                "|re" or "|re|i" => One(["^a.p", "TEMP", "[0-9]{2,}", "k|s"], random),
                "" when random.Next(8) == 0 => null,
                _ when random.Next(3) == 0 => One(s_texts, random),
                _ => new[] { One(s_texts, random), One(s_texts, random), One(s_texts, random) },
            };
        }

        return items;
    }

    public static string Event(Random random)
    {
        var record = new Dictionary<string, object>();
        foreach (var field in s_fields)
        {
            if (random.Next(3) == 0)
            {
                continue;
            }

            var isColumn = EventClasses.Process.FindSigma(field) is not null;
            object value = random.Next(6) switch
            {
                0 when !isColumn => random.Next(2_000),
                1 when !isColumn => new[] { Changed(random), Changed(random) },
                _ => Changed(random),
            };
            if (field == "net.name" && random.Next(2) == 0)
            {
                record["net"] = new Dictionary<string, object> { ["name"] = value, ["x"] = 1.50 };
            }
            else
            {
                record[field] = value;
            }
        }

        return JsonSerializer.Serialize(record, random.Next(2) == 0 ? s_plain : null);
    }

    /// <summary>A text of a rule, changed a little.</summary>
    static string Changed(Random random)
    {
        var text = One(s_texts, random);
        return random.Next(10) switch
        {
            0 => text.ToUpperInvariant(),
            1 when text.Length > 0 => text[1..],
            2 => "x" + text + "x",
            3 => text.Replace("k", "\u212A", StringComparison.OrdinalIgnoreCase)
                .Replace('s', '\u017F'),
            4 => text.Replace(@"\", @"\\", StringComparison.Ordinal),
            5 => text.Replace("*", "1\n2", StringComparison.Ordinal).Replace('?', 'q'),
            6 => text + One(s_texts, random),
            7 => text.Replace('-', '\u2013'),
            _ => text,
        };
    }

    public static string One(string[] texts, Random random) => texts[random.Next(texts.Length)];
}
