using System.Text;
using System.Text.RegularExpressions;

namespace Harrier.Telemetry.Formats.Syslog;

/// <summary>Messages of a program as a table: the first pattern that fits names the event, its named groups are the fields.</summary>
/// <remarks>
/// Messages are hostile. The patterns run in linear time (no backtracking) and only on messages that begin as they say and are no longer
/// than <see cref="MaxBytes"/>. Where a name that a stranger chose stands in a message, the pattern takes it greedily, so that the
/// program's own words after it are searched from the end.
/// </remarks>
sealed class MessageTable(params MessagePattern[] patterns)
{
    /// <summary>A longer message stays whole and is not taken apart.</summary>
    public const int MaxBytes = 16 * 1024;

    public bool TryAdd(Record record, ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxBytes)
        {
            return false;
        }

        string? text = null;
        foreach (var pattern in patterns)
        {
            if (!message.StartsWith(pattern.StartBytes))
            {
                continue;
            }

            text ??= Encoding.UTF8.GetString(message);
            var match = pattern.Regex.Match(text);
            if (match.Success)
            {
                Add(record, pattern.Event, match);
                return true;
            }
        }

        return false;
    }

    static void Add(Record record, string name, Match match)
    {
        record.Add("event", name);
        foreach (Group group in match.Groups)
        {
            // Group 0 is the whole message.
            if (group.Success && group.Length > 0 && !char.IsAsciiDigit(group.Name[0]))
            {
                record.Add(group.Name, group.Value);
            }
        }
    }
}

/// <summary>One kind of message.</summary>
/// <param name="Event">What it is called as an event.</param>
/// <param name="Start">Words it begins with, as they stand.</param>
/// <param name="Rest">Pattern of what follows them, to the end.</param>
sealed record MessagePattern(string Event, string Start, string Rest)
{
    public byte[] StartBytes { get; } = Encoding.UTF8.GetBytes(Start);

    public Regex Regex { get; } =
        new(
            "^" + Regex.Escape(Start) + "(?:" + Rest + ")$",
            RegexOptions.NonBacktracking
                | RegexOptions.ExplicitCapture
                | RegexOptions.CultureInvariant
                | RegexOptions.Singleline
        );
}
