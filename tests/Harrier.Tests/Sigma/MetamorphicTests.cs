using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;

namespace Harrier.Tests.Sigma;

/// <summary>Ways to write a rule anew that change nothing it means: no rows may come or go.</summary>
public sealed class MetamorphicTests
{
    /// <summary>Orders turned round, lists of values parted by or, negations doubled: on the nodes of every second rule of the corpus.</summary>
    [Fact]
    public void Rules_of_the_corpus_hit_the_same_rows_however_they_are_put()
    {
        var rules = SigmaRules
            .Load([Corpus.Need("sigma-rules")])
            .Rules.Where((_, index) => index % 2 == 0)
            .ToList();
        var compiled = SigmaCompiler.Compile(rules, Shipped.Logsources);
        var other = SigmaCompiler.Compile(
            [.. rules.Select(rule => rule with { Detection = Anew(rule.Detection) })],
            Shipped.Logsources
        );
        var (random, hits) = (new Random(5), 0);
        foreach (var eventClass in compiled.Classes)
        {
            var batch = MatcherCorpusTests.Batch(compiled, eventClass, random);
            var expected = new SigmaMatcher(compiled).Match(batch);
            hits += expected.Count;
            Assert.Equal(
                expected.Select(hit => (hit.Rule.File, hit.Rule.Line, hit.Row)),
                new SigmaMatcher(other)
                    .Match(batch)
                    .Select(hit => (hit.Rule.File, hit.Rule.Line, hit.Row))
            );
        }

        Assert.True(hits > 500, $"{hits} hits");
    }

    static SigmaNode Anew(SigmaNode node) =>
        node switch
        {
            SigmaNode.And and => new SigmaNode.And([.. and.Terms.Reverse().Select(Anew)]),
            SigmaNode.Or or => new SigmaNode.Or([.. or.Terms.Reverse().Select(Anew)]),
            SigmaNode.Not not => new SigmaNode.Not(
                new SigmaNode.Not(new SigmaNode.Not(Anew(not.Term)))
            ),
            SigmaNode.Item { Tests.Count: > 1 } item => new SigmaNode.Or([
                item with
                {
                    Tests = [.. item.Tests.Skip(1).Reverse()],
                    OrMissing = false,
                },
                item with
                {
                    Tests = [item.Tests[0]],
                },
            ]),
            SigmaNode.Keyword { Tests.Count: > 1 } keyword => new SigmaNode.Or([
                new SigmaNode.Keyword([.. keyword.Tests.Skip(1)]),
                new SigmaNode.Keyword([keyword.Tests[0]]),
            ]),
            _ => node,
        };

    [Fact]
    public void Random_rules_hit_the_same_rows_however_they_are_written()
    {
        var (random, asked, hits) = (new Random(3), 0, 0);
        for (var turn = 0; turn < 300; turn++)
        {
            var (s1, s2) = (RandomRules.Selection(random), RandomRules.Selection(random));
            var condition = RandomRules.One(RandomRules.Conditions, random);
            if (RandomRules.Rule(s1, s2, condition, "s") is not { } rule)
            {
                continue;
            }

            var batch = ProcessEvents.Batch([
                .. Enumerable.Range(0, 40).Select(_ => RandomRules.Event(random)),
            ]);
            var expected = RowsOf(rule, batch);
            asked++;
            hits += expected.Count;
            Assert.Equal(
                expected,
                RowsOf(RandomRules.Rule(Turned(s1), Turned(s2), condition, "s")!, batch)
            );
            var spelled = Spelled(condition);
            Assert.Equal(expected, RowsOf(RandomRules.Rule(s1, s2, spelled, "s")!, batch));
            if (Parted(s1) is var (left, right))
            {
                Assert.Equal(
                    expected,
                    RowsOf(
                        RandomRules.Rule(
                            new Dictionary<string, object?>
                            {
                                ["s1"] = left,
                                ["p1"] = right,
                                ["s2"] = s2,
                                ["condition"] = spelled.Replace(
                                    "s1",
                                    "(s1 or p1)",
                                    StringComparison.Ordinal
                                ),
                            }
                        )!,
                        batch
                    )
                );
            }
        }

        Assert.True(asked > 100 && hits > asked, $"{asked} rules, {hits} hits");
    }

    /// <summary>A selection with its keys and the lists below them in the other order.</summary>
    static object Turned(object selection) =>
        selection switch
        {
            string[] texts => texts.Reverse().ToArray(),
            Dictionary<string, object?> items => items
                .Reverse()
                .ToDictionary(
                    pair => pair.Key,
                    pair => pair.Value is string[] list ? list.Reverse().ToArray() : pair.Value
                ),
            _ => selection,
        };

    /// <summary>A condition without <c>1 of</c> and <c>all of</c>.</summary>
    static string Spelled(string condition) =>
        condition
            .Replace("1 of s*", "(s1 or s2)", StringComparison.Ordinal)
            .Replace("all of s*", "(s1 and s2)", StringComparison.Ordinal);

    /// <summary>Two selections of which one holds where this one does; null where it has no list that or joins.</summary>
    static (object Left, object Right)? Parted(object selection)
    {
        if (selection is string[] { Length: > 1 } texts)
        {
            return (texts[..1], texts[1..]);
        }

        if (
            selection is not Dictionary<string, object?> items
            || items.FirstOrDefault(pair =>
                pair.Value is string[] { Length: > 1 }
                && !pair.Key.Contains("|all", StringComparison.Ordinal)
                && !pair.Key.Contains("|neq", StringComparison.Ordinal)
            )
                is not { Key: { } key, Value: string[] list }
        )
        {
            return null;
        }

        return (
            new Dictionary<string, object?>(items) { [key] = list[..1] },
            new Dictionary<string, object?>(items) { [key] = list[1..] }
        );
    }

    static List<int> RowsOf(SigmaRule rule, EventBatch batch) =>
        [
            .. new SigmaMatcher(SigmaCompiler.Compile([rule], Shipped.Logsources))
                .Match(batch)
                .Select(hit => hit.Row),
        ];
}
