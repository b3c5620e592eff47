namespace Harrier.Tests;

/// <summary>The checkout the tests run in: the nearest parent folder that holds Harrier.slnx.</summary>
static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    static string Find()
    {
        for (
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            folder is not null;
            folder = folder.Parent
        )
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Harrier.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No parent folder of {AppContext.BaseDirectory} holds Harrier.slnx."
        );
    }
}
