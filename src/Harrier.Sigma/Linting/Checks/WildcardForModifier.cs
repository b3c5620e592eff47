namespace Harrier.Sigma.Linting.Checks;

/// <summary>Stars at the ends of a value say what contains, startswith and endswith say.</summary>
static class WildcardForModifier
{
    public static LintCheck Check { get; } =
        new(
            "wildcard-for-modifier",
            LintSeverity.Note,
            "Stars at the ends of a value say what contains, startswith and endswith say.",
            Find
        );

    /// <summary>The modifier that the stars mean, or null where they mean more or nothing.</summary>
    static string? Kind(string text)
    {
        var places = WildcardPlaces.All(text);
        var ends = places.Contains(0) && text[0] == '*';
        var starts = places.Contains(text.Length - 1) && text[^1] == '*';
        return text.Length < 3 || places.Count != (ends ? 1 : 0) + (starts ? 1 : 0) ? null
            : ends && starts ? "contains"
            : starts ? "startswith"
            : ends ? "endswith"
            : null;
    }

    static string Inner(string text) =>
        (Kind(text)) switch
        {
            "contains" => text[1..^1],
            "startswith" => text[..^1],
            _ => text[1..],
        };

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items)
        {
            if (
                item.Field.Length == 0
                || item.Modifiers.Any(one => one != "all")
                || item.Values.Count == 0
            )
            {
                continue;
            }

            var kinds = item.Values.Select(value => Kind(value.Text)).Distinct().ToList();
            if (kinds is [{ } kind])
            {
                var all = item.Has("all") ? "|all" : "";
                var edits = document
                    .Rewrite(item.Key, document.Like(item.Key, $"{item.Field}|{kind}{all}"))
                    .ToList();
                // A plain value without its star could turn into a number.
                foreach (var value in item.Values)
                {
                    var rewrite = value.Plain
                        ? []
                        : document.Rewrite(value, document.Like(value, Inner(value.Text)));
                    edits = rewrite.Count == 0 || edits.Count == 0 ? [] : [.. edits, .. rewrite];
                }

                yield return new LintHit(
                    item.Key.Place,
                    $"The stars at the ends of the values mean '{kind}'.",
                    $"Write {item.Field}|{kind}{all} and leave the stars out.",
                    edits
                );
            }
        }
    }
}
