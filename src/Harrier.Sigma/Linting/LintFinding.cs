using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting;

/// <summary>How bad a finding is: a note is a matter of habit, a warning is probably not what was meant, an error can't be right.</summary>
public enum LintSeverity
{
    Note,
    Warning,
    Error,
}

/// <summary>Something a check says of a rule file.</summary>
/// <param name="Line">From 1; 0 where the whole file is meant.</param>
/// <param name="Column">From 1; 0 where the whole line is meant.</param>
/// <param name="Code">Id of the check, or the code of a <see cref="SigmaDiagnostic"/>.</param>
/// <param name="Suggestion">What to write instead, or null.</param>
public sealed record LintFinding(
    string File,
    int Line,
    int Column,
    string Code,
    LintSeverity Severity,
    string Message,
    string? Suggestion
)
{
    /// <summary>Changes of the text that mend it and keep the rule's meaning; none where a person must decide.</summary>
    internal IReadOnlyList<LintEdit> Edits { get; init; } = [];

    /// <summary>Whether <see cref="Linter.Fix"/> mends it.</summary>
    public bool Fixable => Edits.Count > 0;
}

/// <summary>Text from one place up to another is replaced; lines and columns from 1, the end not included.</summary>
readonly record struct LintEdit(YamlPlace From, YamlPlace To, string Text);

/// <summary>What a check found in a document.</summary>
sealed record LintHit(
    YamlPlace Place,
    string Message,
    string? Suggestion = null,
    IReadOnlyList<LintEdit>? Edits = null
);

/// <summary>A question asked of every document of a rule file.</summary>
/// <param name="Id">Stable; what a suppression names.</param>
/// <param name="About">What it is about, in a sentence.</param>
sealed record LintCheck(
    string Id,
    LintSeverity Severity,
    string About,
    Func<LintDocument, IEnumerable<LintHit>> Find
);
