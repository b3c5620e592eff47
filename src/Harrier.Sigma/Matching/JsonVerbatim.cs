using System.Buffers;

namespace Harrier.Sigma.Matching;

/// <summary>What of a text stands in JSON as it is, whoever wrote it, unless it writes characters by their codes.</summary>
static class JsonVerbatim
{
    static readonly SearchValues<char> s_plain = SearchValues.Create([
        .. Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Except(['"', '\\', '/']),
    ]);

    static readonly SearchValues<char> s_ofNumbers = SearchValues.Create("0123456789.-+e");

    /// <summary>The longest part that is written so, and is of no number, whose digits may be written in many ways; null where there is none.</summary>
    public static string? LongestIn(string text)
    {
        string? longest = null;
        for (var rest = text.AsSpan(); !rest.IsEmpty; )
        {
            var end = rest.IndexOfAnyExcept(s_plain);
            var part = end < 0 ? rest : rest[..end];
            if (part.Length > (longest?.Length ?? 0) && part.ContainsAnyExcept(s_ofNumbers))
            {
                longest = part.ToString();
            }

            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return longest;
    }

    /// <summary>Whether JSON writes a character by its code: <c>\u0061</c>, but not <c>\\u0061</c>.</summary>
    public static bool HasCodes(ReadOnlySpan<byte> json)
    {
        for (var at = json.IndexOf((byte)'\\'); at >= 0; at = json.IndexOf((byte)'\\'))
        {
            if (at + 1 == json.Length)
            {
                return false;
            }

            if (json[at + 1] == 'u')
            {
                return true;
            }

            json = json[(at + 2)..];
        }

        return false;
    }
}
