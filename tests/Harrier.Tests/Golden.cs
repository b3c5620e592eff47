using System.Text;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Harrier.Tests;

/// <summary>Files that people read and review. <c>./test --update</c> writes them; otherwise a difference fails the test.</summary>
static class Golden
{
    public static bool Updating => Environment.GetEnvironmentVariable("HARRIER_UPDATE") == "1";

    /// <summary>Holds <paramref name="actual"/> against the file, or writes it when updating.</summary>
    public static void Matches(string actual, params string[] path)
    {
        var file = RepositoryRoot.Combine(path);
        if (Updating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        var expected = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (expected != actual)
        {
            File.WriteAllText(file + ".received", actual);
            Assert.Fail(
                $"{Path.Combine(path)} is not what the code gives now; ./test --update rewrites it.\n{Difference(expected, actual)}"
            );
        }
    }

    static string Difference(string expected, string actual)
    {
        var text = new StringBuilder();
        foreach (
            var line in InlineDiffBuilder
                .Diff(expected, actual)
                .Lines.Where(line => line.Type is ChangeType.Inserted or ChangeType.Deleted)
                .Take(40)
        )
        {
            text.Append(line.Type == ChangeType.Inserted ? "+ " : "- ").AppendLine(line.Text);
        }

        return text.ToString();
    }
}
