using System.Text;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma;

/// <summary>Rules that were read, and what was refused.</summary>
/// <param name="Files">Files read.</param>
public sealed record SigmaRuleSet(
    IReadOnlyList<SigmaRule> Rules,
    IReadOnlyList<SigmaDiagnostic> Diagnostics,
    int Files
);

/// <summary>Reads rule files.</summary>
public static class SigmaRules
{
    const int MaxFileBytes = 1_000_000;

    /// <summary>Reads files, and all .yml and .yaml files below folders, in order of their paths.</summary>
    /// <exception cref="HarrierFault">A path does not exist.</exception>
    public static SigmaRuleSet Load(IEnumerable<string> pathsOrFolders)
    {
        var rules = new List<SigmaRule>();
        var diagnostics = new List<SigmaDiagnostic>();
        var ids = new Dictionary<string, SigmaRule>(StringComparer.OrdinalIgnoreCase);
        var files = pathsOrFolders.SelectMany(FilesOf).Distinct(StringComparer.Ordinal).ToList();
        foreach (var file in files)
        {
            foreach (var rule in ReadFile(file, diagnostics))
            {
                if (rule.Id is not null && !ids.TryAdd(rule.Id, rule))
                {
                    diagnostics.Add(
                        new SigmaDiagnostic(
                            file,
                            rule.Line,
                            1,
                            "duplicate-id",
                            $"The id {rule.Id} is that of '{ids[rule.Id].Title}' ({ids[rule.Id].File}) as well.",
                            "Give it an id of its own."
                        )
                    );
                    continue;
                }

                rules.Add(rule);
            }
        }

        return new SigmaRuleSet(rules, diagnostics, files.Count);
    }

    /// <summary>Reads rules of a text.</summary>
    public static SigmaRuleSet Parse(string text, string file)
    {
        var diagnostics = new List<SigmaDiagnostic>();
        return new SigmaRuleSet(Read(text, file, diagnostics), diagnostics, 1);
    }

    static IEnumerable<string> FilesOf(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory
                .EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file =>
                    file.EndsWith(".yml", StringComparison.OrdinalIgnoreCase)
                    || file.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
                )
                .Order(StringComparer.Ordinal);
        }

        return File.Exists(path)
            ? [path]
            : throw new HarrierFault(
                FaultKind.Usage,
                "There is no such file or folder of Sigma rules.",
                path
            );
    }

    static List<SigmaRule> ReadFile(string file, List<SigmaDiagnostic> diagnostics)
    {
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
            {
                diagnostics.Add(
                    new SigmaDiagnostic(
                        file,
                        0,
                        0,
                        "size",
                        "A rule file of more than 1 MB is refused."
                    )
                );
                return [];
            }

            return Read(File.ReadAllText(file, Encoding.UTF8), file, diagnostics);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Input,
                $"A Sigma rule can't be read: {fault.Message}",
                file,
                inner: fault
            );
        }
    }

    static List<SigmaRule> Read(string text, string file, List<SigmaDiagnostic> diagnostics)
    {
        var rules = new List<SigmaRule>();
        foreach (var document in SigmaYaml.Read(text, file, diagnostics))
        {
            try
            {
                rules.Add(RuleReader.Read(document, file));
            }
            catch (RuleRefused refused)
            {
                diagnostics.Add(refused.In(file));
            }
        }

        return rules;
    }
}
