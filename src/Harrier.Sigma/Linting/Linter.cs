using System.Text;
using System.Text.RegularExpressions;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Linting;

/// <summary>What the linter says of files.</summary>
/// <param name="Findings">By file, line, column and check.</param>
public sealed record LintReport(int Files, int Rules, IReadOnlyList<LintFinding> Findings);

/// <summary>Reads rule files as an experienced reviewer would: what can't run, what is not meant, what others would write otherwise.</summary>
/// <remarks>
/// <c># harrier: ignore CHECK</c> on a line, or alone on the line above, leaves a finding out. What keeps a rule from running
/// can't be left out.
/// </remarks>
public static partial class Linter
{
    /// <summary>Ids of all checks with their severity and what each is about.</summary>
    public static IReadOnlyList<(string Id, LintSeverity Severity, string About)> Checks { get; } =
    [.. LintChecks.All.Select(check => (check.Id, check.Severity, check.About))];

    /// <summary>Checks files, and all rule files below folders.</summary>
    /// <exception cref="HarrierFault">A path does not exist, or a file can't be read.</exception>
    public static LintReport Check(IReadOnlyList<string> paths, Placeholders? placeholders = null)
    {
        var asked = SigmaRules.InParallel(
            RuleFile.ReadAll(paths),
            file =>
                file.Content is { } bytes
                    ? Ask(RuleFile.Decode(bytes), file.Path, placeholders ?? Placeholders.None)
                    : new AskedFile(file.Path, file.Documents(Placeholders.None), [])
        );
        return Report(asked);
    }

    /// <summary>Checks a text.</summary>
    public static LintReport CheckText(string text, string file) =>
        Report([Ask(text, file, Placeholders.None)]);

    static LintReport Report(IReadOnlyList<AskedFile> files)
    {
        var set = SigmaSet.Join([.. files.Select(file => file.Documents)]);
        var byFile = set.Diagnostics.ToLookup(one => one.File, StringComparer.Ordinal);
        return new LintReport(
            files.Count,
            set.Rules.Count + set.Correlations.Count,
            [.. files.SelectMany(file => Join(byFile[file.Path], file.Findings))]
        );
    }

    /// <summary>The text with everything mended that can be mended without a change of what the rule means; comments and layout stay.</summary>
    /// <returns>How many findings were mended. A text that would read worse than before is left as it was.</returns>
    public static (string Text, int Fixed) Fix(string text, string file)
    {
        const int MostRounds = 5;
        var asked = Ask(text, file, Placeholders.None);
        var before = asked.Refusals;
        var (mended, count) = (text, 0);
        for (var round = 0; round < MostRounds; round++)
        {
            var (next, applied) = Apply(mended, asked.Findings);
            if (applied == 0)
            {
                break;
            }

            asked = Ask(next, file, Placeholders.None);
            if (asked.Refusals > before)
            {
                break;
            }

            (mended, count) = (next, count + applied);
        }

        return (mended, count);
    }

    static (string Text, int Applied) Apply(string text, IReadOnlyList<LintFinding> findings)
    {
        var starts = new List<int> { 0 };
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '\n')
            {
                starts.Add(index + 1);
            }
        }

        var edits = new List<(int From, int To, string Text)>();
        var applied = 0;
        foreach (var finding in findings.Where(finding => finding.Fixable))
        {
            var own = finding
                .Edits.Select(edit => (From: At(edit.From), To: At(edit.To), edit.Text))
                .ToList();
            // Two findings about the same text are mended one after the other, in another round.
            if (
                own.TrueForAll(one =>
                    edits.TrueForAll(two => one.To <= two.From || two.To <= one.From)
                )
            )
            {
                edits.AddRange(own);
                applied++;
            }
        }

        var result = new StringBuilder(text);
        foreach (var (from, to, replacement) in edits.OrderByDescending(edit => edit.From))
        {
            result.Remove(from, to - from).Insert(from, replacement);
        }

        return (result.ToString(), applied);

        int At(YamlPlace place) =>
            place.Line > starts.Count
                ? text.Length
                : Math.Min(text.Length, starts[place.Line - 1] + place.Column - 1);
    }

    /// <summary>The text of a rule file. A mark of byte order is left in, so that it can be told and kept.</summary>
    /// <exception cref="HarrierFault">The file can't be read.</exception>
    public static string ReadText(string file) =>
        RuleFile.Decode(SigmaRules.Reading(file, () => File.ReadAllBytes(file)));

    /// <summary>What is read of a file, and what the checks say of it.</summary>
    sealed record AskedFile(
        string Path,
        SigmaDocuments Documents,
        IReadOnlyList<LintFinding> Findings
    )
    {
        /// <summary>What keeps documents from being read, alone or beside each other.</summary>
        public int Refusals => SigmaSet.Join([Documents]).Diagnostics.Count;
    }

    static AskedFile Ask(string text, string file, Placeholders placeholders)
    {
        var documents = DocumentReader.Read(text, file, placeholders, out var yaml);
        var lines = text.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            lines[index] = lines[index].TrimEnd('\r');
        }

        var findings = new List<LintFinding>();
        var first = true;
        // What is no YAML is told by the reader of rules.
        foreach (var map in yaml.OfType<YamlValue.Mapping>())
        {
            var document = new LintDocument(file, lines, map, first);
            first = false;
            foreach (var check in LintChecks.All)
            {
                findings.AddRange(
                    check
                        .Find(document)
                        .Where(hit => !IsIgnored(lines, hit.Place.Line, check.Id))
                        .Select(hit => new LintFinding(
                            file,
                            hit.Place.Line,
                            hit.Place.Column,
                            check.Id,
                            check.Severity,
                            hit.Message,
                            hit.Suggestion
                        )
                        {
                            Edits = hit.Edits ?? [],
                        })
                );
            }
        }

        return new AskedFile(file, documents, findings);
    }

    /// <summary>What a check says better than the reader, of the same place, stands for both.</summary>
    static List<LintFinding> Join(
        IEnumerable<SigmaDiagnostic> diagnostics,
        IReadOnlyList<LintFinding> findings
    ) =>
        [
            .. diagnostics
                .Where(one =>
                    !findings.Any(finding =>
                        finding.Severity == LintSeverity.Error
                        && (finding.Line, finding.Column) == (one.Line, one.Column)
                    )
                )
                .Select(one => new LintFinding(
                    one.File,
                    one.Line,
                    one.Column,
                    one.Code,
                    LintSeverity.Error,
                    one.Message,
                    one.Suggestion
                ))
                .Concat(findings)
                .OrderBy(one => one.Line)
                .ThenBy(one => one.Column)
                .ThenBy(one => one.Code, StringComparer.Ordinal),
        ];

    static bool IsIgnored(string[] lines, int line, string check)
    {
        return Names(line) || (line > 1 && IsComment(line - 1) && Names(line - 1));

        bool IsComment(int number) => lines[number - 1].TrimStart().StartsWith('#');

        bool Names(int number) =>
            number >= 1
            && number <= lines.Length
            && Suppression().Match(lines[number - 1]) is { Success: true } match
            && match
                .Groups["ids"]
                .Value.Split(',', StringSplitOptions.TrimEntries)
                .Contains(check, StringComparer.Ordinal);
    }

    [GeneratedRegex(
        @"(?:^|\s)#\s*harrier:\s*ignore\s+(?<ids>[\w-]+(?:\s*,\s*[\w-]+)*)",
        RegexOptions.CultureInvariant,
        1_000
    )]
    private static partial Regex Suppression();
}
