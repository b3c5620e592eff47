using Harrier.Sigma.Language;

namespace Harrier.Sigma;

/// <summary>A rule that was read and understood whole; what is not understood is refused with a <see cref="SigmaDiagnostic"/>.</summary>
/// <param name="Id">UUID as written, or null.</param>
/// <param name="Level">informational, low, medium, high, critical, or null.</param>
/// <param name="Line">Line of the document's first key, from 1.</param>
public sealed record SigmaRule(
    string Title,
    string? Id,
    string? Status,
    string? Level,
    string? Description,
    string? Author,
    IReadOnlyList<string> References,
    IReadOnlyList<string> Tags,
    Logsource Logsource,
    IReadOnlyList<string> FalsePositives,
    string File,
    int Line
)
{
    /// <summary>What correlations and filters may call the rule, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The condition with its selections put in.</summary>
    internal SigmaNode Detection { get; init; } = new SigmaNode.Or([]);

    /// <summary>ATT&amp;CK technique ids of the tags: T1059, T1059.001.</summary>
    public IReadOnlyList<string> Attack => AttackTags.Techniques(Tags);

    /// <summary>Whether correlations and filters mean this rule by a text: its id in any case, or its name.</summary>
    internal bool IsNamed(string text) => SigmaNames.Mean(text, Id, Name);

    public override string ToString() => Title;
}

static class SigmaNames
{
    /// <summary>Whether a text is an id, in any case, or a name.</summary>
    public static bool Mean(string text, string? id, string? name) =>
        text == name || string.Equals(text, id, StringComparison.OrdinalIgnoreCase);
}

static class AttackTags
{
    public static IReadOnlyList<string> Techniques(IReadOnlyList<string> tags) =>
        [
            .. tags.Where(tag =>
                    tag.Length > 8
                    && tag.StartsWith("attack.t", StringComparison.OrdinalIgnoreCase)
                    && char.IsAsciiDigit(tag[8])
                )
                .Select(tag => tag[7..].ToUpperInvariant())
                .Distinct(StringComparer.Ordinal),
        ];
}

/// <summary>Where a rule's events come from, lower case; null means any.</summary>
public sealed record Logsource(string? Category, string? Product, string? Service)
{
    public override string ToString() => $"{Product ?? "*"}/{Category ?? "*"}/{Service ?? "*"}";
}

/// <summary>Something in a rule file that is wrong or not supported; the rule it stands in does not run.</summary>
/// <param name="Line">From 1; 0 where the whole file is meant.</param>
/// <param name="Code">Short and stable: yaml, logsource, modifier, condition, correlation ...</param>
/// <param name="Suggestion">What to write instead, or null.</param>
public sealed record SigmaDiagnostic(
    string File,
    int Line,
    int Column,
    string Code,
    string Message,
    string? Suggestion = null
)
{
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {Code}: {Message}{(Suggestion is null ? "" : " " + Suggestion)}";
}

/// <summary>Stops reading one rule; becomes a diagnostic.</summary>
sealed class RuleRefused(int line, int column, string code, string message, string? suggestion)
    : Exception(message)
{
    public RuleRefused(YamlPlace place, string code, string message, string? suggestion = null)
        : this(place.Line, place.Column, code, message, suggestion) { }

    public SigmaDiagnostic In(string file) => new(file, line, column, code, Message, suggestion);
}
