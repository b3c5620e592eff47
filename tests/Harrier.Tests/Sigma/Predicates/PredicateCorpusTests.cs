using System.Text;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Modifiers;
using Harrier.Sigma.Predicates;
using Harrier.Tests.Store;

namespace Harrier.Tests.Sigma.Predicates;

/// <summary>SQL of a rule gives the rows that the matcher hits, or there is none.</summary>
public sealed class PredicateCorpusTests
{
    /// <summary>Every eighth rule: all take a minute.</summary>
    [Fact]
    public void Rules_of_the_corpus_get_the_same_rows_by_SQL_as_from_the_matcher()
    {
        var rules = SigmaRules
            .Load([Corpus.Need("sigma-rules")])
            .Rules.Where((_, index) => index % 8 == 0)
            .ToList();
        var compiled = SigmaCompiler.Compile(rules, Shipped.Logsources);
        var random = new Random(1);
        using var lake = new TestLake();
        var hits = new Dictionary<(SigmaRule, string), List<int>>();
        foreach (var eventClass in compiled.Classes)
        {
            var batch = MatcherCorpusTests.Batch(compiled, eventClass, random);
            foreach (var group in new SigmaMatcher(compiled).Match(batch).GroupBy(hit => hit.Rule))
            {
                hits[(group.Key, eventClass.Name)] = [.. group.Select(hit => hit.Row).Order()];
            }

            RowsBySql.Number(batch);

            lake.Import(batch);
        }

        using var store = lake.Read();
        var (asked, given, found) = (0, 0, 0);
        foreach (var rule in rules)
        {
            foreach (var one in SigmaPredicates.Of(compiled, rule))
            {
                asked++;
                if (one.Predicate is null)
                {
                    Assert.NotNull(one.Why);
                    continue;
                }

                given++;
                var records = RowsBySql.Of(store, one.Class, one.Predicate);

                found += records.Count;
                Assert.Equal(
                    (
                        rule.File,
                        string.Join(' ', hits.GetValueOrDefault((rule, one.Class.Name), []))
                    ),
                    (rule.File, string.Join(' ', records))
                );
            }
        }

        TestContext.Current.SendDiagnosticMessage(
            $"{given} of {asked} rules and classes as SQL, {found} rows"
        );
        Assert.True(found > 100, $"{found} rows of {given} queries of {asked} asked");
    }

    /// <summary>Texts of other rules, as they are and changed.</summary>
    [Fact]
    public void Expressions_of_the_corpus_hold_in_RE2_for_the_same_texts()
    {
        var rules = SigmaRules.Load([Corpus.Need("sigma-rules")]).Rules;
        var tests = rules
            .SelectMany(rule => rule.Detection.All())
            .OfType<SigmaNode.Item>()
            .SelectMany(item => item.Tests)
            .ToList();
        var image = EventClasses.Process.Columns[ProcessColumns.Image];
        var expressions = tests
            .OfType<RegexTest>()
            .Select(test => (Test: test, Predicate: test.Over(image)))
            .Where(pair => pair.Predicate is not null)
            .DistinctBy(pair => ((Predicate.Regex)pair.Predicate!).Pattern)
            .ToList();
        var texts = tests
            .Select(test => test.Literal)
            .OfType<string>()
            .Concat(expressions.Select(pair => ((Predicate.Regex)pair.Predicate!).Pattern))
            .Concat(["ſ\u212A", "a\n", "Ⅷ", "4.5.6\n\n", "", "\u00A0", "٣", "kKsS"])
            .SelectMany(text =>
                new[] { text, text.ToUpperInvariant(), text.Replace('s', 'ſ') + "\n" }
            )
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Where((text, index) => index % 4 == 0 || text.Length < 4)
            .ToList();
        var batch = TestLake.Processes(
            texts.Select((text, index) => (TestLake.Day0 + index, "h", text, "", 0L))
        );
        using var lake = new TestLake();
        lake.Import(batch);
        using var store = lake.Read();

        foreach (var (test, predicate) in expressions)
        {
            var records = RowsBySql.Of(store, EventClasses.Process, predicate!);

            Assert.Equal(
                Enumerable.Range(0, texts.Count).Where(index => test.Holds(texts[index])),
                records
            );
        }

        Assert.True(expressions.Count > 50, $"{expressions.Count}");
    }

    [Theory]
    [InlineData("a.b+", @"a.b+")]
    [InlineData(@"\d{2,}\s", @"[0-9]{2,}[\x{9}-\x{d} ]")]
    [InlineData("^a$", @"^a(?:\n?\z)")]
    [InlineData("(?i)k1", @"[kK\x{212a}]1")]
    [InlineData("(?i)[^a-f]", "[^a-fA-F]")]
    [InlineData("(?i)s|t", "(?:s|S)|[tT]")]
    [InlineData("[Kk]|a", "(?:K|k)|a")]
    [InlineData("[]a-]", @"[\x{5d}a\x{2d}]")]
    [InlineData("a{x}", @"a\x{7b}x\x{7d}")]
    [InlineData(@"\bx", null)]
    [InlineData("[a-z-[aeiou]]", null)]
    [InlineData("(?i)é", null)]
    [InlineData("(?<name>a)", null)]
    [InlineData("a{2000}", null)]
    [InlineData(@"\p{L}", null)]
    public void An_expression_is_written_for_RE2_or_given_up(string pattern, string? expected) =>
        Assert.Equal(
            expected,
            Re2Pattern.Of(pattern, System.Text.RegularExpressions.RegexOptions.None)
        );
}
