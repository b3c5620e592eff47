using System.Numerics;
using System.Runtime.Intrinsics;

namespace Harrier.Telemetry.Formats.Text;

/// <summary>Where the separators of a line stand, 32 bytes at a time: a line of twenty short values is looked through once, not twenty times.</summary>
static class Separators
{
    /// <summary>Finds the first separators, as many as there is room for; returns how many it found.</summary>
    public static int Find(ReadOnlySpan<byte> line, byte separator, Span<int> places)
    {
        var found = 0;
        var start = 0;
        for (; start + Vector256<byte>.Count <= line.Length; start += Vector256<byte>.Count)
        {
            Mark(line[start..], start, separator, places, ref found);
        }

        if (start < line.Length)
        {
            Span<byte> end = stackalloc byte[Vector256<byte>.Count];
            end.Fill(unchecked((byte)~separator));
            line[start..].CopyTo(end);
            Mark(end, start, separator, places, ref found);
        }

        return found;
    }

    static void Mark(
        ReadOnlySpan<byte> part,
        int start,
        byte separator,
        Span<int> places,
        ref int found
    )
    {
        var marks = Vector256
            .Equals(Vector256.Create(part), Vector256.Create(separator))
            .ExtractMostSignificantBits();
        for (; marks != 0 && found < places.Length; marks &= marks - 1)
        {
            places[found++] = start + BitOperations.TrailingZeroCount(marks);
        }
    }
}
