namespace Harrier.Tests;

/// <summary>The folder of public sample data beside the checkout; tests that need it are skipped where it is not.</summary>
static class Corpus
{
    /// <summary>Path of <c>../shared/corpus</c>, or null.</summary>
    public static string? Path { get; } = Find();

    public static string Combine(params string[] parts) =>
        System.IO.Path.Combine([Path!, .. parts]);

    /// <summary>Path of a folder or file of it; skips the test where there is none.</summary>
    public static string Need(params string[] parts)
    {
        Assert.SkipWhen(Path is null, "needs ../shared/corpus");
        return Combine(parts);
    }

    static string? Find()
    {
        // A second working copy stands one folder deeper than the first.
        foreach (var up in (string[])["..", "../.."])
        {
            var path = System.IO.Path.GetFullPath(
                System.IO.Path.Combine(RepositoryRoot.Path, up, "shared", "corpus")
            );
            if (Directory.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
