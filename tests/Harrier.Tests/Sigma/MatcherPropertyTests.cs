using System.Text.Json;
using CsCheck;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Tests.Sigma.Slow;

namespace Harrier.Tests.Sigma;

/// <summary>
/// Random rules on events made of their own texts: the matcher, the slow one and single events agree, and what must not change
/// an answer (a known value, the order and number of rows, a double negation, another name) does not.
/// </summary>
public class MatcherPropertyTests
{
    [Fact]
    public void Three_ways_to_ask_a_rule_agree()
    {
        var (asked, hits) = (0, 0);
        Gen.Int[0, int.MaxValue - 1]
            .Sample(
                seed =>
                {
                    if (Check(new Random(seed)) is { } met)
                    {
                        asked++;
                        hits += met;
                    }
                },
                iter: 1_000,
                threads: 1
            );

        Assert.True(asked > 300 && hits > asked, $"{asked} rules, {hits} hits");
    }

    /// <summary>
    /// Values of two columns whose hashes were the same under seeds that stand near each other: one was taken for the other. Each
    /// matcher has seeds of its own, so that some must be tried.
    /// </summary>
    [Fact]
    public void Values_of_a_column_are_not_taken_for_those_of_another()
    {
        var rule = SigmaRules
            .Parse(
                """
                title: t
                logsource: {category: process_creation, product: windows}
                detection:
                  s1: {Image: b234567c}
                  s2: {CommandLine: nothing}
                  condition: 1 of s*
                """,
                "seeds.yml"
            )
            .Rules.Single();
        var batch = ProcessEvents.Batch([
            """{"Image":"b234567c"}""",
            .. from first in "abcdefghijklmno"
            from last in "abcdefghijklmno"
            select $$"""{"CommandLine":"{{first}}234567{{last}}"}""",
        ]);
        for (var turn = 0; turn < 50; turn++)
        {
            Assert.Equal([0], RowsOf(rule, batch));
        }
    }

    /// <summary>How many events met a random rule; null where it was refused.</summary>
    static int? Check(Random random)
    {
        var (s1, s2) = (RandomRules.Selection(random), RandomRules.Selection(random));
        var condition = RandomRules.One(RandomRules.Conditions, random);
        if (RandomRules.Rule(s1, s2, condition, "s") is not { } rule)
        {
            return null;
        }

        var events = Enumerable.Range(0, 24).Select(_ => RandomRules.Event(random)).ToArray();
        var expected = Enumerable
            .Range(0, events.Length)
            .Where(row => SigmaEvent.Matches(rule, JsonDocument.Parse(events[row]).RootElement))
            .ToArray();
        var compiled = SigmaCompiler.Compile([rule], Shipped.Logsources);
        var fast = new SigmaMatcher(compiled);
        var batch = ProcessEvents.Batch(events);

        Assert.Equal(expected, Rows(new SlowMatcher(compiled).Match(batch)));
        Assert.Equal(expected, Rows(fast.Match(batch)));
        Assert.Equal(expected, Rows(fast.Match(batch)));
        Assert.Equal(
            expected,
            Enumerable
                .Range(0, events.Length)
                .Reverse()
                .Where(row => fast.Match(ProcessEvents.Batch([events[row]])).Count > 0)
                .Order()
        );
        var backwards = events.Reverse().ToArray();
        Assert.Equal(
            expected,
            Rows(fast.Match(ProcessEvents.Batch(backwards)))
                .Select(row => events.Length - 1 - row)
                .Order()
        );
        Assert.Equal(
            expected,
            RowsOf(RandomRules.Rule(s1, s2, $"not not ({condition})", "s")!, batch)
        );
        Assert.Equal(
            expected,
            RowsOf(
                RandomRules.Rule(
                    s1,
                    s2,
                    condition.Replace('s', 't').Replace("1 of", "any of"),
                    "t"
                )!,
                batch
            )
        );
        return expected.Length;
    }

    static IEnumerable<int> RowsOf(SigmaRule rule, EventBatch batch) =>
        Rows(new SigmaMatcher(SigmaCompiler.Compile([rule], Shipped.Logsources)).Match(batch));

    static IEnumerable<int> Rows(IReadOnlyList<SigmaHit> hits) => hits.Select(hit => hit.Row);
}
