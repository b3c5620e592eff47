using System.Globalization;
using System.Text;
using CsCheck;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Correlations;
using Harrier.Sigma.Language;
using Harrier.Sigma.Matching;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>Cases worked by hand, and the windows against a reference that looks at every pair of events.</summary>
public class CorrelationTests
{
    static readonly Dictionary<string, YamlMappingNode> s_cases = Read();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Hits_are_those_of_the_case(string name)
    {
        var node = s_cases[name];
        var more = node.Children.TryGetValue("more", out var text) ? $"---\n{text}" : "";
        var compiled = Compile(((YamlScalarNode)node["correlation"]).Value!, more);
        Assert.Empty(compiled.NotRun);
        var events = Texts(node["events"]).Select((one, at) => Event(compiled, one, at)).ToList();

        var hits = Run(compiled, events);

        Assert.Equal(Texts(node["hits"]), hits.Select(Shown));
        events.Reverse();
        Assert.Equal(Texts(node["hits"]), Run(compiled, events).Select(Shown));
    }

    [Fact]
    public void Windows_are_equal_to_a_count_of_all_pairs_in_whatever_order_events_arrive() // S-924
    {
        var types = Of(
            "event_count|gte: N",
            "event_count|gt: 1, lte: N",
            "event_count|neq: N",
            "value_count|field: F, gte: N",
            "value_sum|field: F, gt: N",
            "value_sum|field: F, lt: N",
            "value_avg|field: F, gt: 1.5",
            "value_percentile|field: F, percentile: 37.5, gte: N",
            "value_median|field: F, lte: 1",
            "temporal|gte: N",
            "temporal|eq: N",
            "temporal|",
            "temporal|a and (b or not c)",
            "temporal|not a and 1 of b",
            "temporal_ordered|",
            "temporal_ordered|gte: N"
        );
        var one = Gen.Select(
            Gen.Int[0, 30],
            Of("a", "b", "c", "a+b", "a+c", "a+b+c"),
            Of("U=x", "U=y", ""),
            Of("F=1", "F=2", "F=3", "F=-1.25", "F=0.1", "F=2", "F=z", "")
        );
        Gen.Select(types, Gen.Int[1, 4], Gen.Int[1, 12], one.Array[0, 25], Gen.Int)
            .Sample(
                (type, n, span, all, seed) =>
                {
                    var parts = type.Replace("N", $"{n}", StringComparison.Ordinal).Split('|');
                    var condition =
                        parts[1].Length == 0 ? ""
                        : parts[1].Contains(':', StringComparison.Ordinal)
                            ? $", condition: {{{parts[1]}}}"
                        : $", condition: {parts[1]}";
                    var compiled = Compile(
                        $"type: {parts[0]}, rules: [a, b, c], group-by: [U], timespan: {span}s{condition}",
                        ""
                    );
                    Assert.Empty(compiled.NotRun);
                    var events = all.Select(
                            (e, at) =>
                                Event(compiled, $"{e.Item1} {e.Item2} {e.Item3} {e.Item4}", at)
                        )
                        .ToArray();
                    var expected = Reference(compiled, events, span * 1_000_000L);
                    new Random(seed).Shuffle(events);

                    var found = Run(compiled, events)
                        .Select(hit => (hit.Group[0].Value, hit.Last, Math.Round(hit.Value, 9)))
                        .Order();

                    Assert.Equal(expected.Order(), found);
                },
                iter: 3_000
            );
    }

    [Fact]
    public void A_stream_waits_for_what_is_late_within_its_bound_and_counts_the_rest() // S-924
    {
        var compiled = Compile("type: temporal_ordered, rules: [a, b], timespan: 1m", "");
        var correlator = new SigmaCorrelator(
            compiled,
            new SigmaCorrelationLimits(LatenessMicroseconds: 5_000_000)
        );

        correlator.Add(Event(compiled, "10 b", 1));
        correlator.Add(Event(compiled, "6 a", 2));
        Assert.Empty(correlator.Advance());
        correlator.Add(Event(compiled, "4 a", 3));
        correlator.Add(Event(compiled, "16 c", 4));

        Assert.Equal("t 6-10 2 2", Shown(Assert.Single(correlator.Advance())));
        Assert.Equal(1, correlator.Losses.Late);
    }

