using System.Buffers;
using System.Globalization;
using Harrier.Schema;

namespace Harrier.Sigma.Language;

/// <summary>The attributes that rules, correlations and filters share, checked as the specification's schemas say.</summary>
static class Attributes
{
    const int MaxTitle = 256;
    const int MaxDescription = 65_535;

    /// <summary>From the least to the gravest.</summary>
    public static readonly string[] Levels = ["informational", "low", "medium", "high", "critical"];

    public static readonly string[] Statuses =
    [
        "stable",
        "test",
        "experimental",
        "deprecated",
        "unsupported",
    ];

    static readonly SearchValues<char> s_tagCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789_-."
    );

    static readonly string[] Relations = ["derived", "obsolete", "merged", "renamed", "similar"];

    /// <summary>Attributes that nobody here reads on, but that must be right for the rule to be.</summary>
    public static void Check(YamlValue.Mapping map)
    {
        Date(map, "date");
        Date(map, "modified");
        Related(map);
        _ = Texts(map, "fields");
        Sayings(map, "scope");
        Sayings(map, "falsepositives");
        _ = Text(map, "license");
        if (map.Find("obsoletes") is { } old)
        {
            throw new RuleRefused(
                old.Place,
                "related",
                "'obsoletes' is the old spelling.",
                "Write 'related' with the id and type: obsolete."
            );
        }

        if (Text(map, "taxonomy") is { } taxonomy and not "sigma")
        {
            throw new RuleRefused(
                map.Find("taxonomy")!.Place,
                "taxonomy",
                $"The taxonomy '{taxonomy}' is unknown: its fields would not be found.",
                "Write the rule with the fields of the taxonomy 'sigma'."
            );
        }
    }

    public static string Title(YamlValue.Mapping map) =>
        Bounded(map, "title", MaxTitle) is { Length: > 0 } title
            ? title
            : throw new RuleRefused(map.Place, "title", "A rule has a title.");

    public static string? Id(YamlValue.Mapping map) =>
        Text(map, "id") is not { } id ? null
        : Guid.TryParseExact(id, "D", out _) ? id
        : throw new RuleRefused(
            map.Find("id")!.Place,
            "id",
            $"The id '{id}' is no UUID.",
            "Write one such as 929a690e-bef0-4204-a928-ef5e620d6fcc."
        );

    public static string? Name(YamlValue.Mapping map) => Bounded(map, "name", MaxTitle);

    public static string? Description(YamlValue.Mapping map) =>
        Bounded(map, "description", MaxDescription);

    public static string? Author(YamlValue.Mapping map) => Text(map, "author");

    public static string? Status(YamlValue.Mapping map) => OneOf(map, "status", Statuses);

    public static string? Level(YamlValue.Mapping map) => OneOf(map, "level", Levels);

    /// <summary>Tags: a namespace, a dot, a name, each once.</summary>
    public static IReadOnlyList<string> Tags(YamlValue.Mapping map)
    {
        var tags = DistinctTexts(map, "tags");
        foreach (var tag in tags)
        {
            var dot = tag.IndexOf('.', StringComparison.Ordinal);
            if (
                dot <= 0
                || dot == tag.Length - 1
                || tag.AsSpan().ContainsAnyExcept(s_tagCharacters)
            )
            {
                throw new RuleRefused(
                    map.Find("tags")!.Place,
                    "tags",
                    $"'{tag}' is no tag.",
                    "A tag is a namespace, a dot and a name in lower case: attack.t1059.001."
                );
            }
        }

        return tags;
    }

    static void Date(YamlValue.Mapping map, string key)
    {
        if (
            Text(map, key) is { } date
            && !DateOnly.TryParseExact(
                date,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out _
            )
        )
        {
            throw new RuleRefused(
                map.Find(key)!.Place,
                "date",
                $"'{key}: {date}' is no date.",
                "Write it as 2024-05-31."
            );
        }
    }

    /// <summary>Texts of which each says something.</summary>
    static void Sayings(YamlValue.Mapping map, string key)
    {
        if (Texts(map, key).FirstOrDefault(text => text.Length < 2) is { } empty)
        {
            throw new RuleRefused(
                map.Find(key)!.Place,
                key,
                $"'{empty}' in '{key}' says nothing.",
                "An item has at least two characters."
            );
        }
    }

    static void Related(YamlValue.Mapping map)
    {
        switch (map.Find("related"))
        {
            case null or YamlValue.Scalar { IsNull: true }:
                return;
            case YamlValue.Sequence list:
                foreach (var item in list.Items)
                {
                    if (
                        item is not YamlValue.Mapping relation
                        || Id(relation) is null
                        || OneOf(relation, "type", Relations) is null
                    )
                    {
                        throw new RuleRefused(
                            item.Place,
                            "related",
                            "An item of 'related' has an id and a type.",
                            $"Types are {string.Join(", ", Relations)}."
                        );
                    }
                }

                return;
            case { } other:
                throw new RuleRefused(other.Place, "related", "'related' is a list of mappings.");
        }
    }

    /// <summary>A text that must be there.</summary>
    public static string Needed(YamlValue.Mapping map, string key, string code) =>
        Text(map, key) ?? throw new RuleRefused(map.Place, code, $"The key '{key}' is missing.");

    public static string? Text(YamlValue.Mapping map, string key) =>
        map.Find(key) switch
        {
            null or YamlValue.Scalar { IsNull: true } => null,
            YamlValue.Scalar scalar => scalar.Text,
            { } other => throw new RuleRefused(other.Place, key, $"'{key}' is a text."),
        };

    /// <summary>A list of texts; one text stands for a list of one.</summary>
    public static IReadOnlyList<string> Texts(YamlValue.Mapping map, string key) =>
        map.Find(key) switch
        {
            null or YamlValue.Scalar { IsNull: true } => [],
            YamlValue.Scalar scalar => [scalar.Text],
            YamlValue.Sequence list
                when list.Items.All(item => item is YamlValue.Scalar { IsNull: false }) =>
            [
                .. list.Items.Select(item => ((YamlValue.Scalar)item).Text),
            ],
            { } other => throw new RuleRefused(other.Place, key, $"'{key}' is a list of texts."),
        };

    /// <summary><see cref="Texts"/>, of which none may stand twice.</summary>
    public static IReadOnlyList<string> DistinctTexts(YamlValue.Mapping map, string key)
    {
        var texts = Texts(map, key);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            if (!seen.Add(text))
            {
                throw new RuleRefused(
                    map.Find(key)!.Place,
                    key,
                    $"'{text}' stands twice in '{key}'.",
                    "Leave one out."
                );
            }
        }

        return texts;
    }

    static string? OneOf(YamlValue.Mapping map, string key, string[] known)
    {
        if (Text(map, key) is not { } text)
        {
            return null;
        }

        var lower = text.ToLowerInvariant();
        if (known.Contains(lower))
        {
            return lower;
        }

        var near = Nearest.To(lower, known);
        throw new RuleRefused(
            map.Find(key)!.Place,
            key,
            $"'{key}' can't be '{text}'.",
            near is null ? $"It is one of {string.Join(", ", known)}." : $"Did you mean '{near}'?"
        );
    }

    static string? Bounded(YamlValue.Mapping map, string key, int most) =>
        Text(map, key) is { } text && text.Length > most
            ? throw new RuleRefused(
                map.Find(key)!.Place,
                key,
                $"'{key}' has more than {most} characters."
            )
            : Text(map, key);
}
