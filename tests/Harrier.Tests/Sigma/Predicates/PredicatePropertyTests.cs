using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Harrier.Sigma.Predicates;
using Harrier.Tests.Store;

namespace Harrier.Tests.Sigma.Predicates;

/// <summary>SQL of random rules, and of what the public rules never ask, gives the rows that the matcher hits.</summary>
public sealed class PredicatePropertyTests
{
    [Fact]
    public void Random_rules_get_the_same_rows_by_SQL_as_from_the_matcher()
    {
        var random = new Random(7);
        var batch = ProcessEvents.Batch([
            .. Enumerable.Range(0, 150).Select(_ => RandomRules.Event(random)),
        ]);
        var rules = Enumerable
            .Range(0, 300)
            .Select(_ =>
                RandomRules.Rule(
                    RandomRules.Selection(random),
                    RandomRules.Selection(random),
                    RandomRules.One(RandomRules.Conditions, random),
                    "s"
                )
            )
            .OfType<SigmaRule>()
            .ToList();
        var (given, found) = Compare(batch, rules);
        Assert.True(given > 100 && found > given, $"{given} of {rules.Count} as SQL, {found} rows");
    }

    /// <summary>Times around the ends of days, weeks and years.</summary>
    static readonly string[] s_times =
    [
        "2020-12-31T23:59:59.999999Z",
        "2021-01-01T00:00:00Z",
        "2021-01-03T12:30:00Z",
        "2021-01-04T00:00:00Z",
        "2024-02-29T05:07:09Z",
        "1969-12-31T23:59:00Z",
    ];

    [Theory]
    [InlineData("hour: 0")]
    [InlineData("hour: 23")]
    [InlineData("hour|gte: 12")]
    [InlineData("minute|lt: 30")]
    [InlineData("day: 31")]
    [InlineData("week: 53")]
    [InlineData("week: 1")]
    [InlineData("month|lte: 2")]
    [InlineData("year|neq: 2021")]
    [InlineData("year: 1969")]
    public void Parts_of_times_are_those_of_the_matcher(string test)
    {
        var batch = new EventBatch(EventClasses.File);
        var created = EventClasses.File.FindSigma("CreationUtcTime")!.Ordinal;
        foreach (var time in s_times)
        {
            batch.SetText(CommonColumns.Source, "sysmon"u8);
            batch.SetText(CommonColumns.Action, "create"u8);
            batch
                .Int(created)
                .Set(
                    batch.Count,
                    (
                        DateTime.Parse(
                            time,
                            null,
                            System.Globalization.DateTimeStyles.AdjustToUniversal
                        ) - DateTime.UnixEpoch
                    ).Ticks / 10
                );
            batch.EndRow();
        }

        var (modifier, value) = (test.Split(": ")[0], test.Split(": ")[1]);
        var rule = Assert.Single(
            SigmaRules
                .Parse(
                    $"title: t\nlogsource: {{category: file_event, product: windows}}\ndetection: {{s: {{CreationUtcTime|{modifier}: {value}}}, condition: s}}",
                    "t.yml"
                )
                .Rules
        );
        var (given, found) = Compare(batch, [rule]);
        Assert.Equal(1, given);
        Assert.InRange(found, 1, s_times.Length);
    }

    /// <summary>Keys with dots and blanks, lists in lists, numbers as they are written, what is no JSON.</summary>
    static readonly string[] s_extras =
    [
        """{"a":{"b":"x"}}""",
        """{"a.b":"x","a":{"b":"y"}}""",
        """{"a":[{"b":"y"},{"b":["x",["z"]]}]}""",
        """{"a":[["x"],{"b.c":"x"}],"n":1e3}""",
        """{"a":null,"n":12345678901234567890123}""",
        """{"n":2.50,"Threat Name":"x"}""",
        """{"ThreatName":"y","Threat Name":"x"}""",
        """{"b":true,"n":"1000","a":{"c":{"b":"x"}}}""",
        """{"b":"\u017f\u212a","c":"SK"}""",
        """{"b":"c:\\Temp\\a.EXE","c":"\\a.exe"}""",
        """["x"]""",
        "x",
        "{}",
    ];

    [Theory]
    [InlineData("a.b: x")]
    [InlineData("a: x")]
    [InlineData("a.b.c: x")]
    [InlineData("a.b|neq: x")]
    [InlineData("a.b: null")]
    [InlineData("a|exists: true")]
    [InlineData("n: 1000")]
    [InlineData("n: 12345678901234567890123")]
    [InlineData("n: 2.5")]
    [InlineData("n|contains: '234567890'")]
    [InlineData("ThreatName: x")]
    [InlineData("b: 'true'")]
    [InlineData("b: sk")]
    [InlineData("b|fieldref: c")]
    [InlineData("b|fieldref|endswith: c")]
    [InlineData("b|fieldref|contains|cased: c")]
    [InlineData("a|re: '^[xz]$'")]
    [InlineData("b|contains: ''")]
    public void What_is_in_extra_is_read_as_by_the_matcher(string test)
    {
        var batch = new EventBatch(EventClasses.Process);
        foreach (var extra in s_extras)
        {
            batch.SetText(CommonColumns.Source, "sysmon"u8);
            batch.SetText(CommonColumns.Action, "start"u8);
            batch.SetText(CommonColumns.Extra, System.Text.Encoding.UTF8.GetBytes(extra));
            batch.EndRow();
        }

        var (key, value) = (test[..test.IndexOf(':')], test[(test.IndexOf(':') + 2)..]);
        var rules = SigmaRules.Parse(
            $"title: t\nlogsource: {{category: process_creation, product: windows}}\ndetection: {{s: {{{key}: {value}}}, k: [x], condition: s or not s and k}}",
            "t.yml"
        );
        var (given, _) = Compare(batch, [Assert.Single(rules.Rules)]);
        Assert.Equal(1, given);
    }

    /// <summary>How many rules have SQL, and how many rows it found: the same that the matcher did.</summary>
    static (int Given, int Found) Compare(EventBatch batch, IReadOnlyList<SigmaRule> rules)
    {
        RowsBySql.Number(batch);

        var compiled = SigmaCompiler.Compile(rules, Shipped.Logsources);
        var hits = new SigmaMatcher(compiled)
            .Match(batch)
            .ToLookup(hit => (object)hit.Rule, hit => hit.Row, ReferenceEqualityComparer.Instance);
        using var lake = new TestLake();
        lake.Import(batch);
        using var store = lake.Read();
        var (given, found) = (0, 0);
        foreach (var rule in rules)
        {
            foreach (
                var one in SigmaPredicates
                    .Of(compiled, rule)
                    .Where(one => one.Class == batch.Class && one.Predicate is not null)
            )
            {
                given++;
                var records = RowsBySql.Of(store, one.Class, one.Predicate!);

                Assert.Equal(
                    (store.Dialect.Where(one.Predicate!), string.Join(' ', hits[rule].Order())),
                    (store.Dialect.Where(one.Predicate!), string.Join(' ', records))
                );
                found += records.Count;
            }
        }

        return (given, found);
    }
}
