namespace Harrier.Schema;

/// <summary>The known word that a mistyped one probably means, by edit distance; null where none is near.</summary>
public static class Nearest
{
    public static string? To(string word, IEnumerable<string> known) =>
        known
            .Select(candidate => (candidate, distance: Distance(word, candidate)))
            .Where(pair => pair.distance <= Math.Max(2, word.Length / 3))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();

    /// <summary>Levenshtein distance over two rows; words are cut at 64 characters, because they may come from hostile files.</summary>
    static int Distance(string left, string right)
    {
        var a = left.AsSpan(0, Math.Min(left.Length, 64));
        var b = right.AsSpan(0, Math.Min(right.Length, 64));
        var above = new int[b.Length + 1];
        for (var column = 0; column <= b.Length; column++)
        {
            above[column] = column;
        }

        for (var row = 1; row <= a.Length; row++)
        {
            var diagonal = above[0];
            above[0] = row;
            for (var column = 1; column <= b.Length; column++)
            {
                var substitute = diagonal + (a[row - 1] == b[column - 1] ? 0 : 1);
                diagonal = above[column];
                above[column] = Math.Min(
                    substitute,
                    Math.Min(above[column], above[column - 1]) + 1
                );
            }
        }

        return above[b.Length];
    }
}
