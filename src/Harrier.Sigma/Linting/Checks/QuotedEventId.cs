using Harrier.Schema.Yaml;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>An EventID is a number.</summary>
static class QuotedEventId
{
    public static LintCheck Check { get; } =
        new("event-id-text", LintSeverity.Note, "An EventID is a number.", Find);

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (
            var item in document.Items.Where(item =>
                item is { Field: "EventID", Modifiers.Count: 0 }
            )
        )
        {
            foreach (
                var value in item.Values.Where(value =>
                    !value.Plain && YamlNumber.Canonical(value.Text) == value.Text
                )
            )
            {
                yield return new LintHit(
                    value.Place,
                    $"EventID {value.Text} is written as a text, which some engines never find.",
                    "Leave the quotes out.",
                    document.Rewrite(value, value.Text)
                );
            }
        }
    }
}
