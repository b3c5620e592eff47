using System.Text.Json;
using Harrier.Sigma.Language;
using Harrier.Sigma.Linting;
using Harrier.Sigma.Matching;

namespace Harrier.Sigma.Explaining;

/// <summary>One question of a rule: a field, how it is compared, with what.</summary>
/// <param name="Selection">The selection it stands in.</param>
/// <param name="Field">Empty for keywords.</param>
/// <param name="Modifier">Modifiers joined by bars; empty: compared whole.</param>
/// <param name="Expected">Values as written; null for <c>null</c>.</param>
/// <param name="Rule">The rule with this question alone.</param>
public sealed record RuleItem(
    string Selection,
    string Field,
    string Modifier,
    IReadOnlyList<string?> Expected,
    SigmaRule Rule
);

/// <summary>A rule taken apart, so that each part can be asked alone.</summary>
/// <param name="Condition">As written; several joined by <c>or</c>.</param>
/// <param name="Items">In the order they are written.</param>
/// <param name="Selections">The rule with one selection alone, by its name.</param>
/// <param name="Everything">The rule that holds for every event of the log source.</param>
public sealed record RuleSteps(
    SigmaRule Rule,
    string Condition,
    IReadOnlyList<RuleItem> Items,
    IReadOnlyList<(string Name, SigmaRule Rule)> Selections,
    SigmaRule Everything
)
{
    /// <summary>Takes the rules of a text apart; documents that can't be read are left out, <see cref="SigmaRules.Parse"/> says why.</summary>
    public static IReadOnlyList<RuleSteps> Of(string text, string file, Placeholders placeholders)
    {
        var rules = SigmaRules.Parse(text, file, placeholders).Rules;
        var reader = new SelectionReader(placeholders);
        return
        [
            .. SigmaYaml
                .Read(text, file, [])
                .OfType<YamlValue.Mapping>()
                .SelectMany(map =>
                    rules
                        .Where(rule => rule.Line == map.Place.Line)
                        .Select(rule =>
                            Of(rule, new LintDocument(file, [], map, isFirst: false), reader)
                        )
                ),
        ];
    }

    static RuleSteps Of(SigmaRule rule, LintDocument document, SelectionReader reader) =>
        new(
            rule,
            string.Join(" or ", document.Conditions.Select(condition => condition.Text)),
            [
                .. document.Items.Select(item => new RuleItem(
                    item.Selection,
                    item.Field,
                    string.Join('|', item.Modifiers),
                    [.. item.Values.Select(value => value.IsNull ? null : value.Text)],
                    rule with
                    {
                        Detection = reader.Read(AsSelection(item), item.Selection),
                    }
                )),
            ],
            [
                .. document.Selections.Select(entry =>
                    (
                        entry.Key.Text,
                        rule with
                        {
                            Detection = reader.Read(entry.Value, entry.Key.Text),
                        }
                    )
                ),
            ],
            rule with
            {
                Detection = new SigmaNode.Not(new SigmaNode.Or([])),
            }
        );

    static YamlValue AsSelection(LintItem item) =>
        item.Field.Length > 0 || item.Modifiers.Count > 0
            ? new YamlValue.Mapping([new(item.Key, item.Value)], item.Key.Place)
        : item.Value is YamlValue.Sequence list
            ? new YamlValue.Sequence([.. list.Items.OfType<YamlValue.Scalar>()], list.Place)
        : item.Value;

    /// <summary>Values of a field in an event, by the rule's name for it.</summary>
    public static IReadOnlyList<string> Values(JsonElement record, string field) =>
        SigmaEvent.Of(record).Values(field);

    /// <summary>The rule that holds where the field is there.</summary>
    public SigmaRule Present(string field) => Rule with { Detection = new SigmaNode.Exists(field) };

    /// <summary>Whether the rule could hold where none of these fields ever has a value, whatever the others say.</summary>
    public bool CanHoldWithout(IReadOnlySet<string> missing) =>
        MissingFields.Allow(Rule.Detection, missing.Contains).True;
}
