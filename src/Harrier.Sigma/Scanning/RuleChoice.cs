using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Scanning;

/// <summary>Sigma's levels in their order.</summary>
public static class SigmaLevel
{
    public static IReadOnlyList<string> All => Attributes.Levels;

    /// <summary>0 for informational to 4 for critical; -1 for none.</summary>
    public static int Rank(string? level) =>
        Array.IndexOf(Attributes.Levels, level?.ToLowerInvariant());
}

/// <summary>Which rules of a set are meant. Of each kind one must hold; an empty list is any.</summary>
/// <param name="Levels">Levels; a rule without one is not meant where some are named.</param>
/// <param name="Tags">Lower case; <c>attack.t1059</c> is also <c>attack.t1059.001</c>.</param>
/// <param name="Logsources">What they leave out may be anything.</param>
public sealed record RuleChoice(
    IReadOnlyList<string> Levels,
    IReadOnlyList<string> Statuses,
    IReadOnlyList<string> Tags,
    IReadOnlyList<Logsource> Logsources
)
{
    public static RuleChoice All { get; } = new([], [], [], []);

    /// <summary>Reads what a person wrote: names with commas between, <c>high+</c> for a level and those above, log sources as product/category/service.</summary>
    /// <exception cref="HarrierFault">A level or status that does not exist, or a log source of more than three parts.</exception>
    public static RuleChoice Parse(
        IEnumerable<string> levels,
        IEnumerable<string> statuses,
        IEnumerable<string> tags,
        IEnumerable<string> logsources
    ) =>
        new(
            [.. Words(levels).SelectMany(Level).Distinct(StringComparer.Ordinal)],
            [.. Words(statuses).Select(word => Known(word, Attributes.Statuses, "status"))],
            [.. Words(tags)],
            [.. Words(logsources).Select(Source)]
        );

    public bool Takes(SigmaRule rule) =>
        Takes(rule.Level, rule.Status, rule.Tags) && TakesSource(rule.Logsource);

    /// <summary>Whether a correlation is meant: by itself, and by the log source of one of the rules it refers to.</summary>
    public bool Takes(SigmaCorrelation correlation, IReadOnlyList<SigmaRule> rules) =>
        Takes(correlation.Level, correlation.Status, correlation.Tags)
        && (
            Logsources.Count == 0
            || rules.Any(rule => TakesSource(rule.Logsource) && correlation.Rules.Any(rule.IsNamed))
        );

    bool Takes(string? level, string? status, IReadOnlyList<string> tags) =>
        IsOne(Levels, level)
        && IsOne(Statuses, status)
        && (
            Tags.Count == 0
            || tags.Any(tag =>
                Tags.Any(wanted =>
                    string.Equals(tag, wanted, StringComparison.OrdinalIgnoreCase)
                    || tag.StartsWith(wanted + ".", StringComparison.OrdinalIgnoreCase)
                )
            )
        );

    bool TakesSource(Logsource source) =>
        Logsources.Count == 0
        || Logsources.Any(wanted =>
            (wanted.Product is null || wanted.Product == source.Product)
            && (wanted.Category is null || wanted.Category == source.Category)
            && (wanted.Service is null || wanted.Service == source.Service)
        );

    static bool IsOne(IReadOnlyList<string> names, string? name) =>
        names.Count == 0
        || name is not null && names.Contains(name, StringComparer.OrdinalIgnoreCase);

    static IEnumerable<string> Words(IEnumerable<string> texts) =>
        texts.SelectMany(text =>
            text.ToLowerInvariant()
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );

    static IEnumerable<string> Level(string word) =>
        word.EndsWith('+')
            ? SigmaLevel.All.Skip(SigmaLevel.Rank(Known(word[..^1], SigmaLevel.All, "level")))
            : [Known(word, SigmaLevel.All, "level")];

    static string Known(string word, IReadOnlyList<string> all, string kind) =>
        all.Contains(word, StringComparer.Ordinal)
            ? word
            : throw new HarrierFault(
                FaultKind.Usage,
                $"There is no {kind} '{word}'.",
                remedy: $"There are {string.Join(", ", all)}{(kind == "level" ? "; 'high+' is high and above" : "")}."
            );

    static Logsource Source(string word)
    {
        var parts = word.Split('/');
        return parts.Length <= 3
            ? new Logsource(Part(1), Part(0), Part(2))
            : throw new HarrierFault(
                FaultKind.Usage,
                $"'{word}' is no log source.",
                remedy: "Write product/category/service, with * for any: windows/process_creation, windows/*/sysmon, */webserver."
            );

        string? Part(int at) =>
            at < parts.Length && parts[at] is not ("" or "*") ? parts[at] : null;
    }
}
