using System.Security.Cryptography;
using CsCheck;
using Harrier.Sigma;
using Harrier.Sigma.Caching;
using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Tests.Sigma.Caching;

public sealed class RuleCacheTests : IDisposable
{
    const int Files = 120;
    const int HeaderBytes = 14 + 32 + 32;

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-cache-").FullName;

    string Cache => Path.Combine(_folder, "cache");

    string Rules => Path.Combine(_folder, "rules");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public RuleCacheTests()
    {
        Directory.CreateDirectory(Rules);
        for (var number = 0; number < Files; number++)
        {
            Put(number, Rule(number));
        }
    }

    static string Rule(int number) =>
        number switch
        {
            0 => "title: [broken",
            1 =>
                "title: a filter\nlogsource: {product: windows}\nfilter: {rules: any, s: {B: 2}, condition: not s}\n",
            2 =>
                "title: often\ncorrelation: {type: event_count, rules: [r3], group-by: [A], timespan: 5m, condition: {gte: 2}}\n",
            _ => $$"""
                title: rule {{number}}
                name: r{{number}}
                author: Anna, Zoé
                references: [https://example.org/{{number}}]
                license: MIT
                tags: [attack.t1059.001]
                logsource: {product: windows, category: process_creation}
                detection:
                  s: {A|contains|windash: [' -x{{number}}', 'ä?b'], B|re: 'a{{number}}.*b', C|cidr: 10.0.0.0/8, D|gte: {{number}}, E: null}
                  t: {F|fieldref: G, H|exists: true, T|hour: 5, U|minute|gt: 5}
                  k: [word, 'x%y']
                  p: {P{{(number == 5 ? "|expand" : "")}}: '%names%'}
                  condition: (s or t) and not k or 1 of p*

                """,
        };

    void Put(int number, string text) =>
        File.WriteAllText(Path.Combine(Rules, $"{number:000}.yml"), text);

    SigmaRuleSet Load(Placeholders? placeholders = null) =>
        SigmaRules.Load([Rules], placeholders, new RuleCache(Cache));

    string[] Kept => Directory.Exists(Cache) ? Directory.GetFiles(Cache) : [];

