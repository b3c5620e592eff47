using System.Globalization;

namespace Harrier.Sigma.Modifiers;

/// <summary>Tells, without building it, whether a regular expression can be built to run in linear time.</summary>
/// <remarks>
/// To build an automaton takes a hundred times as long as to read its pattern, and most are never asked. What keeps one from
/// being built: a group that looks around, an atomic or conditional one, a reference back, and too many states.
/// </remarks>
static class RegexShape
{
    /// <summary>A fifth of what the runtime builds: its count need not be ours.</summary>
    const long MostStates = 2_000;

    /// <summary>Whether nothing in a pattern could keep it from being built; where in doubt, false.</summary>
    public static bool IsPlain(string pattern)
    {
        // States of the open groups; a counted character, class or group has its own as often as it may be repeated.
        var outer = new Stack<long>();
        var (states, last) = (0L, 0L);
        for (var index = 0; index < pattern.Length && states <= MostStates; index++)
        {
            var rest = pattern.AsSpan(index + 1);
            switch (pattern[index])
            {
                case '\\' when rest is ['k' or 'G' or (>= '1' and <= '9'), ..]:
                case '(' when rest is ['?', .. var kind] && !IsOptions(kind):
                    return false;
                case '(':
                    outer.Push(states);
                    states = 0;
                    break;
                case ')':
                    last = Math.Max(states, 1);
                    states = last + (outer.TryPop(out var before) ? before : 0);
                    break;
                case '{' when Count(rest) is { } count:
                    states += last * (count - 1);
                    last *= count;
                    index += rest.IndexOf('}') + 1;
                    break;
                case '\\':
                    index++;
                    last = 1;
                    states++;
                    break;
                case '[':
                    index += Class(rest);
                    last = 1;
                    states++;
                    break;
                default:
                    last = 1;
                    states++;
                    break;
            }

            if (last > MostStates)
            {
                return false;
            }
        }

        while (outer.TryPop(out var before))
        {
            states += before;
        }

        return states <= MostStates;
    }

    /// <summary>Whether a group begins with nothing, or with flags, under which brackets and braces mean what they do without.</summary>
    static bool IsOptions(ReadOnlySpan<char> kind)
    {
        var end = kind.IndexOfAny(':', ')');
        return end >= 0 && !kind[..end].ContainsAnyExcept("imns-");
    }

    /// <summary>How often <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> may repeat, no more than can be built; null for another text in braces.</summary>
    static long? Count(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('}');
        if (end <= 0)
        {
            return null;
        }

        var count = 1L;
        foreach (var range in rest[..end].Split(','))
        {
            var part = rest[range];
            if (part.IsEmpty)
            {
                continue;
            }

            if (part.ContainsAnyExceptInRange('0', '9'))
            {
                return null;
            }

            count = long.TryParse(
                part,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? Math.Clamp(number, count, MostStates + 1)
                : MostStates + 1;
        }

        return count;
    }

    /// <summary>Characters of a class up to its end; a bracket that comes first is one of it.</summary>
    static int Class(ReadOnlySpan<char> rest)
    {
        var at = rest is ['^', ..] ? 1 : 0;
        var first = at;
        while (at < rest.Length && (rest[at] != ']' || at == first))
        {
            at += rest[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, rest.Length);
    }
}
