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
)
{
    /// <summary>Correlation documents, in the order of files.</summary>
    public IReadOnlyList<SigmaCorrelation> Correlations { get; init; } = [];

    /// <summary>What should be known though it refuses nothing: a filter that is for no rule.</summary>
    public IReadOnlyList<SigmaDiagnostic> Notices { get; init; } = [];
}

/// <summary>Reads rule files.</summary>
public static class SigmaRules
{
    internal const int MaxFileBytes = 1_000_000;

    /// <summary>Reads files, and all .yml and .yaml files below folders, in order of their paths.</summary>
    /// <remarks>Files are read in parallel; what comes out does not depend on it.</remarks>
    /// <param name="placeholders">What stands for names in values; null: nothing, a rule that needs one is refused.</param>
    /// <exception cref="HarrierFault">A path does not exist, or a file can't be read.</exception>
    public static SigmaRuleSet Load(
        IEnumerable<string> pathsOrFolders,
        Placeholders? placeholders = null
    )
    {
        var files = pathsOrFolders.SelectMany(FilesOf).Distinct(StringComparer.Ordinal).ToArray();
        var documents = new SigmaDocuments[files.Length];
        var faults = new HarrierFault?[files.Length];
        Parallel.For(
            0,
            files.Length,
            index =>
            {
                try
                {
                    documents[index] = ReadFile(files[index], placeholders ?? Placeholders.None);
                }
                catch (HarrierFault fault)
                {
                    faults[index] = fault;
                }
            }
        );
        return faults.FirstOrDefault(fault => fault is not null) is { } first
            ? throw first
            : SigmaSet.Join(documents);
    }

    /// <summary>Reads rules of a text.</summary>
    public static SigmaRuleSet Parse(string text, string file, Placeholders? placeholders = null) =>
        SigmaSet.Join([DocumentReader.Read(text, file, placeholders ?? Placeholders.None)]);

    internal static IEnumerable<string> FilesOf(string path)
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

    static SigmaDocuments ReadFile(string file, Placeholders placeholders)
    {
        if (Reading(file, () => new FileInfo(file).Length) > MaxFileBytes)
        {
            var refused = new SigmaDocuments();
            refused.Diagnostics.Add(
                new SigmaDiagnostic(file, 0, 0, "size", "A rule file of more than 1 MB is refused.")
            );
            return refused;
        }

        return DocumentReader.Read(
            Reading(file, () => File.ReadAllText(file, Encoding.UTF8)),
            file,
            placeholders
        );
    }

    /// <summary>What is read of a file of rules.</summary>
    /// <exception cref="HarrierFault">It can't be read.</exception>
    internal static T Reading<T>(string file, Func<T> read)
    {
        try
        {
            return read();
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
}
