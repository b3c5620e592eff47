using System.Globalization;
using System.Text;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using Harrier.Tests.Sigma.Slow;

namespace Harrier.Tests.Sigma;

/// <summary>The matcher says hit for hit what the slow one says, on values made of the rules' own texts.</summary>
public class MatcherCorpusTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_rule_of_the_corpus_hits_the_same_rows_as_in_the_slow_matcher(int seed)
    {
        var rules = SigmaRules.Load([Corpus.Need("sigma-rules")]).Rules;
        var compiled = SigmaCompiler.Compile(rules, Shipped.Logsources);
        var (fast, slow) = (new SigmaMatcher(compiled), new SlowMatcher(compiled));
        var random = new Random(seed);
        var hits = 0;
        foreach (var eventClass in compiled.Classes)
        {
            // Twice: the second batch finds what the first one kept.
            for (var turn = 0; turn < 2; turn++)
            {
                var batch = Batch(compiled, eventClass, random);
                var expected = slow.Match(batch);
                hits += expected.Count;

                Assert.Equal(
                    expected.Select(hit => (hit.Rule.File, hit.Row)),
                    fast.Match(batch).Select(hit => (hit.Rule.File, hit.Row))
                );
            }
        }

        Assert.True(hits > 1000, $"{hits} hits");
    }

    /// <summary>Rows that meet the conditions of a rule's log source and items mostly, with values changed a little now and then.</summary>
    internal static EventBatch Batch(CompiledRules compiled, EventClass eventClass, Random random)
    {
        var batch = new EventBatch(eventClass);
        var rules = compiled.RulesFor(eventClass);
        for (var row = 0; row < 300; row++)
        {
            var extra = new Dictionary<string, string>();
            foreach (var node in rules[random.Next(rules.Count)].Node.All())
            {
                if (node is SigmaNode.Item { Tests.Count: > 0 } item && random.Next(5) > 0)
                {
                    var test = item.Tests[random.Next(item.Tests.Count)];
                    if (test.Literal is { } literal)
                    {
                        Set(item.Field, test.IsWhole ? literal : Around(literal, random));
                    }
                }
            }

            if (extra.Count > 0)
            {
                batch.SetText(
                    CommonColumns.Extra,
                    System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(extra)
                );
            }

            batch.EndRow();

            void Set(string field, string value)
            {
                value = Changed(value, random);
                if (LakeField.ColumnOf(eventClass, field) is not { } column)
                {
                    extra[LakeField.PathOf(field)] = value;
                }
                else if (column.Type == ColumnType.Text)
                {
                    batch.SetText(column.Ordinal, Encoding.UTF8.GetBytes(value));
                }
                else if (
                    column.Type == ColumnType.Int
                    && long.TryParse(value, CultureInfo.InvariantCulture, out var number)
                )
                {
                    batch.SetInt(column.Ordinal, number);
                }
            }
        }

        return batch;
    }

    static string Around(string text, Random random) =>
        random.Next(4) switch
        {
            0 => "x" + text,
            1 => text + "x",
            2 => "é" + text + "ſ",
            _ => text,
        };

    static string Changed(string text, Random random) =>
        random.Next(12) switch
        {
            0 => text.ToUpperInvariant(),
            1 => text.ToLowerInvariant(),
            2 when text.Length > 1 => text[1..],
            3 => text.Replace('k', '\u212A').Replace('s', 'ſ'),
            4 => text.Replace("e", "\n", StringComparison.Ordinal),
            _ => text,
        };
}