    [Fact]
    public void State_is_bounded_and_what_was_given_up_is_told()
    {
        var compiled = Compile(
            "type: event_count, rules: [a], group-by: [U], timespan: 1h, condition: {gte: 50}",
            ""
        );
        var correlator = new SigmaCorrelator(
            compiled,
            new SigmaCorrelationLimits(GroupEvents: 40, Events: 100, Groups: 10)
        );
        for (var at = 0; at < 60; at++)
        {
            correlator.Add(Event(compiled, $"{at} a U=x", at));
        }

        for (var at = 60; at < 80; at++)
        {
            correlator.Add(Event(compiled, $"{at} a U=u{at}", at));
        }

        Assert.Empty(correlator.Complete());
        Assert.Equal(11, correlator.Losses.EvictedGroups);
        Assert.Equal(20 + 40 + 10, correlator.Losses.EvictedEvents);
    }

    [Fact]
    public void A_hit_names_the_last_of_many_events_and_says_how_many_there_are() // S-931
    {
        var compiled = Compile(
            "type: event_count, rules: [a], timespan: 1h, condition: {gte: 200}",
            ""
        );

        var hit = Assert.Single(
            Run(
                compiled,
                [.. Enumerable.Range(0, 200).Select(at => Event(compiled, $"{at} a", at))]
            )
        );

        Assert.Equal(200, hit.Count);
        Assert.Equal(0, hit.First);
        Assert.Equal(Enumerable.Range(150, 50), hit.Events.Select(one => (int)one.Record));
    }

