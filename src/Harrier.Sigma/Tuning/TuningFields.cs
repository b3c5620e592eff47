using Harrier.Schema;

namespace Harrier.Sigma.Tuning;

/// <summary>A column by which hits of a rule may be told apart.</summary>
/// <param name="Name">Sigma's name of it in rules of that log source.</param>
public sealed record TuningField(string Name, Column Column);

/// <summary>Which columns a filter may speak of.</summary>
public static class TuningFields
{
    /// <summary>Entities that name one occurrence, never a habit.</summary>
    static readonly HashSet<string> s_occurrences = new(StringComparer.Ordinal)
    {
        "guid",
        "logon_id",
        "uid",
        "message_id",
    };

    /// <summary>Who and what come first; what a class has besides follows in the order of its columns.</summary>
    static readonly string[] s_foremost =
    [
        "image",
        "parent_image",
        "command_line",
        "target_image",
        "path",
        "key",
        "user",
        "account",
    ];

    /// <summary>Text columns of a class that rules of this log source can name, but for those that name an occurrence or are the same in all events.</summary>
    public static IReadOnlyList<TuningField> Of(
        SigmaRule rule,
        EventClass eventClass,
        Logsources logsources
    )
    {
        var resolvers = logsources
            .Find(rule.Logsource)
            .Where(entry => entry.Classes.Contains(eventClass))
            .Select(entry => new FieldResolver(eventClass, entry))
            .ToList();
        var used = rule
            .Detection.All()
            .SelectMany(CompiledRules.FieldsOf)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. eventClass
                .Columns.Where(IsHabit)
                .Select(column =>
                    column
                        .Sigma.OrderByDescending(used.Contains)
                        .FirstOrDefault(name =>
                            resolvers.TrueForAll(resolver =>
                                resolver.PlacesOf(name) is [var place] && place == column.Name
                            )
                        )
                        is { } name
                        ? new TuningField(name, column)
                        : null
                )
                .OfType<TuningField>()
                .OrderBy(field =>
                    Array.IndexOf(s_foremost, field.Column.Name) is >= 0 and var at
                        ? at
                        : s_foremost.Length
                ),
        ];
    }

    static bool IsHabit(Column column) =>
        column.Type == ColumnType.Text
        && column.Sigma.Count > 0
        && !(column.Entity is { } entity && s_occurrences.Contains(entity))
        && !column.Name.EndsWith("_guid", StringComparison.Ordinal)
        && column.Name is not ("computer" or "channel" or "provider" or "call_trace");
}
