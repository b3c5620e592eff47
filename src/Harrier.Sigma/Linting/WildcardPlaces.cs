namespace Harrier.Sigma.Linting;

/// <summary>Where wildcards stand in a value as written: a backslash takes the meaning from what is behind it.</summary>
static class WildcardPlaces
{
    /// <summary>Indices of stars and question marks that are wildcards.</summary>
    public static IReadOnlyList<int> All(string text)
    {
        var places = new List<int>();
        for (var index = 0; index < text.Length; index++)
        {
            if (
                text[index] == '\\'
                && index + 1 < text.Length
                && text[index + 1] is '*' or '?' or '\\'
            )
            {
                index++;
            }
            else if (text[index] is '*' or '?')
            {
                places.Add(index);
            }
        }

        return places;
    }

    /// <summary>Indices of stars that are wildcards.</summary>
    public static IReadOnlyList<int> Stars(string text) =>
        [.. All(text).Where(place => text[place] == '*')];
}