    [Theory]
    [InlineData("type: temporal, rules: [a, nothing], timespan: 1m", "", "'nothing'")]
    [InlineData(
        "type: temporal, rules: [a, t2], timespan: 1m",
        "type: temporal, rules: [t], timespan: 1m",
        "itself"
    )]
    [InlineData(
        "type: temporal_ordered, rules: [a, b], timespan: 1m, condition: a and b",
        "",
        "order"
    )]
    public void What_can_not_run_says_why(string correlation, string other, string why) // S-942
    {
        var more = other.Length == 0 ? "" : $"---\ntitle: t2\nname: t2\ncorrelation: {{{other}}}\n";

        var compiled = Compile(correlation, more);

        Assert.Empty(compiled.Correlations);
        Assert.Contains(compiled.NotRun, one => one.Why.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public void Rules_that_a_correlation_refers_to_are_silent_unless_it_generates()
    {
        var silent = Compile("type: temporal, rules: [a, b], timespan: 1m", "");
        var told = Compile("type: temporal, rules: [a, b], timespan: 1m, generate: true", "");

        Assert.All(silent.Rules, rule => Assert.False(silent.AlertsAlone(rule)));
        Assert.All(told.Rules, rule => Assert.True(told.AlertsAlone(rule)));
        Assert.Equal(["a", "b"], told.Rules.Select(rule => rule.Title));
    }

    [Fact]
    public void Hits_of_batches_are_grouped_by_columns_and_by_keys_of_extra()
    {
        var set = SigmaRules.Parse(
            """
            title: whoami
            name: whoami
            logsource: {category: process_creation, product: windows}
            detection: {s: {CommandLine: whoami}, condition: s}
            ---
            title: t
            correlation:
              type: value_count
              rules: [whoami]
              group-by: [User, Zone]
              timespan: 10s
              condition: {field: ParentImage, gte: 2}
            """,
            "c.yml"
        );
        var batch = new EventBatch(EventClasses.Process);
        void Row(long time, string user, string parent)
        {
            batch.SetInt(CommonColumns.Time, time);
            batch.SetInt(CommonColumns.Record, batch.Count);
            batch.SetText(CommonColumns.File, "f"u8);
            batch.SetText(CommonColumns.Source, "sysmon"u8);
            batch.SetText(CommonColumns.Action, "start"u8);
            batch.SetText(CommonColumns.User, Encoding.UTF8.GetBytes(user));
            batch.SetText(EventClasses.Process.FindSigma("CommandLine")!.Ordinal, "whoami"u8);
            batch.SetText(
                EventClasses.Process.FindSigma("ParentImage")!.Ordinal,
                Encoding.UTF8.GetBytes(parent)
            );
            batch.SetText(CommonColumns.Extra, "{\"Zone\":7}"u8);
            batch.EndRow();
        }

        Row(3_000_000, "u", "b.exe");
        Row(1_000_000, "u", "a.exe");
        Row(2_000_000, "v", "a.exe");
        var feed = new SigmaCorrelationFeed(
            CompiledCorrelations.Compile(set.Rules, set.Correlations),
            Shipped.Logsources
        );

        feed.Add(
            batch,
            new SigmaMatcher(SigmaCompiler.Compile(set.Rules, Shipped.Logsources)).Match(batch)
        );

        Assert.Equal("t 1-3 2 2 User=u Zone=7", Shown(Assert.Single(feed.Complete())));
        Assert.Contains(
            EventClasses.Process.Columns[CommonColumns.Extra],
            feed.ColumnsFor(EventClasses.Process)
        );
    }

    [Fact]
    public void A_field_is_where_the_log_source_has_it_for_that_kind_of_row()
    {
        var set = SigmaRules.Parse(
            """
            title: any
            name: any
            logsource: {product: windows, service: security}
            detection: {s: {EventID: [4624, 4672]}, condition: s}
            ---
            title: t
            correlation:
              type: event_count
              rules: [any]
              group-by: [SubjectUserName]
              timespan: 10s
              condition: {gte: 2}
            """,
            "c.yml"
        );
        var batch = new EventBatch(EventClasses.Logon);
        void Row(long time, int eventId, string subject, string target)
        {
            batch.SetInt(CommonColumns.Time, time);
            batch.SetInt(CommonColumns.Record, batch.Count);
            batch.SetText(CommonColumns.File, "f"u8);
            batch.SetText(CommonColumns.Source, "windows-security"u8);
            batch.SetText(CommonColumns.Channel, "Security"u8);
            batch.SetInt(CommonColumns.EventId, eventId);
            foreach (
                var (column, value) in new[] { ("subject_user", subject), ("target_user", target) }
            )
            {
                batch.SetText(
                    EventClasses.Logon.Find(column)!.Ordinal,
                    Encoding.UTF8.GetBytes(value)
                );
            }

            batch.EndRow();
        }

        // 4672 gives privileges to its subject, whom the lake keeps as the target.
        Row(1_000_000, 4624, "ann", "bob");
        Row(2_000_000, 4672, "x", "ann");
        Row(3_000_000, 4624, "bob", "x");
        var feed = new SigmaCorrelationFeed(
            CompiledCorrelations.Compile(set.Rules, set.Correlations),
            Shipped.Logsources
        );

        feed.Add(
            batch,
            new SigmaMatcher(SigmaCompiler.Compile(set.Rules, Shipped.Logsources)).Match(batch)
        );

        Assert.Equal("t 1-2 2 2 SubjectUserName=ann", Shown(Assert.Single(feed.Complete())));
    }

    static Gen<string> Of(params string[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(at => texts[at]);

    static IReadOnlyList<SigmaCorrelationHit> Run(
        CompiledCorrelations compiled,
        IReadOnlyList<SigmaCorrelationEvent> events
    )
    {
        var correlator = new SigmaCorrelator(compiled);
        foreach (var one in events)
        {
            correlator.Add(one);
        }

        return correlator.Complete();
    }

    /// <summary>By the definitions: every window is looked through for every event.</summary>
    static List<(string, long, decimal)> Reference(
        CompiledCorrelations compiled,
        IReadOnlyList<SigmaCorrelationEvent> events,
        long span
    )
    {
        var correlation = compiled.Correlations.Single();
        var condition = correlation.Condition;
        var hits = new List<(string, long, decimal)>();
        string? ValueOf(SigmaCorrelationEvent one, string field) =>
            compiled.Fields.ToList().IndexOf(field) is >= 0 and var slot ? one.Values[slot] : null;
        decimal? Number(SigmaCorrelationEvent one) =>
            decimal.TryParse(
                ValueOf(one, "F"),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : null;
        bool Says(SigmaCorrelationEvent one) =>
            correlation.Type switch
            {
                CorrelationType.ValueCount => ValueOf(one, "F") is not null,
                CorrelationType.ValueSum
                or CorrelationType.ValueAvg
                or CorrelationType.ValuePercentile => Number(one) is not null,
                _ => true,
            };
        bool Seen(List<SigmaCorrelationEvent> window, string rule) =>
            window.Any(one => one.Rules.Any(at => compiled.Rules[at].Title == rule));
        decimal Measure(List<SigmaCorrelationEvent> window)
        {
            var numbers = window.Select(Number).OfType<decimal>().Order().ToList();
            switch (correlation.Type)
            {
                case CorrelationType.EventCount:
                    return window.Count;
                case CorrelationType.ValueCount:
                    return window.Select(one => ValueOf(one, "F")).Distinct().Count();
                case CorrelationType.ValueSum:
                    return numbers.Sum();
                case CorrelationType.ValueAvg:
                    return numbers.Average();
                case CorrelationType.ValuePercentile:
                    var rank = condition.Percentile!.Value / 100 * (numbers.Count - 1);
                    var low = (int)decimal.Floor(rank);
                    var high = Math.Min(low + 1, numbers.Count - 1);
                    return numbers[low] + (numbers[high] - numbers[low]) * (rank - low);
                case CorrelationType.Temporal:
                    return correlation.Rules.Count(rule => Seen(window, rule));
                default:
                    var step = 0;
                    foreach (var one in window)
                    {
                        if (
                            step < 3
                            && one.Rules.Any(at =>
                                compiled.Rules[at].Title == correlation.Rules[step]
                            )
                        )
                        {
                            step++;
                        }
                    }

                    return step;
            }
        }

        bool Holds(List<SigmaCorrelationEvent> window)
        {
            var value = Measure(window);
            return condition.Expression is not null
                ? condition.Expression
                    is Harrier.Sigma.Conditions.ConditionTree.And
                    {
                        Terms: [Harrier.Sigma.Conditions.ConditionTree.Name, ..]
                    }
                    ? Seen(window, "a") && (Seen(window, "b") || !Seen(window, "c"))
                    : !Seen(window, "a") && Seen(window, "b")
                : condition.Bounds.Count == 0
                    ? value == 3
                    : value > 0 || correlation.Type is not CorrelationType.TemporalOrdered
                        ? condition.Bounds.All(bound =>
                            bound.Operator switch
                            {
                                CorrelationOperator.Gt => value > bound.Threshold,
                                CorrelationOperator.Gte => value >= bound.Threshold,
                                CorrelationOperator.Lt => value < bound.Threshold,
                                CorrelationOperator.Lte => value <= bound.Threshold,
                                CorrelationOperator.Eq => value == bound.Threshold,
                                _ => value != bound.Threshold,
                            }
                        )
                        : false;
        }

        foreach (
            var group in events
                .Where(one => ValueOf(one, "U") is not null && Says(one))
                .OrderBy(one => one.Reference)
                .GroupBy(one => ValueOf(one, "U")!)
        )
        {
            var all = group.ToList();
            var windows = all.Select(
                    (one, at) =>
                        all.Take(at + 1)
                            .Where(other => other.Reference.Time >= one.Reference.Time - span)
                            .ToList()
                )
                .ToList();
            for (var at = 0; at < all.Count; at++)
            {
                var isSilentBefore =
                    at == 0 || all[at].Reference.Time - all[at - 1].Reference.Time > span;
                if (!Holds(windows[at]) || (!isSilentBefore && Holds(windows[at - 1])))
                {
                    continue;
                }

                if (condition.Expression is not null)
                {
                    var wanted =
                        condition.Expression.ToString()!.StartsWith("And", StringComparison.Ordinal)
                        && Seen([.. windows[at]], "a")
                            ? new[] { "a", "b" }
                            : ["b"];
                    var first = wanted
                        .Select(rule => windows[at].LastOrDefault(one => Seen([one], rule)))
                        .Where(one => one.Values is not null)
                        .Min(one => one.Reference.Time);
                    var later = all.Skip(at)
                        .TakeWhile(one => one.Reference.Time <= first + span)
                        .Count();
                    if (!Enumerable.Range(at, later).All(next => Holds(windows[next])))
                    {
                        continue;
                    }
                }

                hits.Add((group.Key, all[at].Reference.Time, Math.Round(Measure(windows[at]), 9)));
            }
        }

        return hits;
    }

    static CompiledCorrelations Compile(string correlation, string more)
    {
        var rules = string.Concat(
            "abcd".Select(name =>
                $"title: {name}\nname: {name}\nlogsource: {{category: process_creation}}\ndetection: {{s: {{A: 1}}, condition: s}}\n---\n"
            )
        );
        var set = SigmaRules.Parse(
            $"{rules}title: t\nname: t\ncorrelation: {{{correlation}}}\n{more}",
            "c.yml"
        );
        Assert.Empty(set.Diagnostics);
        return CompiledCorrelations.Compile(set.Rules, set.Correlations);
    }

    static SigmaCorrelationEvent Event(CompiledCorrelations compiled, string text, int at)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fields = parts[2..].Select(part => part.Split('=')).ToDictionary(p => p[0], p => p[1]);
        var titles = compiled.Rules.Select(rule => rule.Title).ToList();
        var rules = parts[1]
            .Split('+')
            .Select(name => titles.IndexOf(name))
            .Where(rule => rule >= 0)
            .ToList();
        return new SigmaCorrelationEvent(
            new SigmaEventReference(
                (long)(decimal.Parse(parts[0], CultureInfo.InvariantCulture) * 1_000_000),
                "process",
                "f",
                at
            ),
            rules,
            [.. compiled.Fields.Select(fields.GetValueOrDefault)]
        );
    }

    static string Shown(SigmaCorrelationHit hit) =>
        string.Join(
            ' ',
            hit.Group.Select(pair => $"{pair.Key}={pair.Value}")
                .Prepend($"{hit.Count}")
                .Prepend(
                    hit.Value.ToString(
                        "0.############################",
                        CultureInfo.InvariantCulture
                    )
                )
                .Prepend($"{Seconds(hit.First)}-{Seconds(hit.Last)}")
                .Prepend(hit.Correlation.Title)
        );

    static string Seconds(long time) =>
        (time / 1_000_000m).ToString("0.######", CultureInfo.InvariantCulture);

    static string[] Texts(YamlNode node) =>
        [.. ((YamlSequenceNode)node).Select(item => ((YamlScalarNode)item).Value!)];

    static Dictionary<string, YamlMappingNode> Read()
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(
            RepositoryRoot.Combine("tests", "Harrier.Tests", "Sigma", "Correlations.cases.yaml")
        );
        stream.Load(reader);
        return ((YamlSequenceNode)stream.Documents[0].RootNode)
            .Cast<YamlMappingNode>()
            .ToDictionary(node => ((YamlScalarNode)node["case"]).Value!);
    }
}
