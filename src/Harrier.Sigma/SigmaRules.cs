using Harrier.Schema;
using Harrier.Sigma.Caching;
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
    /// <summary>A larger rule file is refused.</summary>
    public const int MaxFileBytes = 1_000_000;

    /// <summary>What is said of a larger one.</summary>
    public const string TooLarge = "A rule file of more than 1 MB is refused.";

    /// <summary>Reads files, and all .yml and .yaml files below folders, in order of their paths.</summary>
    /// <remarks>Files are read in parallel; what comes out does not depend on it.</remarks>
    /// <param name="placeholders">What stands for names in values; null: nothing, a rule that needs one is refused.</param>
    /// <param name="cache">Where what is read is kept for the next time; what comes out does not depend on it.</param>
    /// <exception cref="HarrierFault">A path does not exist, or a file can't be read.</exception>
    public static SigmaRuleSet Load(
        IEnumerable<string> pathsOrFolders,
        Placeholders? placeholders = null,
        RuleCache? cache = null
    )
    {
        var files = RuleFile.ReadAll(pathsOrFolders);
        placeholders ??= Placeholders.None;
        return SigmaSet.Join(
            cache is null
                ? RuleCache.Read(files, placeholders)
                : cache.Documents(files, placeholders)
        );
    }

    /// <summary>Reads rules of a text.</summary>
    public static SigmaRuleSet Parse(string text, string file, Placeholders? placeholders = null) =>
        SigmaSet.Join([DocumentReader.Read(text, file, placeholders ?? Placeholders.None)]);

    /// <summary>Rule files of paths, each once, in order.</summary>
    /// <exception cref="HarrierFault">A path does not exist.</exception>
    public static IReadOnlyList<string> FilesOf(IEnumerable<string> pathsOrFolders) =>
        [.. pathsOrFolders.SelectMany(FilesOf).Distinct(StringComparer.Ordinal)];

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

    /// <summary>What a function makes of each item, in order.</summary>
    /// <exception cref="HarrierFault">The first item's that has one.</exception>
    internal static TResult[] InParallel<T, TResult>(
        IReadOnlyList<T> items,
        Func<T, TResult> function
    )
    {
        var results = new TResult[items.Count];
        var faults = new HarrierFault?[items.Count];
        Parallel.For(
            0,
            items.Count,
            index =>
            {
                try
                {
                    results[index] = function(items[index]);
                }
                catch (HarrierFault fault)
                {
                    faults[index] = fault;
                }
            }
        );
        return faults.FirstOrDefault(fault => fault is not null) is { } first
            ? throw first
            : results;
    }
}