    [Fact]
    public void What_is_read_from_the_cache_is_what_the_files_say()
    {
        var set = SigmaRules.Load([Rules]);
        Assert.Equal(
            (Files - 4, 1, 2),
            (set.Rules.Count, set.Correlations.Count, set.Diagnostics.Count)
        );
        var expected = CachedForm.Told(set);

        Assert.Equal(expected, CachedForm.Told(Load()));
        Assert.Single(Kept);
        var written = File.GetLastWriteTimeUtc(Kept[0]);
        Assert.Equal(expected, CachedForm.Told(Load()));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Assert.Single(Kept)));
    }

    [Fact]
    public void All_public_rules_come_back_as_they_were()
    {
        var rules = Corpus.Need("sigma-rules");
        var expected = SigmaRules.Load([rules]);
        var cache = new RuleCache(Cache);

        foreach (var turn in (string[])["written", "read"])
        {
            var set = SigmaRules.Load([rules], null, cache);

            Assert.Equal(expected.Files, set.Files);
            Assert.Equal(expected.Diagnostics, set.Diagnostics);
            Assert.Equal(expected.Notices, set.Notices);
            Assert.Equal(expected.Rules.Count, set.Rules.Count);
            Assert.Equal(
                expected.Correlations.Select(CachedForm.Told),
                set.Correlations.Select(CachedForm.Told)
            );
            foreach (var (before, after) in expected.Rules.Zip(set.Rules))
            {
                Assert.Equal(CachedForm.Told(before), CachedForm.Told(after));
            }

            Assert.True(Kept.Length == 1, turn);
        }
    }

    [Fact]
    public void Every_kind_of_node_and_test_has_a_form()
    {
        var nodes = LanguageCasesTests
            .Documents()
            .SelectMany(documents => CachedForm.Of(documents).Rules)
            .SelectMany(rule => rule.Detection.All())
            .ToList();
        var tests = nodes.SelectMany(node =>
            node switch
            {
                SigmaNode.Item item => item.Tests,
                SigmaNode.Keyword keyword => keyword.Tests,
                _ => [],
            }
        );

        Assert.Equal(Kinds<SigmaNode>(), Names(nodes));
        Assert.Equal(Kinds<ValueTest>(), Names(tests));

        static IEnumerable<string> Kinds<T>() =>
            typeof(T)
                .Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(T)))
                .Select(type => type.Name)
                .Order(StringComparer.Ordinal);

        static IEnumerable<string> Names(IEnumerable<object> items) =>
            items.Select(item => item.GetType().Name).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_file_or_a_placeholder_that_changes_is_seen()
    {
        _ = Load();
        Put(7, Rule(7).Replace("rule 7", "rule seven", StringComparison.Ordinal));
        Assert.Contains(Load().Rules, rule => rule.Title == "rule seven");

        File.Delete(Path.Combine(Rules, "008.yml"));
        Assert.DoesNotContain(Load().Rules, rule => rule.Title == "rule 8");

        Assert.DoesNotContain(Load().Rules, rule => rule.Title == "rule 5");
        var names = new Dictionary<string, IReadOnlyList<string>> { ["names"] = ["a"] };
        Assert.Contains(Load(new Placeholders(names)).Rules, rule => rule.Title == "rule 5");
        Assert.Equal(4, Kept.Length);
    }

    [Fact]
    public void What_was_cut_off_or_changed_on_the_disk_is_read_anew()
    {
        var expected = CachedForm.Told(Load());
        var whole = File.ReadAllBytes(Kept[0]);
        Gen.Int[0, whole.Length - 1]
            .Select(Gen.Byte[1, 255], Gen.Bool)
            .Sample(
                (at, mask, isCut) =>
                {
                    byte[] bytes = isCut ? whole[..at] : [.. whole];
                    if (!isCut)
                    {
                        bytes[at] ^= mask;
                    }

                    File.WriteAllBytes(Kept[0], bytes);
                    Assert.Equal(expected, CachedForm.Told(Load()));
                    Assert.Equal(whole, File.ReadAllBytes(Kept[0]));
                },
                iter: 60,
                threads: 1
            );
    }

    [Fact]
    public void Bytes_that_were_forged_with_their_sum_crash_nothing()
    {
        _ = Load();
        var whole = File.ReadAllBytes(Kept[0]);
        Gen.Int[HeaderBytes, whole.Length - 1]
            .Select(Gen.Byte)
            .Array[1, 3]
            .Sample(
                changes =>
                {
                    byte[] bytes = [.. whole];
                    foreach (var (at, value) in changes)
                    {
                        bytes[at] = value;
                    }

                    SHA256.HashData(bytes.AsSpan(HeaderBytes)).CopyTo(bytes, HeaderBytes - 32);
                    File.WriteAllBytes(Kept[0], bytes);
                    _ = Load();
                },
                iter: 300,
                threads: 1
            );
    }

    [Fact]
    public void The_oldest_go()
    {
        for (var turn = 0; turn < 11; turn++)
        {
            Put(3, Rule(3) + $"# {turn}\n");
            _ = Load();
        }

        Assert.Equal(8, Kept.Length);
    }

    [Fact]
    public void A_few_files_are_not_kept()
    {
        _ = SigmaRules.Load([Path.Combine(Rules, "003.yml")], null, new RuleCache(Cache));
        Assert.Empty(Kept);
    }

    [Fact]
    public void A_folder_that_can_not_be_made_is_no_fault()
    {
        File.WriteAllText(Cache, "in the way");
        Assert.Equal(CachedForm.Told(SigmaRules.Load([Rules])), CachedForm.Told(Load()));
    }

    [Fact]
    public void Half_a_surrogate_pair_comes_back()
    {
        const string Half = "a\uD800b";
        var documents = new SigmaDocuments();
        documents.Diagnostics.Add(new SigmaDiagnostic("f", 1, 1, "c", Half, "é"));

        Assert.Equal(documents.Diagnostics, CachedForm.Of(documents).Diagnostics);
    }
}
