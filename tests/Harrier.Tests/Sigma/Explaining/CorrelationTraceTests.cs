using System.Globalization;
using System.Text.Json;
using CsCheck;
using Harrier.Sigma;
using Harrier.Sigma.Explaining;
using Harrier.Sigma.Testing;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma.Explaining;

/// <summary>Cases worked by hand, and the nearest windows against all windows looked through.</summary>
public sealed class CorrelationTraceTests
{
    static readonly Dictionary<string, YamlMappingNode> s_cases = CaseFile.Read(
        "Explaining",
        "Correlations.cases.yaml"
    );

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Explanations_are_those_of_the_case(string name)
    {
        var node = s_cases[name];
        var explained = Assert.Single(
            Explain(
                "{title: many, correlation: " + Inline(node["correlation"]) + "}",
                [.. Texts(node, "events").Select(Record)]
            )
        );
        Assert.Equal(Text(node, "condition"), explained.Condition);
        Assert.Equal(
            Texts(node, "rules"),
            explained.Rules.Select(rule =>
                string.Join(
                    ", ",
                    rule.Missing.Select(pair => $"{pair.Key} {pair.Value}")
                        .Prepend($"{rule.Title}: {rule.Events}/{rule.Counted}")
                        .Concat(rule.NoNumber > 0 ? [$"no number {rule.NoNumber}"] : [])
                )
            )
        );
        Assert.Equal(
            Texts(node, "groups"),
            explained.Nearest.Select(group =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{string.Join(", ", group.Group.Select(pair => $"{pair.Key}={pair.Value}"))}: {group.Value} lacks {group.Lacks}{(group.Seen.Count > 0 ? $" [{string.Join(' ', group.Seen)}]" : "")}{(group.Alerts > 0 ? $" x{group.Alerts}" : "")}"
                )
            )
        );
        Assert.Equal(Text(node, "cannot") ?? Text(node, "why"), explained.Why);
        Assert.Equal(Text(node, "cannot") is null, explained.CanBeAnswered);
    }

    [Fact]
    public void A_correlation_of_correlations_tells_of_both()
    {
        var explained = Explain(
            """
            title: many
            name: many
            correlation: {type: event_count, rules: [a], group-by: [u], timespan: 1m, condition: {gte: 2}}
            ---
            title: again
            correlation: {type: event_count, rules: [many], group-by: [u], timespan: 1h, condition: {gte: 2}}
            """,
            [Record("0 a u=anna"), Record("1 a u=anna"), Record("300 a u=anna")]
        );
        Assert.Equal(["many", "again"], explained.Select(one => one.Correlation.Title));
        Assert.Equal(1, explained[0].Alerts);
        Assert.Equal(1, Assert.Single(explained[1].Rules).Events);
        Assert.Contains("came to 1; asked is event_count gte 2 within 1h", explained[1].Why);
    }

    [Fact]
    public void The_nearest_window_is_that_of_all_windows()
    {
        Gen.Select(
                Gen.Int[0, 60].Array[1, 25],
                Gen.Int[0, 2].Array[25],
                Gen.Int[1, 30],
                Gen.Int[1, 6]
            )
            .Sample(
                (times, users, span, least) =>
                {
                    var events = times
                        .Select((time, at) => (Time: time, User: $"u{users[at]}"))
                        .ToList();
                    var explained = Assert.Single(
                        Explain(
                            $"{{title: many, correlation: {{type: event_count, rules: [a], group-by: [u], timespan: {span}s, condition: {{gte: {least}}}}}}}",
                            [.. events.Select(one => Record($"{one.Time} a u={one.User}"))]
                        )
                    );
                    foreach (var group in explained.Nearest)
                    {
                        var own = events
                            .Where(one => one.User == group.Group[0].Value)
                            .Select(one => one.Time)
                            .ToList();
                        var most = own.Max(end =>
                            own.Count(time => time <= end && time >= end - span)
                        );
                        Assert.Equal(own.Count, group.Events);
                        Assert.Equal(Math.Max(0, least - most), group.Lacks);
                        Assert.Equal(most >= least, group.Alerts > 0);
                        Assert.Equal(Math.Min(most, least), group.Value);
                    }

                    Assert.Equal(
                        events.Select(one => one.User).Distinct().Count(),
                        explained.Groups
                    );
                }
            );
    }

    static IReadOnlyList<CorrelationExplanation> Explain(
        string correlations,
        IReadOnlyList<string> records
    )
    {
        var rules = string.Concat(
            "abc".Select(rule =>
                $"{{title: {rule}, name: {rule}, logsource: {{product: windows}}, detection: {{s: {{rule: {rule}}}, condition: s}}}}\n---\n"
            )
        );
        var set = SigmaRules.Parse(rules + correlations, "t.yml");
        Assert.Empty(set.Diagnostics);
        var trial = new RuleTrial(set, "time");
        for (var number = 0; number < records.Count; number++)
        {
            using var record = JsonDocument.Parse(records[number]);
            trial.Add(record.RootElement, number);
        }

        _ = trial.Complete();
        return trial.Explain();
    }

    /// <summary>"second rule field=value ..." as JSON.</summary>
    static string Record(string text)
    {
        var words = text.Split(' ');
        return JsonSerializer.Serialize(
            words
                .Skip(2)
                .Select(word => word.Split('='))
                .ToDictionary(pair => pair[0], pair => pair[1])
                .Append(KeyValuePair.Create("rule", words[1]))
                .Append(
                    KeyValuePair.Create(
                        "time",
                        DateTime
                            .UnixEpoch.AddYears(50)
                            .AddSeconds(int.Parse(words[0], CultureInfo.InvariantCulture))
                            .ToString("O", CultureInfo.InvariantCulture)
                    )
                )
                .ToDictionary()
        );
    }

    static string Inline(YamlNode node) =>
        node switch
        {
            YamlMappingNode map =>
                $"{{{string.Join(", ", map.Children.Select(pair => $"{Inline(pair.Key)}: {Inline(pair.Value)}"))}}}",
            YamlSequenceNode list => $"[{string.Join(", ", list.Select(Inline))}]",
            _ => ((YamlScalarNode)node).Value!,
        };

    static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    static IEnumerable<string> Texts(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value)
            ? ((YamlSequenceNode)value).Select(item => ((YamlScalarNode)item).Value!)
            : [];
}
