using System.Globalization;
using System.Reflection;

namespace Harrier.Knowledge;

/// <summary>A numbered step of a room's tables: SQL that is applied once, in one transaction.</summary>
/// <param name="Number">From 1, without gaps within a room.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>
    /// Reads the embedded resources named <c>prefix + "0001_name.sql"</c>, in order of their numbers.
    /// </summary>
    /// <exception cref="InvalidOperationException">A number is missing or there twice: a mistake in the program.</exception>
    public static IReadOnlyList<Migration> FromResources(Assembly assembly, string prefix)
    {
        var migrations = assembly
            .GetManifestResourceNames()
            .Where(name =>
                name.StartsWith(prefix, StringComparison.Ordinal)
                && name.EndsWith(".sql", StringComparison.Ordinal)
            )
            .Select(name => Read(assembly, name, name[prefix.Length..^".sql".Length]))
            .OrderBy(migration => migration.Number)
            .ToList();
        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Number != i + 1)
            {
                throw new InvalidOperationException(
                    $"Migrations under {prefix} are not numbered 1, 2, 3 ...: {migrations[i].Number:0000} stands at place {i + 1}."
                );
            }
        }

        return migrations.Count > 0
            ? migrations
            : throw new InvalidOperationException($"No embedded migration begins with {prefix}.");
    }

    static Migration Read(Assembly assembly, string resource, string numberAndName)
    {
        var underscore = numberAndName.IndexOf('_');
        var number = int.Parse(numberAndName.AsSpan(0, underscore), CultureInfo.InvariantCulture);
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return new Migration(number, numberAndName[(underscore + 1)..], reader.ReadToEnd());
    }
}
